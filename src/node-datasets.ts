/** `nabla/datasets` in Node. */
export * from './data/builtin/index.ts';
export { cifar10, fashionMnist, imdb, mnist } from './node/dataset-loaders.ts';
