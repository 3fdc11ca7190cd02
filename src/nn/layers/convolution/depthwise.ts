import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { Variable } from '../../../tensor/variable.ts';
import type { ConstraintSpec } from '../../constraints.ts';
import type { InitializerSpec } from '../../initializers/index.ts';
import type { RegularizerSpec } from '../../regularizers.ts';
import type { TensorShape } from '../layer.ts';
import { channelsOf } from '../spatial.ts';
import { rulesConfig, type WeightRules, weightRules } from '../weight-options.ts';
import { expectCount, WindowLayer, type WindowOptions } from './base.ts';

export interface DepthwiseConvOptions extends WindowOptions {
  /** Number of filters for each channel of the input; 1 by default. */
  readonly depthMultiplier?: number;
  readonly depthwiseInitializer?: InitializerSpec;
  readonly depthwiseRegularizer?: RegularizerSpec | null;
  readonly depthwiseConstraint?: ConstraintSpec | null;
}

/**
 * Each channel convolved with filters of its own: W [...window, channels, depthMultiplier] gives
 * channels * depthMultiplier channels, those of one input channel side by side.
 */
abstract class DepthwiseConv extends WindowLayer {
  readonly depthMultiplier: number;
  readonly kernelRules: WeightRules;
  kernel!: Variable;

  constructor(rank: number, options: DepthwiseConvOptions) {
    super(rank, options, ['valid', 'same']);
    this.depthMultiplier = expectCount(this, 'depthMultiplier', options.depthMultiplier ?? 1);
    this.kernelRules = weightRules('depthwise', options);
  }

  override build(inputShape: TensorShape): void {
    const channels = channelsOf(this, inputShape, this.rank, this.dataFormat);
    this.kernel = this.addWeight({
      name: 'kernel',
      shape: [...this.kernelSize, channels, this.depthMultiplier],
      ...this.kernelRules,
    });
    this.addBias(channels * this.depthMultiplier);
  }

  call(x: Tensor): Tensor {
    return this.finish(ops.depthwiseConv(x, this.kernel.value, this.window));
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      depthMultiplier: this.depthMultiplier,
      ...rulesConfig('depthwise', this.kernelRules),
    };
  }
}

/** Depthwise convolution over time: [batch, steps, channels]. */
export class DepthwiseConv1D extends DepthwiseConv {
  static readonly className = 'DepthwiseConv1D';

  constructor(options: DepthwiseConvOptions) {
    super(1, options);
  }
}

/** Depthwise convolution over images: [batch, height, width, channels]. */
export class DepthwiseConv2D extends DepthwiseConv {
  static readonly className = 'DepthwiseConv2D';

  constructor(options: DepthwiseConvOptions) {
    super(2, options);
  }
}
