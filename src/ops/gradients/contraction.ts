import type { Node } from '../../graph/node.ts';
import { multiplyDims } from '../../graph/shape.ts';
import * as b from '../build.ts';
import type { ConvAttributes, contractions } from '../primitives/contraction.ts';
import type { PoolAttributes, pooling } from '../primitives/pooling.ts';
import type { GradientRules } from './rule.ts';

const { conv, convInputGrad, convKernelGrad, matMul, sumTo } = b;

const space = (x: Node): number[] => x.shape.slice(2);
/** The attributes of a convolution without those that only its adjoints have. */
const plain = ({ strides, dilations, padding, groups }: ConvAttributes): ConvAttributes => ({
  strides,
  dilations,
  padding,
  groups,
});
const windowed = ({ window, strides, padding }: PoolAttributes): PoolAttributes => ({
  window,
  strides,
  padding,
});

/** All leading axes of a value as one, so that a shared matrix needs one product, not one per batch. */
function flattenRows(x: Node): Node {
  const rows = x.shape.slice(0, -1).reduce((p, d) => multiplyDims('matmul', p, d), 1);
  return b.reshape(x, [rows, x.shape.at(-1)!]);
}

export const contractionGradients: GradientRules<keyof typeof contractions> = {
  matMul: (dy, [x, y], _, { transposeA, transposeB }) => {
    const dx = transposeA
      ? matMul(y, dy, { transposeA: transposeB, transposeB: true })
      : matMul(dy, y, { transposeB: !transposeB });
    const shared = y.shape.length === 2 && x.shape.length > 2 && !transposeA;
    const [rows, dRows] = shared ? [flattenRows(x), flattenRows(dy)] : [x, dy];
    const dw = transposeB
      ? matMul(dRows, rows, { transposeA: true, transposeB: transposeA })
      : matMul(rows, dRows, { transposeA: !transposeA });
    return [sumTo(dx, x.shape), sumTo(dw, y.shape)];
  },
  conv: (dy, [x, w], _, attributes) => [
    convInputGrad(dy, w, { ...plain(attributes), inputSpace: space(x) }),
    convKernelGrad(x, dy, { ...plain(attributes), window: space(w) }),
  ],
  // Convolution is linear in its values and in its kernel: the adjoints are built from one another.
  convInputGrad: (v, [dy, w], _, attributes) => [
    conv(v, w, plain(attributes)),
    convKernelGrad(v, dy, { ...plain(attributes), window: space(w) }),
  ],
  convKernelGrad: (u, [x, dy], _, attributes) => [
    convInputGrad(dy, u, { ...plain(attributes), inputSpace: space(x) }),
    conv(x, u, plain(attributes)),
  ],
};

export const poolingGradients: GradientRules<keyof typeof pooling> = {
  maxPool: (dy, [x], y, attributes) => [b.maxPoolGrad(x, y, dy, windowed(attributes))],
  maxPoolGrad: (v, [x, y], _, attributes) => [
    undefined,
    undefined,
    b.maxPoolPick(x, y, v, windowed(attributes)),
  ],
  maxPoolPick: (dy, [x, y], _, attributes) => [
    undefined,
    undefined,
    b.maxPoolGrad(x, y, dy, windowed(attributes)),
  ],
  sumPool: (dy, [x], _, attributes) => [
    b.sumPoolGrad(dy, { ...windowed(attributes), inputSpace: space(x) }),
  ],
  sumPoolGrad: (v, _, __, attributes) => [b.sumPool(v, windowed(attributes))],
};
