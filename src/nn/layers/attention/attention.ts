import { fail } from '../../../graph/errors.ts';
import { formatShape } from '../../../graph/shape.ts';
import { ops } from '../../../tensor/lift.ts';
import { SeedGenerator } from '../../../tensor/random.ts';
import { isTensor, type Tensor } from '../../../tensor/tensor.ts';
import type { Variable } from '../../../tensor/variable.ts';
import { type CallOptions, Layer, type LayerOptions, type TensorShape } from '../layer.ts';
import { setMask } from '../mask.ts';
import { factoryName } from '../spatial.ts';
import { causalMask } from './masks.ts';

export interface AttentionOptions extends LayerOptions {
  /** Whether scores are multiplied by a learned factor. */
  readonly useScale?: boolean;
  /** 'dot' (Luong et al. 2015), or 'concat': sums of tanh of query plus key. */
  readonly scoreMode?: 'dot' | 'concat';
  /** Share of the attention weights that is dropped in training. */
  readonly dropout?: number;
  readonly seed?: number | null;
}

export interface AttentionCallOptions extends CallOptions {
  /** [query mask, value mask], true for real steps; by default those of the inputs. */
  readonly mask?: readonly (Tensor | null | undefined)[];
  readonly returnAttentionScores?: boolean;
  /** Whether a query may look only at values of its own step or before. */
  readonly useCausalMask?: boolean;
}

/** What is subtracted from the scores of padding. */
const FAR = 1e9;

/**
 * Attention without projections: called on [query, value] or [query, value, key], all
 * [batch, ..., steps, size], it returns for each query the mean of the values, weighted by the softmax of
 * how well their keys fit: [batch, ..., query steps, size of a value]. With `returnAttentionScores` the
 * weights follow as a second result.
 */
export class Attention extends Layer {
  static readonly className: string = 'Attention';
  readonly useScale: boolean;
  readonly scoreMode: 'dot' | 'concat';
  readonly dropout: number;
  readonly seed: number | null;
  readonly seedGenerator: SeedGenerator;
  scale: Variable | undefined;
  concatScoreWeight: Variable | undefined;

  constructor(options: AttentionOptions = {}) {
    super(options);
    this.useScale = options.useScale ?? false;
    this.scoreMode = options.scoreMode ?? 'dot';
    if (this.scoreMode !== 'dot' && this.scoreMode !== 'concat') {
      fail('attention', `scoreMode is '${options.scoreMode}'; expected 'dot' or 'concat'`);
    }
    this.dropout = options.dropout ?? 0;
    this.seed = options.seed ?? null;
    this.seedGenerator = new SeedGenerator(options.seed ?? undefined);
    this.supportsMasking = true;
  }

  override build(inputShapes: TensorShape[]): void {
    this.expectInputs(inputShapes);
    if (this.useScale) {
      this.scale = this.addWeight({ name: 'scale', shape: [], initializer: 'ones' });
    }
    if (this.scoreMode === 'concat') {
      this.concatScoreWeight = this.addWeight({
        name: 'concat_score_weight',
        shape: [],
        initializer: 'ones',
      });
    }
  }

  call(inputs: readonly Tensor[], options: AttentionCallOptions = {}): any {
    const [query, value, key = value] = inputs;
    const [queryMask, valueMask] = masksOf(options.mask);
    const scores = this.scores(query, key);
    const weights = this.#weights(scores, valueMask, options);
    let result = ops.matmul(weights, value);
    if (queryMask) result = result.mul(ops.cast(ops.expandDims(queryMask, -1), result.dtype));
    if (!options.returnAttentionScores) return result;
    if (queryMask) setMask(result, queryMask);
    return [result, weights];
  }

  /** How well each key fits each query: [batch, ..., query steps, key steps]. */
  protected scores(query: Tensor, key: Tensor): Tensor {
    if (this.scoreMode === 'dot') {
      const products = ops.matmul(query, ops.swapaxes(key, -2, -1));
      return this.scale ? products.mul(this.scale.value) : products;
    }
    const sum = ops.expandDims(query, -2).add(ops.expandDims(key, -3));
    const scaled: Tensor = this.scale ? sum.mul(this.scale.value) : sum;
    return scaled.tanh().sum(-1).mul(this.concatScoreWeight!.value);
  }

  #weights(
    scores: Tensor,
    valueMask: Tensor | undefined,
    { training, useCausalMask }: AttentionCallOptions,
  ): Tensor {
    let visible = valueMask && ops.expandDims(ops.cast(valueMask, 'bool'), -2);
    if (useCausalMask) {
      const past = causalMask(scores.shape.at(-2)!, scores.shape.at(-1)!);
      visible = visible ? ops.logicalAnd(visible, past) : past;
    }
    const masked = visible ? ops.where(visible, scores, scores.sub(FAR)) : scores;
    const weights = ops.softmax(masked, -1);
    return training && this.dropout > 0
      ? ops.dropout(this.seedGenerator.next(), weights, this.dropout)
      : weights;
  }

  override computeMask(_: unknown, mask: any): Tensor | undefined {
    return masksOf(mask)[0];
  }

  protected expectInputs(shapes: readonly unknown[]): void {
    const fits = (shapes.length === 2 || shapes.length === 3) && shapes.every(Array.isArray);
    if (!fits) {
      fail(
        factoryName(this),
        'expected a list of 2 or 3 tensors: call([query, value]) or call([query, value, key])',
      );
    }
    const [query, value, key = value] = shapes as TensorShape[];
    if (query.at(-1) !== key.at(-1) || query.length !== key.length || query.length < 3) {
      const show = (s: TensorShape) => formatShape(s.map((d) => d ?? -1));
      fail(
        factoryName(this),
        `received the query ${show(query)} and the key ${show(key)}; expected [batch, ..., steps, size] with one size`,
      );
    }
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      useScale: this.useScale,
      scoreMode: this.scoreMode,
      dropout: this.dropout,
      seed: this.seed,
    };
  }
}

function masksOf(mask: any): (Tensor | undefined)[] {
  const list = Array.isArray(mask) ? mask : [];
  return list.map((m) => (isTensor(m) ? m : undefined));
}

/**
 * Attention whose scores are sums of tanh(query + key), each feature times a learned weight (Bahdanau et
 * al. 2015). Called as {@link Attention}.
 */
export class AdditiveAttention extends Attention {
  static override readonly className = 'AdditiveAttention';

  constructor(options: Omit<AttentionOptions, 'scoreMode'> = {}) {
    super({ ...options, useScale: options.useScale ?? true });
  }

  override build(inputShapes: TensorShape[]): void {
    this.expectInputs(inputShapes);
    if (this.useScale) {
      this.scale = this.addWeight({
        name: 'scale',
        shape: [inputShapes[0].at(-1)!],
        initializer: 'glorotUniform',
      });
    }
  }

  protected override scores(query: Tensor, key: Tensor): Tensor {
    const sum = ops.expandDims(query, -2).add(ops.expandDims(key, -3)).tanh();
    return (this.scale ? sum.mul(this.scale.value) : sum).sum(-1);
  }

  override getConfig(): Record<string, unknown> {
    const { scoreMode: _, ...config } = super.getConfig();
    return config;
  }
}
