import type { TypedArray } from '../../../graph/dtype.ts';
import type { KernelOf } from './kernel.ts';
import { broadcastStrides, latticeOf } from './lattice.ts';

function loop(
  condition: TypedArray,
  x: TypedArray,
  y: TypedArray,
  z: TypedArray,
  rows: number,
  columns: number,
  starts: Int32Array,
  rowStrides: readonly number[],
  columnStrides: readonly number[],
  z0: number,
): void {
  const [cc, xc, yc] = columnStrides;
  let k = z0;
  for (let r = 0; r < rows; r++) {
    let h = starts[0] + r * rowStrides[0];
    let i = starts[1] + r * rowStrides[1];
    let j = starts[2] + r * rowStrides[2];
    for (let c = 0; c < columns; c++) {
      z[k++] = condition[h] !== 0 ? x[i] : y[j];
      h += cc;
      i += xc;
      j += yc;
    }
  }
}

/** Choice by a condition; condition and both sides broadcast. */
export const selectKernel: KernelOf<'select'> = {
  prepare: (output, inputs) => {
    const [condition, x, y] = inputs.map((i) => i.cell);
    const z = output.cell;
    const lattice = latticeOf(
      output.shape,
      inputs.map((i) => broadcastStrides(i.shape, output.shape)),
    );
    const { rows, columns, rowStrides, columnStrides, tiles, offsets } = lattice;
    const size = rows * columns;
    const starts = Array.from({ length: tiles }, (_, t) => Int32Array.from(offsets, (o) => o[t]));
    return () => {
      for (let t = 0; t < tiles; t++) {
        loop(
          condition.data,
          x.data,
          y.data,
          z.data,
          rows,
          columns,
          starts[t],
          rowStrides,
          columnStrides,
          t * size,
        );
      }
    };
  },
  inPlace: 'every input',
  broadcasts: true,
};
