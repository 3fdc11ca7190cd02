import { eachAxis } from '../../../ops/functions/windows.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { Variable } from '../../../tensor/variable.ts';
import type { TensorShape } from '../layer.ts';
import { channelsOf, factoryName, type PerAxis } from '../spatial.ts';
import {
  type KernelOptions,
  rulesConfig,
  type WeightRules,
  weightRules,
} from '../weight-options.ts';
import { expectCount, WindowLayer, type WindowOptions } from './base.ts';

export interface ConvTransposeOptions extends WindowOptions, KernelOptions {
  /** Number of filters: the channels of the output. */
  readonly filters: number;
  /** Elements added behind each spatial axis of the output; by default as many as Keras adds. */
  readonly outputPadding?: PerAxis | null;
}

/**
 * Transposed convolution, the adjoint of a convolution in its input: every element of the input spreads
 * a window over the output. W [...window, filters, channels]. The output has size * stride elements for
 * 'same' and (size - 1) * stride + max(window, stride) for 'valid'.
 */
abstract class ConvTranspose extends WindowLayer {
  readonly filters: number;
  readonly outputPadding: readonly number[] | null;
  readonly kernelRules: WeightRules;
  kernel!: Variable;

  constructor(rank: number, options: ConvTransposeOptions) {
    super(rank, options, ['valid', 'same']);
    this.filters = expectCount(this, 'filters', options.filters);
    const { outputPadding = null } = options;
    this.outputPadding =
      outputPadding === null
        ? null
        : eachAxis(factoryName(this), 'outputPadding', outputPadding, rank, 0);
    this.kernelRules = weightRules('kernel', options);
  }

  override build(inputShape: TensorShape): void {
    const channels = channelsOf(this, inputShape, this.rank, this.dataFormat);
    this.kernel = this.addWeight({
      name: 'kernel',
      shape: [...this.kernelSize, this.filters, channels],
      ...this.kernelRules,
    });
    this.addBias(this.filters);
  }

  call(x: Tensor): Tensor {
    const { outputPadding } = this;
    return this.finish(ops.convTranspose(x, this.kernel.value, { ...this.window, outputPadding }));
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      filters: this.filters,
      outputPadding: this.outputPadding,
      ...rulesConfig('kernel', this.kernelRules),
    };
  }
}

/** Transposed convolution over time: [batch, steps, channels] to [batch, more steps, filters]. */
export class Conv1DTranspose extends ConvTranspose {
  static readonly className = 'Conv1DTranspose';

  constructor(options: ConvTransposeOptions) {
    super(1, options);
  }
}

/** Transposed convolution over images: [batch, height, width, channels]. */
export class Conv2DTranspose extends ConvTranspose {
  static readonly className = 'Conv2DTranspose';

  constructor(options: ConvTransposeOptions) {
    super(2, options);
  }
}

/** Transposed convolution over volumes: [batch, depth, height, width, channels]. */
export class Conv3DTranspose extends ConvTranspose {
  static readonly className = 'Conv3DTranspose';

  constructor(options: ConvTransposeOptions) {
    super(3, options);
  }
}
