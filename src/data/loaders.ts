/**
 * The `load` functions of the data sets that are too large to ship, for a given kind of source: entry
 * points call this once with what the platform offers.
 */
import { cifar10ClassNames, loadCifar10 } from './cifar10.ts';
import { imdbClassNames, loadImdb, type ReviewData } from './imdb.ts';
import type { ImageDatasetOptions, TrainTestData } from './labelled-images.ts';
import {
  fashionMnistClassNames,
  fashionMnistFiles,
  loadMnist,
  type MnistOptions,
  mnistClassNames,
  mnistFiles,
} from './mnist.ts';
import { type DataSource, type WebSourceOptions, webSource } from './source.ts';

type Arguments<Needed extends boolean, T> = Needed extends true ? [options: T] : [options?: T];

export interface DownloadedDataset<Options, Data, Needed extends boolean> {
  load(...args: Arguments<Needed, Options>): Promise<Data>;
  readonly classNames: readonly string[];
}

/** `Where` is what the source needs to know; `Needed` is true where it cannot do without. */
export interface DownloadedDatasets<Where, Needed extends boolean> {
  /** 60,000 + 10,000 handwritten digits, x [n, 784] in 0..1 and y one-hot [n, 10] unless told otherwise. */
  mnist: DownloadedDataset<MnistOptions & Where, TrainTestData, Needed>;
  /** 60,000 + 10,000 articles of clothing in MNIST's form. */
  fashionMnist: DownloadedDataset<MnistOptions & Where, TrainTestData, Needed>;
  /** 50,000 + 10,000 colour images, x [n, 32, 32, 3]. */
  cifar10: DownloadedDataset<ImageDatasetOptions & Where, TrainTestData, Needed>;
  /** 25,000 + 25,000 film reviews, positive or negative. */
  imdb: DownloadedDataset<Where, ReviewData, Needed>;
}

export function downloadedDatasets<Where, Needed extends boolean>(
  sourceOf: (where: Where) => DataSource,
): DownloadedDatasets<Where, Needed> {
  const dataset = <Options, Data>(
    classNames: readonly string[],
    load: (source: DataSource, options: Options) => Promise<Data>,
  ): DownloadedDataset<Options & Where, Data, Needed> => ({
    classNames,
    async load(...args) {
      const options = (args[0] ?? {}) as Options & Where;
      return load(sourceOf(options), options);
    },
  });
  return {
    mnist: dataset(mnistClassNames, (source, options: MnistOptions) =>
      loadMnist(source, mnistFiles, options),
    ),
    fashionMnist: dataset(fashionMnistClassNames, (source, options: MnistOptions) =>
      loadMnist(source, fashionMnistFiles, options),
    ),
    cifar10: dataset(cifar10ClassNames, loadCifar10),
    imdb: dataset(imdbClassNames, (source, _: unknown) => loadImdb(source)) as DownloadedDataset<
      Where,
      ReviewData,
      Needed
    >,
  };
}

/** For pages: `mnist.load({ baseUrl: '/data/mnist' })`. */
export const webDatasets: DownloadedDatasets<WebSourceOptions, true> = downloadedDatasets<
  WebSourceOptions,
  true
>(webSource);
