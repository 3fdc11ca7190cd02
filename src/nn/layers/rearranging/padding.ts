import { fail } from '../../../graph/errors.ts';
import type { DataFormat } from '../../../ops/functions/windows.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { Layer, type LayerOptions } from '../layer.ts';
import {
  type DataFormatName,
  dataFormatConfig,
  dataFormatOf,
  expectSpatial,
  factoryName,
} from '../spatial.ts';

/** Elements added or taken away at the ends of the spatial axes. */

/** Elements before and after an axis. */
type Ends = readonly [before: number, after: number];

/** One number for all ends; for several axes one number, or one [before, after] pair, each. */
type EndsSpec = number | readonly (number | Ends)[];

/** A [before, after] pair for each of `rank` axes. For one axis two numbers are its pair. */
function endsOf(layer: object, name: string, value: EndsSpec, rank: number): Ends[] {
  const list = typeof value === 'number' ? new Array<number>(rank).fill(value) : value;
  const each = rank === 1 && list.length === 2 ? [list as unknown as Ends] : list;
  const ends = each.map((e): Ends => (typeof e === 'number' ? [e, e] : e));
  const sound = (e: Ends) => e.length === 2 && e.every((n) => Number.isInteger(n) && n >= 0);
  if (ends.length !== rank || !ends.every(sound)) {
    const forms =
      rank === 1
        ? 'a number or [before, after]'
        : `a number, ${rank} numbers or ${rank} pairs [before, after]`;
    fail(
      factoryName(layer),
      `${name} is ${JSON.stringify(value)}; expected ${forms} of 0 or more elements`,
    );
  }
  return ends;
}

/** Pairs as Keras writes them: one axis has one pair, several have a list. */
const endsConfig = (ends: readonly Ends[]) => (ends.length === 1 ? ends[0] : ends);

export interface ZeroPaddingOptions extends LayerOptions {
  /** Zeros before and after each spatial axis; 1 by default. */
  readonly padding?: EndsSpec;
  readonly dataFormat?: DataFormatName | null;
}

/** Zeros around the spatial axes of [batch, ...space, channels]. */
abstract class ZeroPadding extends Layer {
  readonly rank: number;
  readonly padding: readonly Ends[];
  readonly dataFormat: DataFormat;

  constructor(rank: number, options: ZeroPaddingOptions) {
    super(options);
    this.rank = rank;
    this.padding = endsOf(this, 'padding', options.padding ?? 1, rank);
    this.dataFormat = dataFormatOf(this, options.dataFormat);
    this.built = true;
  }

  call(x: Tensor): Tensor {
    expectSpatial(this, x.shape, this.rank, this.dataFormat);
    const none: Ends = [0, 0];
    return ops.pad(
      x,
      this.dataFormat === 'channelsLast'
        ? [none, ...this.padding, none]
        : [none, none, ...this.padding],
    );
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      padding: endsConfig(this.padding),
      dataFormat: dataFormatConfig(this.dataFormat),
    };
  }
}

/** Zeros before and after the steps. */
export class ZeroPadding1D extends ZeroPadding {
  static readonly className = 'ZeroPadding1D';
  constructor(options: ZeroPaddingOptions = {}) {
    super(1, options);
  }
}

/** Zeros around images. */
export class ZeroPadding2D extends ZeroPadding {
  static readonly className = 'ZeroPadding2D';
  constructor(options: ZeroPaddingOptions = {}) {
    super(2, options);
  }
}

/** Zeros around volumes. */
export class ZeroPadding3D extends ZeroPadding {
  static readonly className = 'ZeroPadding3D';
  constructor(options: ZeroPaddingOptions = {}) {
    super(3, options);
  }
}

export interface CroppingOptions extends LayerOptions {
  /** Elements to remove before and after each spatial axis; by default 1, for images 0. */
  readonly cropping?: EndsSpec;
  readonly dataFormat?: DataFormatName | null;
}

/** The middle of the spatial axes of [batch, ...space, channels]. */
abstract class Cropping extends Layer {
  readonly rank: number;
  readonly cropping: readonly Ends[];
  readonly dataFormat: DataFormat;

  constructor(rank: number, options: CroppingOptions, otherwise: number) {
    super(options);
    this.rank = rank;
    this.cropping = endsOf(this, 'cropping', options.cropping ?? otherwise, rank);
    this.dataFormat = dataFormatOf(this, options.dataFormat);
    this.built = true;
  }

  call(x: Tensor): Tensor {
    expectSpatial(this, x.shape, this.rank, this.dataFormat);
    const first = this.dataFormat === 'channelsLast' ? 1 : 2;
    for (const [i, [before, after]] of this.cropping.entries()) {
      const size = x.shape[first + i];
      if (size !== null && before + after >= size) {
        fail(
          factoryName(this),
          `nothing is left of the input [${x.shape.map(String).join(', ')}] after cropping ${JSON.stringify(this.cropping)}; expected to remove fewer than ${size} elements of axis ${first + i}`,
        );
      }
    }
    const whole = new Array<null>(first).fill(null);
    return ops.stridedSlice(
      x,
      [...whole, ...this.cropping.map(([before]) => before)],
      [...whole, ...this.cropping.map(([, after]) => (after === 0 ? null : -after))],
    );
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      cropping: endsConfig(this.cropping),
      ...(this.rank === 1 ? {} : { dataFormat: dataFormatConfig(this.dataFormat) }),
    };
  }
}

/** Steps without the first and last ones. */
export class Cropping1D extends Cropping {
  static readonly className = 'Cropping1D';
  constructor(options: Omit<CroppingOptions, 'dataFormat'> = {}) {
    super(1, options, 1);
  }
}

/** Images without their borders. */
export class Cropping2D extends Cropping {
  static readonly className = 'Cropping2D';
  constructor(options: CroppingOptions = {}) {
    super(2, options, 0);
  }
}

/** Volumes without their borders. */
export class Cropping3D extends Cropping {
  static readonly className = 'Cropping3D';
  constructor(options: CroppingOptions = {}) {
    super(3, options, 1);
  }
}
