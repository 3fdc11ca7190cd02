import { describe, expect, it } from 'vitest';
import type { NDArray } from '../graph/ndarray.ts';
import { tensor } from '../tensor/tensor.ts';
import { asNDArray } from './array.ts';
import { Dataset } from './dataset.ts';

const numbers = (n: number): Dataset<number> =>
  Dataset.fromGenerator(() => Array.from({ length: n }, (_, i) => i));

const values = (batches: readonly NDArray[]): number[][] => batches.map((b) => Array.from(b.data));

/** x is [n, 2] with rows (i, 10 i), y is [n] with i. */
function arrays(n: number): { x: NDArray; y: NDArray } {
  return {
    x: asNDArray(Array.from({ length: n }, (_, i) => [i, 10 * i])),
    y: asNDArray(Int32Array.from({ length: n }, (_, i) => i)),
  };
}

describe('sources', () => {
  it('fromArrays gives rows', async () => {
    const dataset = Dataset.fromArrays({ ...arrays(3), name: ['a', 'b', 'c'] });
    expect(dataset.cardinality).toBe(3);
    const rows = await dataset.toArray();
    expect(rows[2]).toEqual({
      x: { data: Float32Array.of(2, 20), shape: [2], dtype: 'float32' },
      y: { data: Int32Array.of(2), shape: [], dtype: 'int32' },
      name: 'c',
    });
  });

  it('fromArrays takes pairs, nested arrays and typed arrays', async () => {
    const [[x, y]] = await Dataset.fromArrays([asNDArray([[1, 2]]), Int32Array.of(3)]).toArray();
    expect([x.shape, y.dtype]).toEqual([[2], 'int32']);
    const [row] = await Dataset.fromArrays({ x: [[1, 2]], y: [5] }).toArray();
    expect([Array.from(row.x.data), row.y.data[0]]).toEqual([[1, 2], 5]);
  });

  it('fromArrays refuses what has no common rows', () => {
    expect(() => Dataset.fromArrays({ a: [1, 2], b: [1] })).toThrow('the arrays have 2, 1 rows');
    expect(() => Dataset.fromArrays({})).toThrow('the arrays have no rows');
    expect(() => Dataset.fromArrays({ a: new Date() as unknown as number[] })).toThrow('no rows');
    expect(() => Dataset.fromArrays({ a: 5 as unknown as number[] })).toThrow(
      'arrays.a is 5, expected NDArrays',
    );
    expect(() => Dataset.fromArrays({ a: tensor([1]) })).toThrow('use Dataset.fromTensors');
  });

  it('fromTensors reads tensors', async () => {
    const dataset = Dataset.fromTensors({
      x: tensor([
        [1, 2],
        [3, 4],
      ]),
      id: ['a', 'b'],
    });
    expect(dataset.cardinality).toBe(2);
    const [batch] = await dataset.batch(2).toArray();
    expect(batch.x.shape).toEqual([2, 2]);
    expect(Array.from(batch.x.data)).toEqual([1, 2, 3, 4]);
    expect(batch.id).toEqual(['a', 'b']);
  });

  it('fromGenerator starts again for each pass', async () => {
    let passes = 0;
    const dataset = Dataset.fromGenerator(async function* () {
      passes++;
      yield passes;
    });
    expect(await dataset.toArray()).toEqual([1]);
    expect(await dataset.toArray()).toEqual([2]);
  });

  it('fromCSV gives records', async () => {
    const dataset = Dataset.fromCSV('a,b\n1,x\n2,y\n');
    expect(await dataset.map((r) => r.a).toArray()).toEqual([1, 2]);
    expect(await dataset.take(1).toArray()).toEqual([{ a: 1, b: 'x' }]);
  });
});

describe('stages', () => {
  it('map, filter, take and skip', async () => {
    const dataset = numbers(10)
      .map(async (v, i) => v * v + i)
      .filter((v) => v % 3 === 0)
      .skip(1)
      .take(2);
    expect(await dataset.toArray()).toEqual([6, 12]);
  });

  it('are lazy: no more elements are made than asked for', async () => {
    let made = 0;
    let closed = false;
    const dataset = Dataset.fromGenerator(function* () {
      try {
        for (let i = 0; ; i++) {
          made++;
          yield i;
        }
      } finally {
        closed = true;
      }
    });
    expect(made).toBe(0);
    expect(await dataset.batch(2).take(3).toArray()).toHaveLength(3);
    expect([made, closed]).toEqual([6, true]);
  });

  it('batch stacks, with or without the rest', async () => {
    const dataset = Dataset.fromGenerator(() => [1, 2, 3, 4, 5]);
    expect(values(await dataset.batch(2).toArray())).toEqual([[1, 2], [3, 4], [5]]);
    expect(values(await dataset.batch(2, { dropRemainder: true }).toArray())).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('paddedBatch fills up', async () => {
    const dataset = Dataset.fromGenerator(() => [[1], [2, 3], [4]].map((v) => asNDArray(v)));
    const batches = await dataset.paddedBatch(2, { paddingValue: 9 }).toArray();
    expect(values(batches)).toEqual([[1, 9, 2, 3], [4]]);
    expect(batches[0].shape).toEqual([2, 2]);
  });

  it('repeat, finite and endless', async () => {
    expect(await numbers(2).repeat(2).toArray()).toEqual([0, 1, 0, 1]);
    expect(await numbers(2).repeat(0).toArray()).toEqual([]);
    const endless = Dataset.fromArrays(Int32Array.of(7, 8)).repeat();
    expect(endless.cardinality).toBe(Number.POSITIVE_INFINITY);
    expect(values(await endless.take(3).toArray())).toEqual([[7], [8], [7]]);
    await expect(endless.toArray()).rejects.toThrow('never ends');
    expect(await numbers(0).repeat().toArray()).toEqual([]);
  });

  it('zip walks together until the first end', async () => {
    const pairs = Dataset.zip([numbers(3), numbers(5).map(String)]);
    expect(await pairs.toArray()).toEqual([
      [0, '0'],
      [1, '1'],
      [2, '2'],
    ]);
    const named = Dataset.zip({ a: numbers(1), b: Dataset.fromArrays([4, 5]) });
    expect((await named.toArray())[0].b.data[0]).toBe(4);
  });

  it('window', async () => {
    const starts = async (size: number, options = {}): Promise<number[][]> =>
      values(await numbers(7).window(size, options).toArray());
    expect(await starts(3)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(await starts(3, { shift: 2, dropRemainder: true })).toEqual([
      [0, 1, 2],
      [2, 3, 4],
      [4, 5, 6],
    ]);
    expect(await starts(3, { shift: 1, stride: 2, dropRemainder: true })).toEqual([
      [0, 2, 4],
      [1, 3, 5],
      [2, 4, 6],
    ]);
    expect(await starts(2, { shift: 4 })).toEqual([
      [0, 1],
      [4, 5],
    ]);
    expect(await starts(3, { shift: 5, stride: 2 })).toEqual([[0, 2, 4], [5]]);
  });

  it('cache makes elements once, after a complete pass', async () => {
    let made = 0;
    const dataset = numbers(3)
      .map((v) => {
        made++;
        return v;
      })
      .cache();
    await dataset.take(1).toArray();
    expect(await dataset.toArray()).toEqual([0, 1, 2]);
    expect(made).toBe(4);
    expect(await dataset.toArray()).toEqual([0, 1, 2]);
    expect(made).toBe(4);
  });

  it('prefetch works ahead, keeps the order, and passes errors on in their place', async () => {
    let made = 0;
    const dataset = numbers(10).map((v) => {
      made++;
      if (v === 4) throw new Error('bad element');
      return v;
    });
    const seen: number[] = [];
    const run = async (): Promise<void> => {
      for await (const v of dataset.prefetch(2)) {
        await new Promise((resolve) => setImmediate(resolve));
        if (seen.length === 0) expect(made).toBe(3);
        seen.push(v);
      }
    };
    await expect(run()).rejects.toThrow('bad element');
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(await numbers(5).prefetch(3).take(2).toArray()).toEqual([0, 1]);
    expect(await numbers(2).prefetch(8).toArray()).toEqual([0, 1]);
  });

  it('forEach awaits each call', async () => {
    const log: string[] = [];
    await numbers(2).forEach(async (v, i) => {
      log.push(`begin ${v} ${i}`);
      await Promise.resolve();
      log.push('end');
    });
    expect(log).toEqual(['begin 0 0', 'end', 'begin 1 1', 'end']);
  });

  it('check their arguments', () => {
    expect(() => numbers(1).batch(0)).toThrow('Dataset.batch: size is 0, expected a whole number');
    expect(() => numbers(1).shuffle(1.5)).toThrow('bufferSize is 1.5');
    expect(() => numbers(1).take(-1)).toThrow('count is -1');
    expect(() => numbers(1).repeat(Number.NaN)).toThrow('count is NaN');
  });
});

describe('shuffle', () => {
  const order = async (dataset: Dataset<NDArray>): Promise<number[]> =>
    (await dataset.toArray()).map((row) => row.data[0]);
  const source = Dataset.fromArrays(Int32Array.from({ length: 50 }, (_, i) => i));

  it('differs from pass to pass, and repeats itself for the same seed and pass', async () => {
    const dataset = source.shuffle(50, 7);
    const first = await order(dataset);
    const second = await order(dataset);
    expect(second).not.toEqual(first);
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    const again = source.shuffle(50, 7);
    const third: number[] = [];
    for await (const row of again.pass(1)) third.push(row.data[0]);
    expect(third).toEqual(second);
    expect(await order(source.shuffle(50, 8))).not.toEqual(first);
  });

  it('keeps one order when told', async () => {
    const dataset = source.shuffle(50, 7, { reshuffle: false });
    expect(await order(dataset)).toEqual(await order(dataset));
  });

  it('gives repeats orders of their own', async () => {
    const twice = await order(source.shuffle(50, 7).repeat(2));
    expect(twice.slice(50)).not.toEqual(twice.slice(0, 50));
    expect(new Set(twice.slice(50)).size).toBe(50);
  });

  it('gives streams and arrays the same order', async () => {
    const stream = Dataset.fromGenerator(() => Array.from({ length: 50 }, (_, i) => i));
    for (const buffer of [8, 50, 100]) {
      expect(await stream.shuffle(buffer, 3).toArray()).toEqual(
        await order(source.shuffle(buffer, 3)),
      );
    }
  });
});

describe('rows in memory', () => {
  it('batch gathers shuffled rows of every array', async () => {
    const dataset = Dataset.fromArrays(arrays(10)).shuffle(10, 1).batch(4);
    expect(dataset.cardinality).toBe(3);
    const batches = await dataset.toArray();
    expect(batches.map((b) => b.x.shape)).toEqual([
      [4, 2],
      [4, 2],
      [2, 2],
    ]);
    const seen: number[] = [];
    for (const { x, y } of batches) {
      for (const [k, id] of Array.from(y.data).entries()) {
        expect([x.data[2 * k], x.data[2 * k + 1]]).toEqual([id, 10 * id]);
        seen.push(id);
      }
    }
    expect(seen).not.toEqual([...seen].sort((a, b) => a - b));
    expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('batches are those of the general path', async () => {
    const source = Dataset.fromArrays({ ...arrays(11), name: [...'abcdefghijk'] });
    const general = source.map((row) => row);
    const chain = (d: typeof source) =>
      d.skip(2).shuffle(5, 9).take(7).batch(3, { dropRemainder: true });
    expect(await chain(source).toArray()).toEqual(await chain(general).toArray());
    expect(await source.batch(4).toArray()).toEqual(await general.batch(4).toArray());
    expect(chain(source).cardinality).toBe(2);
    expect(chain(general).cardinality).toBe(2);
  });

  it('share the memory of consecutive rows', async () => {
    const x = asNDArray([[1], [2], [3]]);
    const [first] = await Dataset.fromArrays(x).batch(2).toArray();
    expect(first.data.buffer).toBe(x.data.buffer);
  });

  it('holds what it says of its length', async () => {
    const source = Dataset.fromArrays(arrays(7));
    for (const dataset of [
      source.batch(3),
      source.batch(3, { dropRemainder: true }),
      source.paddedBatch(2),
      source.take(100),
      source.skip(100),
      source.repeat(3),
      source.window(3, { shift: 2 }),
      source.window(3, { shift: 2, dropRemainder: true }),
      source.window(9, { dropRemainder: true }),
      source.window(2, { shift: 3, stride: 2, dropRemainder: true }),
      Dataset.zip([source, source.take(2)]),
      source.shuffle(2).cache().prefetch(2),
    ] as Dataset<unknown>[]) {
      expect(await dataset.toArray()).toHaveLength(dataset.cardinality as number);
    }
    expect(source.filter(() => true).cardinality).toBeUndefined();
  });
});

describe("errors of the user's own functions", () => {
  const broken = new TypeError('boom');

  it('say which element they met', async () => {
    const at = <T>(index: number, value: T): T => {
      if (index === 5) throw broken;
      return value;
    };
    const mapped = numbers(9).map((n, i) => at(i, n));
    await expect(mapped.batch(2).toArray()).rejects.toThrow('Dataset.map: element 5: boom');
    await expect(mapped.toArray()).rejects.toMatchObject({ cause: broken });
    const filtered = numbers(9).filter(async (_, i) => at(i, true));
    await expect(filtered.prefetch(3).toArray()).rejects.toThrow('Dataset.filter: element 5: boom');
    const generated = Dataset.fromGenerator(function* () {
      yield 1;
      yield 2;
      throw broken;
    });
    await expect(generated.toArray()).rejects.toThrow(
      'Dataset.fromGenerator: after 2 elements: boom',
    );
  });

  it('begin with what a generator must be', async () => {
    expect(() => Dataset.fromGenerator([1, 2] as never)).toThrow('received an array of 2');
    const nothing = Dataset.fromGenerator((() => undefined) as never);
    await expect(nothing.toArray()).rejects.toThrow('returned nothing to go through');
    expect(() => Dataset.zip([])).toThrow('received no data sets');
    expect(() => Dataset.zip({ a: [1] as never })).toThrow('not data sets');
  });

  it('let go of what is open', async () => {
    const closed: string[] = [];
    const open = (name: string): Dataset<number> =>
      Dataset.fromGenerator(async function* () {
        try {
          for (let i = 0; ; i++) yield i;
        } finally {
          closed.push(name);
        }
      });
    const stages = (name: string) =>
      open(name)
        .filter(() => true)
        .shuffle(4, 1)
        .window(2)
        .prefetch(2)
        .batch(3);
    for await (const _ of stages('left')) break;
    await stages('taken').take(2).toArray();
    const failing = Dataset.zip([
      open('zipped'),
      open('failed').map(() => {
        throw broken;
      }),
    ]);
    await expect(failing.take(1).toArray()).rejects.toThrow('boom');
    expect(closed.sort()).toEqual(['failed', 'left', 'taken', 'zipped']);
  });
});

it('fromGenerator tells the function which pass it is', async () => {
  const passes = Dataset.fromGenerator((pass) => [pass]);
  expect([await passes.toArray(), await passes.toArray()]).toEqual([[0], [1]]);
  expect(await passes.repeat(2).toArray()).toEqual([0, 1]);
  const known = Dataset.fromGenerator(() => [1, 2, 3], { cardinality: 3 });
  expect([passes.cardinality, known.batch(2).cardinality]).toEqual([undefined, 2]);
});

describe('batches of what users have', () => {
  it('are made of lists, typed arrays and tensors', async () => {
    const rows = numbers(3).map((n) => ({ x: [n, 10 * n], t: tensor([n]), y: n }));
    const [batch] = await rows.batch(3).toArray();
    expect(batch.x).toEqual(
      asNDArray([
        [0, 0],
        [1, 10],
        [2, 20],
      ]),
    );
    expect(batch.t).toEqual(asNDArray([[0], [1], [2]]));
    expect(batch.y).toEqual(asNDArray([0, 1, 2]));
    const [padded] = await numbers(3)
      .map((n) => [Int32Array.from({ length: n + 1 }, (_, i) => i + 1), n] as const)
      .paddedBatch(3)
      .toArray();
    expect(Array.from(padded[0].data)).toEqual([1, 0, 0, 1, 2, 0, 1, 2, 3]);
    const [first] = await rows.window(2, { shift: 1 }).toArray();
    expect(first.x.shape).toEqual([2, 2]);
  });
});
