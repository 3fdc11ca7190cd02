import { NablaError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { type ArrayInput, asNDArray, takeRows } from './array.ts';
import { Dataset } from './dataset.ts';
import { leafRow } from './elements.ts';

export interface TimeSeriesOptions {
  /** Steps in one sequence. */
  sequenceLength: number;
  /** Steps from the start of one sequence to the start of the next; 1 by default. */
  sequenceStride?: number;
  /** Steps between neighbours inside a sequence; 1 by default. */
  samplingRate?: number;
}

/**
 * Sequences cut from a series, each with its target, as Keras's `timeseries_dataset_from_array` pairs them:
 * the sequence that starts at step i is series[i], series[i + samplingRate], ..., and its target is
 * targets[i]. To predict `delay` steps after a sequence's end, give the targets from that step on.
 *
 * Elements are {x: [sequenceLength, ...], y: [...]}; shuffle and batch them with the stages of `Dataset`.
 * Error: no sequence fits.
 */
export function timeseriesDataset(
  series: ArrayInput,
  targets: ArrayInput,
  { sequenceLength, sequenceStride = 1, samplingRate = 1 }: TimeSeriesOptions,
): Dataset<{ x: NDArray; y: NDArray }> {
  const x = asNDArray(series, 'float32', 'timeseriesDataset');
  const y = asNDArray(targets, 'float32', 'timeseriesDataset');
  for (const [name, value] of Object.entries({ sequenceLength, sequenceStride, samplingRate })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new NablaError(
        `timeseriesDataset: ${name} is ${value}, expected a whole number from 1`,
      );
    }
  }
  const steps = Math.min(x.shape[0], y.shape[0]);
  const count = Math.ceil((steps - (sequenceLength - 1) * samplingRate) / sequenceStride);
  if (count < 1) {
    throw new NablaError(
      `timeseriesDataset: ${sequenceLength} steps, ${samplingRate} apart, do not fit into ${steps} steps that have a target; shorten the sequences`,
    );
  }
  const starts = Int32Array.from({ length: count }, (_, i) => i * sequenceStride);
  return Dataset.fromArrays(starts).map((row) => {
    const start = row.data[0];
    const steps = Int32Array.from({ length: sequenceLength }, (_, k) => start + k * samplingRate);
    return { x: takeRows(x, steps), y: leafRow(y, start) as NDArray };
  });
}
