import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { type Activation, type ActivationSpec, activations } from '../activations/index.ts';
import { type LoraOptions, LowRankUpdate } from './core/lora.ts';
import { Layer, type LayerOptions, type TensorShape } from './layer.ts';
import {
  type BiasOptions,
  type KernelOptions,
  rulesConfig,
  type WeightRules,
  weightRules,
} from './weight-options.ts';

export interface DenseOptions extends LayerOptions, KernelOptions, BiasOptions, LoraOptions {
  /** Number of outputs. */
  readonly units: number;
  readonly activation?: ActivationSpec | null;
}

/**
 * The affine model of every unit at once: `activation(x W + b)`, x [..., inputs], W [inputs, units],
 * b [units]. With one unit and a step it is the perceptron, with a sigmoid logistic regression.
 */
export class Dense extends Layer {
  static readonly className = 'Dense';
  readonly units: number;
  readonly activation: Activation;
  readonly useBias: boolean;
  readonly kernelRules: WeightRules;
  readonly biasRules: WeightRules;
  kernel!: Variable;
  bias: Variable | undefined;
  readonly loraRank: number | null;
  readonly loraAlpha: number | null;
  lora: LowRankUpdate | undefined;

  constructor(options: DenseOptions) {
    super(options);
    this.units = options.units;
    if (!(Number.isInteger(this.units) && this.units > 0)) {
      fail(
        'dense',
        `units is ${JSON.stringify(options.units)}; expected a whole number of 1 or more`,
      );
    }
    this.activation = activations.get(options.activation);
    this.useBias = options.useBias ?? true;
    this.kernelRules = weightRules('kernel', options);
    this.biasRules = weightRules('bias', options, 'zeros');
    this.loraRank = options.loraRank ?? null;
    this.loraAlpha = options.loraAlpha ?? this.loraRank;
    this.supportsMasking = true;
  }

  override build(inputShape: TensorShape): void {
    const inputs = inputShape.at(-1);
    if (inputShape.length < 2 || typeof inputs !== 'number') {
      fail(
        'dense',
        `received the input shape [${inputShape.map(String).join(', ')}]; expected [batch, ..., inputs] with a known last axis`,
      );
    }
    this.kernel = this.addWeight({
      name: 'kernel',
      shape: [inputs, this.units],
      ...this.kernelRules,
    });
    if (this.useBias) {
      this.bias = this.addWeight({
        name: 'bias',
        shape: [this.units],
        ...this.biasRules,
      });
    }
    if (this.loraRank) {
      this.lora = new LowRankUpdate(this, 'kernel', {
        rank: this.loraRank,
        alpha: this.loraAlpha,
        frozen: this.kernel,
        ...this.kernelRules,
      });
    }
  }

  /** The net input `x W + b`, before the activation. */
  net(x: Tensor): Tensor {
    const kernel: Tensor = this.lora ? this.lora.applyTo(this.kernel.value) : this.kernel.value;
    const product = ops.matmul(x, kernel);
    return this.bias ? product.add(this.bias.value) : product;
  }

  call(x: Tensor): Tensor {
    return this.activation(this.net(x));
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      units: this.units,
      activation: activations.serialize(this.activation),
      useBias: this.useBias,
      ...rulesConfig('kernel', this.kernelRules),
      ...rulesConfig('bias', this.biasRules),
      ...(this.loraRank ? { loraRank: this.loraRank, loraAlpha: this.loraAlpha } : {}),
    };
  }
}
