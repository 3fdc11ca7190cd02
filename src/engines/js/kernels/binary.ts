import type { TypedArray } from '../../../graph/dtype.ts';
import type { Kernel, Prepare } from './kernel.ts';
import { broadcastStrides, latticeOf } from './lattice.ts';
import { floorMod, pow, powInt } from './special.ts';

/**
 * Element-wise functions of two broadcasting arrays. The frequent ones have a loop each: one shared loop
 * that calls a function costs five times as much, because the call is never inlined.
 */

/** z over rows x columns from `z0` on; x starts at x0 and moves by xr a row and xc a column, y alike. */
type BinaryLoop = (
  x: TypedArray,
  y: TypedArray,
  z: TypedArray,
  rows: number,
  columns: number,
  x0: number,
  xr: number,
  xc: number,
  y0: number,
  yr: number,
  yc: number,
  z0: number,
) => void;

const add: BinaryLoop = (x, y, z, rows, columns, x0, xr, xc, y0, yr, yc, z0) => {
  let k = z0;
  for (let r = 0; r < rows; r++) {
    let i = x0 + r * xr;
    let j = y0 + r * yr;
    for (let c = 0; c < columns; c++) {
      z[k++] = x[i] + y[j];
      i += xc;
      j += yc;
    }
  }
};

const sub: BinaryLoop = (x, y, z, rows, columns, x0, xr, xc, y0, yr, yc, z0) => {
  let k = z0;
  for (let r = 0; r < rows; r++) {
    let i = x0 + r * xr;
    let j = y0 + r * yr;
    for (let c = 0; c < columns; c++) {
      z[k++] = x[i] - y[j];
      i += xc;
      j += yc;
    }
  }
};

const mul: BinaryLoop = (x, y, z, rows, columns, x0, xr, xc, y0, yr, yc, z0) => {
  let k = z0;
  for (let r = 0; r < rows; r++) {
    let i = x0 + r * xr;
    let j = y0 + r * yr;
    for (let c = 0; c < columns; c++) {
      z[k++] = x[i] * y[j];
      i += xc;
      j += yc;
    }
  }
};

const div: BinaryLoop = (x, y, z, rows, columns, x0, xr, xc, y0, yr, yc, z0) => {
  let k = z0;
  for (let r = 0; r < rows; r++) {
    let i = x0 + r * xr;
    let j = y0 + r * yr;
    for (let c = 0; c < columns; c++) {
      z[k++] = x[i] / y[j];
      i += xc;
      j += yc;
    }
  }
};

const maximum: BinaryLoop = (x, y, z, rows, columns, x0, xr, xc, y0, yr, yc, z0) => {
  let k = z0;
  for (let r = 0; r < rows; r++) {
    let i = x0 + r * xr;
    let j = y0 + r * yr;
    for (let c = 0; c < columns; c++) {
      z[k++] = Math.max(x[i], y[j]);
      i += xc;
      j += yc;
    }
  }
};

const minimum: BinaryLoop = (x, y, z, rows, columns, x0, xr, xc, y0, yr, yc, z0) => {
  let k = z0;
  for (let r = 0; r < rows; r++) {
    let i = x0 + r * xr;
    let j = y0 + r * yr;
    for (let c = 0; c < columns; c++) {
      z[k++] = Math.min(x[i], y[j]);
      i += xc;
      j += yc;
    }
  }
};

const equal: BinaryLoop = (x, y, z, rows, columns, x0, xr, xc, y0, yr, yc, z0) => {
  let k = z0;
  for (let r = 0; r < rows; r++) {
    let i = x0 + r * xr;
    let j = y0 + r * yr;
    for (let c = 0; c < columns; c++) {
      z[k++] = x[i] === y[j] ? 1 : 0;
      i += xc;
      j += yc;
    }
  }
};

const notEqual: BinaryLoop = (x, y, z, rows, columns, x0, xr, xc, y0, yr, yc, z0) => {
  let k = z0;
  for (let r = 0; r < rows; r++) {
    let i = x0 + r * xr;
    let j = y0 + r * yr;
    for (let c = 0; c < columns; c++) {
      z[k++] = x[i] === y[j] ? 0 : 1;
      i += xc;
      j += yc;
    }
  }
};

const less: BinaryLoop = (x, y, z, rows, columns, x0, xr, xc, y0, yr, yc, z0) => {
  let k = z0;
  for (let r = 0; r < rows; r++) {
    let i = x0 + r * xr;
    let j = y0 + r * yr;
    for (let c = 0; c < columns; c++) {
      z[k++] = x[i] < y[j] ? 1 : 0;
      i += xc;
      j += yc;
    }
  }
};

const lessEqual: BinaryLoop = (x, y, z, rows, columns, x0, xr, xc, y0, yr, yc, z0) => {
  let k = z0;
  for (let r = 0; r < rows; r++) {
    let i = x0 + r * xr;
    let j = y0 + r * yr;
    for (let c = 0; c < columns; c++) {
      z[k++] = x[i] <= y[j] ? 1 : 0;
      i += xc;
      j += yc;
    }
  }
};

const logicalAnd: BinaryLoop = (x, y, z, rows, columns, x0, xr, xc, y0, yr, yc, z0) => {
  let k = z0;
  for (let r = 0; r < rows; r++) {
    let i = x0 + r * xr;
    let j = y0 + r * yr;
    for (let c = 0; c < columns; c++) {
      z[k++] = x[i] & y[j];
      i += xc;
      j += yc;
    }
  }
};

const logicalOr: BinaryLoop = (x, y, z, rows, columns, x0, xr, xc, y0, yr, yc, z0) => {
  let k = z0;
  for (let r = 0; r < rows; r++) {
    let i = x0 + r * xr;
    let j = y0 + r * yr;
    for (let c = 0; c < columns; c++) {
      z[k++] = x[i] | y[j];
      i += xc;
      j += yc;
    }
  }
};

/** The loop of a rarer function. */
function each(f: (a: number, b: number) => number): BinaryLoop {
  return (x, y, z, rows, columns, x0, xr, xc, y0, yr, yc, z0) => {
    let k = z0;
    for (let r = 0; r < rows; r++) {
      let i = x0 + r * xr;
      let j = y0 + r * yr;
      for (let c = 0; c < columns; c++) {
        z[k++] = f(x[i], y[j]);
        i += xc;
        j += yc;
      }
    }
  };
}

function prepareBinary(loopFor: (dtype: string) => BinaryLoop, swap: boolean): Prepare<{}> {
  return (output, inputs) => {
    const loop = loopFor(inputs[0].dtype);
    const [a, b] = swap ? [inputs[1], inputs[0]] : inputs;
    const [x, y, z] = [a.cell, b.cell, output.cell];
    const lattice = latticeOf(output.shape, [
      broadcastStrides(a.shape, output.shape),
      broadcastStrides(b.shape, output.shape),
    ]);
    const { rows, columns, tiles } = lattice;
    const [xr, yr] = lattice.rowStrides;
    const [xc, yc] = lattice.columnStrides;
    if (tiles === 1) {
      return () => loop(x.data, y.data, z.data, rows, columns, 0, xr, xc, 0, yr, yc, 0);
    }
    const [xs, ys] = lattice.offsets;
    const size = rows * columns;
    return () => {
      const [u, v, w] = [x.data, y.data, z.data];
      for (let t = 0; t < tiles; t++) {
        loop(u, v, w, rows, columns, xs[t], xr, xc, ys[t], yr, yc, t * size);
      }
    };
  };
}

function binary(loop: BinaryLoop, { swap = false, integer = loop } = {}): Kernel<{}> {
  return {
    prepare: prepareBinary((dtype) => (dtype === 'int32' ? integer : loop), swap),
    inPlace: 'every input',
    broadcasts: true,
  };
}

export const binaryKernels = {
  add: binary(add),
  sub: binary(sub),
  mul: binary(mul, { integer: each(Math.imul) }),
  // An integer quotient is truncated where it is stored; division by zero stores 0.
  div: binary(div),
  pow: binary(each(pow), { integer: each(powInt) }),
  mod: binary(each(floorMod)),
  maximum: binary(maximum),
  minimum: binary(minimum),
  atan2: binary(each(Math.atan2)),
  equal: binary(equal),
  notEqual: binary(notEqual),
  less: binary(less),
  lessEqual: binary(lessEqual),
  greater: binary(less, { swap: true }),
  greaterEqual: binary(lessEqual, { swap: true }),
  logicalAnd: binary(logicalAnd),
  logicalOr: binary(logicalOr),
};
