import type { PoolAttributes, pooling } from '../../../ops/primitives/pooling.ts';
import type { Builder, Value } from '../builder.ts';
import { OWN } from '../model.ts';
import type { LoweringsOf } from './rules.ts';
import { pickLargest } from './unpool.ts';
import { addTaps, tapSlices, type Windows, windowAttributes } from './windows.ts';

function windowsOf({ window, strides, padding }: PoolAttributes): Windows {
  return { window, strides, padding, dilations: window.map(() => 1) };
}

/** Every element of dy added to all places of its window. */
function spread(b: Builder, dy: Value, windows: Windows, space: readonly number[]): Value {
  const { window, strides, padding } = windows;
  const places = dy.shape.slice(2);
  const bare = padding.every((p) => p[0] === 0 && p[1] === 0);
  if (dy.type === 'float32' && bare && window.every((size, i) => size === strides[i])) {
    // Windows side by side: each place is enlarged to its window, and what no window reached is zero.
    const scales = b.initializer(Float32Array.of(1, 1, ...window), 'float32', [window.length + 2]);
    const shape = [...dy.shape.slice(0, 2), ...places.map((d, i) => d * window[i])];
    const large = b.op(
      'Resize',
      [dy, undefined, scales],
      { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
      { type: dy.type, shape },
    );
    const missing = space.map((d, i) => d - shape[i + 2]);
    return b.pad(large, [0, 0, ...missing.map(() => 0)], [0, 0, ...missing], 0);
  }
  if (dy.type === 'float32' && (b.target === 'cpu' || b.target === 'wasm')) {
    // The transposed convolution of each channel with ones.
    const [batch, channels] = dy.shape;
    const rest = space.map(
      (d, i) => d + padding[i][0] + padding[i][1] - window[i] - (places[i] - 1) * strides[i],
    );
    const shape = [batch * channels, 1, ...space];
    const ones = new Float32Array(window.reduce((n, w) => n * w, 1)).fill(1);
    const inputs = [
      b.reshape(dy, [batch * channels, 1, ...places]),
      b.initializer(ones, 'float32', [1, 1, ...window]),
    ];
    const sum = b.op(
      'ConvTranspose',
      inputs,
      {
        ...windowAttributes(windows),
        output_padding: rest.some((r) => r !== 0) ? rest : undefined,
      },
      { type: dy.type, shape },
    );
    return b.reshape(sum, [batch, channels, ...space]);
  }
  const count = window.reduce((n, w) => n * w, 1);
  return addTaps(b, Array<Value>(count).fill(dy), windows, space);
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
  sumPoolGrad: (b, [dy], attributes) => spread(b, dy, windowsOf(attributes), attributes.inputSpace),
};
