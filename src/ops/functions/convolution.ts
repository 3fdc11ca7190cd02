import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatDim, formatShape } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { floatsOf } from './shared.ts';
import {
  channelsFirst,
  type DataFormat,
  eachAxis,
  type Padding,
  paddingOf,
  restoreLayout,
} from './windows.ts';

/**
 * Convolution over any number of spatial axes in Keras's layouts. What deep learning calls convolution:
 * the kernel is not flipped. The primitive works channels first; other layouts are transposed to it and
 * back, which the compiler cancels between neighbours.
 */

export interface ConvOptions {
  /** Steps of the window along each spatial axis. Default 1. */
  readonly strides?: number | readonly number[];
  /** Default 'valid'. */
  readonly padding?: Padding;
  /** Default 'channelsLast'. */
  readonly dataFormat?: DataFormat;
  /** Distance between neighbouring elements of the kernel. Default 1. */
  readonly dilationRate?: number | readonly number[];
}

export interface ConvTransposeOptions extends Omit<ConvOptions, 'padding'> {
  /** Default 'valid'. */
  readonly padding?: 'valid' | 'same';
  /** Elements added behind each spatial axis of the result; by default as many as Keras adds. */
  readonly outputPadding?: number | readonly number[] | null;
}

/** The kernel [...window, a, b] as [b, a, ...window]. */
function filtersFirst(kernel: Node): Node {
  const rank = kernel.shape.length;
  const window = Array.from({ length: rank - 2 }, (_, i) => i);
  return build.transpose(kernel, [rank - 1, rank - 2, ...window]);
}

function expectKernel(operation: string, x: Node, kernel: Node): void {
  if (x.shape.length < 3 || kernel.shape.length !== x.shape.length) {
    fail(
      operation,
      `received input ${formatShape(x.shape)} and kernel ${formatShape(kernel.shape)}; expected [batch, ...space, channels] and [...window, channels, filters] with as many axes`,
    );
  }
}

/** Cross-correlation of values [N, C, ...space] and a kernel [filters, C / groups, ...window]. */
function correlate(
  operation: string,
  x: Node,
  kernel: Node,
  groups: number,
  { strides = 1, padding = 'valid', dilationRate = 1 }: ConvOptions,
): Node {
  const space = x.shape.slice(2);
  const window = kernel.shape.slice(2);
  const steps = eachAxis(operation, 'strides', strides, space.length);
  const dilations = eachAxis(operation, 'dilationRate', dilationRate, space.length);
  const reach = window.map((size, i) => (size - 1) * dilations[i] + 1);
  return build.conv(x, kernel, {
    strides: steps,
    dilations,
    padding: paddingOf(operation, padding, space, reach, steps),
    groups,
  });
}

/**
 * Convolution of [batch, ...space, channels] with a kernel [...window, channels / groups, filters]: the
 * result has the layout of the input with `filters` channels. Groups follow from the channels of input
 * and kernel. The bias is for the caller to add.
 */
export function conv(x: Operand, kernel: Operand, options: ConvOptions = {}): Node {
  const { dataFormat = 'channelsLast' } = options;
  const [node, weights] = floatsOf(x, kernel);
  expectKernel('conv', node, weights);
  const values = channelsFirst('conv', node, dataFormat);
  const channels = values.shape[1];
  const perGroup = weights.shape.at(-2)!;
  if (channels % perGroup !== 0) {
    fail(
      'conv',
      `the input ${formatShape(node.shape)} has ${formatDim(channels)} channels, the kernel ${formatShape(weights.shape)} takes ${perGroup}; expected as many, or a multiple for groups`,
    );
  }
  return restoreLayout(
    correlate('conv', values, filtersFirst(weights), channels / perGroup, options),
    dataFormat,
  );
}

/**
 * Each channel convolved with its own kernels, [...window, channels, multiplier]: the result has
 * channels * multiplier channels, those of one input channel side by side.
 */
export function depthwiseConv(x: Operand, kernel: Operand, options: ConvOptions = {}): Node {
  const { dataFormat = 'channelsLast' } = options;
  const [node, weights] = floatsOf(x, kernel);
  expectKernel('depthwiseConv', node, weights);
  const values = channelsFirst('depthwiseConv', node, dataFormat);
  const [channels, multiplier] = weights.shape.slice(-2);
  if (values.shape[1] !== channels) {
    fail(
      'depthwiseConv',
      `the input ${formatShape(node.shape)} has ${formatDim(values.shape[1])} channels, the kernel ${formatShape(weights.shape)} takes ${channels}; expected as many`,
    );
  }
  const rank = weights.shape.length;
  const window = Array.from({ length: rank - 2 }, (_, i) => i);
  const own = build.reshape(build.transpose(weights, [rank - 2, rank - 1, ...window]), [
    channels * multiplier,
    1,
    ...weights.shape.slice(0, -2),
  ]);
  return restoreLayout(correlate('depthwiseConv', values, own, channels, options), dataFormat);
}

/**
 * A depthwise convolution followed by one of window 1 that mixes the channels: kernels
 * [...window, channels, multiplier] and [...1, channels * multiplier, filters].
 */
export function separableConv(
  x: Operand,
  depthwiseKernel: Operand,
  pointwiseKernel: Operand,
  options: ConvOptions = {},
): Node {
  return conv(depthwiseConv(x, depthwiseKernel, options), pointwiseKernel, {
    dataFormat: options.dataFormat,
  });
}

/**
 * What Keras cuts off each end of the full result of a transposed convolution, (size - 1) * stride +
 * reach elements; negative amounts are zeros to add.
 */
function crops(
  reach: number,
  stride: number,
  padding: 'valid' | 'same',
  outputPadding: number | null,
): [number, number] {
  if (padding === 'valid') {
    return [0, -(outputPadding ?? Math.max(reach, stride) - reach)];
  }
  const total =
    outputPadding === null ? stride + reach - 2 : reach + (reach % 2) - 2 + outputPadding;
  const left = Math.min(Math.ceil(total / 2), reach - 1);
  return [reach - 1 - left, reach - 1 - (total - left)];
}

/**
 * Transposed convolution, the adjoint of {@link conv} in its input: kernel [...window, filters,
 * channels]. Sizes: 'same' gives size * stride, 'valid' (size - 1) * stride + max(reach, stride), where
 * reach is the size of the dilated window; `outputPadding` overrides what is added behind.
 */
export function convTranspose(
  x: Operand,
  kernel: Operand,
  options: ConvTransposeOptions = {},
): Node {
  const {
    strides = 1,
    padding = 'valid',
    outputPadding = null,
    dataFormat = 'channelsLast',
    dilationRate = 1,
  } = options;
  const operation = 'convTranspose';
  const [node, weights] = floatsOf(x, kernel);
  expectKernel(operation, node, weights);
  if (padding !== 'valid' && padding !== 'same') {
    fail(operation, `padding is "${padding}"; expected 'valid' or 'same'`);
  }
  const values = channelsFirst(operation, node, dataFormat);
  const space = values.shape.slice(2);
  if (values.shape[1] !== weights.shape.at(-1)) {
    fail(
      operation,
      `the input ${formatShape(node.shape)} has ${formatDim(values.shape[1])} channels, the kernel ${formatShape(weights.shape)} takes ${weights.shape.at(-1)}; expected as many`,
    );
  }
  const steps = eachAxis(operation, 'strides', strides, space.length);
  const dilations = eachAxis(operation, 'dilationRate', dilationRate, space.length);
  const extra =
    outputPadding === null
      ? null
      : eachAxis(operation, 'outputPadding', outputPadding, space.length, 0);
  const reach = space.map((_, i) => (weights.shape[i] - 1) * dilations[i] + 1);
  const cut = space.map((_, i) => crops(reach[i], steps[i], padding, extra?.[i] ?? null));
  // The adjoint itself reaches less than one stride beyond its last window; zeros fill the rest.
  const behind = cut.map(([, after], i) => Math.min(Math.max(-after, 0), steps[i] - 1));
  const full = build.convInputGrad(values, filtersFirst(weights), {
    strides: steps,
    dilations,
    padding: cut.map(([before, after]): [number, number] => [before, Math.max(after, 0)]),
    groups: 1,
    inputSpace: space.map(
      (size, i) =>
        (size - 1) * steps[i] + reach[i] - cut[i][0] - Math.max(cut[i][1], 0) + behind[i],
    ),
  });
  const rest = cut.map(([, after], i) => Math.max(-after, 0) - behind[i]);
  const padded = build.pad(full, [0, 0, ...space.map(() => 0)], [0, 0, ...rest]);
  return restoreLayout(padded, dataFormat);
}

/**
 * Windows of an input laid out as vectors: [batch, ...space, channels] gives [batch, ...positions,
 * window * channels], the channel running fastest. Options as for {@link conv}.
 */
export function extractPatches(
  x: Operand,
  window: number | readonly number[],
  options: ConvOptions = {},
): Node {
  const node = build.toNode(x);
  const rank = node.shape.length - 2;
  const sizes = eachAxis('extractPatches', 'the window', window, Math.max(rank, 1));
  const { dataFormat = 'channelsLast' } = options;
  const channels = channelsFirst('extractPatches', node, dataFormat).shape[1];
  const length = sizes.reduce((a, d) => a * d, channels);
  const column = build.iota([length, 1], 0);
  const same = build.equal(column, build.iota([1, length], 1));
  const kernel = build.reshape(build.cast(same, 'float32'), [...sizes, channels, length]);
  return conv(node, kernel, options);
}
