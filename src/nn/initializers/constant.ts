import { allocate, type DType, toTypedArray } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { flattenNested, type NestedArray } from '../../tensor/tensor.ts';
import { Initializer } from './initializer.ts';

/** Initializers without chance. */

function filled(shape: readonly number[], dtype: DType, value: number): NDArray {
  const size = shape.reduce((p, d) => p * d, 1);
  return { data: allocate(dtype, size).fill(value), shape: [...shape], dtype };
}

/** All zeros. */
export class Zeros extends Initializer {
  static readonly className = 'Zeros';
  initialize(shape: readonly number[], dtype: DType): NDArray {
    return filled(shape, dtype, 0);
  }

  getConfig() {
    return {};
  }
}

/** All ones. */
export class Ones extends Initializer {
  static readonly className = 'Ones';
  initialize(shape: readonly number[], dtype: DType): NDArray {
    return filled(shape, dtype, 1);
  }

  getConfig() {
    return {};
  }
}

export interface ConstantOptions {
  /** A number, or nested arrays of the weight's shape. */
  readonly value?: NestedArray;
}

/** One number everywhere, or given values. */
export class Constant extends Initializer {
  static readonly className = 'Constant';
  readonly value: NestedArray;

  constructor({ value = 0 }: ConstantOptions = {}) {
    super();
    this.value = value;
  }

  initialize(shape: readonly number[], dtype: DType): NDArray {
    if (typeof this.value === 'number') return filled(shape, dtype, this.value);
    const { flat } = flattenNested(this.value);
    const size = shape.reduce((p, d) => p * d, 1);
    if (flat.length !== size) {
      fail(
        'Constant',
        `${flat.length} values do not fill the weight's shape [${shape.join(', ')}]`,
      );
    }
    return { data: toTypedArray(dtype, flat as number[]), shape: [...shape], dtype };
  }

  getConfig() {
    return { value: this.value };
  }
}

export interface IdentityOptions {
  readonly gain?: number;
}

/** `gain` on the diagonal of a matrix, zeros elsewhere. */
export class Identity extends Initializer {
  static readonly className = 'Identity';
  readonly gain: number;

  constructor({ gain = 1 }: IdentityOptions = {}) {
    super();
    this.gain = gain;
  }

  initialize(shape: readonly number[], dtype: DType): NDArray {
    if (shape.length !== 2)
      fail('Identity', `received shape [${shape.join(', ')}]; expected a matrix`);
    const array = filled(shape, dtype, 0);
    for (let i = 0; i < Math.min(shape[0], shape[1]); i++) {
      array.data[i * shape[1] + i] = this.gain;
    }
    return array;
  }

  getConfig() {
    return { gain: this.gain };
  }
}
