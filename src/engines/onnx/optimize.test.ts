import { describe, expect, it } from 'vitest';
import type { Node } from '../../graph/node.ts';
import * as b from '../../ops/build.ts';
import type { Target } from './builder.ts';
import { toOnnxModel } from './compile.ts';
import { printModel } from './model.ts';

const f = (...shape: number[]): Node => b.placeholder(shape, 'float32');

/** The operators of the model that computes `outputs`, one line each. */
function lowered(inputs: Node[], outputs: Node[], target: Target = 'cpu'): string[] {
  const text = printModel(toOnnxModel({ inputs, outputs, state: [] }, { target }));
  return text.split('\n').slice(0, -1);
}

describe('products', () => {
  it('take a bias in, so that ONNX Runtime can fuse the activation', () => {
    const [x, w, bias] = [f(4, 3), f(3, 5), f(5)];
    expect(lowered([x, w, bias], [b.relu(b.add(b.matMul(x, w), bias))])).toEqual([
      'v0 = Gemm i0 i1 i2',
      'o0 = Relu v0',
    ]);
  });

  it('leave a bias beside them where all threads should add it', () => {
    const [x, w, bias] = [f(8, 64, 16), f(16, 1024), f(1024)];
    const dense = b.add(b.matMul(x, w), bias);
    expect(lowered([x, w, bias], [dense])).toEqual(['v0 = FusedMatMul i0 i1', 'o0 = Add v0 i2']);
    expect(lowered([x, w, bias], [dense], 'webgpu')[0]).toContain('= MatMul');
    const z = f(512, 16);
    expect(lowered([z, w, bias], [b.add(b.matMul(z, w), bias)])[0]).toContain('FusedMatMul');
  });

  it('do momentum and the scaled gradient in one operator', () => {
    const [x, dz, v, rate] = [f(100, 64), f(100, 32), f(64, 32), f()];
    const gradient = b.matMul(x, dz, { transposeA: true });
    const velocity = b.sub(b.mul(v, 0.5), b.mul(gradient, rate));
    expect(lowered([x, dz, v, rate], [velocity])).toEqual([
      'v0 = Mul i1 i3',
      'o0 = Gemm i0 v0 i2 transA=1 alpha=-1 beta=0.5',
    ]);
  });

  it('take a constant factor into alpha', () => {
    const [x, y] = [f(4, 3), f(3, 5)];
    expect(lowered([x, y], [b.mul(b.matMul(x, y), 0.25)])).toEqual(['o0 = Gemm i0 i1 alpha=0.25']);
  });

  it('stay apart when somebody else reads them', () => {
    const [x, w, bias] = [f(4, 3), f(3, 5), f(5)];
    const product = b.matMul(x, w);
    expect(lowered([x, w, bias], [b.add(product, bias), product])).toEqual([
      'o1 = MatMul i0 i1',
      'o0 = Add o1 i2',
    ]);
  });

  it('do not take in what stretches the product', () => {
    const [x, w, bias] = [f(1, 3), f(3, 5), f(4, 5)];
    expect(lowered([x, w, bias], [b.add(b.matMul(x, w), bias)])).toEqual([
      'v0 = MatMul i0 i1',
      'o0 = Add v0 i2',
    ]);
  });

  it('scale the product where it is smaller than its factors', () => {
    const [x, y, s] = [f(300, 100), f(100, 100), f()];
    const wide = b.matMul(x, y);
    expect(lowered([x, y, s], [b.mul(wide, s)])).toEqual(['v0 = Mul i1 i2', 'o0 = MatMul i0 v0']);
    const [u, w] = [f(90, 400), f(400, 90)];
    expect(lowered([u, w, s], [b.mul(b.matMul(u, w), s)])).toEqual([
      'v0 = MatMul i0 i1',
      'o0 = Mul v0 i2',
    ]);
  });
});

describe('convolutions', () => {
  const unit = {
    strides: [1, 1],
    dilations: [1, 1],
    padding: [[0, 0] as const, [0, 0] as const],
    groups: 1,
  };

  it('take a bias in', () => {
    const [x, w, bias] = [f(2, 3, 5, 5), f(4, 3, 3, 3), f(4)];
    const sum = b.add(b.conv(x, w, unit), b.reshape(bias, [1, 4, 1, 1]));
    expect(lowered([x, w, bias], [sum])).toEqual(['o0 = Conv i0 i1 i2 kernel_shape=[3,3]']);
  });
});

describe('masks', () => {
  const [x, w, dz] = [f(8, 8), f(8, 8), f(8, 8)];
  const y = b.relu(b.matMul(x, w));
  const dy = b.matMul(dz, w, { transposeB: true });

  it('of relu are a steep HardSigmoid on a processor and a choice on a GPU', () => {
    const dx = b.select(b.greater(y, 0), dy, 0);
    expect(lowered([x, w, dz], [dx])).toEqual([
      'v0 = MatMul i0 i1',
      'v1 = Relu v0',
      'v2 = Gemm i2 i1 transB=1',
      'v3 = HardSigmoid v1 alpha=1e+38 beta=0',
      'o0 = Mul v2 v3',
    ]);
    expect(lowered([x, w, dz], [dx], 'webgpu').slice(-2)).toEqual([
      'v4 = Greater v1 0',
      'o0 = Where v4 v2 0',
    ]);
  });

  it('of dropout compare with the rate once for both directions', () => {
    const draw = f(8, 8);
    const kept = b.greaterEqual(draw, 0.5);
    const outputs = [y, dy].map((v) => b.select(kept, b.mul(v, 2), 0));
    const lines = lowered([x, w, dz, draw], outputs);
    expect(lines.filter((l) => l.includes('HardSigmoid'))).toHaveLength(1);
    expect(lines.some((l) => l.includes('Where'))).toBe(false);
  });

  it('stay choices where the value may be infinite or come from outside', () => {
    const logarithm = b.select(b.greater(y, 0), b.log(y), 0);
    expect(lowered([x, w], [logarithm]).at(-1)).toMatch(/Where/);
    const quotient = b.select(b.greater(y, 0), b.div(dy, y), 0);
    expect(lowered([x, w, dz], [quotient]).at(-1)).toMatch(/Where/);
    expect(lowered([x, w, dz], [b.select(b.greater(y, 0), dz, 0)]).at(-1)).toMatch(/Where/);
    expect(lowered([x, dz], [b.select(b.greater(x, 0), b.tanh(x), 0)]).at(-1)).toMatch(/Where/);
  });
});

describe('sums of rows', () => {
  it('are products with ones on a processor', () => {
    const x = f(100, 8);
    expect(lowered([x], [b.sum(x, 0)])).toEqual(['v2 = Expand 1 int64[100]', 'o0 = MatMul v2 i0']);
    expect(lowered([x], [b.sum(x, 1)])).toEqual(['o0 = ReduceSum i0 int64[1] keepdims=0']);
    expect(lowered([x], [b.sum(x, 0)], 'webgpu')).toEqual([
      'o0 = ReduceSum i0 int64[0] keepdims=0',
    ]);
  });

  it('over several axes in front are sums of rows too', () => {
    const x = f(3, 4, 2, 5);
    expect(lowered([x], [b.sum(x, [0, 1])]).map((line) => line.split(' ')[2])).toEqual([
      'Expand',
      'Reshape',
      'MatMul',
      'Reshape',
    ]);
    expect(lowered([x], [b.sum(x, [0, 2])])[0]).toContain('ReduceSum');
  });
});

describe('powers', () => {
  it('of two and three are products', () => {
    const x = f(4);
    expect(lowered([x], [b.pow(x, 2)])).toEqual(['o0 = Mul i0 i0']);
    expect(lowered([x], [b.pow(x, 3)])).toEqual(['v0 = Mul i0 i0', 'o0 = Mul v0 i0']);
    expect(lowered([x], [b.pow(x, 4)])).toEqual(['o0 = Pow i0 4']);
  });
});

describe('arrangement', () => {
  it('joins reshapes and transposes', () => {
    const x = f(2, 3, 4);
    const y = b.apply('reshape', [b.apply('reshape', [x], { shape: [6, 4] })], { shape: [4, 6] });
    expect(lowered([x], [y])).toEqual(['o0 = Reshape i0 int64[4,6]']);
    const z = b.apply('transpose', [b.transpose(x, [2, 0, 1])], { permutation: [1, 2, 0] });
    expect(lowered([x], [b.neg(z)])).toEqual(['o0 = Neg i0']);
  });
});
