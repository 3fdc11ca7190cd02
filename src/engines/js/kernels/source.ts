import { fillUniform } from '../../../graph/random.ts';
import { type KernelOf, sizeOfValue } from './kernel.ts';

/** Values that come from nothing but their type, or from a random key. */

const iota: KernelOf<'iota'> = {
  prepare: (output, _, { axis }) => {
    const size = output.shape[axis];
    const inner = output.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    const n = sizeOfValue(output);
    return () => {
      const z = output.cell.data;
      for (let i = 0; i < n; i++) z[i] = Math.floor(i / inner) % size;
    };
  },
};

const dimension: KernelOf<'dimension'> = {
  prepare: (output, [input], { axis }) => {
    return () => {
      output.cell.data[0] = input.shape[axis];
    };
  },
};

const randomUniform: KernelOf<'randomUniform'> = {
  prepare: (output, [key]) => {
    const [k, z] = [key.cell, output.cell];
    return () => fillUniform(k.data[0], k.data[1], z.data as Float32Array);
  },
};

export const sourceKernels = { iota, dimension, randomUniform };
