/** `nabla/datasets` in the browser. */
import { webDatasets } from './data/loaders.ts';

export * from './data/builtin/index.ts';
export const { mnist, fashionMnist, cifar10, imdb } = webDatasets;
