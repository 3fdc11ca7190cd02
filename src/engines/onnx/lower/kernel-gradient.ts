import type { Builder, Value } from '../builder.ts';
import { CONTRIB } from '../model.ts';
import { product, swapLast } from './contraction.ts';
import { patches } from './patches.ts';
import { tapSlices, taps, type Windows } from './windows.ts';

/**
 * The gradient of a convolution's kernel: for every tap of the window, the products of the gradients with
 * the values under that tap, summed over images and places.
 */

const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** Patches of fewer rows than this are cheap enough to lay side by side. */
const FEW_ROWS = 64;

/** x [N, C, ...space], dy [N, F, ...places]; the result is [F, C / groups, ...window]. */
export function kernelGradient(
  b: Builder,
  x: Value,
  dy: Value,
  windows: Windows,
  groups: number,
): Value {
  const [batch, filters, ...places] = dy.shape;
  const channels = x.shape[1];
  const { window } = windows;
  const shape = [filters, channels / groups, ...window];
  const pixels = size(places);
  const rows = channels * size(window);
  // One small product an image needs no transposes of the images, but its results have to be summed.
  const perImage = filters * channels <= 2 * pixels * (filters + channels);
  const processor = b.target === 'cpu' || b.target === 'wasm';
  if (!processor || x.type !== 'float32' || groups > 1 || batch < 0 || !perImage) {
    return byOneProduct(b, x, dy, windows, groups, shape);
  }
  const gradients = b.reshape(dy, [batch, filters, pixels]);
  const slices = tapSlices(b, x, windows, places, 0).map((tap) =>
    b.reshape(tap, [batch, channels, pixels]),
  );
  const products = (left: Value, right: Value) => {
    const result = [batch, left.shape[1], right.shape[1]];
    const each = b.op(
      'FusedMatMul',
      [left, right],
      { transB: 1 },
      { type: x.type, shape: result },
      { domain: CONTRIB },
    );
    return b.reduce('ReduceSum', each, [0], false);
  };
  const count = taps(window).length;
  const sums =
    rows <= FEW_ROWS
      ? b.reshape(products(b.concat(slices, 1), gradients), [count, channels, filters])
      : b.transpose(
          b.concat(
            slices.map((tap) => b.reshape(products(gradients, tap), [1, filters, channels])),
            0,
          ),
          [0, 2, 1],
        );
  // [taps, C, F] -> [F, C, taps]
  return b.reshape(b.transpose(sums, [2, 1, 0]), shape);
}

function byOneProduct(
  b: Builder,
  x: Value,
  dy: Value,
  windows: Windows,
  groups: number,
  shape: readonly number[],
): Value {
  const [batch, filters, ...places] = dy.shape;
  const columns = batch * size(places);
  const byFilter = b.transpose(dy, [1, 0, ...places.map((_, i) => i + 2)]);
  const patch = patches(b, x, windows, groups, places);
  if (groups > 1) {
    const rows = b.reshape(byFilter, [groups, filters / groups, columns]);
    return b.reshape(b.matMul(rows, swapLast(b, patch)), shape);
  }
  const flat = product(
    b,
    b.reshape(byFilter, [filters, columns]),
    b.reshape(patch, [patch.shape[1], columns]),
    false,
    true,
  );
  return b.reshape(flat, shape);
}
