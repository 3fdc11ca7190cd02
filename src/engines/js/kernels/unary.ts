import type { TypedArray } from '../../../graph/dtype.ts';
import { expFloat32, sigmoidFloat32, tanhFloat32 } from './exponential.ts';
import { type Kernel, type KernelOf, type Prepare, sizeOfValue } from './kernel.ts';
import { erf, roundHalfEven, softplus } from './special.ts';

/** Element-wise functions of one array. As in binary.ts, the frequent ones have a loop each. */

type UnaryLoop = (x: TypedArray, z: TypedArray, n: number) => void;

const neg: UnaryLoop = (x, z, n) => {
  for (let i = 0; i < n; i++) z[i] = -x[i];
};

const abs: UnaryLoop = (x, z, n) => {
  for (let i = 0; i < n; i++) z[i] = Math.abs(x[i]);
};

const exp: UnaryLoop = (x, z, n) => {
  for (let i = 0; i < n; i++) z[i] = Math.exp(x[i]);
};

const log: UnaryLoop = (x, z, n) => {
  for (let i = 0; i < n; i++) z[i] = Math.log(x[i]);
};

const sqrt: UnaryLoop = (x, z, n) => {
  for (let i = 0; i < n; i++) z[i] = Math.sqrt(x[i]);
};

const relu: UnaryLoop = (x, z, n) => {
  for (let i = 0; i < n; i++) z[i] = Math.max(x[i], 0);
};

const tanh: UnaryLoop = (x, z, n) => {
  for (let i = 0; i < n; i++) z[i] = Math.tanh(x[i]);
};

const expSingle: UnaryLoop = (x, z, n) => {
  for (let i = 0; i < n; i++) z[i] = expFloat32(x[i]);
};

const tanhSingle: UnaryLoop = (x, z, n) => {
  for (let i = 0; i < n; i++) z[i] = tanhFloat32(x[i]);
};

const sigmoidSingle: UnaryLoop = (x, z, n) => {
  for (let i = 0; i < n; i++) z[i] = sigmoidFloat32(x[i]);
};

const sigmoid: UnaryLoop = (x, z, n) => {
  for (let i = 0; i < n; i++) z[i] = 1 / (1 + Math.exp(-x[i]));
};

const logicalNot: UnaryLoop = (x, z, n) => {
  for (let i = 0; i < n; i++) z[i] = x[i] === 0 ? 1 : 0;
};

const copy: UnaryLoop = (x, z, n) => {
  for (let i = 0; i < n; i++) z[i] = x[i];
};

const truncate: UnaryLoop = (x, z, n) => {
  for (let i = 0; i < n; i++) z[i] = Math.trunc(x[i]);
};

const truth: UnaryLoop = (x, z, n) => {
  for (let i = 0; i < n; i++) z[i] = x[i] === 0 ? 0 : 1;
};

/** The loop of a rarer function. */
function each(f: (x: number) => number): UnaryLoop {
  return (x, z, n) => {
    for (let i = 0; i < n; i++) z[i] = f(x[i]);
  };
}

function stepOf(loop: UnaryLoop, output: Parameters<Prepare<{}>>[0], input: typeof output) {
  const [x, z, n] = [input.cell, output.cell, sizeOfValue(output)];
  return () => loop(x.data, z.data, n);
}

/** `single` is the loop for float32, if it has one of its own. */
function unary(loop: UnaryLoop, single = loop): Kernel<{}> {
  return {
    prepare: (output, [input]) => stepOf(input.dtype === 'float32' ? single : loop, output, input),
    inPlace: 'every input',
  };
}

const cast: KernelOf<'cast'> = {
  prepare: (output, [input], { dtype }) => {
    if (dtype === 'bool') return stepOf(truth, output, input);
    return stepOf(dtype === 'int32' ? truncate : copy, output, input);
  },
  inPlace: 'every input',
};

/** The kernel behind outputs that must not share memory: the same values in another place. */
export const copyKernel: Kernel<{}> = unary(copy);

export const unaryKernels = {
  neg: unary(neg),
  abs: unary(abs),
  sign: unary(each(Math.sign)),
  exp: unary(exp, expSingle),
  expm1: unary(each(Math.expm1)),
  log: unary(log),
  log1p: unary(each(Math.log1p)),
  sqrt: unary(sqrt),
  sin: unary(each(Math.sin)),
  cos: unary(each(Math.cos)),
  tan: unary(each(Math.tan)),
  asin: unary(each(Math.asin)),
  acos: unary(each(Math.acos)),
  atan: unary(each(Math.atan)),
  sinh: unary(each(Math.sinh)),
  cosh: unary(each(Math.cosh)),
  tanh: unary(tanh, tanhSingle),
  asinh: unary(each(Math.asinh)),
  acosh: unary(each(Math.acosh)),
  atanh: unary(each(Math.atanh)),
  sigmoid: unary(sigmoid, sigmoidSingle),
  softplus: unary(each(softplus)),
  relu: unary(relu),
  erf: unary(each(erf)),
  floor: unary(each(Math.floor)),
  ceil: unary(each(Math.ceil)),
  round: unary(each(roundHalfEven)),
  isNaN: unary(each((x) => (Number.isNaN(x) ? 1 : 0))),
  logicalNot: unary(logicalNot),
  cast,
};
