import { registries } from '../../registry.ts';
import type { LayerOptions } from '../layer.ts';
import { EinsumDense, type EinsumDenseOptions } from './einsum-dense.ts';
import {
  Embedding,
  type EmbeddingOptions,
  ReversibleEmbedding,
  type ReversibleEmbeddingOptions,
} from './embedding.ts';
import {
  ActivityRegularization,
  type ActivityRegularizationOptions,
  Identity,
} from './identity.ts';
import { Lambda, type LambdaOptions } from './lambda.ts';
import { Masking, type MaskingOptions } from './masking.ts';
import { Wrapper, type WrapperOptions } from './wrapper.ts';

registries.layers.register({
  EinsumDense,
  Embedding,
  ReversibleEmbedding,
  Masking,
  Lambda,
  Identity,
  ActivityRegularization,
  Wrapper,
});

export const coreLayers = {
  einsumDense: (options: EinsumDenseOptions) => new EinsumDense(options),
  embedding: (options: EmbeddingOptions) => new Embedding(options),
  reversibleEmbedding: (options: ReversibleEmbeddingOptions) => new ReversibleEmbedding(options),
  masking: (options?: MaskingOptions) => new Masking(options),
  lambda: (options: LambdaOptions) => new Lambda(options),
  identity: (options?: LayerOptions) => new Identity(options),
  activityRegularization: (options?: ActivityRegularizationOptions) =>
    new ActivityRegularization(options),
  wrapper: (options: WrapperOptions) => new Wrapper(options),
};
