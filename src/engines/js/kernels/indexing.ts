import type { TypedArray } from '../../../graph/dtype.ts';
import { fail } from '../../../graph/errors.ts';
import type { Shape } from '../../../graph/shape.ts';
import { type KernelOf, sizeOfValue } from './kernel.ts';

/** Elements chosen by index arrays. Indices are checked when the graph runs. */

const product = (dims: Shape) => dims.reduce((a, b) => a * b, 1);

function resolve(operation: string, index: number, size: number): number {
  if (index < -size || index >= size) {
    fail(
      operation,
      `index ${index} is outside an axis of ${size} elements; expected ${-size} to ${size - 1}`,
    );
  }
  return index < 0 ? index + size : index;
}

const gather: KernelOf<'gather'> = {
  prepare: (output, [operand, indices], { axis }) => {
    const outer = product(operand.shape.slice(0, axis));
    const size = operand.shape[axis];
    const inner = product(operand.shape.slice(axis + 1));
    const count = sizeOfValue(indices);
    const [x, at, z] = [operand.cell, indices.cell, output.cell];
    return () => gatherSlices(x.data, at.data, z.data, outer, size, inner, count);
  },
};

function gatherSlices(
  x: TypedArray,
  indices: TypedArray,
  z: TypedArray,
  outer: number,
  size: number,
  inner: number,
  count: number,
): void {
  let k = 0;
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < count; c++) {
      const start = (o * size + resolve('gather', indices[c], size)) * inner;
      for (let i = start; i < start + inner; i++) z[k++] = x[i];
    }
  }
}

const scatterAdd: KernelOf<'scatterAdd'> = {
  prepare: (output, [operand, indices, updates], { axis }) => {
    const outer = product(operand.shape.slice(0, axis));
    const size = operand.shape[axis];
    const inner = product(operand.shape.slice(axis + 1));
    const count = sizeOfValue(indices);
    const [x, at, u, z] = [operand.cell, indices.cell, updates.cell, output.cell];
    return () => {
      if (z.data !== x.data) z.data.set(x.data);
      addSlices(u.data, at.data, z.data, outer, size, inner, count);
    };
  },
  inPlace: 'first input',
};

function addSlices(
  updates: TypedArray,
  indices: TypedArray,
  z: TypedArray,
  outer: number,
  size: number,
  inner: number,
  count: number,
): void {
  let k = 0;
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < count; c++) {
      const start = (o * size + resolve('scatterAdd', indices[c], size)) * inner;
      for (let i = start; i < start + inner; i++) z[i] += updates[k++];
    }
  }
}

/**
 * For every element of the indices, in order: where in the operand it points. Indices have the shape of
 * the operand except along the axis.
 */
function forEachPlace(
  operation: string,
  indices: TypedArray,
  [outer, size, length, inner]: readonly [number, number, number, number],
  visit: (place: number, k: number) => void,
): void {
  let k = 0;
  for (let o = 0; o < outer; o++) {
    for (let l = 0; l < length; l++) {
      for (let i = 0; i < inner; i++) {
        visit((o * size + resolve(operation, indices[k], size)) * inner + i, k);
        k++;
      }
    }
  }
}

function extents(operand: Shape, indices: Shape, axis: number) {
  const outer = product(operand.slice(0, axis));
  return [outer, operand[axis], indices[axis], product(operand.slice(axis + 1))] as const;
}

const gatherAlong: KernelOf<'gatherAlong'> = {
  prepare: (output, [operand, indices], { axis }) => {
    const sizes = extents(operand.shape, indices.shape, axis);
    const [x, at, z] = [operand.cell, indices.cell, output.cell];
    return () => {
      const [from, to] = [x.data, z.data];
      forEachPlace('gatherAlong', at.data, sizes, (place, k) => {
        to[k] = from[place];
      });
    };
  },
};

const scatterAddAlong: KernelOf<'scatterAddAlong'> = {
  prepare: (output, [operand, indices, updates], { axis }) => {
    const sizes = extents(operand.shape, indices.shape, axis);
    const [x, at, u, z] = [operand.cell, indices.cell, updates.cell, output.cell];
    return () => {
      const [from, to] = [u.data, z.data];
      if (to !== x.data) to.set(x.data);
      forEachPlace('scatterAddAlong', at.data, sizes, (place, k) => {
        to[place] += from[k];
      });
    };
  },
  inPlace: 'first input',
};

export const indexingKernels = { gather, scatterAdd, gatherAlong, scatterAddAlong };
