import { type DataFormat, eachAxis } from '../../../ops/functions/windows.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { Layer, type LayerOptions } from '../layer.ts';
import {
  type DataFormatName,
  dataFormatConfig,
  dataFormatOf,
  expectSpatial,
  factoryName,
  type PerAxis,
} from '../spatial.ts';

export interface AdaptivePoolingOptions extends LayerOptions {
  /** Size of the spatial axes of the output. */
  readonly outputSize: PerAxis;
  readonly dataFormat?: DataFormatName | null;
}

/**
 * Pooling to an output of a given size: window i of n along an axis reaches from floor(i * size / n) to
 * ceil((i + 1) * size / n).
 */
abstract class AdaptivePooling extends Layer {
  readonly rank: number;
  readonly outputSize: readonly number[];
  readonly dataFormat: DataFormat;

  constructor(rank: number, options: AdaptivePoolingOptions) {
    super(options);
    this.rank = rank;
    this.outputSize = eachAxis(factoryName(this), 'outputSize', options.outputSize, rank);
    this.dataFormat = dataFormatOf(this, options.dataFormat);
    this.built = true;
  }

  protected abstract pool(x: Tensor): Tensor;

  call(x: Tensor): Tensor {
    expectSpatial(this, x.shape, this.rank, this.dataFormat);
    return this.pool(x);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      outputSize: this.outputSize,
      dataFormat: dataFormatConfig(this.dataFormat),
    };
  }
}

abstract class AdaptiveAveragePooling extends AdaptivePooling {
  protected pool(x: Tensor): Tensor {
    return ops.adaptiveAveragePool(x, this.outputSize, this.dataFormat);
  }
}

abstract class AdaptiveMaxPooling extends AdaptivePooling {
  protected pool(x: Tensor): Tensor {
    return ops.adaptiveMaxPool(x, this.outputSize, this.dataFormat);
  }
}

/** Means over steps. */
export class AdaptiveAveragePooling1D extends AdaptiveAveragePooling {
  static readonly className = 'AdaptiveAveragePooling1D';
  constructor(options: AdaptivePoolingOptions) {
    super(1, options);
  }
}

/** Means over images. */
export class AdaptiveAveragePooling2D extends AdaptiveAveragePooling {
  static readonly className = 'AdaptiveAveragePooling2D';
  constructor(options: AdaptivePoolingOptions) {
    super(2, options);
  }
}

/** Means over volumes. */
export class AdaptiveAveragePooling3D extends AdaptiveAveragePooling {
  static readonly className = 'AdaptiveAveragePooling3D';
  constructor(options: AdaptivePoolingOptions) {
    super(3, options);
  }
}

/** Largest elements over steps. */
export class AdaptiveMaxPooling1D extends AdaptiveMaxPooling {
  static readonly className = 'AdaptiveMaxPooling1D';
  constructor(options: AdaptivePoolingOptions) {
    super(1, options);
  }
}

/** Largest elements over images. */
export class AdaptiveMaxPooling2D extends AdaptiveMaxPooling {
  static readonly className = 'AdaptiveMaxPooling2D';
  constructor(options: AdaptivePoolingOptions) {
    super(2, options);
  }
}

/** Largest elements over volumes. */
export class AdaptiveMaxPooling3D extends AdaptiveMaxPooling {
  static readonly className = 'AdaptiveMaxPooling3D';
  constructor(options: AdaptivePoolingOptions) {
    super(3, options);
  }
}
