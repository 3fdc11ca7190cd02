import { NablaError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';

/**
 * An image [height, width, channels] at another size, by bilinear interpolation between pixel centres, as
 * tf.image.resize does it: every output pixel mixes at most four input pixels, so an image that shrinks to
 * less than half should be blurred before. float32.
 */
export function resizeBilinear(
  image: NDArray,
  size: readonly [height: number, width: number],
): NDArray {
  const [height, width, channels] = image.shape;
  if (image.shape.length !== 3 || height === 0 || width === 0) {
    throw new NablaError(
      `resizeBilinear: received the shape [${image.shape.join(', ')}], expected [height, width, channels] with pixels in it`,
    );
  }
  const rows = interpolation(height, size[0]);
  const columns = interpolation(width, size[1]);
  const source = image.data;
  const data = new Float32Array(size[0] * size[1] * channels);
  let at = 0;
  for (const row of rows) {
    for (const column of columns) {
      const topLeft = (row.low * width + column.low) * channels;
      const topRight = (row.low * width + column.high) * channels;
      const bottomLeft = (row.high * width + column.low) * channels;
      const bottomRight = (row.high * width + column.high) * channels;
      for (let c = 0; c < channels; c++) {
        const top = mix(source[topLeft + c], source[topRight + c], column.weight);
        const bottom = mix(source[bottomLeft + c], source[bottomRight + c], column.weight);
        data[at++] = mix(top, bottom, row.weight);
      }
    }
  }
  return { data, shape: [size[0], size[1], channels], dtype: 'float32' };
}

interface Neighbours {
  low: number;
  high: number;
  /** Weight of `high`; that of `low` is the rest. */
  weight: number;
}

/** For each of `to` pixels, the pixels of `from` on either side of its centre. */
function interpolation(from: number, to: number): Neighbours[] {
  return Array.from({ length: to }, (_, i) => {
    const centre = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.floor(centre);
    return { low, high: Math.min(low + 1, from - 1), weight: centre - low };
  });
}

function mix(a: number, b: number, weight: number): number {
  return a + (b - a) * weight;
}
