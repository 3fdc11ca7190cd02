import type { Node } from '../graph/node.ts';
import { isNode } from '../ops/build.ts';
import * as functions from '../ops/functions/index.ts';
import * as imageFunctions from '../ops/image/index.ts';
import * as controlFlow from './control-flow.ts';
import { Tensor } from './tensor.ts';
import { Variable } from './variable.ts';

/**
 * The array functions of the ops floor, lifted from nodes to tensors: mathematics is written once, on
 * nodes, and users see tensors.
 */

type LiftArgument<A> = A extends Node
  ? Tensor | Variable
  : A extends readonly (infer E)[]
    ? readonly LiftArgument<E>[]
    : A extends ((...args: any[]) => any) | ArrayBufferView
      ? A
      : A extends object
        ? { [K in keyof A]: LiftArgument<A[K]> }
        : A;

/** Arguments that accept a node accept a tensor or variable; results that are nodes are tensors. */
type LiftResult<R> = R extends Node
  ? Tensor
  : R extends readonly unknown[]
    ? { [K in keyof R]: LiftResult<R[K]> }
    : R extends object
      ? { [K in keyof R]: LiftResult<R[K]> }
      : R;

type Lift<F> = F extends (...args: infer A) => infer R
  ? (...args: { [K in keyof A]: LiftArgument<A[K]> }) => LiftResult<R>
  : F;

function lower(value: unknown): unknown {
  if (value instanceof Tensor) return value.node;
  if (value instanceof Variable) return value.value.node;
  if (Array.isArray(value)) return value.map(lower);
  if (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype
  ) {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, lower(v)]));
  }
  return value;
}

function raise(value: unknown): unknown {
  if (isNode(value)) return new Tensor(value);
  if (Array.isArray(value)) return value.map(raise);
  if (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype
  ) {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, raise(v)]));
  }
  return value;
}

/** A function on nodes as the same function on tensors. */
export function lift<F extends (...args: any[]) => unknown>(fn: F): Lift<F> {
  return ((...args: unknown[]) => raise(fn(...args.map(lower)))) as Lift<F>;
}

function liftAll<M extends object>(module: M): { readonly [K in keyof M]: Lift<M[K]> } {
  const lifted: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(module)) {
    lifted[name] = typeof value === 'function' ? lift(value as any) : value;
  }
  return lifted as any;
}

/**
 * Every array function, under NumPy's and Keras's names in camelCase, on tensors, and loops and choices.
 * @namespace
 */
export const ops = { ...liftAll(functions), ...controlFlow };

/** Functions of images: resizing, moving, colours, filters; on tensors. @namespace */
export const image = liftAll(imageFunctions);
