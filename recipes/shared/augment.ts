/**
 * New images from old ones: each is turned, sheared, scaled and moved a little, as another hand might have
 * written it. The pixel at (x, y) of the new image is interpolated from four of the old one.
 */
import type { NDArray } from 'nabla';
import { hashBits } from '../../src/graph/random.ts';

export interface Distortion {
  /** Largest angle in degrees. */
  readonly rotation: number;
  /** Largest share by which an image grows or shrinks. */
  readonly scale: number;
  /** Largest slant: pixels sidewards for each pixel downwards. */
  readonly shear: number;
  /** Largest move in pixels. */
  readonly shift: number;
}

/** What changes a digit but not its meaning. */
export const gentle: Distortion = { rotation: 12, scale: 0.12, shear: 0.15, shift: 2.2 };

/** Distorted copies of images [n, height, width, 1]; the seed and an image's number decide how. */
export function distort(images: NDArray, distortion: Distortion, seed: number): NDArray {
  const [n, height, width] = images.shape;
  const source = images.data;
  const data = new Float32Array(source.length);
  const size = height * width;
  for (let image = 0; image < n; image++) {
    let draws = 0;
    /** Uniform in -1..1. */
    const random = (): number => (hashBits(seed, image, draws++) / 2 ** 32) * 2 - 1;
    const angle = (random() * distortion.rotation * Math.PI) / 180;
    const scaleX = 1 + random() * distortion.scale;
    const scaleY = 1 + random() * distortion.scale;
    const shear = random() * distortion.shear;
    const moveX = random() * distortion.shift + (width - 1) / 2;
    const moveY = random() * distortion.shift + (height - 1) / 2;
    // Where a pixel of the new image, counted from the centre, comes from in the old one.
    const xx = Math.cos(angle) / scaleX;
    const xy = (Math.sin(angle) + shear) / scaleX;
    const yx = -Math.sin(angle) / scaleY;
    const yy = Math.cos(angle) / scaleY;
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const dx = column - (width - 1) / 2;
        const dy = row - (height - 1) / 2;
        const x = xx * dx + xy * dy + moveX;
        const y = yx * dx + yy * dy + moveY;
        const left = Math.floor(x);
        const top = Math.floor(y);
        if (left < -1 || top < -1 || left >= width || top >= height) continue;
        const at = (r: number, c: number): number =>
          r >= 0 && r < height && c >= 0 && c < width ? source[image * size + r * width + c] : 0;
        const u = x - left;
        const v = y - top;
        data[image * size + row * width + column] =
          (1 - v) * ((1 - u) * at(top, left) + u * at(top, left + 1)) +
          v * ((1 - u) * at(top + 1, left) + u * at(top + 1, left + 1));
      }
    }
  }
  return { data, shape: images.shape, dtype: 'float32' };
}
