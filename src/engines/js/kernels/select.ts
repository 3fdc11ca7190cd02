import type { TypedArray } from '../../../graph/dtype.ts';
import type { Kernel } from './kernel.ts';
import { broadcastStrides, type Lattice, latticeOf } from './lattice.ts';

function selectTile(
  condition: TypedArray,
  x: TypedArray,
  y: TypedArray,
  z: TypedArray,
  { rows, columns, offsets, rowStrides, columnStrides }: Lattice,
  tile: number,
): void {
  const [cc, xc, yc] = columnStrides;
  let k = tile * rows * columns;
  for (let r = 0; r < rows; r++) {
    let h = offsets[0][tile] + r * rowStrides[0];
    let i = offsets[1][tile] + r * rowStrides[1];
    let j = offsets[2][tile] + r * rowStrides[2];
    for (let c = 0; c < columns; c++) {
      z[k++] = condition[h] !== 0 ? x[i] : y[j];
      h += cc;
      i += xc;
      j += yc;
    }
  }
}

/** Choice by a condition; condition and both sides broadcast. */
export const selectKernel: Kernel<{}> = {
  prepare: (output, inputs) => {
    const [condition, x, y] = inputs.map((i) => i.cell);
    const z = output.cell;
    const lattice = latticeOf(
      output.shape,
      inputs.map((i) => broadcastStrides(i.shape, output.shape)),
    );
    return () => {
      for (let t = 0; t < lattice.tiles; t++) {
        selectTile(condition.data, x.data, y.data, z.data, lattice, t);
      }
    };
  },
  inPlace: 'every input',
  broadcasts: true,
};
