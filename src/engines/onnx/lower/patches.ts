import type { Builder, Value } from '../builder.ts';
import { tapSlices, type Windows } from './windows.ts';

const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** The elements under every tap of a window as columns: [groups, C / groups * taps, N * places]. */
export function patches(
  b: Builder,
  x: Value,
  windows: Windows,
  groups: number,
  places: readonly number[],
): Value {
  const [batch, channels] = x.shape;
  const byChannel = b.transpose(x, [1, 0, ...places.map((_, i) => i + 2)]);
  const columns = batch * size(places);
  const flat = tapSlices(b, byChannel, windows, places, 0).map((tap) =>
    b.reshape(tap, [channels, 1, columns]),
  );
  const rows = (channels / groups) * size(windows.window);
  return b.reshape(b.concat(flat, 1), [groups, rows, columns]);
}
