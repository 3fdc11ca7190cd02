import { fail } from '../../../graph/errors.ts';
import { formatShape } from '../../../graph/shape.ts';
import { ops } from '../../../tensor/lift.ts';
import { SeedGenerator } from '../../../tensor/random.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { Initializer } from '../../initializers/initializer.ts';
import { maskedSoftmax } from '../activations/softmax.ts';
import { EinsumDense, type EinsumDenseOptions } from '../core/einsum-dense.ts';
import { buildLayer } from '../core/wrapper.ts';
import { type CallOptions, Layer, type LayerOptions, type TensorShape } from '../layer.ts';
import { getMask, setMask } from '../mask.ts';
import { factoryName } from '../spatial.ts';
import {
  type BiasOptions,
  type KernelOptions,
  rulesConfig,
  type WeightRules,
  weightRules,
} from '../weight-options.ts';
import { type AttentionMasks, joinMasks } from './masks.ts';

/** What attention with several heads and learned projections has in common. */

export interface HeadsOptions extends LayerOptions, KernelOptions, BiasOptions {
  /** Share of the attention weights that is dropped in training. */
  readonly dropout?: number;
  /** Whether each head's result is multiplied by a learned sigmoid of the query (Qiu et al. 2025). */
  readonly useGate?: boolean;
  /** Queries look only at keys less than this far away, on both sides; at all by default. */
  readonly slidingWindow?: number | null;
  readonly seed?: number | null;
}

export interface HeadsCallOptions extends CallOptions, Omit<AttentionMasks, 'slidingWindow'> {
  readonly returnAttentionScores?: boolean;
}

/** Low enough to vanish beside any other score; a row of nothing else becomes a plain mean. */
const MASKED = -0.7 * 3.4028234663852886e38;

export abstract class HeadsAttention extends Layer {
  readonly dropout: number;
  readonly useBias: boolean;
  readonly useGate: boolean;
  readonly slidingWindow: number | null;
  readonly kernelRules: WeightRules;
  readonly biasRules: WeightRules;
  readonly seed: number | null;
  readonly seedGenerator: SeedGenerator;
  queryDense!: EinsumDense;
  keyDense!: EinsumDense;
  gateDense: EinsumDense | undefined;
  valueDense!: EinsumDense;
  outputDense!: EinsumDense;

  constructor(options: HeadsOptions) {
    super(options);
    this.dropout = options.dropout ?? 0;
    this.useBias = options.useBias ?? true;
    this.useGate = options.useGate ?? false;
    this.slidingWindow = options.slidingWindow ?? null;
    if (
      this.slidingWindow !== null &&
      !(Number.isInteger(this.slidingWindow) && this.slidingWindow > 0)
    ) {
      fail(
        factoryName(this),
        `slidingWindow is ${options.slidingWindow}; expected a whole number of 1 or more`,
      );
    }
    this.kernelRules = weightRules('kernel', options);
    this.biasRules = weightRules('bias', options, 'zeros');
    this.seed = options.seed ?? null;
    this.seedGenerator = new SeedGenerator(options.seed ?? undefined);
    this.supportsMasking = true;
  }

  /** A projection with the options of this layer, made for an input. */
  protected project(
    name: string,
    inputShape: TensorShape,
    options: Pick<EinsumDenseOptions, 'equation' | 'outputShape' | 'biasAxes' | 'activation'>,
  ): EinsumDense {
    const layer = new EinsumDense({
      ...options,
      name,
      dtype: this.dtype,
      trainable: this.trainable,
      biasAxes: this.useBias ? options.biasAxes : null,
      ...rulesConfig('kernel', this.kernelRules),
      ...rulesConfig('bias', this.biasRules),
      kernelInitializer: fresh(this.kernelRules.initializer),
      biasInitializer: fresh(this.biasRules.initializer),
    });
    buildLayer(layer, inputShape);
    return layer;
  }

  /**
   * Values weighted by how well their keys fit: query [..., groups, T, size], key and value
   * [..., groups or 1, S, size]. `spread` are the shapes of the scores with all their axes.
   */
  protected attend(
    [query, key, value]: readonly Tensor[],
    { scores: shape, ends }: { readonly scores: readonly number[]; readonly ends: number },
    scale: number,
    masks: AttentionMasks,
    { training, returnAttentionScores }: HeadsCallOptions,
  ): { result: Tensor; scores: Tensor } {
    const products = ops.matmul(query.mul(scale), ops.swapaxes(key, -2, -1));
    const scores = ops.reshape(products, shape);
    const count = ends / 2;
    const [queries, keys] = [shape.at(-ends)!, shape.at(-count)!];
    if (count > 1 && (masks.useCausalMask || masks.slidingWindow)) {
      fail(
        factoryName(this),
        'causal masks and sliding windows are for attention over one axis; pass an attentionMask for several',
      );
    }
    const visible = joinMasks(masks, [queries, keys], { rank: shape.length, ends });
    const axes = Array.from({ length: count }, (_, i) => shape.length - count + i);
    // As in Keras, a query that sees nothing gets 0 where scores are explicit, else a plain mean.
    const explicit = this.dropout > 0 || returnAttentionScores || shape.length !== 4;
    const weights =
      visible && !explicit
        ? ops.softmax(ops.where(visible, scores, MASKED), axes)
        : maskedSoftmax(scores, axes, visible);
    const kept =
      training && this.dropout > 0
        ? ops.dropout(this.seedGenerator.next(), weights, this.dropout)
        : weights;
    const result = ops.matmul(ops.reshape(kept, products.node.shape), value);
    return { result, scores: weights };
  }

  /** The given masks, else those of the inputs where these are for the axis that is attended over. */
  protected masksOf(
    [query, value, key]: readonly Tensor[],
    options: HeadsCallOptions,
    overSteps: boolean,
  ): AttentionMasks {
    const { attentionMask, useCausalMask } = options;
    const own = (x: Tensor | undefined) => (x && overSteps ? getMask(x) : undefined);
    const { queryMask = own(query), valueMask = own(value), keyMask = own(key) } = options;
    if (!overSteps && (queryMask || valueMask || keyMask)) {
      fail(
        factoryName(this),
        'masks of steps are for attention over axis 1 alone; pass an attentionMask for other axes',
      );
    }
    const { slidingWindow } = this;
    return { queryMask, valueMask, keyMask, attentionMask, useCausalMask, slidingWindow };
  }

  /** The last projection of the heads' results, the gate before it, and the mask of the query. */
  protected finish(
    query: Tensor,
    heads: Tensor,
    scores: Tensor,
    queryMask: Tensor | null | undefined,
    { returnAttentionScores }: HeadsCallOptions,
  ): any {
    const gated = this.gateDense ? heads.mul(this.gateDense.call(query)) : heads;
    const output: Tensor = this.outputDense.call(gated);
    if (queryMask) setMask(output, queryMask);
    return returnAttentionScores ? [output, scores] : output;
  }

  override computeMask(_: unknown, mask: any): Tensor | undefined {
    const first = Array.isArray(mask) ? mask[0] : mask;
    return first ?? undefined;
  }

  /** Checks the shapes of [query, value] or [query, value, key] and returns all three. */
  protected expectInputs(
    shapes: unknown,
  ): [query: TensorShape, value: TensorShape, key: TensorShape] {
    const list = Array.isArray(shapes) ? shapes : [];
    if (!(list.length === 2 || list.length === 3) || !list.every(Array.isArray)) {
      fail(
        factoryName(this),
        'expected a list of 2 or 3 tensors: call([query, value]) or call([query, value, key]); call([x, x]) attends to itself',
      );
    }
    const [query, value, key = value] = list as TensorShape[];
    const space = (s: TensorShape) => s.slice(1, -1).join();
    if (query.length < 3 || space(value) !== space(key)) {
      const show = (s: TensorShape) => formatShape(s.map((d) => d ?? -1));
      fail(
        factoryName(this),
        `received query ${show(query)}, value ${show(value)}, key ${show(key)}; expected [batch, ..., steps, features], value and key with the same steps`,
      );
    }
    return [query, value, key];
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      dropout: this.dropout,
      useBias: this.useBias,
      useGate: this.useGate,
      slidingWindow: this.slidingWindow,
      ...rulesConfig('kernel', this.kernelRules),
      ...rulesConfig('bias', this.biasRules),
      seed: this.seed,
    };
  }
}

/** An initializer of the same kind: an instance gives the same numbers again, projections must differ. */
function fresh(initializer: Initializer): Initializer {
  const type = initializer.constructor as new (options: any) => Initializer;
  return new type(initializer.getConfig());
}
