import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodePng, pngAddress } from './png.ts';

interface Chunk {
  type: string;
  data: Buffer;
}

function chunksOf(png: Uint8Array): Chunk[] {
  const bytes = Buffer.from(png);
  expect(bytes.subarray(0, 8)).toEqual(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
  const chunks: Chunk[] = [];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

describe('encodePng', () => {
  it('stores the pixels so that zlib reads them back', () => {
    const pixels = Uint8Array.from([0, 64, 128, 255, 1, 2]);
    const [header, data, end] = chunksOf(encodePng(pixels, 3, 2, 1));
    expect(header.type).toBe('IHDR');
    expect([...header.data]).toEqual([0, 0, 0, 3, 0, 0, 0, 2, 8, 0, 0, 0, 0]);
    expect([...inflateSync(data.data)]).toEqual([0, 0, 64, 128, 0, 255, 1, 2]);
    expect(end.type).toBe('IEND');
  });

  it('splits pictures larger than one stored block', () => {
    const [width, height] = [200, 150]; // 90,150 bytes with the filters
    const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 31) % 256);
    const [, data] = chunksOf(encodePng(pixels, width, height, 3));
    const rows = inflateSync(data.data); // checks the Adler sum as well
    expect(rows.length).toBe(height * (width * 3 + 1));
    const second = rows.subarray(width * 3 + 2, 2 * (width * 3 + 1));
    expect([...second]).toEqual([...pixels.subarray(width * 3, 2 * width * 3)]);
  });

  it('writes the checksum of a chunk', () => {
    // The IEND chunk is the same in every PNG file: AE 42 60 82 ends it.
    expect([...encodePng(new Uint8Array(1), 1, 1, 1).subarray(-4)]).toEqual([
      0xae, 0x42, 0x60, 0x82,
    ]);
  });

  it('refuses another number of bytes', () => {
    expect(() => encodePng(new Uint8Array(3), 2, 2, 1)).toThrow('need 4 bytes, received 3');
    expect(() => encodePng(new Uint8Array(0), 0, 2, 1)).toThrow('encodePng');
  });
});

describe('pngAddress', () => {
  it.each([1, 2, 3, 4, 5])('encodes %i bytes in base 64', (n) => {
    const bytes = Uint8Array.from({ length: n }, (_, i) => 250 - i * 77);
    const [head, body] = pngAddress(bytes).split(',');
    expect(head).toBe('data:image/png;base64');
    expect(body).toBe(Buffer.from(bytes).toString('base64'));
  });
});
