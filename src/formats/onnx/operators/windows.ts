import type { Node } from '../../../graph/node.ts';
import * as b from '../../../ops/build.ts';
import * as f from '../../../ops/functions/index.ts';
import type { OperatorContext, OperatorTable } from './context.ts';

/** Convolution, pooling and resizing of [N, C, ...space]. */

type Padding = [number, number][];

interface Windows {
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padding: Padding;
}

function windowsOf(c: OperatorContext, window: readonly number[]): Windows {
  const space = c.first.shape.slice(2);
  const rank = window.length;
  if (space.length !== rank) c.refuse(`a window of ${rank} axes meets ${space.length}`);
  const strides = c.list('strides') ?? window.map(() => 1);
  const dilations = c.list('dilations') ?? window.map(() => 1);
  const pads = c.list('pads') ?? new Array<number>(2 * rank).fill(0);
  const auto = c.text('auto_pad', 'NOTSET');
  if (auto === 'VALID') return { window, strides, dilations, padding: window.map(() => [0, 0]) };
  if (auto === 'NOTSET' || auto === '') {
    return { window, strides, dilations, padding: window.map((_, i) => [pads[i], pads[i + rank]]) };
  }
  const padding = window.map((size, i): [number, number] => {
    const reach = (size - 1) * dilations[i] + 1;
    const out = Math.ceil(space[i] / strides[i]);
    const total = Math.max(0, (out - 1) * strides[i] + reach - space[i]);
    const small = Math.floor(total / 2);
    return auto === 'SAME_LOWER' ? [total - small, small] : [small, total - small];
  });
  return { window, strides, dilations, padding };
}

const withBias = (c: OperatorContext, y: Node): Node => {
  const bias = c.inputs[2];
  if (!bias) return y;
  return b.add(
    y,
    b.reshape(
      bias,
      y.shape.map((d, i) => (i === 1 ? d : 1)),
    ),
  );
};

function conv(c: OperatorContext): Node {
  const kernel = c.input(1);
  const { strides, dilations, padding } = windowsOf(c, kernel.shape.slice(2));
  const groups = c.int('group', 1);
  return withBias(c, b.conv(c.first, kernel, { strides, dilations, padding, groups }));
}

function convTranspose(c: OperatorContext): Node {
  const x = c.first;
  const kernel = c.input(1);
  const window = kernel.shape.slice(2);
  const strides = c.list('strides') ?? window.map(() => 1);
  const dilations = c.list('dilations') ?? window.map(() => 1);
  const extra = c.list('output_padding') ?? window.map(() => 0);
  const wanted = c.list('output_shape');
  const pads = c.list('pads') ?? new Array<number>(2 * window.length).fill(0);
  const auto = c.text('auto_pad', 'NOTSET');
  const padding: Padding = [];
  const inputSpace = window.map((size, i) => {
    const full = (x.shape[i + 2] - 1) * strides[i] + (size - 1) * dilations[i] + 1 + extra[i];
    const same = auto === 'SAME_UPPER' || auto === 'SAME_LOWER';
    const target =
      wanted?.at(i - window.length) ?? (same ? x.shape[i + 2] * strides[i] : undefined);
    if (target === undefined) {
      padding.push([pads[i], pads[i + window.length]]);
      return full - pads[i] - pads[i + window.length];
    }
    const total = full - target;
    const small = Math.floor(total / 2);
    padding.push(auto === 'SAME_UPPER' ? [small, total - small] : [total - small, small]);
    return target;
  });
  const groups = c.int('group', 1);
  const attributes = { strides, dilations, padding, groups, inputSpace };
  return withBias(c, b.convInputGrad(x, kernel, attributes));
}

/** Windows that begin inside but end outside count as well with ceil_mode. */
function withCeil(c: OperatorContext, windows: Windows): Windows {
  if (c.int('ceil_mode', 0) === 0) return windows;
  const { window, strides, dilations, padding } = windows;
  const grown = padding.map(([low, high], i): [number, number] => {
    const size = c.first.shape[i + 2];
    const reach = (window[i] - 1) * dilations[i] + 1;
    let places = Math.ceil((size + low + high - reach) / strides[i]) + 1;
    if ((places - 1) * strides[i] >= size + low) places--;
    return [low, Math.max(high, (places - 1) * strides[i] + reach - size - low)];
  });
  return { ...windows, padding: grown };
}

function poolWindows(c: OperatorContext): Windows {
  const window = c.list('kernel_shape') ?? c.refuse('kernel_shape is missing');
  const windows = withCeil(c, windowsOf(c, window));
  if (windows.dilations.some((d) => d !== 1)) c.refuse('dilated pooling is not supported');
  return windows;
}

function maxPool(c: OperatorContext): Node {
  if (c.node.outputs.length > 1) c.refuse('the positions of the largest are not supported');
  const { window, strides, padding } = poolWindows(c);
  return b.maxPool(c.first, { window, strides, padding });
}

function averagePool(c: OperatorContext): Node {
  const { window, strides, padding } = poolWindows(c);
  const total = b.sumPool(c.first, { window, strides, padding });
  const size = window.reduce((n, d) => n * d, 1);
  const padded = padding.some(([low, high]) => low > 0 || high > 0);
  if (!padded) return b.mul(total, 1 / size);
  // How many elements each window holds; with count_include_pad, the padding that was asked for counts.
  const asked = windowsOf(c, window).padding;
  const included = c.int('count_include_pad', 0) === 1;
  const ones = b.filled([1, 1, ...c.first.shape.slice(2)], 1);
  const inside = included
    ? b.pad(ones, [0, 0, ...asked.map((p) => p[0])], [0, 0, ...asked.map((p) => p[1])], {
        value: 1,
      })
    : ones;
  const rest = included
    ? padding.map(([low, high], i): [number, number] => [low - asked[i][0], high - asked[i][1]])
    : padding;
  return b.div(total, b.sumPool(inside, { window, strides, padding: rest }));
}

const spaceOf = (x: Node): number[] => x.shape.map((_, i) => i).slice(2);

/** Where each output element of one axis comes from: a position between two input elements. */
function positions(c: OperatorContext, from: number, to: number, scale: number): number[] {
  const mode = c.text('coordinate_transformation_mode', 'half_pixel');
  return Array.from({ length: to }, (_, i) => {
    switch (mode) {
      case 'asymmetric':
        return i / scale;
      case 'align_corners':
        return to === 1 ? 0 : (i * (from - 1)) / (to - 1);
      case 'pytorch_half_pixel':
        return to > 1 ? (i + 0.5) / scale - 0.5 : 0;
      case 'half_pixel':
        return (i + 0.5) / scale - 0.5;
      default:
        return c.refuse(`the mode '${mode}' is not supported`);
    }
  });
}

function roundNearest(c: OperatorContext, at: number): number {
  const mode = c.text('nearest_mode', 'round_prefer_floor');
  if (mode === 'floor') return Math.floor(at);
  if (mode === 'ceil') return Math.ceil(at);
  if (mode === 'round_prefer_ceil') return Math.floor(at + 0.5);
  return Math.ceil(at - 0.5);
}

const indicesOf = (values: readonly number[]): Node =>
  b.constant(Int32Array.from(values), [values.length], 'int32');

function resizeAxis(c: OperatorContext, x: Node, axis: number, to: number, scale: number): Node {
  const from = x.shape[axis];
  if (from === to && scale === 1) return x;
  const clamp = (i: number) => Math.min(Math.max(i, 0), from - 1);
  const at = positions(c, from, to, scale);
  const mode = c.text('mode', 'nearest');
  if (mode === 'nearest') {
    return b.gather(x, indicesOf(at.map((p) => clamp(roundNearest(c, p)))), axis);
  }
  if (mode === 'cubic') return resizeCubic(c, x, axis, at);
  if (mode !== 'linear') c.refuse(`the mode '${mode}' is not supported`);
  const low = at.map((p) => Math.floor(p));
  const weights = b.constant(
    Float32Array.from(at, (p, i) => p - low[i]),
    x.shape.map((_, i) => (i === axis ? to : 1)),
    'float32',
  );
  const before = b.gather(x, indicesOf(low.map(clamp)), axis);
  const after = b.gather(x, indicesOf(low.map((i) => clamp(i + 1))), axis);
  return b.add(before, b.mul(b.sub(after, before), weights));
}

/** Cubic convolution interpolation over four neighbours (Keys 1981). */
function resizeCubic(c: OperatorContext, x: Node, axis: number, at: readonly number[]): Node {
  const a = c.int('cubic_coeff_a', -0.75);
  const from = x.shape[axis];
  const near = (t: number) => ((a + 2) * t - (a + 3)) * t * t + 1;
  const far = (t: number) => ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
  const inside = (i: number) => i >= 0 && i < from;
  const outside = c.int('exclude_outside', 0) === 1;
  const taps = at.map((p) => {
    const low = Math.floor(p);
    const t = p - low;
    const weights = [far(t + 1), near(t), near(1 - t), far(2 - t)];
    const kept = weights.map((w, k) => (outside && !inside(low - 1 + k) ? 0 : w));
    const total = kept.reduce((s, w) => s + w, 0);
    return { low, weights: kept.map((w) => w / total) };
  });
  const shape = x.shape.map((_, i) => (i === axis ? at.length : 1));
  const parts = [0, 1, 2, 3].map((k) => {
    const indices = taps.map(({ low }) => Math.min(Math.max(low - 1 + k, 0), from - 1));
    const weights = Float32Array.from(taps, (tap) => tap.weights[k]);
    return b.mul(b.gather(x, indicesOf(indices), axis), b.constant(weights, shape, 'float32'));
  });
  return parts.reduce((sum, part) => b.add(sum, part));
}

const LARGEST = 1 << 28;

function resize(c: OperatorContext, scalesInput: number, sizesInput: number): Node {
  const { shape } = c.first;
  const sizes = c.inputs[sizesInput] ? c.known(sizesInput) : undefined;
  const given = c.inputs[scalesInput] ? c.known(scalesInput) : c.list('scales');
  const scales = sizes?.length ? sizes.map((s, i) => s / shape[i]) : given;
  if (!scales || scales.length !== shape.length) return c.refuse('neither sizes nor scales fit');
  const target = sizes?.length ? sizes : shape.map((d, i) => Math.floor(d * scales[i]));
  if (!(target.reduce((n, d) => n * d, 1) <= LARGEST)) c.refuse('the result is too large');
  return shape.reduce((x, _, axis) => resizeAxis(c, x, axis, target[axis], scales[axis]), c.first);
}

export const windows: OperatorTable = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: ({ first: x }) => f.mean(x, spaceOf(x), true),
  GlobalMaxPool: ({ first: x }) => b.max(x, spaceOf(x), true),
  Resize: (c) => (c.opset < 11 ? resize(c, 1, -1) : resize(c, 2, 3)),
  Upsample: (c) => resize(c, 1, -1),
};
