import { fail } from '../../../graph/errors.ts';
import type { Padding } from '../../../ops/functions/windows.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { Variable } from '../../../tensor/variable.ts';
import { type LoraOptions, LowRankUpdate } from '../core/lora.ts';
import type { TensorShape } from '../layer.ts';
import { channelsOf, factoryName } from '../spatial.ts';
import {
  type KernelOptions,
  rulesConfig,
  type WeightRules,
  weightRules,
} from '../weight-options.ts';
import { expectCount, WindowLayer, type WindowOptions } from './base.ts';

interface ConvOptions<P extends Padding = 'valid' | 'same'>
  extends WindowOptions<P>,
    KernelOptions,
    LoraOptions {
  /** Number of filters: the channels of the output. */
  readonly filters: number;
  /** Into how many groups of channels input and filters are divided; 1 by default. */
  readonly groups?: number;
}

/** 'causal' sees no later step: all padding is in front. */
export type Conv1DOptions = ConvOptions<Padding>;
export type Conv2DOptions = ConvOptions;
export type Conv3DOptions = ConvOptions;

/**
 * Filters slid over the spatial axes: `activation(x * W + b)` with x [batch, ...space, channels],
 * W [...window, channels / groups, filters], b [filters]. As everywhere in deep learning the kernel is
 * not flipped (cross-correlation).
 */
abstract class Conv<P extends Padding = 'valid' | 'same'> extends WindowLayer<P> {
  readonly filters: number;
  readonly groups: number;
  readonly kernelRules: WeightRules;
  kernel!: Variable;
  lora: LowRankUpdate | undefined;
  readonly loraRank: number | null;
  readonly loraAlpha: number | null;

  constructor(rank: number, options: ConvOptions<P>, paddings: readonly P[]) {
    super(rank, options, paddings);
    this.filters = expectCount(this, 'filters', options.filters);
    this.groups = expectCount(this, 'groups', options.groups ?? 1);
    if (this.filters % this.groups !== 0) {
      fail(
        factoryName(this),
        `${this.filters} filters do not divide into ${this.groups} groups; expected filters to be a multiple of groups`,
      );
    }
    this.kernelRules = weightRules('kernel', options);
    this.loraRank = options.loraRank ?? null;
    this.loraAlpha = options.loraAlpha ?? this.loraRank;
  }

  override build(inputShape: TensorShape): void {
    const channels = channelsOf(this, inputShape, this.rank, this.dataFormat);
    if (channels % this.groups !== 0) {
      fail(
        factoryName(this),
        `the ${channels} channels of the input do not divide into ${this.groups} groups; expected channels to be a multiple of groups`,
      );
    }
    this.kernel = this.addWeight({
      name: 'kernel',
      shape: [...this.kernelSize, channels / this.groups, this.filters],
      ...this.kernelRules,
    });
    this.addBias(this.filters);
    if (this.loraRank) {
      this.lora = new LowRankUpdate(this, 'kernel', {
        rank: this.loraRank,
        alpha: this.loraAlpha,
        frozen: this.kernel,
        ...this.kernelRules,
      });
    }
  }

  call(x: Tensor): Tensor {
    const kernel: Tensor = this.lora ? this.lora.applyTo(this.kernel.value) : this.kernel.value;
    return this.finish(ops.conv(x, kernel, this.window));
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      filters: this.filters,
      groups: this.groups,
      ...rulesConfig('kernel', this.kernelRules),
      ...(this.loraRank ? { loraRank: this.loraRank, loraAlpha: this.loraAlpha } : {}),
    };
  }
}

/** Convolution over time: [batch, steps, channels] to [batch, new steps, filters]. */
export class Conv1D extends Conv<Padding> {
  static readonly className = 'Conv1D';

  constructor(options: Conv1DOptions) {
    super(1, options, ['valid', 'same', 'causal']);
  }
}

/** Convolution over images: [batch, height, width, channels] to [batch, height', width', filters]. */
export class Conv2D extends Conv {
  static readonly className = 'Conv2D';

  constructor(options: Conv2DOptions) {
    super(2, options, ['valid', 'same']);
  }
}

/** Convolution over volumes: [batch, depth, height, width, channels]. */
export class Conv3D extends Conv {
  static readonly className = 'Conv3D';

  constructor(options: Conv3DOptions) {
    super(3, options, ['valid', 'same']);
  }
}
