import { encode } from 'fast-png';

/** A PNG of interleaved pixels. */
export function png(
  width: number,
  height: number,
  channels: number,
  values: number[],
  depth: 8 | 16 = 8,
): Uint8Array {
  const data = depth === 8 ? Uint8Array.from(values) : Uint16Array.from(values);
  return encode({ width, height, channels, depth, data });
}
