import { fail } from '../../../../graph/errors.ts';
import type { DataFormat } from '../../../../ops/functions/windows.ts';
import type { Interpolation } from '../../../../ops/image/index.ts';
import { image, ops } from '../../../../tensor/lift.ts';
import { isTensor, type Tensor } from '../../../../tensor/tensor.ts';
import { Layer } from '../../layer.ts';
import { dataFormatConfig, dataFormatOf, factoryName } from '../../spatial.ts';
import {
  type ImageData,
  ImageLayer,
  type ImageLayerOptions,
  RandomImageLayer,
  type RandomImageOptions,
} from './base.ts';

/** Images at another size. */

interface TargetSize {
  readonly height: number;
  readonly width: number;
}

function expectSize(layer: object, { height, width }: TargetSize): void {
  for (const n of [height, width]) {
    if (!(Number.isInteger(n) && n > 0)) {
      fail(
        factoryName(layer),
        `the size is ${height} x ${width}; expected whole numbers of 1 or more`,
      );
    }
  }
}

export interface ResizingOptions extends ImageLayerOptions, TargetSize {
  /** 'bilinear' by default. */
  readonly interpolation?: Interpolation;
  /** Cuts off what does not fit the aspect ratio, instead of distorting. */
  readonly cropToAspectRatio?: boolean;
  /** Adds what is missing to the aspect ratio, instead of distorting. */
  readonly padToAspectRatio?: boolean;
  /** What padding consists of; 'constant' is the only mode. */
  readonly fillMode?: 'constant';
  readonly fillValue?: number;
  /** Lets every pixel count where images shrink, instead of the ones next to each result. */
  readonly antialias?: boolean;
}

/** Images at a given size; integers stay integers. */
export class Resizing extends Layer {
  static readonly className = 'Resizing';
  readonly height: number;
  readonly width: number;
  readonly interpolation: Interpolation;
  readonly cropToAspectRatio: boolean;
  readonly padToAspectRatio: boolean;
  readonly fillValue: number;
  readonly antialias: boolean;
  readonly dataFormat: DataFormat;

  constructor(options: ResizingOptions) {
    super(options);
    this.height = options.height;
    this.width = options.width;
    expectSize(this, this);
    this.interpolation = options.interpolation ?? 'bilinear';
    this.cropToAspectRatio = options.cropToAspectRatio ?? false;
    this.padToAspectRatio = options.padToAspectRatio ?? false;
    this.fillValue = options.fillValue ?? 0;
    this.antialias = options.antialias ?? false;
    this.dataFormat = dataFormatOf(this, options.dataFormat);
    if (options.fillMode !== undefined && options.fillMode !== 'constant') {
      fail('resizing', `fillMode is '${options.fillMode}'; expected 'constant'`);
    }
    this.built = true;
  }

  call(data: ImageData): any {
    if (!isTensor(data)) return { ...data, images: this.call(data.images) };
    return image.resize(data, [this.height, this.width], this);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      height: this.height,
      width: this.width,
      interpolation: this.interpolation,
      cropToAspectRatio: this.cropToAspectRatio,
      padToAspectRatio: this.padToAspectRatio,
      fillMode: 'constant',
      fillValue: this.fillValue,
      antialias: this.antialias,
      dataFormat: dataFormatConfig(this.dataFormat),
    };
  }
}

/** A part of images [batch, height, width, channels] with the aspect ratio wanted, resized. */
function fitted(images: Tensor, { height, width }: TargetSize): Tensor {
  return image.resize(images, [height, width], { cropToAspectRatio: true });
}

export interface CenterCropOptions extends ImageLayerOptions, TargetSize {}

/** The middle of images; smaller images are enlarged to cover the size first. */
export class CenterCrop extends ImageLayer {
  static readonly className = 'CenterCrop';
  readonly height: number;
  readonly width: number;

  constructor(options: CenterCropOptions) {
    super(options);
    this.height = options.height;
    this.width = options.width;
    expectSize(this, this);
  }

  protected transform(images: Tensor): Tensor {
    const [, height, width] = images.node.shape;
    if (height < this.height || width < this.width) return fitted(images, this);
    const top = Math.trunc((height - this.height) / 2);
    const left = Math.trunc((width - this.width) / 2);
    return ops.stridedSlice(
      images,
      [null, top, left],
      [null, top + this.height, left + this.width],
    );
  }

  override getConfig() {
    return { ...super.getConfig(), height: this.height, width: this.width };
  }
}

export interface RandomCropOptions extends RandomImageOptions, TargetSize {}

/**
 * In training a part of the size wanted at a random place, the same for all images of a batch.
 * Elsewhere, and where images are smaller, the largest part with the aspect ratio wanted, resized.
 */
export class RandomCrop extends RandomImageLayer {
  static readonly className = 'RandomCrop';
  readonly height: number;
  readonly width: number;

  constructor(options: RandomCropOptions) {
    super(options);
    this.height = options.height;
    this.width = options.width;
    expectSize(this, this);
  }

  protected override transform(images: Tensor, training: boolean): Tensor {
    return training ? this.augment(images) : fitted(images, this);
  }

  protected augment(images: Tensor): Tensor {
    const [, height, width] = images.node.shape;
    if (height < this.height || width < this.width) return fitted(images, this);
    const places = (size: number, part: number) => {
      const start = ops.randint(this.seedGenerator.next(), [], 0, size - part + 1);
      return ops.arange(part, null, 1, 'int32').add(start);
    };
    const rows = ops.take(images, places(height, this.height), 1);
    return ops.take(rows, places(width, this.width), 2);
  }

  override getConfig() {
    return { ...super.getConfig(), height: this.height, width: this.width };
  }
}
