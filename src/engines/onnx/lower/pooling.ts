import type { PoolAttributes, pooling } from '../../../ops/primitives/pooling.ts';
import { OWN } from '../model.ts';
import type { LoweringsOf } from './rules.ts';
import { pickLargest } from './unpool.ts';
import { addTaps, tapSlices, type Windows, windowAttributes } from './windows.ts';

function windowsOf({ window, strides, padding }: PoolAttributes): Windows {
  return { window, strides, padding, dilations: window.map(() => 1) };
}

export const poolingLowerings: LoweringsOf<keyof typeof pooling> = {
  maxPool: (b, [x], attributes, node) =>
    b.op('MaxPool', [x], windowAttributes(windowsOf(attributes)), {
      type: x.type,
      shape: node.shape,
    }),
  maxPoolGrad: (b, inputs, attributes, node) =>
    b.op(
      'MaxPoolGrad',
      inputs,
      windowAttributes(windowsOf(attributes)),
      { type: inputs[0].type, shape: node.shape },
      { domain: OWN },
    ),
  maxPoolPick: (b, [x, y, v], attributes) => pickLargest(b, x, y, v, windowsOf(attributes)),
  sumPool: (b, [x], attributes, node) => {
    const windows = windowsOf(attributes);
    if (x.type === 'float64') {
      const slices = tapSlices(b, x, windows, node.shape.slice(2), 0);
      return slices.reduce((sum, tap) => b.add(sum, tap));
    }
    const mean = b.op(
      'AveragePool',
      [x],
      { ...windowAttributes(windows), count_include_pad: 1 },
      { type: x.type, shape: node.shape },
    );
    const count = attributes.window.reduce((n, w) => n * w, 1);
    return b.with('Mul', mean, count);
  },
  sumPoolGrad: (b, [dy], attributes) => {
    const count = attributes.window.reduce((n, w) => n * w, 1);
    const copies = Array.from({ length: count }, () => dy);
    return addTaps(b, copies, windowsOf(attributes), attributes.inputSpace);
  },
};
