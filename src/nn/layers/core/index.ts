import { registries } from '../../registry.ts';
import { EinsumDense } from './einsum-dense.ts';
import { Embedding, ReversibleEmbedding } from './embedding.ts';
import { ActivityRegularization, Identity } from './identity.ts';
import { Lambda } from './lambda.ts';
import { Masking } from './masking.ts';
import { Wrapper } from './wrapper.ts';

export const coreLayers = {
  einsumDense: EinsumDense,
  embedding: Embedding,
  reversibleEmbedding: ReversibleEmbedding,
  masking: Masking,
  lambda: Lambda,
  identity: Identity,
  activityRegularization: ActivityRegularization,
  wrapper: Wrapper,
};

registries.layers.register(coreLayers);
