/** Data sets from folders of images. */
import { readFile } from 'node:fs/promises';
import { type DecodedPng, decode, hasPngSignature } from 'fast-png';
import { Dataset } from '../data/dataset.ts';
import { resizeBilinear } from '../data/image.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { type ClassFolderOptions, listClassFolders } from './dataset-folders.ts';

export type ColorMode = 'grayscale' | 'rgb' | 'rgba';

export interface ImageOptions {
  /** 'rgb' by default. */
  colorMode?: ColorMode;
  /** False: values stay 0..255; true (the default): 0..1. */
  normalize?: boolean;
}

export interface ImageFolderOptions extends ClassFolderOptions, ImageOptions {
  /** Every image is resized to it, without keeping its proportions; [256, 256] by default. */
  imageSize?: readonly [height: number, width: number];
}

export interface ImageExample {
  /** float32 [height, width, channels]. */
  x: NDArray;
  /** Class number, int32 []. */
  y: NDArray;
}

const refused = Object.fromEntries(
  ['.jpg', '.jpeg', '.gif', '.bmp', '.webp'].map((extension) => [
    extension,
    `${extension.slice(1).toUpperCase()} images cannot be read, only PNG; convert the folder, for instance with \`mogrify -format png *${extension}\``,
  ]),
);

const channelsOf: Readonly<Record<ColorMode, number>> = { grayscale: 1, rgb: 3, rgba: 4 };

/** Pixels that one image may have: a small file must not claim all memory. */
const MAX_PIXELS = 100_000_000;

/**
 * The PNG images of `directory/<class>/*.png`, read and decoded when their turn comes. Errors: other image
 * formats, damaged files.
 */
export async function datasetFromImageFolder(
  directory: string,
  options: ImageFolderOptions = {},
): Promise<{ dataset: Dataset<ImageExample>; classNames: string[]; paths: string[] }> {
  const { imageSize = [256, 256], shuffle = true, seed } = options;
  const { paths, labels, classNames } = await listClassFolders(
    directory,
    ['.png'],
    refused,
    options,
  );
  const rows = Dataset.fromArrays({ path: paths, y: labels });
  const files = shuffle ? rows.shuffle(paths.length, seed) : rows;
  const dataset = files.map(async ({ path, y }) => {
    const image = await readImage(path, options);
    return { x: resizeBilinear(image, imageSize), y };
  });
  return { dataset, classNames, paths };
}

/** A PNG file as float32 [height, width, channels]. */
export async function readImage(path: string, options: ImageOptions = {}): Promise<NDArray> {
  return decodePng(await readFile(path), options, path);
}

/** Bytes of a PNG file as float32 [height, width, channels]; `name` says in errors which file it is. */
export function decodePng(
  bytes: Uint8Array,
  { colorMode = 'rgb', normalize = true }: ImageOptions = {},
  name = 'PNG image',
): NDArray {
  if (bytes.length < 24 || !hasPngSignature(bytes)) {
    throw new Error(`decodePng: ${name} is not a PNG file; convert it to PNG`);
  }
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pixelCount = header.getUint32(16) * header.getUint32(20);
  if (pixelCount > MAX_PIXELS) {
    throw new Error(
      `decodePng: ${name} has ${pixelCount} pixels, expected at most ${MAX_PIXELS}; make it smaller`,
    );
  }
  let image: DecodedPng;
  try {
    image = decode(bytes, { checkCrc: true });
  } catch (error) {
    throw new Error(`decodePng: ${name} is damaged: ${(error as Error).message}`);
  }
  const { samples, channels, largest } = samplesOf(image);
  const out = channelsOf[colorMode];
  const scale = (normalize ? 1 : 255) / largest;
  const data = new Float32Array(image.width * image.height * out);
  for (let p = 0, from = 0, to = 0; p < image.width * image.height; p++) {
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
        const opaque = normalize ? 1 : 255;
        data[to + 3] = channels % 2 === 0 ? samples[from + channels - 1] * scale : opaque;
      }
    }
    from += channels;
    to += out;
  }
  return { data, shape: [image.height, image.width, out], dtype: 'float32' };
}

interface Samples {
  samples: ArrayLike<number>;
  /** 1 grey, 2 grey and opacity, 3 colour, 4 colour and opacity. */
  channels: number;
  /** The value of full brightness. */
  largest: number;
}

function samplesOf(image: DecodedPng): Samples {
  const { data, depth, channels, palette } = image;
  const values = depth < 8 ? unpack(image) : data;
  if (palette === undefined) return { samples: values, channels, largest: 2 ** depth - 1 };
  const width = palette[0]?.length ?? 3;
  const samples = new Uint8Array(values.length * width);
  for (let i = 0; i < values.length; i++) {
    const colour = palette[values[i]];
    if (colour === undefined) {
      throw new Error(
        `decodePng: a pixel has colour ${values[i]} of a palette of ${palette.length}; the image is damaged`,
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
