import { fail } from '../../../graph/errors.ts';
import { ops } from '../../../tensor/lift.ts';
import type { NestedArray, Tensor } from '../../../tensor/tensor.ts';
import type { Variable } from '../../../tensor/variable.ts';
import type { ConstraintSpec } from '../../constraints.ts';
import type { InitializerSpec } from '../../initializers/index.ts';
import type { RegularizerSpec } from '../../regularizers.ts';
import { type CallOptions, Layer, type LayerOptions } from '../layer.ts';
import { setMask } from '../mask.ts';
import { rulesConfig, type WeightRules, weightRules } from '../weight-options.ts';
import { type LoraOptions, LowRankUpdate } from './lora.ts';

export interface EmbeddingOptions extends LayerOptions, LoraOptions {
  /** Size of the vocabulary: indices run from 0 to inputDim - 1. */
  readonly inputDim: number;
  /** Length of the vector of each index. */
  readonly outputDim: number;
  readonly embeddingsInitializer?: InitializerSpec;
  readonly embeddingsRegularizer?: RegularizerSpec | null;
  readonly embeddingsConstraint?: ConstraintSpec | null;
  /** Whether index 0 is padding, which the mask then tells the layers behind; false by default. */
  readonly maskZero?: boolean;
  /** First values, [inputDim, outputDim]. */
  readonly weights?: NestedArray | Tensor | null;
}

/**
 * A learned vector for each index: [batch, ...] of whole numbers to [batch, ..., outputDim]. Inputs that
 * are not int32 are truncated; an index outside the vocabulary is an error when the graph runs.
 */
export class Embedding extends Layer {
  static readonly className: string = 'Embedding';
  /** Options that are not in its configuration. @internal */
  static readonly options: readonly string[] = ['weights'];
  readonly inputDim: number;
  readonly outputDim: number;
  readonly embeddingsRules: WeightRules;
  readonly maskZero: boolean;
  readonly loraRank: number | null;
  readonly loraAlpha: number | null;
  embeddings!: Variable;
  lora: LowRankUpdate | undefined;

  constructor(options: EmbeddingOptions) {
    super(options);
    this.inputDim = options.inputDim;
    this.outputDim = options.outputDim;
    for (const [name, size] of [
      ['inputDim', this.inputDim],
      ['outputDim', this.outputDim],
    ] as const) {
      if (!(Number.isInteger(size) && size > 0)) {
        fail('embedding', `${name} is ${size}; expected a whole number of 1 or more`);
      }
    }
    this.embeddingsRules = weightRules('embeddings', options, 'randomUniform');
    this.maskZero = options.maskZero ?? false;
    this.loraRank = options.loraRank ?? null;
    this.loraAlpha = options.loraAlpha ?? this.loraRank;
    this.supportsMasking = this.maskZero;
    const { weights } = options;
    if (weights !== undefined && weights !== null) {
      this.build();
      this.built = true;
      this.setWeights([weights]);
    }
  }

  override build(_inputShape?: any): void {
    if (this.embeddings) return;
    this.embeddings = this.addWeight({
      name: 'embeddings',
      shape: [this.inputDim, this.outputDim],
      ...this.embeddingsRules,
    });
    if (this.loraRank) {
      this.lora = new LowRankUpdate(this, 'embeddings', {
        rank: this.loraRank,
        alpha: this.loraAlpha,
        frozen: this.embeddings,
        ...this.embeddingsRules,
      });
    }
  }

  call(x: Tensor, _options?: CallOptions): Tensor {
    return this.lookUp(x);
  }

  protected lookUp(x: Tensor): Tensor {
    return ops.take(this.table(), ops.cast(x, 'int32'), 0);
  }

  /** The vectors of all indices, [inputDim, outputDim]. */
  protected table(): Tensor {
    const { value } = this.embeddings;
    return this.lora ? this.lora.applyTo(value) : value;
  }

  override computeMask(x: Tensor, _mask?: any): Tensor | undefined {
    return this.maskZero ? ops.notEqual(x, 0) : undefined;
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      inputDim: this.inputDim,
      outputDim: this.outputDim,
      ...rulesConfig('embeddings', this.embeddingsRules),
      maskZero: this.maskZero,
      ...(this.loraRank ? { loraRank: this.loraRank, loraAlpha: this.loraAlpha } : {}),
    };
  }
}

export interface ReversibleEmbeddingOptions extends Omit<EmbeddingOptions, 'weights'> {
  /** Whether the way back uses the transposed table; otherwise it has weights of its own. */
  readonly tieWeights?: boolean;
  /** Bounds the results of the way back to +-this, by `cap * tanh(x / cap)`. */
  readonly logitSoftCap?: number | null;
  /** Data type of the way back; that of the inputs by default. */
  readonly reverseDtype?: 'float32' | 'float64' | null;
}

/**
 * An embedding that also projects vectors back to scores of indices: `call(x, { reverse: true })` takes
 * [batch, ..., outputDim] to [batch, ..., inputDim] (Press and Wolf 2016).
 */
export class ReversibleEmbedding extends Embedding {
  static override readonly className: string = 'ReversibleEmbedding';
  readonly tieWeights: boolean;
  readonly logitSoftCap: number | null;
  readonly reverseDtype: 'float32' | 'float64' | null;
  reverseEmbeddings: Variable | undefined;

  constructor(options: ReversibleEmbeddingOptions) {
    super(options);
    this.tieWeights = options.tieWeights ?? true;
    this.logitSoftCap = options.logitSoftCap ?? null;
    this.reverseDtype = options.reverseDtype ?? null;
  }

  override build(inputShape?: any): void {
    super.build(inputShape);
    if (!this.tieWeights) {
      this.reverseEmbeddings = this.addWeight({
        name: 'reverse_embeddings',
        shape: [this.outputDim, this.inputDim],
        initializer: this.embeddingsRules.initializer,
      });
    }
  }

  override call(x: Tensor, { reverse = false }: CallOptions = {}): Tensor {
    if (!reverse) {
      const vectors = this.lookUp(x);
      if (this.maskZero) setMask(vectors, ops.notEqual(x, 0));
      return vectors;
    }
    const kernel: Tensor = this.reverseEmbeddings?.value ?? ops.transpose(this.table());
    const logits = this.reverseDtype
      ? ops.matmul(ops.cast(x, this.reverseDtype), ops.cast(kernel, this.reverseDtype))
      : ops.matmul(x, kernel);
    const cap = this.logitSoftCap;
    return cap === null ? logits : logits.div(cap).tanh().mul(cap);
  }

  /** The mask is set where the layer is called, since the way back has none. */
  override computeMask(): undefined {
    return undefined;
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      tieWeights: this.tieWeights,
      reverseDtype: this.reverseDtype,
      logitSoftCap: this.logitSoftCap,
    };
  }
}
