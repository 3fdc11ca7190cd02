import { type KernelOf, sizeOfValue } from './kernel.ts';
import { broadcastStrides, offsetsOf } from './lattice.ts';
import { prepareProduct } from './product.ts';

const product = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

/** The matrix product over the last two axes; leading axes broadcast, transposes are strides. */
export const matMulKernel: KernelOf<'matMul'> = {
  prepare: (output, [left, right], { transposeA, transposeB }, workspace) => {
    if (sizeOfValue(output) === 0) return () => {};
    let lead = output.shape.slice(0, -2);
    let [m, n] = output.shape.slice(-2);
    const k = left.shape.at(transposeA ? -2 : -1)!;
    const rightLead = right.shape.slice(0, -2);
    if (!transposeA && product(rightLead) === 1 && product(left.shape) === product(lead) * m * k) {
      // One matrix for all: the leading axes are further rows.
      m *= product(lead);
      lead = [];
    }
    const multiply = prepareProduct(
      {
        m,
        n,
        k,
        a: transposeA ? [1, m] : [k, 1],
        b: transposeB ? [1, k] : [n, 1],
        c: [n, 1],
      },
      workspace,
    );
    const [a, b, c] = [left.cell, right.cell, output.cell];
    const tiles = product(lead);
    if (tiles === 1) return () => multiply(a.data, 0, b.data, 0, c.data, 0, false);
    const aTiles = offsetsOf(lead, broadcastStrides(left.shape.slice(0, -2), lead));
    const bTiles = offsetsOf(lead, broadcastStrides(rightLead, lead));
    return () => {
      const [x, y, z] = [a.data, b.data, c.data];
      for (let t = 0; t < tiles; t++) {
        multiply(x, aTiles[t] * m * k, y, bTiles[t] * k * n, z, t * m * n, false);
      }
    };
  },
};
