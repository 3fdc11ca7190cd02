import type { DataFormat } from '../../../ops/functions/windows.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type CallOptions, Layer, type LayerOptions } from '../layer.ts';
import { type DataFormatName, dataFormatConfig, dataFormatOf, expectSpatial } from '../spatial.ts';

export interface GlobalPoolingOptions extends LayerOptions {
  readonly dataFormat?: DataFormatName | null;
  /** Whether the spatial axes stay with size 1; false by default. */
  readonly keepdims?: boolean;
}

/** One value for each channel: [batch, ...space, channels] to [batch, channels]. */
abstract class GlobalPooling extends Layer {
  readonly rank: number;
  readonly dataFormat: DataFormat;
  readonly keepdims: boolean;

  constructor(rank: number, options: GlobalPoolingOptions) {
    super(options);
    this.rank = rank;
    this.dataFormat = dataFormatOf(this, options.dataFormat);
    this.keepdims = options.keepdims ?? false;
    this.built = true;
  }

  /** The spatial axes of an input. */
  protected spatialAxes(x: Tensor): number[] {
    expectSpatial(this, x.shape, this.rank, this.dataFormat);
    const first = this.dataFormat === 'channelsLast' ? 1 : 2;
    return Array.from({ length: this.rank }, (_, i) => first + i);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      dataFormat: dataFormatConfig(this.dataFormat),
      keepdims: this.keepdims,
    };
  }
}

abstract class GlobalAveragePooling extends GlobalPooling {
  call(x: Tensor): Tensor {
    return x.mean(this.spatialAxes(x), this.keepdims);
  }
}

abstract class GlobalMaxPooling extends GlobalPooling {
  call(x: Tensor): Tensor {
    return x.max(this.spatialAxes(x), this.keepdims);
  }
}

/** The mean over all steps, over the unmasked ones where there is a mask. */
export class GlobalAveragePooling1D extends GlobalPooling {
  static readonly className = 'GlobalAveragePooling1D';
  constructor(options: GlobalPoolingOptions = {}) {
    super(1, options);
    this.supportsMasking = true;
  }

  call(x: Tensor, { mask }: CallOptions = {}): Tensor {
    const axes = this.spatialAxes(x);
    if (!mask) return x.mean(axes, this.keepdims);
    const weights = ops.expandDims(
      ops.cast(mask, x.dtype),
      this.dataFormat === 'channelsLast' ? 2 : 1,
    );
    return x.mul(weights).sum(axes, this.keepdims).div(weights.sum(axes, this.keepdims));
  }

  override computeMask(): undefined {
    return undefined;
  }
}

/** The mean over an image. */
export class GlobalAveragePooling2D extends GlobalAveragePooling {
  static readonly className = 'GlobalAveragePooling2D';
  constructor(options: GlobalPoolingOptions = {}) {
    super(2, options);
  }
}

/** The mean over a volume. */
export class GlobalAveragePooling3D extends GlobalAveragePooling {
  static readonly className = 'GlobalAveragePooling3D';
  constructor(options: GlobalPoolingOptions = {}) {
    super(3, options);
  }
}

/** The largest over all steps. */
export class GlobalMaxPooling1D extends GlobalMaxPooling {
  static readonly className = 'GlobalMaxPooling1D';
  constructor(options: GlobalPoolingOptions = {}) {
    super(1, options);
  }
}

/** The largest over an image. */
export class GlobalMaxPooling2D extends GlobalMaxPooling {
  static readonly className = 'GlobalMaxPooling2D';
  constructor(options: GlobalPoolingOptions = {}) {
    super(2, options);
  }
}

/** The largest over a volume. */
export class GlobalMaxPooling3D extends GlobalMaxPooling {
  static readonly className = 'GlobalMaxPooling3D';
  constructor(options: GlobalPoolingOptions = {}) {
    super(3, options);
  }
}
