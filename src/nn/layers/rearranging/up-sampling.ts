import { fail } from '../../../graph/errors.ts';
import { type DataFormat, eachAxis } from '../../../ops/functions/windows.ts';
import type { Interpolation } from '../../../ops/image/index.ts';
import { image, ops } from '../../../tensor/lift.ts';
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

export interface UpSamplingOptions extends LayerOptions {
  /** Factor of each spatial axis; 2 by default. */
  readonly size?: PerAxis;
  readonly dataFormat?: DataFormatName | null;
}

export interface UpSampling2DOptions extends UpSamplingOptions {
  /** 'nearest' by default: rows and columns are repeated. */
  readonly interpolation?: Interpolation;
}

/** The spatial axes of [batch, ...space, channels] made longer by whole factors. */
abstract class UpSampling extends Layer {
  readonly rank: number;
  readonly size: readonly number[];
  readonly dataFormat: DataFormat;

  constructor(rank: number, options: UpSamplingOptions) {
    super(options);
    this.rank = rank;
    this.size = eachAxis(factoryName(this), 'size', options.size ?? 2, rank);
    this.dataFormat = dataFormatOf(this, options.dataFormat);
    this.built = true;
  }

  /** Every element repeated along each spatial axis. */
  protected repeat(x: Tensor): Tensor {
    expectSpatial(this, x.shape, this.rank, this.dataFormat);
    const first = this.dataFormat === 'channelsLast' ? 1 : 2;
    return this.size.reduce(
      (y, times, i) => (times === 1 ? y : ops.repeat(y, times, first + i)),
      x,
    );
  }
}

/** Every step repeated. */
export class UpSampling1D extends UpSampling {
  static readonly className = 'UpSampling1D';

  constructor(options: Omit<UpSamplingOptions, 'dataFormat'> = {}) {
    super(1, options);
  }

  call(x: Tensor): Tensor {
    return this.repeat(x);
  }

  override getConfig() {
    return { ...super.getConfig(), size: this.size[0] };
  }
}

/** Larger images: rows and columns repeated, or interpolated. */
export class UpSampling2D extends UpSampling {
  static readonly className = 'UpSampling2D';
  readonly interpolation: Interpolation;

  constructor(options: UpSampling2DOptions = {}) {
    super(2, options);
    this.interpolation = (options.interpolation?.toLowerCase() ?? 'nearest') as Interpolation;
    const known = ['nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos5'];
    if (!known.includes(this.interpolation)) {
      fail(
        'upSampling2d',
        `interpolation is '${options.interpolation}'; expected one of ${known.join(', ')}`,
      );
    }
  }

  call(x: Tensor): Tensor {
    const { interpolation, dataFormat } = this;
    if (interpolation === 'nearest') return this.repeat(x);
    expectSpatial(this, x.shape, 2, dataFormat);
    const first = dataFormat === 'channelsLast' ? 1 : 2;
    const [height, width] = this.size.map((times, i) => x.shape[first + i]! * times);
    return image.resize(x, [height, width], { interpolation, dataFormat });
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      size: this.size,
      dataFormat: dataFormatConfig(this.dataFormat),
      interpolation: this.interpolation,
    };
  }
}

/** Larger volumes: every element repeated. */
export class UpSampling3D extends UpSampling {
  static readonly className = 'UpSampling3D';

  constructor(options: UpSamplingOptions = {}) {
    super(3, options);
  }

  call(x: Tensor): Tensor {
    return this.repeat(x);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      size: this.size,
      dataFormat: dataFormatConfig(this.dataFormat),
    };
  }
}
