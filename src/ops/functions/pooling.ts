import type { Node } from '../../graph/node.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { tensordot } from './product.ts';
import { moveaxis } from './shape.ts';
import { expectTable, floatOf, staticSize } from './shared.ts';
import { channelsFirst, type DataFormat, eachAxis, paddingOf, restoreLayout } from './windows.ts';

/** Windows reduced to one value, over any number of spatial axes in Keras's layouts. */

interface Windows {
  readonly values: Node;
  readonly window: number[];
  readonly strides: number[];
  readonly padding: [number, number][];
}

function windowsOf(
  operation: string,
  x: Operand,
  poolSize: number | readonly number[],
  strides: number | readonly number[] | null,
  padding: 'valid' | 'same',
  dataFormat: DataFormat,
): Windows {
  const values = channelsFirst(operation, floatOf(x), dataFormat);
  const space = values.shape.slice(2);
  const window = eachAxis(operation, 'poolSize', poolSize, space.length);
  const steps = strides === null ? window : eachAxis(operation, 'strides', strides, space.length);
  return {
    values,
    window,
    strides: steps,
    padding: paddingOf(operation, padding, space, window, steps),
  };
}

/**
 * The largest of each window of [batch, ...space, channels]. Strides are the size of the window by
 * default; padding never wins. Of elements that tie, the first of the window takes the gradient.
 */
export function maxPool(
  x: Operand,
  poolSize: number | readonly number[],
  strides: number | readonly number[] | null = null,
  padding: 'valid' | 'same' = 'valid',
  dataFormat: DataFormat = 'channelsLast',
): Node {
  const { values, ...windows } = windowsOf('maxPool', x, poolSize, strides, padding, dataFormat);
  return restoreLayout(build.maxPool(values, windows), dataFormat);
}

/**
 * The mean of each window of [batch, ...space, channels]. Strides are the size of the window by
 * default; padding does not count, so that a window at the border is the mean of the elements it has.
 */
export function averagePool(
  x: Operand,
  poolSize: number | readonly number[],
  strides: number | readonly number[] | null = null,
  padding: 'valid' | 'same' = 'valid',
  dataFormat: DataFormat = 'channelsLast',
): Node {
  const { values, ...windows } = windowsOf(
    'averagePool',
    x,
    poolSize,
    strides,
    padding,
    dataFormat,
  );
  const total = build.sumPool(values, windows);
  const all = windows.window.reduce((a, d) => a * d, 1);
  const padded = windows.padding.some(([before, after]) => before > 0 || after > 0);
  if (!padded) return restoreLayout(build.mul(total, 1 / all), dataFormat);
  // How many elements of its own each window has: the product of the counts along the axes.
  const space = values.shape.slice(2);
  const counts = space.reduce<Node>(
    (product, size, axis) => {
      expectTable('averagePool', total.shape[axis + 2]);
      const along = Array.from({ length: total.shape[axis + 2] }, (_, i) => {
        const start = i * windows.strides[axis] - windows.padding[axis][0];
        return Math.min(start + windows.window[axis], size) - Math.max(start, 0);
      });
      const shape = space.map((_, i) => (i === axis ? along.length : 1));
      return build.mul(product, build.literal(along, shape, values.dtype));
    },
    build.scalar(1, values.dtype),
  );
  return restoreLayout(build.div(total, counts), dataFormat);
}

/** The windows of an axis of `size` elements that give `count` results: [start, limit) each. */
function adaptiveWindows(size: number, count: number): [number, number][] {
  return Array.from({ length: count }, (_, i) => [
    Math.floor((i * size) / count),
    Math.ceil(((i + 1) * size) / count),
  ]);
}

/** `reduce` applied to one spatial axis after the other, as [batch, channels, ...space]. */
function adaptive(
  operation: string,
  x: Operand,
  outputSize: number | readonly number[],
  dataFormat: DataFormat,
  reduce: (x: Node, axis: number, windows: readonly [number, number][]) => Node,
): Node {
  let values = channelsFirst(operation, floatOf(x), dataFormat);
  const counts = eachAxis(operation, 'outputSize', outputSize, values.shape.length - 2);
  for (const [i, count] of counts.entries()) {
    const size = staticSize(operation, values.shape[i + 2], `spatial axis ${i}`);
    expectTable(operation, size * count);
    if (size !== count) values = reduce(values, i + 2, adaptiveWindows(size, count));
  }
  return restoreLayout(values, dataFormat);
}

/**
 * Means over windows chosen such that the spatial axes have `outputSize` elements: window i of n reaches
 * from floor(i * size / n) to ceil((i + 1) * size / n).
 */
export function adaptiveAveragePool(
  x: Operand,
  outputSize: number | readonly number[],
  dataFormat: DataFormat = 'channelsLast',
): Node {
  return adaptive('adaptiveAveragePool', x, outputSize, dataFormat, (values, axis, windows) => {
    const size = values.shape[axis];
    const weights = Array.from({ length: size }, (_, position) =>
      windows.map(([start, limit]) =>
        position >= start && position < limit ? 1 / (limit - start) : 0,
      ),
    ).flat();
    const matrix = build.literal(weights, [size, windows.length], values.dtype);
    return moveaxis(tensordot(values, matrix, [axis, 0]), -1, axis);
  });
}

/** Largest elements of windows chosen as for {@link adaptiveAveragePool}. */
export function adaptiveMaxPool(
  x: Operand,
  outputSize: number | readonly number[],
  dataFormat: DataFormat = 'channelsLast',
): Node {
  return adaptive('adaptiveMaxPool', x, outputSize, dataFormat, (values, axis, windows) => {
    // Shorter windows repeat their last element.
    const longest = windows.reduce((most, [start, limit]) => Math.max(most, limit - start), 0);
    const positions = windows.flatMap(([start, limit]) =>
      Array.from({ length: longest }, (_, i) => Math.min(start + i, limit - 1)),
    );
    const indices = build.literal(positions, [windows.length, longest], 'int32');
    return build.max(build.gather(values, indices, axis), axis + 1);
  });
}
