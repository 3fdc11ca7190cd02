/** Images for models: their size, channels and range of values as the input wants them. */
import { resizeBilinear } from '../data/image.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { Layer } from '../nn/layers/layer.ts';
import type { Model } from '../training/model.ts';
import { type ColorMode, decodeImage } from './images.ts';
import { fitArray, type InputFacts, shapeText } from './model-inputs.ts';
import { quoted, UsageError } from './usage-error.ts';

/** How the input sees images: its height and width (null for any), channels, and where they stand. */
interface ImageShape {
  readonly height: number | null;
  readonly width: number | null;
  readonly channels: number;
  readonly channelsFirst: boolean;
}

/** Rows of fewer than its square numbers are no images. */
const SMALLEST_SIDE = 8;

const isChannels = (d: number | null): d is number => d === 1 || d === 3 || d === 4;

function imageShape({ shape, name }: InputFacts): ImageShape {
  const sample = shape?.slice(1) ?? [null, null, 3];
  if (sample.length === 3) {
    const [a, b, c] = sample;
    if (isChannels(c)) return { height: a, width: b, channels: c, channelsFirst: false };
    if (isChannels(a)) return { height: b, width: c, channels: a, channelsFirst: true };
  }
  if (sample.length === 2) {
    return { height: sample[0], width: sample[1], channels: 1, channelsFirst: false };
  }
  const size = sample.length === 1 ? sample[0] : null;
  for (const channels of [1, 3]) {
    const side = Math.sqrt((size ?? 0) / channels);
    if (side >= SMALLEST_SIDE && Number.isInteger(side)) {
      return { height: side, width: side, channels, channelsFirst: false };
    }
  }
  throw new UsageError(
    `an image does not fit the input "${name}" of the model, which takes ${shapeText(shape ?? [])}; give a .csv or .npy file`,
  );
}

/** Whether the model brings pixels of 0 to 255 to its own range: a layer in it rescales. */
export function rescalesPixels(model: Model): boolean {
  const within = (layer: Layer): boolean =>
    layer.className === 'Rescaling' ||
    ((layer as { layers?: readonly Layer[] }).layers ?? []).some(within);
  return within(model);
}

const colorModes: Readonly<Record<number, ColorMode>> = { 1: 'grayscale', 3: 'rgb', 4: 'rgba' };
const colorNames: Readonly<Record<number, string>> = { 1: 'grey', 3: 'RGB', 4: 'RGBA' };

/** What else comes with the name of an image that can be read, by its first bytes. */
const otherImages: readonly (readonly [name: string, signature: string])[] = [
  ['GIF', 'GIF8'],
  ['BMP', 'BM'],
  ['WebP', 'RIFF'],
];

function expectKnown(bytes: Uint8Array, name: string): void {
  if (bytes.length === 0) {
    throw new UsageError(`${quoted(name)} is empty; expected a PNG or JPEG image`);
  }
  const start = String.fromCharCode(...bytes.subarray(0, 4));
  const other = otherImages.find(([, signature]) => start.startsWith(signature));
  if (other) throw new UsageError(unreadable(name, other[0]));
}

/** The error for an image of another format, with the way out. */
export function unreadable(name: string, format: string): string {
  return `${quoted(name)} is a ${format} image; only PNG and JPEG can be read: convert it, for instance with "magick in.${format.toLowerCase()} out.png"`;
}

export interface FittedImage {
  readonly batch: NDArray;
  /** What was done to the image, for the reader. */
  readonly note: string;
}

/**
 * The bytes of a PNG or JPEG file as a batch of one: resized to the input without keeping proportions, with the
 * input's channels, values from 0 to 1, or 0 to 255 where `rawPixels` says so.
 */
export function fitImage(
  bytes: Uint8Array,
  input: InputFacts,
  name: string,
  rawPixels: boolean,
): FittedImage {
  const { height, width, channels, channelsFirst } = imageShape(input);
  expectKnown(bytes, name);
  let image: NDArray;
  try {
    image = decodeImage(bytes, { colorMode: colorModes[channels], normalize: !rawPixels }, name);
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/^decodeImage: /, ''));
  }
  const [rows, columns] = image.shape;
  const size: [number, number] = [height ?? rows, width ?? columns];
  const same = size[0] === rows && size[1] === columns;
  const resized = same ? image : resizeBilinear(image, size);
  const ordered = channelsFirst ? moveChannelsFirst(resized) : resized;
  const sizes = `${columns} × ${rows}${same ? '' : ` resized to ${size[1]} × ${size[0]}`}`;
  return {
    batch: fitArray({ ...ordered, shape: [1, ...ordered.shape] }, input, name),
    note: `${sizes}, ${colorNames[channels]}, values 0 to ${rawPixels ? 255 : 1}`,
  };
}

function moveChannelsFirst({ data, shape: [h, w, c] }: NDArray): NDArray {
  const moved = new Float32Array(data.length);
  for (let p = 0; p < h * w; p++) {
    for (let k = 0; k < c; k++) moved[k * h * w + p] = data[p * c + k];
  }
  return { data: moved, shape: [c, h, w], dtype: 'float32' };
}
