import { describe, expect, it } from 'vitest';
import { parseIdx } from './idx.ts';

function idx(
  type: number,
  shape: number[],
  size: number,
  write: (view: DataView) => void,
): Uint8Array {
  const count = shape.reduce((a, b) => a * b, 1);
  const bytes = new Uint8Array(4 + 4 * shape.length + count * size);
  bytes.set([0, 0, type, shape.length]);
  const view = new DataView(bytes.buffer);
  shape.forEach((n, i) => {
    view.setUint32(4 + 4 * i, n);
  });
  write(new DataView(bytes.buffer, 4 + 4 * shape.length));
  return bytes;
}

describe('parseIdx', () => {
  it('reads unsigned bytes of any rank, also from the middle of a buffer', () => {
    const file = idx(8, [2, 1, 3], 1, (v) =>
      [1, 2, 3, 4, 5, 255].forEach((x, i) => {
        v.setUint8(i, x);
      }),
    );
    const padded = new Uint8Array(file.length + 7);
    padded.set(file, 5);
    const { data, shape } = parseIdx(padded.subarray(5, 5 + file.length));
    expect(shape).toEqual([2, 1, 3]);
    expect(data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 255));
  });

  it('reads every other type, big-endian', () => {
    expect(parseIdx(idx(9, [1], 1, (v) => v.setInt8(0, -3))).data).toEqual(Int32Array.of(-3));
    expect(parseIdx(idx(11, [1], 2, (v) => v.setInt16(0, -300))).data).toEqual(Int32Array.of(-300));
    expect(parseIdx(idx(12, [1], 4, (v) => v.setInt32(0, -70000))).data).toEqual(
      Int32Array.of(-70000),
    );
    expect(parseIdx(idx(13, [1], 4, (v) => v.setFloat32(0, 0.5))).data).toEqual(
      Float32Array.of(0.5),
    );
    expect(parseIdx(idx(14, [1], 8, (v) => v.setFloat64(0, 0.1))).data).toEqual(
      Float64Array.of(0.1),
    );
  });

  it('checks the header and the length', () => {
    const file = idx(8, [2, 3], 1, () => {});
    expect(() => parseIdx(file.subarray(0, 17), 'train')).toThrow(
      'train has 17 bytes, expected 18 for the shape [2, 3]',
    );
    expect(() => parseIdx(Uint8Array.of(...file, 0))).toThrow('has 19 bytes, expected 18');
    expect(() => parseIdx(file.subarray(0, 9))).toThrow('inside its header of 12 bytes');
    expect(() => parseIdx(new Uint8Array())).toThrow('begins with nothing');
    expect(() => parseIdx(Uint8Array.of(0x1f, 0x8b, 8, 0))).toThrow('gzip file');
    expect(() => parseIdx(Uint8Array.of(0, 0, 7, 0))).toThrow('element type 0x7');
    const huge = Uint8Array.of(0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255);
    expect(() => parseIdx(huge)).toThrow('has 12 bytes, expected');
  });
});
