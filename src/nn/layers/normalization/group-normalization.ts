import { fail } from '../../../graph/errors.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { TensorShape } from '../layer.ts';
import { AffineNormalization, type AffineOptions, axisSize } from './affine.ts';

export interface GroupNormalizationOptions extends AffineOptions {
  /** How many groups of neighbouring channels; -1 for one each (instance normalization). */
  readonly groups?: number;
  /** The axis of the channels. */
  readonly axis?: number;
}

/**
 * Brings groups of channels of each sample to mean 0 and variance 1, over all their positions, then
 * scales and shifts by channel (Wu and He 2018). It does not depend on the batch.
 */
export class GroupNormalization extends AffineNormalization {
  static readonly className = 'GroupNormalization';
  readonly groups: number;
  readonly axis: number;

  constructor(options: GroupNormalizationOptions = {}) {
    super(options);
    this.groups = options.groups ?? 32;
    this.axis = options.axis ?? -1;
    if (!(Number.isInteger(this.groups) && (this.groups > 0 || this.groups === -1))) {
      fail(
        'groupNormalization',
        `groups is ${options.groups}; expected a whole number of 1 or more, or -1`,
      );
    }
  }

  override build(inputShape: TensorShape): void {
    const channels = axisSize(this, inputShape, this.axis);
    if (channels % this.#groupsOf(channels) !== 0) {
      fail(
        'groupNormalization',
        `${channels} channels do not divide into ${this.groups} groups; expected channels to be a multiple of groups`,
      );
    }
    if (this.scale) this.addGamma([channels]);
    if (this.center) this.addBeta([channels]);
  }

  call(x: Tensor): Tensor {
    const { gamma, beta } = this.affine;
    const groups = this.#groupsOf(x.shape.at(this.axis)!);
    return ops.groupNormalization(x, groups, gamma, beta, this.axis, this.epsilon);
  }

  #groupsOf(channels: number): number {
    return this.groups === -1 ? channels : this.groups;
  }

  override getConfig() {
    return { ...super.getConfig(), groups: this.groups, axis: this.axis };
  }
}
