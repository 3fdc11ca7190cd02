import type { Node } from '../../graph/node.ts';
import * as b from '../build.ts';
import type { indexing } from '../primitives/indexing.ts';
import type { shaping } from '../primitives/shaping.ts';
import type { sources } from '../primitives/source.ts';
import { type GradientRules, none } from './rule.ts';

const zerosLike = (x: Node): Node => b.filled(x.shape, 0, x.dtype);

export const shapingGradients: GradientRules<keyof typeof shaping> = {
  reshape: (dy, [x]) => [b.reshape(dy, x.shape)],
  transpose: (dy, _, __, { permutation }) => {
    const inverse = permutation.map((_p, i) => permutation.indexOf(i));
    return [b.transpose(dy, inverse)];
  },
  broadcastTo: (dy, [x]) => [b.sumTo(dy, x.shape)],
  slice: (dy, [x], _, { starts, strides }) => {
    if (dy.shape.includes(0)) return [zerosLike(x)];
    const high = x.shape.map((d, i) =>
      d < 0 ? 0 : d - (starts[i] + (dy.shape[i] - 1) * strides[i] + 1),
    );
    return [b.pad(dy, starts, high, { interior: strides.map((s) => s - 1) })];
  },
  pad: (dy, [x], _, { low, interior }) => {
    if (x.shape.includes(0)) return [zerosLike(x)];
    const limits = x.shape.map((d, i) => (d < 0 ? d : low[i] + (d - 1) * (interior[i] + 1) + 1));
    return [
      b.slice(
        dy,
        low,
        limits,
        interior.map((n) => n + 1),
      ),
    ];
  },
  concatenate: (dy, inputs, _, { axis }) => {
    let start = 0;
    return inputs.map((x) => {
      const from = start;
      start += x.shape[axis];
      return b.sliceAxis(dy, axis, from, start);
    });
  },
  reverse: (dy, _, __, { axes }) => [b.reverse(dy, axes)],
};

export const indexingGradients: GradientRules<keyof typeof indexing> = {
  gather: (dy, [x, indices], _, { axis }) => [b.scatterAdd(zerosLike(x), indices, dy, axis)],
  scatterAdd: (dy, [, indices], _, { axis }) => [dy, undefined, b.gather(dy, indices, axis)],
  gatherAlong: (dy, [x, indices], _, { axis }) => [
    b.scatterAddAlong(zerosLike(x), indices, dy, axis),
  ],
  scatterAddAlong: (dy, [, indices], _, { axis }) => [
    dy,
    undefined,
    b.gatherAlong(dy, indices, axis),
  ],
};

export const sourceGradients: GradientRules<keyof typeof sources> = {
  input: none,
  constant: none,
  iota: none,
  dimension: none,
  randomUniform: none,
  stopGradient: none,
  customGradient: (dy, [, ...args], _, { rule }) => [undefined, ...rule(dy, args)],
  barrier: (dy) => [dy],
};
