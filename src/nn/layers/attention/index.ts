import { registries } from '../../registry.ts';
import { AdditiveAttention, Attention } from './attention.ts';
import { GroupedQueryAttention } from './grouped-query-attention.ts';
import { MultiHeadAttention } from './multi-head-attention.ts';

export const attentionLayers = {
  attention: Attention,
  additiveAttention: AdditiveAttention,
  multiHeadAttention: MultiHeadAttention,
  groupQueryAttention: GroupedQueryAttention,
};

registries.layers.register(attentionLayers);
