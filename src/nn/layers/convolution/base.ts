import { fail } from '../../../graph/errors.ts';
import { type DataFormat, eachAxis, type Padding } from '../../../ops/functions/windows.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { Variable } from '../../../tensor/variable.ts';
import { type Activation, type ActivationSpec, activations } from '../../activations/index.ts';
import { Layer, type LayerOptions } from '../layer.ts';
import {
  type DataFormatName,
  dataFormatConfig,
  dataFormatOf,
  factoryName,
  type PerAxis,
  paddingNameOf,
} from '../spatial.ts';
import { type BiasOptions, rulesConfig, type WeightRules, weightRules } from '../weight-options.ts';

/**
 * What every convolutional layer has: a window that slides over `rank` spatial axes, then a bias per
 * filter and an activation. Kernels differ and belong to the subclasses.
 */

export interface WindowOptions<P extends Padding = 'valid' | 'same'>
  extends LayerOptions,
    BiasOptions {
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
  readonly biasRules: WeightRules;
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
    this.biasRules = weightRules('bias', options, 'zeros');
  }

  protected addBias(filters: number): void {
    if (!this.useBias) return;
    this.bias = this.addWeight({
      name: 'bias',
      shape: [filters],
      ...this.biasRules,
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
      ...rulesConfig('bias', this.biasRules),
    };
  }
}
