import type { PoolAttributes, pooling } from '../../../ops/primitives/pooling.ts';
import type { Builder, Value } from '../builder.ts';
import type { LoweringsOf } from './rules.ts';
import { addTaps, tapSlices, type Windows } from './windows.ts';

function poolAttributes({ window, strides, padding }: PoolAttributes) {
  const pads = [...padding.map((p) => p[0]), ...padding.map((p) => p[1])];
  return {
    kernel_shape: window,
    strides,
    ...(pads.some((p) => p !== 0) ? { pads } : {}),
  };
}

function windowsOf({ window, strides, padding }: PoolAttributes): Windows {
  return { window, strides, padding, dilations: window.map(() => 1) };
}

/**
 * For each tap of the windows of `x`, whether it is the one that gave the largest: it equals the largest
 * and no earlier tap does.
 */
function firstLargest(b: Builder, x: Value, y: Value, attributes: PoolAttributes): Value[] {
  const places = y.shape.slice(2);
  let taken: Value | undefined;
  return tapSlices(b, x, windowsOf(attributes), places, -Infinity).map((tap) => {
    const equal = b.compare('Equal', tap, y);
    if (!taken) {
      taken = equal;
      return equal;
    }
    const first = b.binary('And', equal, b.not(taken));
    taken = b.not(b.binary('And', b.not(taken), b.not(equal)));
    return first;
  });
}

export const poolingLowerings: LoweringsOf<keyof typeof pooling> = {
  maxPool: (b, [x], attributes, node) =>
    b.op('MaxPool', [x], poolAttributes(attributes), { type: x.type, shape: node.shape }),
  maxPoolGrad: (b, [x, y, dy], attributes) => {
    const zero = b.scalar(0, dy.type);
    const parts = firstLargest(b, x, y, attributes).map((first) => b.where(first, dy, zero));
    return addTaps(b, parts, windowsOf(attributes), x.shape.slice(2));
  },
  maxPoolPick: (b, [x, y, v], attributes) => {
    const places = y.shape.slice(2);
    const values = tapSlices(b, v, windowsOf(attributes), places, 0);
    let picked = b.scalar(0, v.type);
    firstLargest(b, x, y, attributes).forEach((first, t) => {
      picked = b.where(first, values[t], picked);
    });
    return picked;
  },
  sumPool: (b, [x], attributes, node) => {
    if (x.type === 'float64') {
      const slices = tapSlices(b, x, windowsOf(attributes), node.shape.slice(2), 0);
      return slices.reduce((sum, tap) => b.add(sum, tap));
    }
    const mean = b.op(
      'AveragePool',
      [x],
      { ...poolAttributes(attributes), count_include_pad: 1 },
      { type: x.type, shape: node.shape },
    );
    return b.with(
      'Mul',
      mean,
      attributes.window.reduce((n, w) => n * w, 1),
    );
  },
  sumPoolGrad: (b, [dy], attributes) => {
    const count = attributes.window.reduce((n, w) => n * w, 1);
    const copies = Array.from({ length: count }, () => dy);
    return addTaps(b, copies, windowsOf(attributes), attributes.inputSpace);
  },
};
