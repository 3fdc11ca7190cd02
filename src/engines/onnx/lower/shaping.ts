import type { shaping } from '../../../ops/primitives/shaping.ts';
import type { Builder, Value } from '../builder.ts';
import type { LoweringsOf } from './rules.ts';

/** `count` copies of `value` between neighbours along the axis: a further axis, padded, and merged. */
export function padInterior(
  b: Builder,
  x: Value,
  axis: number,
  count: number,
  value: number,
): Value {
  const size = x.shape[axis];
  if (count === 0 || size <= 1) return x;
  const split = [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)];
  const none = split.map(() => 0);
  const high = none.map((_, i) => (i === axis + 1 ? count : 0));
  const spread = b.pad(b.reshape(x, split), none, high, value);
  const merged = b.reshape(
    spread,
    x.shape.map((d, i) => (i === axis ? d * (count + 1) : d)),
  );
  return b.slice(merged, [{ axis, start: 0, end: size * (count + 1) - count }]);
}

export const shapingLowerings: LoweringsOf<keyof typeof shaping> = {
  reshape: (b, [x], { shape }) => b.reshape(x, shape),
  transpose: (b, [x], { permutation }) => b.transpose(x, permutation),
  broadcastTo: (b, [x], { shape }) => b.expand(x, shape),
  slice: (b, [x], { starts, limits, strides }) => {
    const parts = x.shape.flatMap((d, axis) =>
      d >= 0 && (starts[axis] !== 0 || limits[axis] !== d || strides[axis] !== 1)
        ? [{ axis, start: starts[axis], end: limits[axis], step: strides[axis] }]
        : [],
    );
    return b.slice(x, parts);
  },
  pad: (b, [x], { low, high, interior, value }) => {
    const spread = interior.reduce((v, count, axis) => padInterior(b, v, axis, count, value), x);
    return b.pad(spread, low, high, value);
  },
  concatenate: (b, inputs, { axis }) => b.concat(inputs, axis),
  reverse: (b, [x], { axes }) => b.reverse(x, axes),
};
