import type { DType } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import type { Shape } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { expandDims, moveaxis } from './shape.ts';
import { expectInteger, floatOf } from './shared.ts';

/** New arrays. Sizes are numbers; -1 stands for the symbolic batch. */

/** Zeros of a shape. */
export function zeros(shape: Shape, dtype: DType = 'float32'): Node {
  return build.filled(shape, 0, dtype);
}

/** Ones of a shape. */
export function ones(shape: Shape, dtype: DType = 'float32'): Node {
  return build.filled(shape, 1, dtype);
}

/** Every element `fillValue`, in its dtype unless another is named; the value broadcasts. */
export function full(shape: Shape, fillValue: Operand, dtype: DType | null = null): Node {
  const literal = typeof fillValue === 'boolean' ? 'bool' : 'float32';
  const value = build.toNode(fillValue, dtype ?? literal);
  return build.broadcastTo(build.cast(value, dtype ?? value.dtype), shape);
}

/** Zeros of the shape (and dtype) of x. */
export function zerosLike(x: Operand, dtype: DType | null = null): Node {
  return fullLike(x, 0, dtype);
}

/** Ones of the shape (and dtype) of x. */
export function onesLike(x: Operand, dtype: DType | null = null): Node {
  return fullLike(x, 1, dtype);
}

/** `fillValue` in the shape (and dtype) of x. */
export function fullLike(x: Operand, fillValue: Operand, dtype: DType | null = null): Node {
  const node = build.toNode(x);
  return full(node.shape, fillValue, dtype ?? node.dtype);
}

/**
 * The numbers from `start` below `stop` by `step`; `arange(n)` counts from 0. int32 where all three are
 * integers, else float32, unless a dtype is named.
 */
export function arange(
  start: number,
  stop: number | null = null,
  step = 1,
  dtype: DType | null = null,
): Node {
  const [from, to] = stop === null ? [0, start] : [start, stop];
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (!Number.isFinite(length)) {
    fail(
      'arange',
      `received start ${from}, stop ${to}, step ${step}; expected finite numbers and a step other than 0`,
    );
  }
  const whole = [from, to, step].every(Number.isInteger);
  const type = dtype ?? (whole ? 'int32' : 'float32');
  if (!whole) {
    const values = Array.from({ length }, (_, i) => from + i * step);
    return build.literal(values, [length], type);
  }
  let counted = build.iota([length], 0);
  if (step !== 1) counted = build.mul(counted, step);
  if (from !== 0) counted = build.add(counted, from);
  return build.cast(counted, type);
}

/**
 * `num` numbers from `start` to `stop` in equal steps, `stop` itself included with `endpoint`. Tensors
 * for start and stop broadcast, and the numbers run along a new axis.
 */
export function linspace(
  start: Operand,
  stop: Operand,
  num = 50,
  endpoint = true,
  dtype: DType | null = null,
  axis = 0,
): Node {
  const count = expectInteger('linspace', 'num', num);
  const steps = Math.max(1, endpoint ? count - 1 : count);
  const share = Array.from({ length: count }, (_, i) => i / steps);
  if (typeof start === 'number' && typeof stop === 'number') {
    const values = share.map((t) => start * (1 - t) + stop * t);
    return build.literal(values, [count], dtype ?? 'float32');
  }
  const [from, to] = build.promote(start, stop).map(floatOf);
  const rank = Math.max(from.shape.length, to.shape.length);
  const spread = [count, ...new Array<number>(rank).fill(1)];
  const type = from.dtype;
  // Weighted ends meet both bounds exactly.
  const numbers = build.add(
    build.mul(
      expandDims(from, 0),
      build.literal(
        share.map((t) => 1 - t),
        spread,
        type,
      ),
    ),
    build.mul(expandDims(to, 0), build.literal(share, spread, type)),
  );
  return build.cast(moveaxis(numbers, 0, axis), dtype ?? type);
}

/** `base` to the powers that {@link linspace} gives. */
export function logspace(
  start: Operand,
  stop: Operand,
  num = 50,
  endpoint = true,
  base: Operand = 10,
  dtype: DType | null = null,
  axis = 0,
): Node {
  const powers = build.pow(base, linspace(start, stop, num, endpoint, null, axis));
  return build.cast(powers, dtype ?? powers.dtype);
}

/** `num` numbers from `start` to `stop`, each a constant multiple of the one before. Both must be positive. */
export function geomspace(
  start: number,
  stop: number,
  num = 50,
  endpoint = true,
  dtype: DType = 'float32',
): Node {
  if (!(start > 0 && stop > 0)) {
    fail('geomspace', `received ${start} and ${stop}; expected two positive numbers`);
  }
  const count = expectInteger('geomspace', 'num', num);
  const steps = Math.max(1, endpoint ? count - 1 : count);
  const values = Array.from({ length: count }, (_, i) =>
    endpoint && i === count - 1 && i > 0 ? stop : start * (stop / start) ** (i / steps),
  );
  return build.literal(values, [count], dtype);
}

/** Numbers or booleans nested as deep as the array has axes. */
export type NestedNumbers = number | boolean | readonly NestedNumbers[];

/**
 * Nested lists as an array: booleans become bool, numbers float32, unless a dtype is named. Rows of
 * different lengths are an error.
 */
export function array(values: NestedNumbers, dtype: DType | null = null): Node {
  const shape: number[] = [];
  for (let v = values; Array.isArray(v); v = v[0]) {
    shape.push(v.length);
    if (v.length === 0) break;
  }
  const numbers: (number | boolean)[] = [];
  const walk = (value: NestedNumbers, depth: number): void => {
    if (Array.isArray(value)) {
      if (value.length !== shape[depth]) {
        fail(
          'array',
          `a list at depth ${depth} has ${value.length} entries; expected ${shape[depth] ?? 'a number'}`,
        );
      }
      for (const entry of value) walk(entry, depth + 1);
    } else if (
      depth !== shape.length ||
      (typeof value !== 'number' && typeof value !== 'boolean')
    ) {
      fail(
        'array',
        `received ${typeof value} at depth ${depth}; expected numbers or booleans at depth ${shape.length}`,
      );
    } else {
      numbers.push(value as number | boolean);
    }
  };
  walk(values, 0);
  const natural = numbers.length > 0 && numbers.every((v) => typeof v === 'boolean');
  return build.literal(numbers.map(Number), shape, dtype ?? (natural ? 'bool' : 'float32'));
}

/** An array whose values are of no account; they are zeros. */
export function empty(shape: Shape, dtype: DType = 'float32'): Node {
  return zeros(shape, dtype);
}

/** An array like x whose values are of no account; they are zeros. */
export function emptyLike(x: Operand, dtype: DType | null = null): Node {
  return zerosLike(x, dtype);
}

/** The same values; tensors never change, so nothing is copied. */
export function copy(x: Operand): Node {
  return build.toNode(x);
}
