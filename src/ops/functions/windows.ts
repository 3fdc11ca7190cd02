import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape } from '../../graph/shape.ts';
import * as build from '../build.ts';

/** What convolution and pooling share: layouts, padding and one number for all spatial axes. */

/** Where the channels are: behind the spatial axes (Keras's default) or before them. */
export type DataFormat = 'channelsLast' | 'channelsFirst';

/**
 * 'valid': windows inside the input only. 'same': as many results as inputs (divided by the stride,
 * rounded up), the odd element of padding behind. 'causal' (one spatial axis): all padding in front.
 */
export type Padding = 'valid' | 'same' | 'causal';

/** One number for each of `count` spatial axes. */
export function eachAxis(
  operation: string,
  name: string,
  value: number | readonly number[],
  count: number,
  least = 1,
): number[] {
  const several = Array.isArray(value) ? [...value] : [];
  const list = typeof value === 'number' ? new Array<number>(count).fill(value) : several;
  if (list.length !== count || list.some((n) => !Number.isInteger(n) || n < least)) {
    fail(
      operation,
      `${name} is ${JSON.stringify(value)}; expected an integer of ${least} or more, or ${count} of them`,
    );
  }
  return list;
}

function expectDataFormat(operation: string, dataFormat: DataFormat): void {
  if (dataFormat !== 'channelsLast' && dataFormat !== 'channelsFirst') {
    fail(operation, `dataFormat is "${dataFormat}"; expected 'channelsLast' or 'channelsFirst'`);
  }
}

/** [batch, channels, ...space] of an input in either layout. */
export function channelsFirst(operation: string, x: Node, dataFormat: DataFormat): Node {
  expectDataFormat(operation, dataFormat);
  const rank = x.shape.length;
  if (rank < 3) {
    fail(
      operation,
      `received ${formatShape(x.shape)}; expected [batch, ...space, channels] or, with dataFormat 'channelsFirst', [batch, channels, ...space]`,
    );
  }
  if (dataFormat === 'channelsFirst') return x;
  const space = Array.from({ length: rank - 2 }, (_, i) => i + 1);
  return build.transpose(x, [0, rank - 1, ...space]);
}

/** The layout of the caller of a result [batch, channels, ...space]. */
export function restoreLayout(x: Node, dataFormat: DataFormat): Node {
  if (dataFormat === 'channelsFirst') return x;
  const space = Array.from({ length: x.shape.length - 2 }, (_, i) => i + 2);
  return build.transpose(x, [0, ...space, 1]);
}

/** Elements of padding before and after each spatial axis. `reach` is the size of the dilated window. */
export function paddingOf(
  operation: string,
  padding: Padding,
  space: readonly number[],
  reach: readonly number[],
  strides: readonly number[],
): [number, number][] {
  if (padding === 'causal' && space.length !== 1) {
    fail(
      operation,
      `padding 'causal' received for ${space.length} spatial axes; expected one (time)`,
    );
  }
  return space.map((size, i) => {
    switch (padding) {
      case 'valid':
        return [0, 0];
      case 'causal':
        return [reach[i] - 1, 0];
      case 'same': {
        const results = Math.ceil(size / strides[i]);
        const total = Math.max((results - 1) * strides[i] + reach[i] - size, 0);
        return [Math.floor(total / 2), Math.ceil(total / 2)];
      }
      default:
        return fail(operation, `padding is "${padding}"; expected 'valid', 'same' or 'causal'`);
    }
  });
}
