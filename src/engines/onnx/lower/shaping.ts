import type { shaping } from '../../../ops/primitives/shaping.ts';
import type { Builder, Value } from '../builder.ts';
import type { LoweringsOf } from './rules.ts';

/**
 * `count` copies of `value` between neighbours along the axis: laid after every element, the last ones cut
 * off. Concatenation does this at a fraction of the cost of ONNX Runtime's Pad.
 */
export function padInterior(
  b: Builder,
  x: Value,
  axis: number,
  count: number,
  value: number,
): Value {
  const size = x.shape[axis];
  if (count === 0 || size <= 1) return x;
  const outer = x.shape.slice(0, axis + 1).reduce((n, d) => n * d, 1);
  const inner = x.shape.slice(axis + 1).reduce((n, d) => n * d, 1);
  const gap = b.expand(b.scalar(value, x.type), [outer, count, inner]);
  const spread = b.concat([b.reshape(x, [outer, 1, inner]), gap], 1);
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
