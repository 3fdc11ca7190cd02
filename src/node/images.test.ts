import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { png } from '../../test/support/png.ts';
import { decodeImage } from './images.ts';

/** A PNG chunk by chunk, for what the encoder does not write: palettes and pixels of less than a byte. */
function rawPng(
  width: number,
  height: number,
  depth: number,
  type: number,
  lines: number[][],
  palette?: number[],
  { interlace = 0, clear }: { interlace?: number; clear?: number[] } = {},
): Uint8Array {
  const chunk = (name: string, body: Uint8Array): Uint8Array => {
    const out = new Uint8Array(12 + body.length);
    const view = new DataView(out.buffer);
    view.setUint32(0, body.length);
    out.set(new TextEncoder().encode(name), 4);
    out.set(body, 8);
    view.setUint32(8 + body.length, crc32(out.subarray(4, 8 + body.length)));
    return out;
  };
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([depth, type, 0, 0, interlace], 8);
  const pixels = deflateSync(Uint8Array.from(lines.flatMap((line) => [0, ...line])));
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk('IHDR', header),
    ...(palette ? chunk('PLTE', Uint8Array.from(palette)) : []),
    ...(clear ? chunk('tRNS', Uint8Array.from(clear)) : []),
    ...chunk('IDAT', pixels),
    ...chunk('IEND', new Uint8Array()),
  ]);
}

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ -1) >>> 0;
}

describe('decodeImage of PNG files', () => {
  it('reads colour, grey and opacity in every mode', () => {
    const colour = png(2, 1, 3, [255, 0, 51, 0, 102, 0]);
    expect(decodeImage(colour).shape).toEqual([1, 2, 3]);
    expect(decodeImage(colour).data).toEqual(Float32Array.of(1, 0, 0.2, 0, 0.4, 0));
    const raw = { colorMode: 'rgba', normalize: false } as const;
    expect(Array.from(decodeImage(colour, raw).data)).toEqual([255, 0, 51, 255, 0, 102, 0, 255]);
    const grey = decodeImage(colour, { colorMode: 'grayscale', normalize: false });
    expect(grey.data[0]).toBeCloseTo(0.299 * 255 + 0.114 * 51, 4);
    expect(Array.from(decodeImage(png(1, 1, 2, [51, 102]), raw).data)).toEqual([51, 51, 51, 102]);
    expect(Array.from(decodeImage(png(1, 1, 1, [51])).data)).toEqual(
      Array.from(Float32Array.of(0.2, 0.2, 0.2)),
    );
  });

  it('reads 16 bits, palettes, and pixels of less than a byte', () => {
    const deep = decodeImage(png(1, 1, 1, [13107], 16), { colorMode: 'grayscale' });
    expect(deep.data[0]).toBeCloseTo(0.2, 6);
    const bits = rawPng(10, 2, 1, 0, [
      [0b10000000, 0b01000000],
      [0, 0b10000000],
    ]);
    const expected = [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0];
    expect(Array.from(decodeImage(bits, { colorMode: 'grayscale' }).data)).toEqual(expected);
    const indexed = rawPng(3, 1, 2, 3, [[0b00011000]], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(Array.from(decodeImage(indexed, { normalize: false }).data)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
    const outside = rawPng(1, 1, 2, 3, [[0b11000000]], [1, 2, 3]);
    expect(() => decodeImage(outside)).toThrow(/colour 3 of a palette of 1|damaged/);
  });

  it('reads interlaced images, but not those of less than a byte a sample', () => {
    // Of 2 x 2 pixels, Adam7 sends the first alone, then the one right of it, then the second line.
    const pixels = [[10], [20], [30, 40]];
    const interlaced = rawPng(2, 2, 8, 0, pixels, undefined, { interlace: 1 });
    const grey = { colorMode: 'grayscale', normalize: false } as const;
    expect(Array.from(decodeImage(interlaced, grey).data)).toEqual([10, 20, 30, 40]);
    const bits = rawPng(2, 2, 1, 0, [[128], [0], [64]], undefined, { interlace: 1 });
    expect(() => decodeImage(bits)).toThrow('interlaced with 1 bits a sample');
  });

  it('knows the one colour that a file declares as transparent', () => {
    const raw = { colorMode: 'rgba', normalize: false } as const;
    const image = rawPng(2, 1, 8, 0, [[7, 8]], undefined, { clear: [0, 7] });
    expect(Array.from(decodeImage(image, raw).data)).toEqual([7, 7, 7, 0, 8, 8, 8, 255]);
  });

  it('refuses other files, damaged ones, and images too large', () => {
    expect(() => decodeImage(new Uint8Array(100), {}, 'a.png')).toThrow(
      'a.png is neither a PNG nor a JPEG file',
    );
    const damaged = png(8, 8, 1, Array(64).fill(7));
    damaged[50] ^= 255;
    expect(() => decodeImage(damaged)).toThrow('is damaged');
    expect(() => decodeImage(rawPng(100_000, 100_000, 8, 0, [[0]]))).toThrow(
      'has 10000000000 pixels, expected at most 100000000',
    );
  });
});

describe('decodeImage', () => {
  /** One grey pixel of 128, as libjpeg-turbo writes it. */
  const jpeg = Buffer.from(
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z',
    'base64',
  );

  it('tells PNG from JPEG by what the file is', () => {
    const raw = { colorMode: 'grayscale', normalize: false } as const;
    expect(decodeImage(jpeg, raw)).toEqual({
      data: Float32Array.of(128),
      shape: [1, 1, 1],
      dtype: 'float32',
    });
    expect(decodeImage(jpeg, { colorMode: 'rgba' }).data).toEqual(
      Float32Array.of(128 / 255, 128 / 255, 128 / 255, 1),
    );
    expect(Array.from(decodeImage(png(1, 1, 1, [51])).data)).toEqual(
      Array.from(Float32Array.of(0.2, 0.2, 0.2)),
    );
  });

  it('says what is wrong, and with which file', () => {
    expect(() => decodeImage(new Uint8Array(9), {}, 'a.jpg')).toThrow(
      'decodeImage: a.jpg is neither a PNG nor a JPEG file',
    );
    expect(() => decodeImage(jpeg.subarray(0, 40), {}, 'b.jpg')).toThrow(
      'decodeImage: b.jpg is damaged: it is cut off',
    );
    expect(() => decodeImage(png(1, 1, 1, [51]).subarray(0, 20), {}, 'c.png')).toThrow(
      'decodeImage: c.png is damaged',
    );
  });
});
