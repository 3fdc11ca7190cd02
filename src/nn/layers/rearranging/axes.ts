import { fail } from '../../../graph/errors.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { Layer, type LayerOptions } from '../layer.ts';

/** Axes in another order, and a new axis. */

export interface PermuteOptions extends LayerOptions {
  /** The order of the axes without the batch, counted from 1: [2, 1] exchanges the two. */
  readonly dims: readonly number[];
}

/** The axes of every sample in another order. */
export class Permute extends Layer {
  static readonly className = 'Permute';
  readonly dims: readonly number[];

  constructor(options: PermuteOptions) {
    super(options);
    this.dims = [...options.dims];
    if ([...this.dims].sort((a, b) => a - b).some((d, i) => d !== i + 1)) {
      fail(
        'permute',
        `dims is [${this.dims.join(', ')}]; expected the numbers 1 to ${this.dims.length} in some order (the batch is 0 and stays)`,
      );
    }
    this.built = true;
  }

  call(x: Tensor): Tensor {
    if (x.rank !== this.dims.length + 1) {
      fail(
        'permute',
        `received the input shape [${x.shape.map(String).join(', ')}]; expected ${this.dims.length} axes after the batch`,
      );
    }
    return ops.transpose(x, [0, ...this.dims]);
  }

  override getConfig() {
    return { ...super.getConfig(), dims: this.dims };
  }
}

export interface RepeatVectorOptions extends LayerOptions {
  /** Number of repetitions. */
  readonly n: number;
}

/** The same vector at each of n steps: [batch, features] to [batch, n, features]. */
export class RepeatVector extends Layer {
  static readonly className = 'RepeatVector';
  readonly n: number;

  constructor(options: RepeatVectorOptions) {
    super(options);
    this.n = options.n;
    if (!(Number.isInteger(this.n) && this.n > 0)) {
      fail('repeatVector', `n is ${options.n}; expected a whole number of 1 or more`);
    }
    this.built = true;
  }

  call(x: Tensor): Tensor {
    if (x.rank !== 2) {
      fail(
        'repeatVector',
        `received the input shape [${x.shape.map(String).join(', ')}]; expected [batch, features]`,
      );
    }
    return ops.repeat(ops.expandDims(x, 1), this.n, 1);
  }

  override getConfig() {
    return { ...super.getConfig(), n: this.n };
  }
}
