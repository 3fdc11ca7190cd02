import { fail } from '../../../graph/errors.ts';
import { type DataFormat, eachAxis, type Padding } from '../../../ops/functions/windows.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { Variable } from '../../../tensor/variable.ts';
import { type Activation, type ActivationSpec, activations } from '../../activations/index.ts';
import { type Constraint, type ConstraintSpec, constraints } from '../../constraints.ts';
import { type InitializerSpec, initializers } from '../../initializers/index.ts';
import type { Initializer } from '../../initializers/initializer.ts';
import { type Regularizer, type RegularizerSpec, regularizers } from '../../regularizers.ts';
import { Layer, type LayerOptions } from '../layer.ts';
import {
  type DataFormatName,
  dataFormatConfig,
  dataFormatOf,
  factoryName,
  type PerAxis,
  paddingNameOf,
} from '../spatial.ts';

/**
 * What every convolutional layer has: a window that slides over `rank` spatial axes, then a bias per
 * filter and an activation. Kernels differ and belong to the subclasses.
 */

export interface WindowOptions<P extends Padding = 'valid' | 'same'> extends LayerOptions {
  /** Size of the window. */
  readonly kernelSize: PerAxis;
  /** Steps of the window; 1 by default. */
  readonly strides?: PerAxis;
  /** 'valid' by default: windows inside the input only. 'same' pads to input size / stride. */
  readonly padding?: P;
  /** 'channelsLast' by default: [batch, ...space, channels]. */
  readonly dataFormat?: DataFormatName | null;
  /** Distance between neighbouring elements of the window; 1 by default. */
  readonly dilationRate?: PerAxis;
  readonly activation?: ActivationSpec | null;
  readonly useBias?: boolean;
  readonly biasInitializer?: InitializerSpec;
  readonly biasRegularizer?: RegularizerSpec | null;
  readonly biasConstraint?: ConstraintSpec | null;
}

export interface KernelOptions {
  readonly kernelInitializer?: InitializerSpec;
  readonly kernelRegularizer?: RegularizerSpec | null;
  readonly kernelConstraint?: ConstraintSpec | null;
}

/** How a weight starts and what holds it. */
export interface WeightRules {
  readonly initializer: Initializer;
  readonly regularizer: Regularizer | undefined;
  readonly constraint: Constraint | undefined;
}

export function weightRules(
  initializer: InitializerSpec | undefined,
  regularizer: RegularizerSpec | null | undefined,
  constraint: ConstraintSpec | null | undefined,
): WeightRules {
  return {
    initializer: initializers.get(initializer ?? 'glorotUniform'),
    regularizer: regularizers.get(regularizer),
    constraint: constraints.get(constraint),
  };
}

/** A whole number of 1 or more. */
export function expectCount(layer: object, name: string, value: number): number {
  if (!(Number.isInteger(value) && value > 0)) {
    fail(factoryName(layer), `${name} is ${value}; expected a whole number of 1 or more`);
  }
  return value;
}

export abstract class WindowLayer<P extends Padding = 'valid' | 'same'> extends Layer {
  /** Number of spatial axes. */
  readonly rank: number;
  readonly kernelSize: readonly number[];
  readonly strides: readonly number[];
  readonly padding: P;
  readonly dataFormat: DataFormat;
  readonly dilationRate: readonly number[];
  readonly activation: Activation;
  readonly useBias: boolean;
  readonly biasInitializer: Initializer;
  readonly biasRegularizer: Regularizer | undefined;
  readonly biasConstraint: Constraint | undefined;
  bias: Variable | undefined;

  constructor(rank: number, options: WindowOptions<P>, paddings: readonly P[]) {
    super(options);
    const each = (name: string, value: PerAxis) => eachAxis(factoryName(this), name, value, rank);
    this.rank = rank;
    this.kernelSize = each('kernelSize', options.kernelSize);
    this.strides = each('strides', options.strides ?? 1);
    this.padding = paddingNameOf(this, options.padding, paddings);
    this.dataFormat = dataFormatOf(this, options.dataFormat);
    this.dilationRate = each('dilationRate', options.dilationRate ?? 1);
    this.activation = activations.get(options.activation);
    this.useBias = options.useBias ?? true;
    this.biasInitializer = initializers.get(options.biasInitializer ?? 'zeros');
    this.biasRegularizer = regularizers.get(options.biasRegularizer);
    this.biasConstraint = constraints.get(options.biasConstraint);
  }

  protected addBias(filters: number): void {
    if (!this.useBias) return;
    this.bias = this.addWeight({
      name: 'bias',
      shape: [filters],
      initializer: this.biasInitializer,
      regularizer: this.biasRegularizer,
      constraint: this.biasConstraint,
    });
  }

  /** The activation of a convolution's result plus bias. */
  protected finish(y: Tensor): Tensor {
    if (!this.bias) return this.activation(y);
    const bias =
      this.dataFormat === 'channelsLast'
        ? this.bias.value
        : ops.reshape(this.bias.value, [-1, ...this.kernelSize.map(() => 1)]);
    return this.activation(y.add(bias));
  }

  /** How the window moves, for the functions of convolution. */
  protected get window() {
    const { strides, padding, dilationRate, dataFormat } = this;
    return { strides, padding, dilationRate, dataFormat };
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      kernelSize: this.kernelSize,
      strides: this.strides,
      padding: this.padding as string,
      dataFormat: dataFormatConfig(this.dataFormat),
      dilationRate: this.dilationRate,
      activation: activations.serialize(this.activation),
      useBias: this.useBias,
      biasInitializer: this.biasInitializer,
      biasRegularizer: this.biasRegularizer,
      biasConstraint: this.biasConstraint,
    };
  }
}
