import { fail } from '../../../graph/errors.ts';
import { normalizeAxis } from '../../../graph/shape.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { TensorShape } from '../layer.ts';
import { getMask } from '../mask.ts';
import { HeadsAttention, type HeadsCallOptions, type HeadsOptions } from './heads.ts';

export interface MultiHeadAttentionOptions extends HeadsOptions {
  readonly numHeads: number;
  /** Size of each head's queries and keys. */
  readonly keyDim: number;
  /** Size of each head's values; keyDim by default. */
  readonly valueDim?: number | null;
  /** Features of the output; those of the query by default. */
  readonly outputShape?: number | readonly number[] | null;
  /** Axes of the inputs that are attended over; all but batch and features by default. */
  readonly attentionAxes?: number | readonly number[] | null;
}

/**
 * Attention with several heads (Vaswani et al. 2017): queries, keys and values are projected once for
 * each head, each head attends by itself, and the results are projected back together. Called on
 * [query, value] or [query, value, key], all [batch, ..., steps, features]; call([x, x]) attends to
 * itself. Call options: attentionMask [batch, (heads,) queries, keys], queryMask, valueMask and keyMask
 * [batch, steps] (by default those of the inputs), useCausalMask, returnAttentionScores (then the
 * result is [output, weights]).
 */
export class MultiHeadAttention extends HeadsAttention {
  static readonly className = 'MultiHeadAttention';
  readonly numHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  readonly outputSizes: readonly number[] | null;
  attentionAxes: readonly number[] | null;

  constructor(options: MultiHeadAttentionOptions) {
    super(options);
    this.numHeads = options.numHeads;
    this.keyDim = options.keyDim;
    this.valueDim = options.valueDim || options.keyDim;
    for (const name of ['numHeads', 'keyDim', 'valueDim'] as const) {
      if (!(Number.isInteger(this[name]) && this[name] > 0)) {
        fail(
          'multiHeadAttention',
          `${name} is ${this[name]}; expected a whole number of 1 or more`,
        );
      }
    }
    const { outputShape = null, attentionAxes = null } = options;
    this.outputSizes = outputShape === null ? null : [outputShape].flat();
    this.attentionAxes = attentionAxes === null ? null : [attentionAxes].flat();
  }

  override build(inputShapes: unknown): void {
    const [query, value, key] = this.expectInputs(inputShapes);
    const rank = query.length;
    const space = Array.from({ length: rank - 2 }, (_, i) => i + 1);
    this.attentionAxes = (this.attentionAxes ?? space).map((a) =>
      normalizeAxis('multiHeadAttention', a, rank),
    );
    const heads = (size: number) => [this.numHeads, size];
    this.queryDense = this.#dense('query', query, 1, heads(this.keyDim));
    this.keyDense = this.#dense('key', key, 1, heads(this.keyDim));
    if (this.useGate) {
      this.gateDense = this.#dense('gate', query, 1, heads(this.valueDim), 'sigmoid');
    }
    this.valueDense = this.#dense('value', value, 1, heads(this.valueDim));
    const joined = [...query.slice(0, -1), ...heads(this.valueDim)];
    const sizes = this.outputSizes ?? [query.at(-1)!];
    this.outputDense = this.#dense('attention_output', joined, 2, sizes);
  }

  /** A projection of the last `bound` axes to axes of `sizes`. */
  #dense(
    name: string,
    inputShape: TensorShape,
    bound: number,
    sizes: readonly number[],
    activation: 'sigmoid' | null = null,
  ) {
    const letters = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => String.fromCharCode(97 + from + i)).join('');
    const free = letters(0, inputShape.length - bound);
    const inner = letters(free.length, bound);
    const outer = letters(inputShape.length, sizes.length);
    const rest = inputShape.slice(1, inputShape.length - bound).map(() => null);
    return this.project(name, inputShape, {
      equation: `${free}${inner},${inner}${outer}->${free}${outer}`,
      outputShape: [...rest, ...sizes],
      biasAxes: outer,
      activation,
    });
  }

  call(inputs: readonly Tensor[], options: HeadsCallOptions = {}): any {
    const [query, value, key = value] = inputs;
    const axes = this.attentionAxes!;
    const masks = this.masksOf(inputs, options, axes.join() === '1');
    const [q, k, v] = [
      this.queryDense.call(query),
      this.keyDense.call(key),
      this.valueDense.call(value),
    ].map((x: Tensor) => headsFirst(x, axes));
    const lead = q.node.shape.slice(0, q.rank - axes.length - 1);
    const steps = (x: Tensor) => x.node.shape.slice(lead.length, -1);
    const flat = [q, k, v].map((x) => ops.reshape(x, [...lead, size(steps(x)), x.shape.at(-1)!]));
    const { result, scores } = this.attend(
      flat,
      { scores: [...lead, ...steps(q), ...steps(k)], ends: 2 * axes.length },
      1 / Math.sqrt(this.keyDim),
      masks,
      options,
    );
    const apart = ops.reshape(result, [...lead, ...steps(q), this.valueDim]);
    const heads = ops.transpose(apart, inverse(orderOf(query.rank, axes)));
    return this.finish(query, heads, scores, masks.queryMask ?? getMask(query), options);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      numHeads: this.numHeads,
      keyDim: this.keyDim,
      valueDim: this.valueDim,
      outputShape: this.outputSizes,
      attentionAxes: this.attentionAxes,
    };
  }
}

const size = (shape: readonly number[]): number => shape.reduce((p, d) => p * d, 1);

/**
 * The order [others..., heads, attention axes..., size] of a projection [batch, space..., heads, size]
 * whose input has `rank` axes.
 */
function orderOf(rank: number, axes: readonly number[]): number[] {
  const others = Array.from({ length: rank - 1 }, (_, i) => i).filter((i) => !axes.includes(i));
  return [...others, rank - 1, ...axes, rank];
}

function headsFirst(x: Tensor, axes: readonly number[]): Tensor {
  return ops.transpose(x, orderOf(x.rank - 1, axes));
}

function inverse(order: readonly number[]): number[] {
  return order.map((_, i) => order.indexOf(i));
}
