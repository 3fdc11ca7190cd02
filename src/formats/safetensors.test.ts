import { describe, expect, it } from 'vitest';
import type { NDArray } from '../graph/ndarray.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';

const tensors = new Map<string, NDArray>([
  ['a/kernel', { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3], dtype: 'float32' }],
  ['flag', { data: Uint8Array.of(1), shape: [1], dtype: 'bool' }],
  ['step', { data: Int32Array.of(-7), shape: [], dtype: 'int32' }],
  ['wide', { data: Float64Array.of(0.1), shape: [1], dtype: 'float64' }],
]);

/** A file from a header and data. */
function file(header: unknown, data: number[] = []): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

describe('.safetensors', () => {
  it('holds tensors and texts', () => {
    const bytes = writeSafetensors(tensors, { format: 'nabla' });
    const read = readSafetensors(bytes);
    expect(new Map(read.tensors)).toEqual(tensors);
    expect(read.metadata).toEqual({ format: 'nabla' });
    // The header ends at a multiple of eight, so that data is aligned.
    expect(new DataView(bytes.buffer).getBigUint64(0, true) % 8n).toBe(0n);
  });

  it('reads the half precisions and small integers', () => {
    const { tensors: read } = readSafetensors(
      file(
        {
          half: { dtype: 'F16', shape: [1], data_offsets: [0, 2] },
          brain: { dtype: 'BF16', shape: [1], data_offsets: [2, 4] },
          byte: { dtype: 'U8', shape: [2], data_offsets: [4, 6] },
        },
        [0x00, 0x3e, 0xc0, 0x3f, 7, 255],
      ),
    );
    expect(Array.from(read.get('half')!.data)).toEqual([1.5]);
    expect(Array.from(read.get('brain')!.data)).toEqual([1.5]);
    expect(Array.from(read.get('byte')!.data)).toEqual([7, 255]);
  });

  it.each([
    ['a tensor behind the end', { a: { dtype: 'F32', shape: [4], data_offsets: [0, 16] } }, [0]],
    ['sizes that do not fit', { a: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } }, 8],
    ['a gigantic shape', { a: { dtype: 'F32', shape: [2e9, 2e9], data_offsets: [0, 0] } }, 0],
    ['a negative size', { a: { dtype: 'F32', shape: [-1], data_offsets: [0, 4] } }, 4],
    ['an unknown type', { a: { dtype: 'F4', shape: [1], data_offsets: [0, 4] } }, 4],
    ['bytes of no tensor', { a: { dtype: 'U8', shape: [1], data_offsets: [1, 2] } }, 2],
    [
      'tensors that overlap',
      {
        a: { dtype: 'U8', shape: [2], data_offsets: [0, 2] },
        b: { dtype: 'U8', shape: [2], data_offsets: [1, 3] },
      },
      3,
    ],
  ])('refuses %s', (_what, header, data) => {
    const bytes = Array.isArray(data) ? data : new Array<number>(data).fill(0);
    expect(() => readSafetensors(file(header, bytes))).toThrow(/^safetensors: /);
  });
});
