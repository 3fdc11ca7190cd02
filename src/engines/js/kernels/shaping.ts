import type { TypedArray } from '../../../graph/dtype.ts';
import { type Shape, stridesOf } from '../../../graph/shape.ts';
import { type KernelOf, type Step, sizeOfValue, type Value } from './kernel.ts';
import { broadcastStrides, latticeOf } from './lattice.ts';

/** Rearrangements: each is a copy over a lattice with its own strides in the source and the target. */

function copyTile(
  x: TypedArray,
  z: TypedArray,
  rows: number,
  columns: number,
  x0: number,
  xr: number,
  xc: number,
  z0: number,
  zr: number,
  zc: number,
): void {
  for (let r = 0; r < rows; r++) {
    let i = x0 + r * xr;
    let k = z0 + r * zr;
    for (let c = 0; c < columns; c++) {
      z[k] = x[i];
      i += xc;
      k += zc;
    }
  }
}

interface Side {
  readonly value: Value;
  readonly start: number;
  readonly strides: readonly number[];
}

function copyOver(dims: Shape, from: Side, to: Side): Step {
  if (dims.includes(0)) return () => {};
  const { rows, columns, tiles, ...lattice } = latticeOf(dims, [from.strides, to.strides]);
  const [xr, zr] = lattice.rowStrides;
  const [xc, zc] = lattice.columnStrides;
  const [xs, zs] = lattice.offsets.map((o, i) => o.map((at) => at + [from.start, to.start][i]));
  const [x, z] = [from.value.cell, to.value.cell];
  return () => {
    const [source, target] = [x.data, z.data];
    for (let t = 0; t < tiles; t++) {
      copyTile(source, target, rows, columns, xs[t], xr, xc, zs[t], zr, zc);
    }
  };
}

const whole = (value: Value): Side => ({ value, start: 0, strides: stridesOf(value.shape) });

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, v, i) => sum + v * b[i], 0);

const transpose: KernelOf<'transpose'> = {
  prepare: (output, [input], { permutation }) => {
    const strides = stridesOf(input.shape);
    const from = { value: input, start: 0, strides: permutation.map((p) => strides[p]) };
    return copyOver(output.shape, from, whole(output));
  },
};

const broadcastTo: KernelOf<'broadcastTo'> = {
  prepare: (output, [input]) => {
    const strides = broadcastStrides(input.shape, output.shape);
    return copyOver(output.shape, { value: input, start: 0, strides }, whole(output));
  },
};

const slice: KernelOf<'slice'> = {
  prepare: (output, [input], attributes) => {
    const strides = stridesOf(input.shape);
    const from = {
      value: input,
      start: dot(attributes.starts, strides),
      strides: strides.map((s, i) => s * attributes.strides[i]),
    };
    return copyOver(output.shape, from, whole(output));
  },
};

const pad: KernelOf<'pad'> = {
  prepare: (output, [input], { low, interior, value }) => {
    const strides = stridesOf(output.shape);
    const copy = copyOver(input.shape, whole(input), {
      value: output,
      start: dot(low, strides),
      strides: strides.map((s, i) => s * (interior[i] + 1)),
    });
    const z = output.cell;
    const filling = output.dtype === 'bool' ? Number(value !== 0) : value;
    return () => {
      z.data.fill(filling);
      copy();
    };
  },
};

const concatenate: KernelOf<'concatenate'> = {
  prepare: (output, inputs, { axis }) => {
    const strides = stridesOf(output.shape);
    let start = 0;
    const copies = inputs.map((value) => {
      const copy = copyOver(value.shape, whole(value), { value: output, start, strides });
      start += value.shape[axis] * strides[axis];
      return copy;
    });
    return () => {
      for (let i = 0; i < copies.length; i++) copies[i]();
    };
  },
};

const reverse: KernelOf<'reverse'> = {
  prepare: (output, [input], { axes }) => {
    if (sizeOfValue(output) === 0) return () => {};
    const strides = stridesOf(input.shape);
    let start = 0;
    for (const a of axes) start += (input.shape[a] - 1) * strides[a];
    const from = {
      value: input,
      start,
      strides: strides.map((s, i) => (axes.includes(i) ? -s : s)),
    };
    return copyOver(output.shape, from, whole(output));
  },
};

export const shapingKernels = { transpose, broadcastTo, slice, pad, concatenate, reverse };
