/** Image files as arrays: PNG and JPEG, in grey, colour, or colour with opacity. */
import { readFile } from 'node:fs/promises';
import { type DecodedPng, decode, hasPngSignature } from 'fast-png';
import { NablaError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { decodeJpeg } from './jpeg.ts';
import { isJpeg } from './jpeg-header.ts';

export type ColorMode = 'grayscale' | 'rgb' | 'rgba';

export interface ImageOptions {
  /** 'rgb' by default. */
  colorMode?: ColorMode;
  /** False: values stay 0..255; true (the default): 0..1. */
  normalize?: boolean;
}

/** How the names of files end that can be read. */
export const imageExtensions: readonly string[] = ['.png', '.jpg', '.jpeg'];

/** Formats that cannot be read, by how the names of their files end. */
export const otherImageFormats: Readonly<Record<string, string>> = {
  '.gif': 'GIF',
  '.bmp': 'BMP',
  '.webp': 'WebP',
  '.tif': 'TIFF',
  '.tiff': 'TIFF',
  '.avif': 'AVIF',
  '.heic': 'HEIC',
};

const channelsOf: Readonly<Record<ColorMode, number>> = { grayscale: 1, rgb: 3, rgba: 4 };

/** Pixels that one image may have: a small file must not claim all memory. */
const MAX_PIXELS = 100_000_000;

/** A PNG or JPEG file as float32 [height, width, channels]. */
export async function readImage(path: string, options: ImageOptions = {}): Promise<NDArray> {
  return decodeImage(await readFile(path), options, path);
}

/**
 * Bytes of a PNG or JPEG file as float32 [height, width, channels]; `name` says in errors which file it is.
 * What a file is tells its content, not its name. Errors: other formats, damaged files, images too large.
 */
export function decodeImage(
  bytes: Uint8Array,
  options: ImageOptions = {},
  name = 'image',
): NDArray {
  return toArray(samplesIn(bytes, `decodeImage: ${name}`), options);
}

interface Samples {
  width: number;
  height: number;
  samples: ArrayLike<number>;
  /** 1 grey, 2 grey and opacity, 3 colour, 4 colour and opacity. */
  channels: number;
  /** The value of full brightness. */
  largest: number;
  /** The one colour that is transparent, in files that declare it. */
  clear?: ArrayLike<number>;
}

/** `file` begins the messages. */
function samplesIn(bytes: Uint8Array, file: string): Samples {
  if (hasPngSignature(bytes)) return pngSamples(bytes, file);
  if (isJpeg(bytes)) return { ...decodeJpeg(bytes, file, MAX_PIXELS), largest: 255 };
  throw new NablaError(`${file} is neither a PNG nor a JPEG file; convert it to one`);
}

function pngSamples(bytes: Uint8Array, file: string): Samples {
  if (bytes.length < 33) throw new NablaError(`${file} is damaged: it is cut off`);
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pixelCount = header.getUint32(16) * header.getUint32(20);
  if (pixelCount > MAX_PIXELS) {
    throw new NablaError(
      `${file} has ${pixelCount} pixels, expected at most ${MAX_PIXELS}; make it smaller`,
    );
  }
  const [depth, interlaced] = [bytes[24], bytes[28] === 1];
  if (interlaced && depth < 8) {
    throw new NablaError(
      `${file} is interlaced with ${depth} bits a sample, which cannot be read; save it without interlacing`,
    );
  }
  let image: DecodedPng;
  try {
    image = decode(bytes, { checkCrc: true });
  } catch (error) {
    throw new NablaError(`${file} is damaged: ${(error as Error).message}`);
  }
  const { width, height, transparency } = image;
  return { width, height, ...samplesOf(image, file), clear: transparency };
}

function toArray(
  { width, height, samples, channels, largest, clear }: Samples,
  { colorMode = 'rgb', normalize = true }: ImageOptions,
): NDArray {
  const out = channelsOf[colorMode];
  const scale = (normalize ? 1 : 255) / largest;
  const data = new Float32Array(width * height * out);
  for (let p = 0, from = 0, to = 0; p < width * height; p++) {
    const red = samples[from] * scale;
    const green = channels >= 3 ? samples[from + 1] * scale : red;
    const blue = channels >= 3 ? samples[from + 2] * scale : red;
    if (out === 1) {
      // ITU-R BT.601 luma, as image libraries convert to grey.
      data[to] = channels >= 3 ? 0.299 * red + 0.587 * green + 0.114 * blue : red;
    } else {
      data[to] = red;
      data[to + 1] = green;
      data[to + 2] = blue;
      if (out === 4) {
        const opaque = isClear(samples, from, clear) ? 0 : normalize ? 1 : 255;
        data[to + 3] = channels % 2 === 0 ? samples[from + channels - 1] * scale : opaque;
      }
    }
    from += channels;
    to += out;
  }
  return { data, shape: [height, width, out], dtype: 'float32' };
}

/** Whether a pixel has the one colour that the file declares as transparent. */
function isClear(
  samples: ArrayLike<number>,
  from: number,
  colour: ArrayLike<number> | undefined,
): boolean {
  if (colour === undefined || colour.length === 0) return false;
  for (let c = 0; c < colour.length; c++) if (samples[from + c] !== colour[c]) return false;
  return true;
}

function samplesOf(
  image: DecodedPng,
  file: string,
): Pick<Samples, 'samples' | 'channels' | 'largest'> {
  const { data, depth, channels, palette } = image;
  const values = depth < 8 ? unpack(image) : data;
  if (palette === undefined) return { samples: values, channels, largest: 2 ** depth - 1 };
  const width = palette[0]?.length ?? 3;
  const samples = new Uint8Array(values.length * width);
  for (let i = 0; i < values.length; i++) {
    const colour = palette[values[i]];
    if (colour === undefined) {
      throw new NablaError(
        `${file} is damaged: a pixel has colour ${values[i]} of a palette of ${palette.length}`,
      );
    }
    samples.set(colour, i * width);
  }
  return { samples, channels: width, largest: 255 };
}

/** One value for each pixel from bytes that hold several; each line begins with a new byte. */
function unpack({ data, width, height, depth }: DecodedPng): Uint8Array {
  const perByte = 8 / depth;
  const lineBytes = Math.ceil(width / perByte);
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const byte = data[y * lineBytes + Math.floor(x / perByte)];
      const shift = 8 - depth * ((x % perByte) + 1);
      out[y * width + x] = (byte >> shift) & (2 ** depth - 1);
    }
  }
  return out;
}
