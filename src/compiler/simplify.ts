import { isFloat } from '../graph/dtype.ts';
import { bind, type Node } from '../graph/node.ts';
import { broadcastShapes, sameShape } from '../graph/shape.ts';
import * as b from '../ops/build.ts';
import { type AttributesOf, nameOf, type PrimitiveName } from '../ops/primitives/index.ts';
import type { RewriteRule } from './rewrite.ts';

/**
 * Rewrites that leave the value as it is and the graph smaller. Nothing here changes a rounding: what
 * a rule returns is bit for bit what it replaces (apart from the sign of a zero).
 */

type Rule = (node: Node) => Node | undefined;

const is = (node: Node, name: PrimitiveName): boolean => nameOf(node) === name;

/** The number that every element of a constant or broadcast constant has. */
function uniformValue(node: Node): number | undefined {
  if (is(node, 'broadcastTo') || is(node, 'reshape')) return uniformValue(node.inputs[0]);
  if (!is(node, 'constant')) return undefined;
  const data = node.attributes.data as ArrayLike<number>;
  return data.length === 1 ? data[0] : undefined;
}

/** `x` if it has the shape of `node`, else `x` broadcast to it. */
const inShapeOf = (node: Node, x: Node): Node => b.broadcastTo(x, node.shape);

/** A broadcast operand whose stretching the operation does by itself. */
function unbroadcast(node: Node): Node | undefined {
  const inputs = node.inputs.map((i) => (is(i, 'broadcastTo') ? i.inputs[0] : i));
  if (inputs.every((x, i) => x === node.inputs[i])) return undefined;
  for (let i = 0; i < inputs.length; i++) {
    if (inputs[i] === node.inputs[i]) continue;
    const trial = node.inputs.map((x, k) => (k === i ? inputs[i] : x));
    const shape = broadcastShapes(node.primitive.name, ...trial.map((x) => x.shape));
    if (sameShape(shape, node.shape)) return bind(node.primitive, trial, node.attributes);
  }
  return undefined;
}

function swapsLastTwo(node: Node): boolean {
  if (!is(node, 'transpose')) return false;
  const p = node.attributes.permutation as readonly number[];
  const n = p.length;
  return p.every((axis, i) => axis === (i === n - 1 ? n - 2 : i === n - 2 ? n - 1 : i));
}

const arithmetic: Partial<Record<PrimitiveName, (a: number, c: number) => number>> = {
  add: (a, c) => a + c,
  sub: (a, c) => a - c,
  mul: (a, c) => a * c,
  div: (a, c) => a / c,
};

/** An operation on two scalar float constants. */
function foldScalars(node: Node): Node | undefined {
  const compute = arithmetic[nameOf(node)];
  if (!compute || node.shape.length > 0 || !isFloat(node.dtype)) return undefined;
  const [a, c] = node.inputs;
  if (!is(a, 'constant') || !is(c, 'constant')) return undefined;
  return b.scalar(compute(uniformValue(a)!, uniformValue(c)!), node.dtype);
}

/** A scalar constant in another dtype. */
function castScalar(node: Node): Node | undefined {
  const [x] = node.inputs;
  if (!is(x, 'constant') || node.shape.length > 0) return undefined;
  const value = uniformValue(x)!;
  return b.scalar(
    isFloat(node.dtype) || node.dtype === 'bool' ? value : Math.trunc(value),
    node.dtype,
  );
}

const binaryRule =
  (neutral: number | undefined, commutes: boolean): Rule =>
  (node) => {
    const [x, y] = node.inputs;
    if (neutral !== undefined) {
      if (uniformValue(y) === neutral) return inShapeOf(node, x);
      if (commutes && uniformValue(x) === neutral) return inShapeOf(node, y);
    }
    return foldScalars(node) ?? unbroadcast(node);
  };

const rules: { readonly [P in PrimitiveName]?: Rule } = {
  add: binaryRule(0, true),
  sub: binaryRule(0, false),
  mul: binaryRule(1, true),
  div: binaryRule(1, false),
  maximum: unbroadcast,
  minimum: unbroadcast,
  pow: binaryRule(1, false),
  equal: unbroadcast,
  notEqual: unbroadcast,
  less: unbroadcast,
  lessEqual: unbroadcast,
  greater: unbroadcast,
  greaterEqual: unbroadcast,
  select: unbroadcast,
  cast: castScalar,
  neg: (node) => (is(node.inputs[0], 'neg') ? node.inputs[0].inputs[0] : undefined),
  stopGradient: (node) => node.inputs[0],
  customGradient: (node) => node.inputs[0],
  reshape: (node) => {
    const [x] = node.inputs;
    if (is(x, 'reshape')) return b.reshape(x.inputs[0], node.shape);
    return sameShape(x.shape, node.shape) ? x : undefined;
  },
  broadcastTo: (node) => {
    const [x] = node.inputs;
    return is(x, 'broadcastTo') ? b.broadcastTo(x.inputs[0], node.shape) : undefined;
  },
  transpose: (node) => {
    const [x] = node.inputs;
    const outer = node.attributes.permutation as readonly number[];
    if (is(x, 'transpose')) {
      const inner = x.attributes.permutation as readonly number[];
      return b.transpose(
        x.inputs[0],
        outer.map((p) => inner[p]),
      );
    }
    // Axes of size 1 may move freely: only the order of the others matters in memory.
    const moved = outer.filter((p) => x.shape[p] !== 1);
    const ordered = moved.every((p, i) => i === 0 || p > moved[i - 1]);
    return ordered ? b.reshape(x, node.shape) : undefined;
  },
  matMul: (node) => {
    const [x, y] = node.inputs;
    const { transposeA, transposeB } = node.attributes as AttributesOf<'matMul'>;
    const turnA = swapsLastTwo(x);
    const turnB = swapsLastTwo(y);
    if (!turnA && !turnB) return undefined;
    return b.matMul(turnA ? x.inputs[0] : x, turnB ? y.inputs[0] : y, {
      transposeA: transposeA !== turnA,
      transposeB: transposeB !== turnB,
    });
  },
};

/** The rules of one primitive, applied until none changes the node. */
export const simplifyRule: RewriteRule = (node) => {
  let current = node;
  for (;;) {
    const next = rules[nameOf(current)]?.(current);
    if (next === undefined || next === current) return current;
    current = next;
  }
};
