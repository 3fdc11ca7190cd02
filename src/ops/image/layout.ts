import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape } from '../../graph/shape.ts';
import * as build from '../build.ts';
import type { DataFormat } from '../functions/windows.ts';

/** Where height, width and channels of one image or a batch of images are. */
export interface ImageAxes {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** The axes of [height, width, channels] or [batch, height, width, channels], in either layout. */
export function imageAxes(
  operation: string,
  images: Node,
  dataFormat: DataFormat = 'channelsLast',
): ImageAxes {
  if (dataFormat !== 'channelsLast' && dataFormat !== 'channelsFirst') {
    fail(operation, `dataFormat is "${dataFormat}"; expected 'channelsLast' or 'channelsFirst'`);
  }
  const rank = images.shape.length;
  if (rank !== 3 && rank !== 4) {
    const inner =
      dataFormat === 'channelsLast' ? 'height, width, channels' : 'channels, height, width';
    fail(
      operation,
      `received ${formatShape(images.shape)}; expected an image [${inner}] or images [batch, ${inner}]`,
    );
  }
  const first = rank - 3;
  return dataFormat === 'channelsLast'
    ? { height: first, width: first + 1, channels: first + 2 }
    : { height: first + 1, width: first + 2, channels: first };
}

/** Images as [batch, height, width, channels], and the way back to how they came. */
export function batchOfImages(
  operation: string,
  images: Node,
  dataFormat: DataFormat = 'channelsLast',
): { values: Node; restore: (values: Node) => Node } {
  imageAxes(operation, images, dataFormat);
  const single = images.shape.length === 3;
  const batch = single ? build.reshape(images, [1, ...images.shape]) : images;
  const first = dataFormat === 'channelsFirst';
  const restore = (values: Node) => {
    const ordered = first ? build.transpose(values, [0, 3, 1, 2]) : values;
    return single ? build.reshape(ordered, ordered.shape.slice(1)) : ordered;
  };
  return { values: first ? build.transpose(batch, [0, 2, 3, 1]) : batch, restore };
}
