import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { Layer, type LayerOptions } from '../layer.ts';

export interface MaskingOptions extends LayerOptions {
  /** Steps whose features all have this value are padding; 0 by default. */
  readonly maskValue?: number;
}

/**
 * Marks steps of [batch, steps, ...features] as padding where every feature is `maskValue`: they become
 * zeros, and the mask [batch, steps] goes on to the layers behind that support masking.
 */
export class Masking extends Layer {
  static readonly className = 'Masking';
  readonly maskValue: number;

  constructor(options: MaskingOptions = {}) {
    super(options);
    this.maskValue = options.maskValue ?? 0;
    this.supportsMasking = true;
    this.built = true;
  }

  call(x: Tensor): Tensor {
    return x.mul(ops.cast(this.#real(x, true), x.dtype));
  }

  override computeMask(x: Tensor): Tensor {
    return this.#real(x, false);
  }

  #real(x: Tensor, keepDims: boolean): Tensor {
    return ops.any(ops.notEqual(x, this.maskValue), -1, keepDims);
  }

  override getConfig() {
    return { ...super.getConfig(), maskValue: this.maskValue };
  }
}
