import { describe, expect, it } from 'vitest';
import { constant, evaluate, type Nested } from '../../../test/evaluate.ts';
import { expectClose } from '../../../test/numpy-cases.ts';
import { placeholder } from '../build.ts';
import * as f from './index.ts';

/** Convolution and pooling against loops that follow the definitions, in one and two spatial axes. */

interface Options {
  strides?: number[];
  padding?: 'valid' | 'same' | 'causal';
  dilationRate?: number[];
}

// A value for every position, without a pattern that a wrong axis would keep.
const value = (i: number) => Math.sin(0.37 * i + 0.11);

/** Channels-last values of `shape`, read by coordinates; 0 outside. */
class Values {
  readonly shape: readonly number[];
  readonly data: number[];

  constructor(shape: readonly number[], data?: number[]) {
    this.shape = shape;
    const size = shape.reduce((a, b) => a * b, 1);
    this.data = data ?? Array.from({ length: size }, (_, i) => value(i + 7 * shape.length));
  }

  offset(at: readonly number[]): number {
    return at.reduce((o, c, i) => o * this.shape[i] + c, 0);
  }

  inside(at: readonly number[]): boolean {
    return at.every((c, i) => c >= 0 && c < this.shape[i]);
  }

  get(at: readonly number[]): number {
    return this.inside(at) ? this.data[this.offset(at)] : 0;
  }

  add(at: readonly number[], by: number): void {
    this.data[this.offset(at)] += by;
  }

  get nested(): Nested {
    const build = (at: number[]): Nested =>
      at.length === this.shape.length
        ? this.get(at)
        : Array.from({ length: this.shape[at.length] }, (_, i) => build([...at, i]));
    return build([]);
  }
}

const zeros = (shape: number[]) =>
  new Values(shape, new Array(shape.reduce((a, b) => a * b, 1)).fill(0));

function* coordinates(shape: readonly number[]): Generator<number[]> {
  const size = shape.reduce((a, b) => a * b, 1);
  for (let i = 0; i < size; i++) {
    const at: number[] = [];
    let rest = i;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at.unshift(rest % shape[axis]);
      rest = Math.floor(rest / shape[axis]);
    }
    yield at;
  }
}

/** Results and padding in front along each axis, by Keras's rules. */
function geometry(space: readonly number[], window: readonly number[], o: Options) {
  const strides = o.strides ?? space.map(() => 1);
  const dilations = o.dilationRate ?? space.map(() => 1);
  return space.map((n, i) => {
    const reach = (window[i] - 1) * dilations[i] + 1;
    const stride = strides[i];
    if (o.padding === 'same') {
      const out = Math.ceil(n / stride);
      return {
        out,
        stride,
        dilation: dilations[i],
        front: Math.floor(Math.max((out - 1) * stride + reach - n, 0) / 2),
      };
    }
    const front = o.padding === 'causal' ? reach - 1 : 0;
    return {
      out: Math.floor((n + front - reach) / stride) + 1,
      stride,
      dilation: dilations[i],
      front,
    };
  });
}

/** Convolution by its definition, channels last; `pairs` lists which input feeds which output channel. */
function convolve(
  x: Values,
  window: readonly number[],
  filters: number,
  o: Options,
  terms: (output: number) => { input: number; weight: (at: number[]) => number }[],
): Values {
  const space = x.shape.slice(1, -1);
  const axes = geometry(space, window, o);
  const y = zeros([x.shape[0], ...axes.map((a) => a.out), filters]);
  for (const at of coordinates(y.shape)) {
    for (const w of coordinates(window)) {
      const from = axes.map((a, i) => at[i + 1] * a.stride - a.front + w[i] * a.dilation);
      for (const { input, weight } of terms(at.at(-1)!)) {
        y.add(at, x.get([at[0], ...from, input]) * weight(w));
      }
    }
  }
  return y;
}

const options: [string, number[], number[], Options][] = [
  ['valid', [7], [3], {}],
  ['same', [7], [3], { padding: 'same' }],
  ['same with an even window', [6], [4], { padding: 'same' }],
  ['same with a stride', [7], [4], { padding: 'same', strides: [3] }],
  ['a stride wider than the window', [9], [2], { padding: 'same', strides: [4] }],
  ['causal', [6], [3], { padding: 'causal', dilationRate: [2] }],
  ['causal with a stride', [6], [3], { padding: 'causal', strides: [2] }],
  ['dilation', [8], [3], { dilationRate: [3] }],
  ['two axes', [5, 6], [2, 3], {}],
  ['two axes, same', [5, 6], [2, 3], { padding: 'same', strides: [2, 1] }],
  ['two axes, dilated', [6, 7], [3, 2], { padding: 'same', dilationRate: [1, 2] }],
  ['three axes', [3, 4, 3], [2, 2, 2], { padding: 'same', strides: [1, 2, 1] }],
];

const toFirst = (x: Values): Nested => evaluate(f.moveaxis(constant(x.nested), -1, 1));

describe.each(options)('%s', (_, space, window, o) => {
  const x = new Values([2, ...space, 4]);

  it.each([1, 2])('conv in %i group(s)', (groups) => {
    const per = 4 / groups;
    const kernel = new Values([...window, per, 6]);
    const y = convolve(x, window, 6, o, (output) => {
      const group = Math.floor(output / (6 / groups));
      return Array.from({ length: per }, (_, i) => ({
        input: group * per + i,
        weight: (w) => kernel.get([...w, i, output]),
      }));
    });
    const [input, weights] = [constant(x.nested), constant(kernel.nested)];
    expectClose(evaluate(f.conv(input, weights, o)), y.nested, 1e-5, 1e-5);
    expectClose(
      evaluate(f.conv(constant(toFirst(x)), weights, { ...o, dataFormat: 'channelsFirst' })),
      toFirst(y),
      1e-5,
      1e-5,
    );
  });

  it('depthwise and separable conv', () => {
    const kernel = new Values([...window, 4, 3]);
    const y = convolve(x, window, 12, o, (output) => [
      {
        input: Math.floor(output / 3),
        weight: (w) => kernel.get([...w, Math.floor(output / 3), output % 3]),
      },
    ]);
    const [input, weights] = [constant(x.nested), constant(kernel.nested)];
    expectClose(evaluate(f.depthwiseConv(input, weights, o)), y.nested, 1e-5, 1e-5);
    const mixing = new Values([...window.map(() => 1), 12, 2]);
    const mixed = convolve(
      y,
      window.map(() => 1),
      2,
      {},
      (output) =>
        Array.from({ length: 12 }, (_, i) => ({
          input: i,
          weight: (w) => mixing.get([...w, i, output]),
        })),
    );
    expectClose(
      evaluate(f.separableConv(input, weights, constant(mixing.nested), o)),
      mixed.nested,
      1e-5,
      1e-5,
    );
  });

  it('patches', () => {
    const length = window.reduce((a, b) => a * b, 4);
    const place = [...coordinates([...window, 4])];
    const y = convolve(x, window, length, o, (output) => [
      {
        input: place[output].at(-1)!,
        weight: (w) => Number(w.every((c, i) => c === place[output][i])),
      },
    ]);
    expectClose(evaluate(f.extractPatches(constant(x.nested), window, o)), y.nested, 1e-5, 1e-5);
  });
});

/** Transposed convolution by scattering each input over a window, cut or extended as Keras does. */
function convTranspose(
  x: Values,
  kernel: Values,
  o: { stride: number; dilation?: number; padding: 'valid' | 'same'; outputPadding?: number },
): Values {
  const { stride, dilation = 1, padding, outputPadding } = o;
  const [n, window] = [x.shape[1], kernel.shape[0]];
  const reach = (window - 1) * dilation + 1;
  let size: number;
  let front: number;
  if (padding === 'valid') {
    size =
      (n - 1) * stride +
      (outputPadding === undefined ? Math.max(reach, stride) : reach + outputPadding);
    front = 0;
  } else {
    size =
      outputPadding === undefined ? n * stride : (n - 1) * stride + (reach % 2) + outputPadding;
    // What the result lacks of (n - 1) * stride + reach is cut off, the larger half behind.
    const rest =
      reach - 1 - (outputPadding === undefined ? stride - 1 : (reach % 2) - 1 + outputPadding);
    front = Math.max(0, Math.floor(rest / 2));
  }
  const y = zeros([x.shape[0], size, kernel.shape[1]]);
  for (const [b, i, c] of coordinates(x.shape)) {
    for (const [w, filter] of coordinates(kernel.shape.slice(0, 2))) {
      const to = i * stride + w * dilation - front;
      if (to >= 0 && to < size)
        y.add([b, to, filter], x.get([b, i, c]) * kernel.get([w, filter, c]));
    }
  }
  return y;
}

describe('convTranspose', () => {
  it.each([
    [{ stride: 1, padding: 'valid' }, 3],
    [{ stride: 2, padding: 'valid' }, 3],
    [{ stride: 4, padding: 'valid' }, 3],
    [{ stride: 1, padding: 'same' }, 3],
    [{ stride: 2, padding: 'same' }, 3],
    [{ stride: 2, padding: 'same' }, 4],
    [{ stride: 3, padding: 'same' }, 2],
    [{ stride: 3, padding: 'same' }, 1],
    [{ stride: 2, padding: 'same', dilation: 2 }, 3],
    [{ stride: 1, padding: 'valid', dilation: 3 }, 2],
    [{ stride: 3, padding: 'valid', outputPadding: 2 }, 3],
    [{ stride: 3, padding: 'valid', outputPadding: 5 }, 3],
    [{ stride: 3, padding: 'same', outputPadding: 2 }, 3],
    [{ stride: 2, padding: 'same', outputPadding: 1 }, 4],
    [{ stride: 4, padding: 'same', outputPadding: 3 }, 3],
    [{ stride: 4, padding: 'same', outputPadding: 1 }, 3],
    [{ stride: 2, padding: 'same', outputPadding: 1 }, 1],
  ] as const)('%j with a window of %i', (o, window) => {
    const x = new Values([2, 5, 3]);
    const kernel = new Values([window, 2, 3]);
    const y = f.convTranspose(constant(x.nested), constant(kernel.nested), {
      strides: o.stride,
      padding: o.padding,
      dilationRate: 'dilation' in o ? o.dilation : 1,
      outputPadding: 'outputPadding' in o ? o.outputPadding : null,
    });
    expectClose(evaluate(y), convTranspose(x, kernel, o).nested, 1e-5, 1e-5);
  });

  it('is the adjoint of conv: <conv(x), y> = <x, convTranspose(y)>', () => {
    const x = constant(new Values([1, 7, 6, 3]).nested);
    const kernel = constant(new Values([3, 2, 3, 4]).nested);
    const options = { strides: 1, padding: 'valid', dilationRate: [2, 1] } as const;
    const forward = f.conv(x, kernel, options);
    const y = constant(new Values(forward.shape.slice()).nested);
    const left = f.vdot(forward, y);
    const right = f.vdot(x, f.convTranspose(y, kernel, options));
    expectClose(evaluate(left), evaluate(right), 1e-4);
  });
});

describe('pooling', () => {
  const cases: [number[], number[], number[] | null, 'valid' | 'same'][] = [
    [[7], [3], null, 'valid'],
    [[7], [3], [2], 'same'],
    [[8], [2], [3], 'same'],
    [[5, 6], [2, 3], [1, 2], 'valid'],
    [[5, 6], [2, 3], [2, 2], 'same'],
    [[4, 3, 5], [2, 2, 2], null, 'same'],
  ];

  it.each(cases)('space %j, window %j, strides %j, %s', (space, window, strides, padding) => {
    const x = new Values([2, ...space, 3]);
    const axes = geometry(space, window, { strides: strides ?? window, padding });
    const largest = zeros([2, ...axes.map((a) => a.out), 3]);
    const mean = zeros([2, ...axes.map((a) => a.out), 3]);
    for (const at of coordinates(mean.shape)) {
      const found = [...coordinates(window)]
        .map((w) => [
          at[0],
          ...axes.map((a, i) => at[i + 1] * a.stride - a.front + w[i]),
          at.at(-1)!,
        ])
        .filter((from) => x.inside(from))
        .map((from) => x.get(from));
      largest.add(at, Math.max(...found));
      mean.add(at, found.reduce((a, b) => a + b) / found.length);
    }
    const input = constant(x.nested);
    expectClose(evaluate(f.maxPool(input, window, strides, padding)), largest.nested);
    expectClose(evaluate(f.averagePool(input, window, strides, padding)), mean.nested);
    const first = constant(toFirst(x));
    expectClose(
      evaluate(f.maxPool(first, window, strides, padding, 'channelsFirst')),
      toFirst(largest),
    );
    expectClose(
      evaluate(f.averagePool(first, window, strides, padding, 'channelsFirst')),
      toFirst(mean),
    );
  });

  it.each([
    [
      [7, 5],
      [3, 2],
    ],
    [
      [4, 6],
      [4, 3],
    ],
    [
      [3, 2],
      [5, 2],
    ],
  ])('adaptive from %j to %j', (space, out) => {
    const x = new Values([2, ...space, 2]);
    const [largest, mean] = [zeros([2, ...out, 2]), zeros([2, ...out, 2])];
    for (const [b, i, k, c] of coordinates(mean.shape)) {
      const found: number[] = [];
      const from = (at: number, axis: number) => Math.floor((at * space[axis]) / out[axis]);
      const to = (at: number, axis: number) => Math.ceil(((at + 1) * space[axis]) / out[axis]);
      for (let r = from(i, 0); r < to(i, 0); r++) {
        for (let s = from(k, 1); s < to(k, 1); s++) found.push(x.get([b, r, s, c]));
      }
      largest.add([b, i, k, c], Math.max(...found));
      mean.add([b, i, k, c], found.reduce((a, v) => a + v) / found.length);
    }
    const input = constant(x.nested);
    expectClose(evaluate(f.adaptiveMaxPool(input, out)), largest.nested);
    expectClose(evaluate(f.adaptiveAveragePool(input, out)), mean.nested, 1e-5, 1e-6);
  });
});

describe('errors and symbolic batches', () => {
  const images = placeholder([-1, 8, 8, 3], 'float32');
  const kernel = placeholder([3, 3, 3, 5], 'float32');

  it('keep the batch', () => {
    expect(f.conv(images, kernel, { strides: 2, padding: 'same' }).shape).toEqual([-1, 4, 4, 5]);
    expect(f.maxPool(images, 2).shape).toEqual([-1, 4, 4, 3]);
    expect(f.averagePool(images, 3, 2, 'same').shape).toEqual([-1, 4, 4, 3]);
    expect(f.adaptiveAveragePool(images, 3).shape).toEqual([-1, 3, 3, 3]);
    const turned = placeholder([2, 2, 5, 3], 'float32');
    expect(f.convTranspose(images, turned, { strides: 2, padding: 'same' }).shape).toEqual([
      -1, 16, 16, 5,
    ]);
  });

  it('name what is wrong', () => {
    const grey = placeholder([-1, 8, 8, 1], 'float32');
    expect(() => f.conv(grey, kernel)).toThrow(
      'conv: the input [batch, 8, 8, 1] has 1 channels, the kernel [3, 3, 3, 5] takes 3',
    );
    expect(() => f.conv(images, placeholder([3, 3, 5], 'float32'))).toThrow('with as many axes');
    expect(() => f.conv(images, kernel, { padding: 'causal' })).toThrow(
      "padding 'causal' received for 2",
    );
    expect(() => f.conv(images, kernel, { padding: 'full' as 'same' })).toThrow(
      'padding is "full"',
    );
    expect(() => f.conv(images, kernel, { strides: [1] })).toThrow('strides is [1]');
    expect(() => f.conv(images, kernel, { dataFormat: 'NHWC' as 'channelsLast' })).toThrow(
      'dataFormat is "NHWC"',
    );
    expect(() => f.maxPool(placeholder([-1, 8], 'float32'), 2)).toThrow(
      'expected [batch, ...space, channels]',
    );
    expect(() => f.maxPool(images, 9)).toThrow('does not fit');
    expect(() => f.convTranspose(grey, kernel)).toThrow('has 1 channels');
  });
});
