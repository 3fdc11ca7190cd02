import { fail } from '../../../graph/errors.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { HeadsAttention, type HeadsCallOptions, type HeadsOptions } from './heads.ts';

export interface GroupedQueryAttentionOptions extends HeadsOptions {
  /** Size of each head. */
  readonly headDim: number;
  readonly numQueryHeads: number;
  /** Number of heads of keys and values; it divides the number of query heads. */
  readonly numKeyValueHeads: number;
}

/**
 * Attention in which groups of query heads share the keys and values of one head (Ainslie et al. 2023):
 * with one key head it is multi-query attention, with as many as query heads plain multi-head attention.
 * Called as `MultiHeadAttention`, on tensors [batch, steps, features].
 */
export class GroupedQueryAttention extends HeadsAttention {
  static readonly className = 'GroupedQueryAttention';
  readonly headDim: number;
  readonly numQueryHeads: number;
  readonly numKeyValueHeads: number;

  constructor(options: GroupedQueryAttentionOptions) {
    super(options);
    this.headDim = options.headDim;
    this.numQueryHeads = options.numQueryHeads;
    this.numKeyValueHeads = options.numKeyValueHeads;
    for (const name of ['headDim', 'numQueryHeads', 'numKeyValueHeads'] as const) {
      if (!(Number.isInteger(this[name]) && this[name] > 0)) {
        fail(
          'groupQueryAttention',
          `${name} is ${this[name]}; expected a whole number of 1 or more`,
        );
      }
    }
    if (this.numQueryHeads % this.numKeyValueHeads !== 0) {
      fail(
        'groupQueryAttention',
        `${this.numQueryHeads} query heads do not divide into ${this.numKeyValueHeads} groups; expected a multiple`,
      );
    }
  }

  override build(inputShapes: unknown): void {
    const [query, value, key] = this.expectInputs(inputShapes);
    if (query.length !== 3) {
      fail(
        'groupQueryAttention',
        `the query has ${query.length} axes; expected [batch, steps, features]`,
      );
    }
    const queryHeads = {
      equation: 'bqm,muh->bquh',
      outputShape: [null, this.numQueryHeads, this.headDim],
      biasAxes: 'uh',
    };
    const keyHeads = {
      equation: 'bkm,mvh->bkvh',
      outputShape: [null, this.numKeyValueHeads, this.headDim],
      biasAxes: 'vh',
    };
    this.queryDense = this.project('query', query, queryHeads);
    this.keyDense = this.project('key', key, keyHeads);
    if (this.useGate) {
      this.gateDense = this.project('gate', query, { ...queryHeads, activation: 'sigmoid' });
    }
    this.valueDense = this.project('value', value, keyHeads);
    this.outputDense = this.project(
      'attention_output',
      [query[0], query[1], this.numQueryHeads, this.headDim],
      { equation: 'bquh,uhm->bqm', outputShape: [null, query[2]], biasAxes: 'm' },
    );
  }

  call(inputs: readonly Tensor[], options: HeadsCallOptions = {}): any {
    const [query, value, key = value] = inputs;
    const masks = this.masksOf(inputs, options, true);
    const groups = this.numKeyValueHeads;
    const each = this.numQueryHeads / groups;
    const grouped = (x: Tensor, count: number): Tensor => {
      const [batch, steps] = x.node.shape;
      const heads = ops.transpose(x, [0, 2, 1, 3]);
      return ops.reshape(heads, [batch, groups, count, steps, this.headDim]);
    };
    const q = grouped(this.queryDense.call(query), each);
    const k = grouped(this.keyDense.call(key), 1);
    const v = grouped(this.valueDense.call(value), 1);
    const [batch] = q.node.shape;
    const [queries, keys] = [q.node.shape[3], k.node.shape[3]];
    const { result, scores } = this.attend(
      [q, k, v],
      { scores: [batch, this.numQueryHeads, queries, keys], ends: 2 },
      1 / Math.sqrt(this.headDim),
      masks,
      options,
    );
    const joined = ops.reshape(result, [batch, this.numQueryHeads, queries, this.headDim]);
    const heads = ops.transpose(joined, [0, 2, 1, 3]);
    return this.finish(query, heads, scores, masks.queryMask, options);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      headDim: this.headDim,
      numQueryHeads: this.numQueryHeads,
      numKeyValueHeads: this.numKeyValueHeads,
    };
  }
}
