import { describe, expect, it } from 'vitest';
import { fieldsOf, MessageWriter } from './wire.ts';

const bytesOf = (write: (w: MessageWriter) => unknown) => {
  const writer = new MessageWriter();
  write(writer);
  return writer.finish().slice();
};
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const only = (bytes: Uint8Array) => [...fieldsOf(bytes, 'test')][0];

describe('the wire format', () => {
  it('writes the examples of the specification', () => {
    expect(hex(bytesOf((w) => w.integer(1, 150)))).toBe('089601');
    expect(hex(bytesOf((w) => w.text(2, 'testing')))).toBe('120774657374696e67');
    expect(hex(bytesOf((w) => w.message(3, (m) => m.integer(1, 150))))).toBe('1a03089601');
    expect(hex(bytesOf((w) => w.integer(1, -2)))).toBe('08feffffffffffffffff01');
  });

  it('reads numbers back', () => {
    for (const n of [
      0,
      1,
      127,
      128,
      300,
      2 ** 31,
      2 ** 48 + 3,
      2 ** 49,
      2 ** 53 - 1,
      -1,
      -(2 ** 40),
    ]) {
      expect(only(bytesOf((w) => w.integer(5, n))).value).toBe(n);
    }
    for (const x of [0, -1.5, Math.PI, Number.POSITIVE_INFINITY, Number.NaN]) {
      expect(only(bytesOf((w) => w.double(1, x))).value).toBe(x);
      expect(only(bytesOf((w) => w.float(1, x))).value).toBe(Math.fround(x));
    }
  });

  it('keeps fields in order, with their numbers', () => {
    const bytes = bytesOf((w) =>
      w
        .text(1, 'ä€😀')
        .integer(16, 7)
        .message(2, (m) => m.double(3, 0.5).bytes(4, Uint8Array.of(1, 2, 3)))
        .bytes(9, new Uint8Array(1000).fill(7)),
    );
    const fields = [...fieldsOf(bytes, 'test')];
    expect(fields.map((f) => f.number)).toEqual([1, 16, 2, 9]);
    expect(fields[0].text).toBe('ä€😀');
    const nested = [...fields[2].fields];
    expect(nested[0].value).toBe(0.5);
    expect([...nested[1].bytes]).toEqual([1, 2, 3]);
    expect(fields[3].bytes).toHaveLength(1000);
  });

  it('keeps every byte while it grows', () => {
    for (let before = 0; before < 300; before++) {
      const bytes = bytesOf((w) =>
        w.bytes(1, new Uint8Array(before)).integer(2, 300).double(3, 1.5),
      );
      const [, whole, real] = [...fieldsOf(bytes, 'test')];
      expect([whole.value, real.value]).toEqual([300, 1.5]);
    }
  });

  it('reads lists that are packed and lists that are not', () => {
    const packed = new Uint8Array(16);
    new DataView(packed.buffer).setFloat64(0, 1.5, true);
    new DataView(packed.buffer).setFloat64(8, -2, true);
    expect(only(bytesOf((w) => w.bytes(6, packed))).list('double')).toEqual([1.5, -2]);
    expect(only(bytesOf((w) => w.double(6, 4))).list('double')).toEqual([4]);
    expect(only(bytesOf((w) => w.bytes(6, Uint8Array.of(1, 0x96, 1)))).list('varint')).toEqual([
      1, 150,
    ]);
  });

  it('refuses what is no message', () => {
    const read = (...bytes: number[]) => [...fieldsOf(Uint8Array.from(bytes), 'test')];
    expect(() => read(0x08)).toThrow(/damaged/); // a number without its bytes
    expect(() => read(0x0a, 5, 1)).toThrow(/damaged/); // bytes that are too short
    expect(() => read(0x0b)).toThrow(/unknown kind 3/);
    expect(() => read(0x00, 0)).toThrow(/no number of a field/);
    expect(() => read(0x08, ...new Array(11).fill(0xff))).toThrow(/does not end/);
    expect(() => only(bytesOf((w) => w.integer(1, 1))).bytes).toThrow(/field 1 is not bytes/);
    expect(() => only(bytesOf((w) => w.text(1, 'a'))).value).toThrow(/field 1 is not a number/);
    expect(() => bytesOf((w) => w.integer(1, 0.5))).toThrow(/0.5 is not a whole number/);
  });
});
