import { fail } from '../../../graph/errors.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type CallOptions, Layer, type LayerOptions } from '../layer.ts';
import {
  encodeIndices,
  type OutputMode,
  type OutputModeName,
  outputModeConfig,
  outputModeOf,
} from './encoding.ts';

export interface CategoryEncodingOptions extends LayerOptions {
  /** Number of categories. */
  readonly numTokens: number;
  /** 'multiHot' by default, 'oneHot' or 'count'. */
  readonly outputMode?: OutputModeName;
}

/**
 * Indices of categories as vectors of `numTokens` elements. `call(x, { countWeights })` gives the
 * indices weights for 'count'.
 */
export class CategoryEncoding extends Layer {
  static readonly className = 'CategoryEncoding';
  readonly numTokens: number;
  readonly outputMode: OutputMode;

  constructor(options: CategoryEncodingOptions) {
    super(options);
    this.numTokens = options.numTokens;
    if (!(Number.isInteger(this.numTokens) && this.numTokens > 0)) {
      fail(
        'categoryEncoding',
        `numTokens is ${options.numTokens}; expected a whole number of 1 or more`,
      );
    }
    this.outputMode = outputModeOf('categoryEncoding', options.outputMode ?? 'multiHot', [
      'oneHot',
      'multiHot',
      'count',
    ]);
    this.built = true;
  }

  call(x: Tensor, { countWeights }: CallOptions = {}): Tensor {
    if (countWeights && this.outputMode !== 'count') {
      fail(
        'categoryEncoding',
        `countWeights need outputMode 'count'; the mode is '${this.outputMode}'`,
      );
    }
    const indices = ops.cast(x, 'int32');
    return encodeIndices(indices, this.outputMode, this.numTokens, this.dtype, countWeights);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      numTokens: this.numTokens,
      outputMode: outputModeConfig(this.outputMode),
    };
  }
}
