import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { type Activation, type ActivationSpec, activations } from '../activations/index.ts';
import { type Constraint, type ConstraintSpec, constraints } from '../constraints.ts';
import { type InitializerSpec, initializers } from '../initializers/index.ts';
import type { Initializer } from '../initializers/initializer.ts';
import { type Regularizer, type RegularizerSpec, regularizers } from '../regularizers.ts';
import { LowRankUpdate } from './core/lora.ts';
import { Layer, type LayerOptions, type TensorShape } from './layer.ts';

export interface DenseOptions extends LayerOptions {
  /** Number of outputs. */
  readonly units: number;
  readonly activation?: ActivationSpec | null;
  readonly useBias?: boolean;
  readonly kernelInitializer?: InitializerSpec;
  readonly biasInitializer?: InitializerSpec;
  readonly kernelRegularizer?: RegularizerSpec | null;
  readonly biasRegularizer?: RegularizerSpec | null;
  readonly kernelConstraint?: ConstraintSpec | null;
  readonly biasConstraint?: ConstraintSpec | null;
  /** Freezes the kernel and trains an update of this rank; none by default. */
  readonly loraRank?: number | null;
  /** The update is scaled by loraAlpha / loraRank; loraRank by default. */
  readonly loraAlpha?: number | null;
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
  readonly kernelInitializer: Initializer;
  readonly biasInitializer: Initializer;
  readonly kernelRegularizer: Regularizer | undefined;
  readonly biasRegularizer: Regularizer | undefined;
  readonly kernelConstraint: Constraint | undefined;
  readonly biasConstraint: Constraint | undefined;
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
    this.kernelInitializer = initializers.get(options.kernelInitializer ?? 'glorotUniform');
    this.biasInitializer = initializers.get(options.biasInitializer ?? 'zeros');
    this.kernelRegularizer = regularizers.get(options.kernelRegularizer);
    this.biasRegularizer = regularizers.get(options.biasRegularizer);
    this.kernelConstraint = constraints.get(options.kernelConstraint);
    this.biasConstraint = constraints.get(options.biasConstraint);
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
      initializer: this.kernelInitializer,
      regularizer: this.kernelRegularizer,
      constraint: this.kernelConstraint,
    });
    if (this.useBias) {
      this.bias = this.addWeight({
        name: 'bias',
        shape: [this.units],
        initializer: this.biasInitializer,
        regularizer: this.biasRegularizer,
        constraint: this.biasConstraint,
      });
    }
    if (this.loraRank) {
      this.lora = new LowRankUpdate(this, 'kernel', {
        rank: this.loraRank,
        alpha: this.loraAlpha,
        frozen: this.kernel,
        regularizer: this.kernelRegularizer,
        constraint: this.kernelConstraint,
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
      kernelInitializer: this.kernelInitializer,
      biasInitializer: this.biasInitializer,
      kernelRegularizer: this.kernelRegularizer,
      biasRegularizer: this.biasRegularizer,
      kernelConstraint: this.kernelConstraint,
      biasConstraint: this.biasConstraint,
      ...(this.loraRank ? { loraRank: this.loraRank, loraAlpha: this.loraAlpha } : {}),
    };
  }
}
