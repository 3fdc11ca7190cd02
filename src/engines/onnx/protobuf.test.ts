import { describe, expect, it } from 'vitest';
import { MessageWriter } from './protobuf.ts';

const bytesOf = (write: (w: MessageWriter) => void): number[] => {
  const writer = new MessageWriter();
  write(writer);
  return [...writer.finish()];
};

describe('the wire format', () => {
  it('writes integers seven bits a byte, lowest first', () => {
    expect(bytesOf((w) => w.integer(1, 0))).toEqual([0x08, 0]);
    expect(bytesOf((w) => w.integer(1, 150))).toEqual([0x08, 0x96, 0x01]);
    expect(bytesOf((w) => w.integer(20, 2 ** 35))).toEqual([
      0xa0, 0x01, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01,
    ]);
  });

  it("writes negative integers as ten bytes of two's complement", () => {
    expect(bytesOf((w) => w.integer(3, -1))).toEqual([0x18, ...Array(9).fill(0xff), 0x01]);
  });

  it('refuses what is not an integer', () => {
    expect(() => bytesOf((w) => w.integer(1, 0.5))).toThrow(RangeError);
  });

  it('writes floats in four bytes, little-endian', () => {
    expect(bytesOf((w) => w.float(2, 1))).toEqual([0x15, 0, 0, 0x80, 0x3f]);
  });

  it('writes strings and messages with their length, and leaves empty strings out', () => {
    expect(bytesOf((w) => w.string(2, 'né'))).toEqual([0x12, 3, 0x6e, 0xc3, 0xa9]);
    expect(bytesOf((w) => w.string(2, ''))).toEqual([]);
    expect(bytesOf((w) => w.listedString(2, ''))).toEqual([0x12, 0]);
    expect(bytesOf((w) => w.message(3, (m) => m.integer(1, 150)))).toEqual([
      0x1a, 3, 0x08, 0x96, 0x01,
    ]);
  });

  it('grows with what it is given', () => {
    const long = new Uint8Array(5000).fill(7);
    const bytes = bytesOf((w) => w.bytes(1, long).bytes(1, long));
    expect(bytes).toHaveLength(2 * (1 + 2 + 5000));
    expect(bytes.slice(0, 4)).toEqual([0x0a, 0x88, 0x27, 7]);
  });
});
