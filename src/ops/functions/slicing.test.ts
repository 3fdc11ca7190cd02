import { describe, expect, it } from 'vitest';
import { generator } from '../../../test/conformance/values.ts';
import { constant, evaluate, type Nested } from '../../../test/evaluate.ts';
import { placeholder } from '../build.ts';
import { nameOf } from '../primitives/index.ts';
import * as f from './index.ts';

/** Ranges, boxes and padding against loops over every position, on arguments drawn at random. */

const random = generator(11);
const pick = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));

/** Every element its own number. */
const numbered = (shape: readonly number[], from = 0): any => {
  if (shape.length === 0) return from;
  const step = shape.slice(1).reduce((a, b) => a * b, 1);
  return Array.from({ length: shape[0] }, (_, i) => numbered(shape.slice(1), from + i * step));
};

const read = (values: any, at: readonly number[]): any => at.reduce((v, i) => v[i], values);

/** An array whose element at `at` is `value(at)`. */
function build(
  shape: readonly number[],
  value: (at: number[]) => number,
  at: number[] = [],
): Nested {
  return at.length === shape.length
    ? value(at)
    : Array.from({ length: shape[at.length] }, (_, i) => build(shape, value, [...at, i]));
}

const drawShape = () => Array.from({ length: pick(1, 3) }, () => pick(1, 5));

describe('stridedSlice', () => {
  /** The positions of Python's range of begin:end:step, found by walking. */
  function positions(n: number, begin: number | null, end: number | null, step: number): number[] {
    const from = begin === null ? (step > 0 ? 0 : n - 1) : begin < 0 ? begin + n : begin;
    const to = end === null ? (step > 0 ? n : -1) : end < 0 ? Math.max(end + n, -1) : end;
    const found: number[] = [];
    // What lies outside is cut off: for a begin outside, walking starts at the nearest end.
    const start = step > 0 ? Math.max(from, 0) : Math.min(from, n - 1);
    for (
      let i = start;
      step > 0 ? i < Math.min(to, n) : i > Math.max(to, -1) && i >= 0;
      i += step
    ) {
      found.push(i);
    }
    return found;
  }

  it('picks the positions that walking finds', () => {
    for (let trial = 0; trial < 200; trial++) {
      const shape = drawShape();
      const bound = () => (random() < 0.25 ? null : pick(-7, 7));
      const begin = shape.map(bound);
      const end = shape.map(bound);
      const strides = shape.map(() => pick(1, 3) * (random() < 0.5 ? 1 : -1));
      const at = shape.map((n, i) => positions(n, begin[i], end[i], strides[i]));
      const x = numbered(shape);
      const want = build(
        at.map((p) => p.length),
        (to) =>
          read(
            x,
            to.map((i, axis) => at[axis][i]),
          ),
      );
      const node = f.stridedSlice(constant(x), begin, end, strides);
      expect(node.shape).toEqual(at.map((p) => p.length));
      if (node.shape.every((d) => d > 0)) {
        expect(evaluate(node), JSON.stringify({ shape, begin, end, strides })).toEqual(want);
      }
    }
  });

  it('leaves further axes whole and takes a symbolic axis whole or reversed', () => {
    const x = placeholder([-1, 4, 3], 'float32');
    expect(f.stridedSlice(x, [null, 1], [null, 3]).shape).toEqual([-1, 2, 3]);
    expect(nameOf(f.stridedSlice(x, [null], [null], [-1]))).toBe('reverse');
    expect(() => f.stridedSlice(x, [0], [1])).toThrow(
      'axis 0 of [batch, 4, 3] depends on the batch size',
    );
    expect(() => f.stridedSlice(x, [0, 0, 0, 0], [])).toThrow(
      'received 4 ranges for [batch, 4, 3]',
    );
    expect(() => f.stridedSlice(x, [null], [null], [0])).toThrow('step 0 of axis 0');
  });
});

describe('slice and sliceUpdate', () => {
  it('read and replace a box, known now or when the graph runs', () => {
    for (let trial = 0; trial < 60; trial++) {
      const shape = drawShape();
      const sizes = shape.map((n) => pick(1, n));
      const starts = shape.map((n, i) => pick(0, n - sizes[i]));
      const x = numbered(shape);
      const dynamic = starts.map((s) => (random() < 0.5 ? s : constant(s, 'int32')));
      const want = build(sizes, (at) =>
        read(
          x,
          at.map((i, axis) => i + starts[axis]),
        ),
      );
      expect(evaluate(f.slice(constant(x), dynamic, sizes))).toEqual(want);
      const box = numbered(sizes, -1000);
      const inside = (at: number[]) =>
        at.every((i, axis) => i >= starts[axis] && i < starts[axis] + sizes[axis]);
      const replaced = build(shape, (at) =>
        inside(at)
          ? read(
              box,
              at.map((i, axis) => i - starts[axis]),
            )
          : read(x, at),
      );
      expect(evaluate(f.sliceUpdate(constant(x), dynamic, constant(box)))).toEqual(replaced);
    }
  });

  it('move a box that would reach beyond the end inside', () => {
    const x = constant([1, 2, 3, 4]);
    const late = constant(3, 'int32');
    expect(evaluate(f.slice(x, [late], [2]))).toEqual([3, 4]);
    expect(evaluate(f.sliceUpdate(x, [late], constant([8, 9])))).toEqual([1, 2, 8, 9]);
  });

  it('say what does not fit', () => {
    const x = placeholder([-1, 4], 'float32');
    expect(f.slice(x, [0, 1], [-1, 2]).shape).toEqual([-1, 2]);
    expect(f.sliceUpdate(x, [0, 1], placeholder([-1, 2], 'float32')).shape).toEqual([-1, 4]);
    expect(() => f.slice(x, [0], [1])).toThrow('received 1 entries for [batch, 4]');
    expect(() => f.sliceUpdate(x, [0, 3], placeholder([-1, 2], 'float32'))).toThrow(
      'sliceUpdate: updates [batch, 2] from 3 reach beyond axis 1 of [batch, 4]',
    );
    expect(() => f.sliceUpdate(x, [0, 0], placeholder([2, 2], 'float32'))).toThrow('do not fit');
  });
});

describe('getItem', () => {
  it('says what is wrong with an index', () => {
    const x = placeholder([2, 3], 'float32');
    const index = placeholder([4], 'int32');
    expect(f.getItem(x, null, index).shape).toEqual([1, 4, 3]);
    expect(() => f.getItem(x, 2)).toThrow('getItem: index 2 is outside axis 0 of [2, 3]');
    expect(() => f.getItem(x, 0, 0, 0)).toThrow('received 3 indices');
    expect(() => f.getItem(x, '1')).toThrow('"1" is no range');
    expect(() => f.getItem(x, '...', '...')).toThrow('2 ellipses');
    expect(() => f.getItem(x, index, index)).toThrow('use gatherNd');
  });
});

describe('pad', () => {
  /** Where a position outside comes from, by walking one step at a time from the inside. */
  function source(mode: string, position: number, n: number): number {
    if (position >= 0 && position < n) return position;
    if (mode === 'edge') return position < 0 ? 0 : n - 1;
    if (mode === 'wrap') return source(mode, position < 0 ? position + n : position - n, n);
    if (n === 1) return 0;
    const mirrored = mode === 'symmetric' ? 1 : 0;
    const back = position < 0 ? -position - mirrored : 2 * (n - 1) - position + mirrored;
    return source(mode, back, n);
  }

  it.each(['constant', 'edge', 'reflect', 'symmetric', 'wrap'] as const)('%s', (mode) => {
    for (let trial = 0; trial < 40; trial++) {
      const shape = drawShape();
      const widths = shape.map((): [number, number] => [pick(0, 7), pick(0, 7)]);
      const x = numbered(shape);
      const want = build(
        shape.map((n, i) => n + widths[i][0] + widths[i][1]),
        (at) => {
          const from = at.map((p, axis) => p - widths[axis][0]);
          if (mode !== 'constant')
            return read(
              x,
              from.map((p, i) => source(mode, p, shape[i])),
            );
          return from.every((p, i) => p >= 0 && p < shape[i]) ? read(x, from) : -3;
        },
      );
      expect(evaluate(f.pad(constant(x), widths, mode, -3))).toEqual(want);
    }
  });

  it('leaves a symbolic batch alone and says what it cannot do', () => {
    const x = placeholder([-1, 2], 'float32');
    expect(
      f.pad(
        x,
        [
          [0, 0],
          [1, 1],
        ],
        'reflect',
      ).shape,
    ).toEqual([-1, 4]);
    expect(() => f.pad(x, 1)).toThrow('depends on the batch size');
    expect(() => f.pad(x, 1, 'wrap')).toThrow('depends on the batch size');
    expect(() => f.pad(x, [[0, 0]])).toThrow('pad: received [[0,0]] for [batch, 2]');
    expect(() => f.pad(x, -1)).toThrow('of 0 or more');
    expect(() => f.pad(x, 0, 'mirror' as 'wrap')).toThrow('received mode "mirror"');
  });
});
