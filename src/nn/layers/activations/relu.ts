import { fail } from '../../../graph/errors.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { Variable } from '../../../tensor/variable.ts';
import type { ConstraintSpec } from '../../constraints.ts';
import type { InitializerSpec } from '../../initializers/index.ts';
import type { RegularizerSpec } from '../../regularizers.ts';
import { Layer, type LayerOptions, type TensorShape } from '../layer.ts';
import { rulesConfig, type WeightRules, weightRules } from '../weight-options.ts';

/** Rectified linear units and their relatives as layers. */

function expectAtLeastZero(operation: string, name: string, value: number): number {
  if (!(value >= 0)) fail(operation, `${name} is ${value}; expected a number of 0 or more`);
  return value;
}

export interface ReLUOptions extends LayerOptions {
  /** Upper bound of the output; none by default. */
  readonly maxValue?: number | null;
  /** Slope below the threshold; 0 by default. */
  readonly negativeSlope?: number;
  /** Up to this value the unit is off; 0 by default. */
  readonly threshold?: number;
}

/** `min(x, maxValue)` above the threshold, `negativeSlope * (x - threshold)` up to it. */
export class ReLU extends Layer {
  static readonly className = 'ReLU';
  readonly maxValue: number | null;
  readonly negativeSlope: number;
  readonly threshold: number;

  constructor(options: ReLUOptions = {}) {
    super(options);
    const maxValue = options.maxValue ?? null;
    this.maxValue = maxValue === null ? null : expectAtLeastZero('relu', 'maxValue', maxValue);
    this.negativeSlope = expectAtLeastZero('relu', 'negativeSlope', options.negativeSlope ?? 0);
    this.threshold = expectAtLeastZero('relu', 'threshold', options.threshold ?? 0);
    this.supportsMasking = true;
    this.built = true;
  }

  call(x: Tensor): Tensor {
    return ops.relu(x, this.negativeSlope, this.maxValue, this.threshold);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      maxValue: this.maxValue,
      negativeSlope: this.negativeSlope,
      threshold: this.threshold,
    };
  }
}

export interface LeakyReLUOptions extends LayerOptions {
  /** Slope below 0; .3 by default. */
  readonly negativeSlope?: number;
  /** The same under Keras 2's name. */
  readonly alpha?: number;
}

/** x above 0, `negativeSlope * x` below (Maas et al. 2013). */
export class LeakyReLU extends Layer {
  static readonly className = 'LeakyReLU';
  readonly negativeSlope: number;

  constructor(options: LeakyReLUOptions = {}) {
    super(options);
    const slope = options.negativeSlope ?? options.alpha ?? 0.3;
    this.negativeSlope = expectAtLeastZero('leakyRelu', 'negativeSlope', slope);
    this.supportsMasking = true;
    this.built = true;
  }

  call(x: Tensor): Tensor {
    return ops.leakyRelu(x, this.negativeSlope);
  }

  override getConfig() {
    return { ...super.getConfig(), negativeSlope: this.negativeSlope };
  }
}

export interface ELUOptions extends LayerOptions {
  readonly alpha?: number;
}

/** x above 0, `alpha (e^x - 1)` below (Clevert et al. 2015). */
export class ELU extends Layer {
  static readonly className = 'ELU';
  readonly alpha: number;

  constructor(options: ELUOptions = {}) {
    super(options);
    this.alpha = options.alpha ?? 1;
    this.supportsMasking = true;
    this.built = true;
  }

  call(x: Tensor): Tensor {
    return ops.elu(x, this.alpha);
  }

  override getConfig() {
    return { ...super.getConfig(), alpha: this.alpha };
  }
}

export interface ThresholdedReLUOptions extends LayerOptions {
  readonly theta?: number;
}

/** x above `theta`, else 0. A layer of Keras 2; later files have `ReLU` with a threshold. */
export class ThresholdedReLU extends Layer {
  static readonly className = 'ThresholdedReLU';
  readonly theta: number;

  constructor(options: ThresholdedReLUOptions = {}) {
    super(options);
    this.theta = expectAtLeastZero('thresholdedRelu', 'theta', options.theta ?? 1);
    this.supportsMasking = true;
    this.built = true;
  }

  call(x: Tensor): Tensor {
    return ops.threshold(x, this.theta, 0);
  }

  override getConfig() {
    return { ...super.getConfig(), theta: this.theta };
  }
}

export interface PReLUOptions extends LayerOptions {
  readonly alphaInitializer?: InitializerSpec;
  readonly alphaRegularizer?: RegularizerSpec | null;
  readonly alphaConstraint?: ConstraintSpec | null;
  /** Axes along which the slope is shared, counted with the batch as 0: [1, 2] for images. */
  readonly sharedAxes?: number | readonly number[] | null;
}

/** x above 0, `alpha * x` below, with a learned slope for each feature (He et al. 2015). */
export class PReLU extends Layer {
  static readonly className = 'PReLU';
  readonly alphaRules: WeightRules;
  readonly sharedAxes: readonly number[] | null;
  alpha!: Variable;

  constructor(options: PReLUOptions = {}) {
    super(options);
    this.alphaRules = weightRules('alpha', options, 'zeros');
    const { sharedAxes = null } = options;
    this.sharedAxes = sharedAxes === null ? null : [sharedAxes].flat();
    this.supportsMasking = true;
  }

  override build(inputShape: TensorShape): void {
    for (const axis of this.sharedAxes ?? []) {
      if (!(Number.isInteger(axis) && axis >= 1 && axis < inputShape.length)) {
        fail(
          'prelu',
          `sharedAxes has ${axis}; expected axes from 1 to ${inputShape.length - 1} of the input [${inputShape.map(String).join(', ')}]`,
        );
      }
    }
    this.alpha = this.addWeight({
      name: 'alpha',
      shape: inputShape.slice(1).map((d, i) => (this.sharedAxes?.includes(i + 1) ? 1 : d!)),
      ...this.alphaRules,
    });
  }

  call(x: Tensor): Tensor {
    return x.relu().sub(x.neg().relu().mul(this.alpha.value));
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      ...rulesConfig('alpha', this.alphaRules),
      sharedAxes: this.sharedAxes,
    };
  }
}
