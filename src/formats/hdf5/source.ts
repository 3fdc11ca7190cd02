import { ByteReader, damaged } from '../bytes.ts';

export const FORMAT = 'hdf5';

/** The address that stands for "not there". */
export const UNDEFINED = -1;

/** A position in an HDF5 file; addresses and lengths take 8 bytes. */
export class Source extends ByteReader {
  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    super(bytes, FORMAT, start, end);
  }

  /** A part of the file, from an address. */
  part(address: number, size: number): Source {
    if (!(address >= 0 && size >= 0 && address + size <= this.bytes.length)) {
      damaged(
        FORMAT,
        `a structure of ${size} bytes at ${address} lies outside of its ${this.bytes.length} bytes`,
      );
    }
    return new Source(this.bytes, address, address + size);
  }

  /** An address, {@link UNDEFINED} for none. */
  address(): number {
    const start = this.take(8);
    let ones = true;
    for (let i = 0; i < 8; i++) ones &&= this.bytes[start + i] === 255;
    if (ones) return UNDEFINED;
    this.at = start;
    return this.u64();
  }

  /** An address that must be there. */
  place(what: string): number {
    const address = this.address();
    if (address === UNDEFINED) damaged(FORMAT, `${what} has no address`);
    return address;
  }

  /** Moves on behind text that ends with a zero byte; the length of the text. */
  terminated(): number {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0 || end >= this.end) damaged(FORMAT, `a name at byte ${this.at} has no end`);
    const length = end - this.at;
    this.at = end + 1;
    return length;
  }
}

const rotate = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/** Bob Jenkins's lookup3 hash, the checksum of HDF5's newer structures. */
export function lookup3(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  let a = (0xdeadbeef + length) | 0;
  let b = a;
  let c = a;
  let at = start;
  let left = length;
  const word = (from: number, count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++) value |= bytes[from + i] << (8 * i);
    return value;
  };
  while (left > 12) {
    a = (a + word(at, 4)) | 0;
    b = (b + word(at + 4, 4)) | 0;
    c = (c + word(at + 8, 4)) | 0;
    a = ((a - c) | 0) ^ rotate(c, 4);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotate(a, 6);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotate(b, 8);
    b = (b + a) | 0;
    a = ((a - c) | 0) ^ rotate(c, 16);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotate(a, 19);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotate(b, 4);
    b = (b + a) | 0;
    at += 12;
    left -= 12;
  }
  if (left === 0) return c >>> 0;
  a = (a + word(at, Math.min(left, 4))) | 0;
  if (left > 4) b = (b + word(at + 4, Math.min(left - 4, 4))) | 0;
  if (left > 8) c = (c + word(at + 8, left - 8)) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return c >>> 0;
}

/** Reads the checksum at the reader's position and compares it with the bytes from `start` to there. */
export function expectChecksum(r: Source, start: number, what: string): void {
  const end = r.at;
  if (r.u32() !== lookup3(r.bytes, start, end))
    damaged(FORMAT, `${what} at ${start} fails its checksum`);
}
