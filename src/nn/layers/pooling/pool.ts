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
  paddingNameOf,
} from '../spatial.ts';

export interface PoolingOptions extends LayerOptions {
  /** Size of the window; 2 by default. */
  readonly poolSize?: PerAxis;
  /** Steps of the window; its size by default. */
  readonly strides?: PerAxis | null;
  readonly padding?: 'valid' | 'same';
  readonly dataFormat?: DataFormatName | null;
}

/** One value for each window of [batch, ...space, channels], channel by channel. */
abstract class Pooling extends Layer {
  readonly rank: number;
  readonly poolSize: readonly number[];
  readonly strides: readonly number[];
  readonly padding: 'valid' | 'same';
  readonly dataFormat: DataFormat;

  constructor(rank: number, options: PoolingOptions) {
    super(options);
    const each = (name: string, value: PerAxis) => eachAxis(factoryName(this), name, value, rank);
    this.rank = rank;
    this.poolSize = each('poolSize', options.poolSize ?? 2);
    this.strides = each('strides', options.strides ?? this.poolSize);
    this.padding = paddingNameOf(this, options.padding, ['valid', 'same']);
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
      poolSize: this.poolSize,
      strides: this.strides,
      padding: this.padding,
      dataFormat: dataFormatConfig(this.dataFormat),
    };
  }
}

abstract class MaxPooling extends Pooling {
  protected pool(x: Tensor): Tensor {
    return ops.maxPool(x, this.poolSize, this.strides, this.padding, this.dataFormat);
  }
}

/** With padding 'same', a window at the border is the mean of the elements it has. */
abstract class AveragePooling extends Pooling {
  protected pool(x: Tensor): Tensor {
    return ops.averagePool(x, this.poolSize, this.strides, this.padding, this.dataFormat);
  }
}

/** The largest of each window of steps. */
export class MaxPooling1D extends MaxPooling {
  static readonly className = 'MaxPooling1D';
  constructor(options: PoolingOptions = {}) {
    super(1, options);
  }
}

/** The largest of each window of an image. */
export class MaxPooling2D extends MaxPooling {
  static readonly className = 'MaxPooling2D';
  constructor(options: PoolingOptions = {}) {
    super(2, options);
  }
}

/** The largest of each window of a volume. */
export class MaxPooling3D extends MaxPooling {
  static readonly className = 'MaxPooling3D';
  constructor(options: PoolingOptions = {}) {
    super(3, options);
  }
}

/** The mean of each window of steps. */
export class AveragePooling1D extends AveragePooling {
  static readonly className = 'AveragePooling1D';
  constructor(options: PoolingOptions = {}) {
    super(1, options);
  }
}

/** The mean of each window of an image. */
export class AveragePooling2D extends AveragePooling {
  static readonly className = 'AveragePooling2D';
  constructor(options: PoolingOptions = {}) {
    super(2, options);
  }
}

/** The mean of each window of a volume. */
export class AveragePooling3D extends AveragePooling {
  static readonly className = 'AveragePooling3D';
  constructor(options: PoolingOptions = {}) {
    super(3, options);
  }
}
