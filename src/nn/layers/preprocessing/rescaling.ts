import { ops } from '../../../tensor/lift.ts';
import { type Tensor, tensor } from '../../../tensor/tensor.ts';
import { Layer, type LayerOptions } from '../layer.ts';

export interface RescalingOptions extends LayerOptions {
  /** A number, or one for each element of the last axis. */
  readonly scale: number | readonly number[];
  /** 0 by default. */
  readonly offset?: number | readonly number[];
}

/** `x * scale + offset` as floating-point numbers: `rescaling({ scale: 1 / 255 })` for bytes. */
export class Rescaling extends Layer {
  static readonly className = 'Rescaling';
  readonly scale: number | readonly number[];
  readonly offset: number | readonly number[];

  constructor(options: RescalingOptions) {
    super(options);
    this.scale = options.scale;
    this.offset = options.offset ?? 0;
    this.supportsMasking = true;
    this.built = true;
  }

  call(x: Tensor): Tensor {
    const factor = (v: number | readonly number[]) =>
      typeof v === 'number' ? v : tensor(v, [v.length], this.dtype);
    return ops.cast(x, this.dtype).mul(factor(this.scale)).add(factor(this.offset));
  }

  override getConfig() {
    return { ...super.getConfig(), scale: this.scale, offset: this.offset };
  }
}
