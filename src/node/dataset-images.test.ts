import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { encode } from 'fast-png';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { datasetFromImageFolder, decodePng } from './dataset-images.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nabla-images-'));
});
afterEach(() => rm(root, { recursive: true }));

function png(
  width: number,
  height: number,
  channels: number,
  values: number[],
  depth: 8 | 16 = 8,
): Uint8Array {
  const data = depth === 8 ? Uint8Array.from(values) : Uint16Array.from(values);
  return encode({ width, height, channels, depth, data });
}

/** A PNG chunk by chunk, for what the encoder does not write: palettes and pixels of less than a byte. */
function rawPng(
  width: number,
  height: number,
  depth: number,
  type: number,
  lines: number[][],
  palette?: number[],
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
  header.set([depth, type], 8);
  const pixels = deflateSync(Uint8Array.from(lines.flatMap((line) => [0, ...line])));
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk('IHDR', header),
    ...(palette ? chunk('PLTE', Uint8Array.from(palette)) : []),
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

describe('decodePng', () => {
  it('reads colour, grey and opacity in every mode', () => {
    const colour = png(2, 1, 3, [255, 0, 51, 0, 102, 0]);
    expect(decodePng(colour).shape).toEqual([1, 2, 3]);
    expect(decodePng(colour).data).toEqual(Float32Array.of(1, 0, 0.2, 0, 0.4, 0));
    const raw = { colorMode: 'rgba', normalize: false } as const;
    expect(Array.from(decodePng(colour, raw).data)).toEqual([255, 0, 51, 255, 0, 102, 0, 255]);
    const grey = decodePng(colour, { colorMode: 'grayscale', normalize: false });
    expect(grey.data[0]).toBeCloseTo(0.299 * 255 + 0.114 * 51, 4);
    expect(Array.from(decodePng(png(1, 1, 2, [51, 102]), raw).data)).toEqual([51, 51, 51, 102]);
    expect(Array.from(decodePng(png(1, 1, 1, [51])).data)).toEqual(
      Array.from(Float32Array.of(0.2, 0.2, 0.2)),
    );
  });

  it('reads 16 bits, palettes, and pixels of less than a byte', () => {
    const deep = decodePng(png(1, 1, 1, [13107], 16), { colorMode: 'grayscale' });
    expect(deep.data[0]).toBeCloseTo(0.2, 6);
    const bits = rawPng(10, 2, 1, 0, [
      [0b10000000, 0b01000000],
      [0, 0b10000000],
    ]);
    const expected = [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0];
    expect(Array.from(decodePng(bits, { colorMode: 'grayscale' }).data)).toEqual(expected);
    const indexed = rawPng(3, 1, 2, 3, [[0b00011000]], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(Array.from(decodePng(indexed, { normalize: false }).data)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
    const outside = rawPng(1, 1, 2, 3, [[0b11000000]], [1, 2, 3]);
    expect(() => decodePng(outside)).toThrow(/colour 3 of a palette of 1|damaged/);
  });

  it('refuses other files, damaged ones, and images too large', () => {
    expect(() => decodePng(new Uint8Array(100), {}, 'a.png')).toThrow('a.png is not a PNG file');
    const damaged = png(8, 8, 1, Array(64).fill(7));
    damaged[50] ^= 255;
    expect(() => decodePng(damaged)).toThrow('is damaged');
    expect(() => decodePng(rawPng(100_000, 100_000, 8, 0, [[0]]))).toThrow(
      'has 10000000000 pixels, expected at most 100000000',
    );
  });
});

describe('datasetFromImageFolder', () => {
  async function write(name: string, bytes: Uint8Array): Promise<void> {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeFile(join(root, name), bytes);
  }

  it('labels images by their folder and brings them to one size', async () => {
    await write('dog/one.png', png(1, 1, 3, [255, 0, 0]));
    await write('cat/one.png', png(2, 2, 1, [0, 0, 0, 0]));
    await write('cat/deep/two.PNG', png(3, 1, 1, [255, 255, 255]));
    await write('cat/notes.txt', new Uint8Array());
    await write('.hidden/x.png', new Uint8Array());
    const { dataset, classNames, paths } = await datasetFromImageFolder(root, {
      imageSize: [2, 3],
      shuffle: false,
    });
    expect(classNames).toEqual(['cat', 'dog']);
    expect(paths).toHaveLength(3);
    expect(dataset.cardinality).toBe(3);
    const [batch] = await dataset.batch(3).toArray();
    expect(batch.x.shape).toEqual([3, 2, 3, 3]);
    expect(Array.from(batch.y.data)).toEqual([0, 0, 1]);
    expect(Array.from(batch.x.data.subarray(36, 39))).toEqual([1, 0, 0]);
  });

  it('divides files into training and validation', async () => {
    for (let i = 0; i < 10; i++) await write(`a/${i}.png`, png(1, 1, 1, [i]));
    const paths = async (subset: 'training' | 'validation'): Promise<string[]> =>
      (await datasetFromImageFolder(root, { validationSplit: 0.3, subset, seed: 5 })).paths;
    const [training, validation] = [await paths('training'), await paths('validation')];
    expect([training.length, validation.length]).toEqual([7, 3]);
    expect(new Set([...training, ...validation]).size).toBe(10);
    await expect(datasetFromImageFolder(root, { validationSplit: 0.3 })).rejects.toThrow(
      'a split needs all three',
    );
  });

  it('says what is wrong with a folder', async () => {
    await expect(datasetFromImageFolder(root)).rejects.toThrow(
      'expected one folder for each class',
    );
    await write('a/x.txt', new Uint8Array());
    await expect(datasetFromImageFolder(root)).rejects.toThrow('no .png files');
    await expect(datasetFromImageFolder(root, { classNames: ['b'] })).rejects.toThrow(
      '(no b), found a',
    );
    await write('a/photo.JPG', new Uint8Array());
    await expect(datasetFromImageFolder(root)).rejects.toThrow(
      'JPG images cannot be read, only PNG',
    );
  });
});
