import { describe, expect, it } from 'vitest';
import { asNDArray } from './array.ts';
import { timeseriesDataset } from './timeseries.ts';

const series = Float32Array.from({ length: 10 }, (_, i) => i);

async function pairs(
  targets: Float32Array,
  options: Parameters<typeof timeseriesDataset>[2],
): Promise<[number[], number][]> {
  const dataset = timeseriesDataset(series, targets, options);
  expect(await dataset.toArray()).toHaveLength(dataset.cardinality as number);
  return (await dataset.toArray()).map(({ x, y }) => [Array.from(x.data), y.data[0]]);
}

describe('timeseriesDataset', () => {
  it('pairs sequences with the targets of their first steps', async () => {
    // Three steps to predict the next one: the targets begin at step 3.
    const made = await pairs(series.slice(3), { sequenceLength: 3 });
    expect(made[0]).toEqual([[0, 1, 2], 3]);
    expect(made.at(-1)).toEqual([[4, 5, 6], 7]);
    expect(made).toHaveLength(5);
  });

  it('takes strides inside and between sequences', async () => {
    expect(await pairs(series, { sequenceLength: 3, samplingRate: 2, sequenceStride: 3 })).toEqual([
      [[0, 2, 4], 0],
      [[3, 5, 7], 3],
    ]);
  });

  it('keeps features together and batches', async () => {
    const x = asNDArray(Array.from({ length: 6 }, (_, i) => [i, 10 * i]));
    const [batch] = await timeseriesDataset(x, x, { sequenceLength: 2 }).batch(3).toArray();
    expect(batch.x.shape).toEqual([3, 2, 2]);
    expect(batch.y.shape).toEqual([3, 2]);
    expect(Array.from(batch.x.data.subarray(4, 8))).toEqual([1, 10, 2, 20]);
  });

  it('says when nothing fits', () => {
    expect(() => timeseriesDataset(series, series, { sequenceLength: 11 })).toThrow(
      '11 steps, 1 apart, do not fit into 10 steps',
    );
    expect(() => timeseriesDataset(series, series, { sequenceLength: 0 })).toThrow(
      'sequenceLength is 0',
    );
  });
});
