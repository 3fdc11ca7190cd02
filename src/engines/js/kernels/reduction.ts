import type { DType, TypedArray } from '../../../graph/dtype.ts';
import { type Shape, stridesOf } from '../../../graph/shape.ts';
import type { ReductionAttributes } from '../../../ops/primitives/reduction.ts';
import { type KernelOf, type Prepare, sizeOfValue } from './kernel.ts';
import { offsetsOf } from './lattice.ts';

/**
 * Sums, products and extremes over axes. Every reduction is brought to one form: result element
 * (base b, column j) joins, for every offset o, the `count` elements from bases[b] + j + offsets[o] on
 * that lie `stride` apart. Sums and products are carried in double precision.
 */
interface Reduction {
  readonly bases: Int32Array;
  /** Result elements that lie next to each other in the operand as well. */
  readonly columns: number;
  readonly offsets: Int32Array;
  readonly count: number;
  readonly stride: number;
}

interface Axes {
  dims: number[];
  strides: number[];
}

/** The kept and the reduced axes, neighbours of one kind joined, in order; sizes of 1 are left out. */
function splitAxes(shape: Shape, axes: readonly number[]): { kept: Axes; reduced: Axes } {
  const strides = stridesOf(shape);
  const kept: Axes = { dims: [], strides: [] };
  const reduced: Axes = { dims: [], strides: [] };
  let previous: Axes | undefined;
  for (let d = 0; d < shape.length; d++) {
    if (shape[d] === 1) continue;
    const group = axes.includes(d) ? reduced : kept;
    if (group === previous) {
      group.dims[group.dims.length - 1] *= shape[d];
      group.strides[group.strides.length - 1] = strides[d];
    } else {
      group.dims.push(shape[d]);
      group.strides.push(strides[d]);
    }
    previous = group;
  }
  return { kept, reduced };
}

function reductionOf(shape: Shape, axes: readonly number[]): Reduction {
  const { kept, reduced } = splitAxes(shape, axes);
  const contiguous = kept.strides.at(-1) === 1;
  const columns = contiguous ? kept.dims.pop()! : 1;
  if (contiguous) kept.strides.pop();
  const count = reduced.dims.pop() ?? 1;
  const stride = reduced.strides.pop() ?? 1;
  return {
    bases: offsetsOf(kept.dims, kept.strides),
    columns,
    offsets: offsetsOf(reduced.dims, reduced.strides),
    count,
    stride,
  };
}

type ReductionLoop = (x: TypedArray, z: TypedArray, reduction: Reduction) => void;

/** Four neighbouring columns at a time, so that each line of memory is used whole when it is read. */
const sum: ReductionLoop = (x, z, { bases, columns, offsets, count, stride }) => {
  let k = 0;
  for (let b = 0; b < bases.length; b++) {
    let j = 0;
    for (; j + 4 <= columns; j += 4) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let o = 0; o < offsets.length; o++) {
        let at = bases[b] + j + offsets[o];
        for (let c = 0; c < count; c++) {
          s0 += x[at];
          s1 += x[at + 1];
          s2 += x[at + 2];
          s3 += x[at + 3];
          at += stride;
        }
      }
      z[k] = s0;
      z[k + 1] = s1;
      z[k + 2] = s2;
      z[k + 3] = s3;
      k += 4;
    }
    for (; j < columns; j++) {
      let s = 0;
      for (let o = 0; o < offsets.length; o++) {
        let at = bases[b] + j + offsets[o];
        for (let c = 0; c < count; c++) {
          s += x[at];
          at += stride;
        }
      }
      z[k++] = s;
    }
  }
};

/** The loop of a rarer reduction: `join(so far, element)` from `start` on. */
function fold(start: number, join: (a: number, b: number) => number): ReductionLoop {
  return (x, z, { bases, columns, offsets, count, stride }) => {
    let k = 0;
    for (let b = 0; b < bases.length; b++) {
      for (let j = 0; j < columns; j++) {
        let result = start;
        for (let o = 0; o < offsets.length; o++) {
          let at = bases[b] + j + offsets[o];
          for (let c = 0; c < count; c++) {
            result = join(result, x[at]);
            at += stride;
          }
        }
        z[k++] = result;
      }
    }
  };
}

function reduction(loopFor: (dtype: DType) => ReductionLoop): KernelOf<'sum'> {
  const prepare: Prepare<ReductionAttributes> = (output, [input], { axes }) => {
    const loop = loopFor(input.dtype);
    const plan = reductionOf(input.shape, axes);
    const [x, z] = [input.cell, output.cell];
    if (sizeOfValue(output) === 0) return () => {};
    return () => loop(x.data, z.data, plan);
  };
  return { prepare };
}

const product = fold(1, (a, b) => a * b);
const productInt = fold(1, Math.imul);
const largest = fold(-Infinity, Math.max);
const smallest = fold(Infinity, Math.min);
const largestInt = fold(-(2 ** 31), Math.max);
const smallestInt = fold(2 ** 31 - 1, Math.min);

export const reductionKernels = {
  sum: reduction(() => sum),
  prod: reduction((dtype) => (dtype === 'int32' ? productInt : product)),
  max: reduction((dtype) => (dtype === 'int32' ? largestInt : largest)),
  min: reduction((dtype) => (dtype === 'int32' ? smallestInt : smallest)),
};
