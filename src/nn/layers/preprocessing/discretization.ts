import { fail } from '../../../graph/errors.ts';
import { ops } from '../../../tensor/lift.ts';
import { type Tensor, tensor } from '../../../tensor/tensor.ts';
import { Layer, type LayerOptions } from '../layer.ts';
import {
  encodeIndices,
  type OutputMode,
  type OutputModeName,
  outputModeConfig,
  outputModeOf,
} from './encoding.ts';
import { eachBatch, type NumberData } from './numbers.ts';
import { binBoundaries, emptySummary, mergeSummaries, summarize } from './quantiles.ts';

export interface DiscretizationOptions extends LayerOptions {
  /** Where bins end: [0, 1] makes the bins below 0, from 0 to below 1 and from 1 on. */
  readonly binBoundaries?: readonly number[] | null;
  /** Number of bins that `adapt` makes, about equally full. */
  readonly numBins?: number | null;
  /** How far quantiles may be off; 0.01 by default. */
  readonly epsilon?: number;
  /** 'int' by default. */
  readonly outputMode?: OutputModeName;
}

/** Numbers to the bins they fall into. */
export class Discretization extends Layer {
  static readonly className = 'Discretization';
  readonly numBins: number | null;
  readonly epsilon: number;
  readonly outputMode: OutputMode;
  /** Known once they were given or found. */
  binBoundaries: readonly number[] | null;

  constructor(options: DiscretizationOptions) {
    super(options);
    const { binBoundaries = null, numBins = null } = options;
    if ((binBoundaries === null) === (numBins === null)) {
      fail('discretization', 'expected either binBoundaries or numBins');
    }
    if (numBins !== null && !(Number.isInteger(numBins) && numBins > 0)) {
      fail('discretization', `numBins is ${numBins}; expected a whole number of 1 or more`);
    }
    this.binBoundaries = binBoundaries;
    this.numBins = numBins;
    this.epsilon = options.epsilon ?? 0.01;
    this.outputMode = outputModeOf('discretization', options.outputMode ?? 'int', [
      'int',
      'oneHot',
      'multiHot',
      'count',
    ]);
    this.built = true;
  }

  /** A configuration has both once the layer was adapted. */
  static fromConfig({ binBoundaries, ...options }: DiscretizationOptions): Discretization {
    if (!binBoundaries || !options.numBins) {
      return new Discretization({ binBoundaries, ...options });
    }
    const layer = new Discretization(options);
    layer.binBoundaries = binBoundaries;
    return layer;
  }

  /** Takes boundaries from the quantiles of the data: a tensor, an array, or an iterable of batches. */
  async adapt(data: NumberData): Promise<void> {
    const { numBins } = this;
    if (numBins === null) {
      fail('discretization', 'the layer was given its boundaries; set numBins instead to adapt');
    }
    let summary = emptySummary;
    await eachBatch('discretization', data, (batch) => {
      const values = Float32Array.from(batch.data);
      summary = mergeSummaries(summarize(values, this.epsilon), summary, this.epsilon);
    });
    this.binBoundaries = binBoundaries(summary, numBins);
  }

  call(x: Tensor): Tensor {
    const boundaries =
      this.binBoundaries ??
      fail(
        'discretization',
        'the boundaries are not known; give binBoundaries or call adapt(data) first',
      );
    const values = ops.cast(x, this.dtype);
    const bins =
      boundaries.length === 0
        ? ops.zerosLike(values, 'int32')
        : ops.digitize(values, tensor(boundaries, [boundaries.length], this.dtype));
    return encodeIndices(bins, this.outputMode, boundaries.length + 1, this.dtype);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      binBoundaries: this.binBoundaries,
      numBins: this.numBins,
      epsilon: this.epsilon,
      outputMode: outputModeConfig(this.outputMode),
    };
  }
}
