import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { Variable } from '../../../tensor/variable.ts';
import type { ConstraintSpec } from '../../constraints.ts';
import type { InitializerSpec } from '../../initializers/index.ts';
import type { RegularizerSpec } from '../../regularizers.ts';
import type { TensorShape } from '../layer.ts';
import { channelsOf } from '../spatial.ts';
import { rulesConfig, type WeightRules, weightRules } from '../weight-options.ts';
import { expectCount, WindowLayer } from './base.ts';
import type { DepthwiseConvOptions } from './depthwise.ts';

export interface SeparableConvOptions extends DepthwiseConvOptions {
  /** Number of filters: the channels of the output. */
  readonly filters: number;
  readonly pointwiseInitializer?: InitializerSpec;
  readonly pointwiseRegularizer?: RegularizerSpec | null;
  readonly pointwiseConstraint?: ConstraintSpec | null;
}

/**
 * A depthwise convolution, W [...window, channels, depthMultiplier], followed by one of window 1 that
 * mixes the channels, V [...1, channels * depthMultiplier, filters] (Chollet 2017, "Xception").
 */
abstract class SeparableConv extends WindowLayer {
  readonly filters: number;
  readonly depthMultiplier: number;
  readonly depthwiseRules: WeightRules;
  readonly pointwiseRules: WeightRules;
  depthwiseKernel!: Variable;
  pointwiseKernel!: Variable;

  constructor(rank: number, options: SeparableConvOptions) {
    super(rank, options, ['valid', 'same']);
    this.filters = expectCount(this, 'filters', options.filters);
    this.depthMultiplier = expectCount(this, 'depthMultiplier', options.depthMultiplier ?? 1);
    this.depthwiseRules = weightRules('depthwise', options);
    this.pointwiseRules = weightRules('pointwise', options);
  }

  override build(inputShape: TensorShape): void {
    const channels = channelsOf(this, inputShape, this.rank, this.dataFormat);
    this.depthwiseKernel = this.addWeight({
      name: 'depthwise_kernel',
      shape: [...this.kernelSize, channels, this.depthMultiplier],
      ...this.depthwiseRules,
    });
    this.pointwiseKernel = this.addWeight({
      name: 'pointwise_kernel',
      shape: [...this.kernelSize.map(() => 1), channels * this.depthMultiplier, this.filters],
      ...this.pointwiseRules,
    });
    this.addBias(this.filters);
  }

  call(x: Tensor): Tensor {
    const { depthwiseKernel, pointwiseKernel } = this;
    return this.finish(
      ops.separableConv(x, depthwiseKernel.value, pointwiseKernel.value, this.window),
    );
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      filters: this.filters,
      depthMultiplier: this.depthMultiplier,
      ...rulesConfig('depthwise', this.depthwiseRules),
      ...rulesConfig('pointwise', this.pointwiseRules),
    };
  }
}

/** Separable convolution over time: [batch, steps, channels] to [batch, new steps, filters]. */
export class SeparableConv1D extends SeparableConv {
  static readonly className = 'SeparableConv1D';

  constructor(options: SeparableConvOptions) {
    super(1, options);
  }
}

/** Separable convolution over images: [batch, height, width, channels]. */
export class SeparableConv2D extends SeparableConv {
  static readonly className = 'SeparableConv2D';

  constructor(options: SeparableConvOptions) {
    super(2, options);
  }
}
