import { encode } from 'fast-png';
import { NablaError } from '../../graph/errors.ts';

/** Images for summaries: numbers become PNG files. */

export interface ImageBatch {
  readonly data: ArrayLike<number>;
  /** [images, height, width, channels] with 1 (grey), 3 (RGB) or 4 (RGB and opacity) channels. */
  readonly shape: readonly number[];
}

/** Levels of grey: 0..1 becomes 0..255 as tf.image.convert_image_dtype does it; NaN is black. */
const level = (x: number): number => (x > 0 ? Math.min(255, Math.floor(x * 255.5)) : 0);

/** The first `count` images of a batch, whose numbers are 0..1, as PNG files. */
export function encodeImages(
  { data, shape }: ImageBatch,
  count = 3,
): { width: number; height: number; files: Uint8Array[] } {
  const [images, height, width, channels] = shape;
  const size = height * width * channels;
  if (shape.length !== 4 || ![1, 3, 4].includes(channels) || data.length !== images * size) {
    throw new NablaError(
      `image summary: ${data.length} numbers of the shape [${shape.join(', ')}]; expected [images, height, width, channels] with 1, 3 or 4 channels`,
    );
  }
  if (size === 0) throw new NablaError('image summary: the images have no pixels');
  const files = Array.from({ length: Math.min(count, images) }, (_, k) => {
    const pixels = Uint8Array.from({ length: size }, (_, i) => level(data[k * size + i]));
    return encode({ width, height, data: pixels, channels, depth: 8 });
  });
  return { width, height, files };
}
