import { registries } from '../../registry.ts';
import { AdditiveAttention, Attention, type AttentionOptions } from './attention.ts';
import {
  GroupedQueryAttention,
  type GroupedQueryAttentionOptions,
} from './grouped-query-attention.ts';
import { MultiHeadAttention, type MultiHeadAttentionOptions } from './multi-head-attention.ts';

registries.layers.register({
  Attention,
  AdditiveAttention,
  MultiHeadAttention,
  GroupedQueryAttention,
  GroupQueryAttention: GroupedQueryAttention,
});

export const attentionLayers = {
  attention: (options?: AttentionOptions) => new Attention(options),
  additiveAttention: (options?: Omit<AttentionOptions, 'scoreMode'>) =>
    new AdditiveAttention(options),
  multiHeadAttention: (options: MultiHeadAttentionOptions) => new MultiHeadAttention(options),
  groupQueryAttention: (options: GroupedQueryAttentionOptions) =>
    new GroupedQueryAttention(options),
};
