import { fail } from '../../graph/errors.ts';
import type { ValueType } from '../../graph/node.ts';
import { formatShape, type Shape, sameShape } from '../../graph/shape.ts';
import { slidSize } from './contraction.ts';
import {
  describe,
  expectDType,
  expectInputs,
  expectSameDType,
  FLOATS,
  primitive,
} from './rules.ts';

/**
 * Windows slid over the spatial axes of [N, C, ...space]. Padding counts as minus infinity for the
 * largest and as zero for the sum. Where elements of a window tie for the largest, the first in
 * row-major order takes the whole gradient.
 */

export interface PoolAttributes {
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly [name: string]: any;
}

export function pooledShape(
  name: string,
  x: Shape,
  { window, strides, padding }: PoolAttributes,
): Shape {
  if (x.length !== window.length + 2) {
    fail(
      name,
      `received ${formatShape(x)}; expected [batch, channels] and ${window.length} spatial axes`,
    );
  }
  const space = x.slice(2).map((d, i) => slidSize(name, d, window[i], strides[i], 1, padding[i]));
  return [x[0], x[1], ...space];
}

function expectPooled(name: string, value: ValueType, shape: Shape): void {
  if (!sameShape(value.shape, shape)) {
    fail(name, `received ${describe(value)}; expected ${formatShape(shape)}`);
  }
}

function pool(name: string, doc: string) {
  return primitive<PoolAttributes>({
    name,
    doc,
    shape: (inputs, attributes) => {
      expectInputs(name, inputs, 1);
      expectDType(name, inputs[0], FLOATS);
      return { shape: pooledShape(name, inputs[0].shape, attributes), dtype: inputs[0].dtype };
    },
  });
}

export const pooling = {
  maxPool: pool('maxPool', 'the largest of each window'),
  maxPoolGrad: primitive<PoolAttributes>({
    name: 'maxPoolGrad',
    doc: 'inputs (x, y = maxPool(x), dy): dy sent back to where each largest came from',
    shape: (inputs, attributes) => {
      expectInputs('maxPoolGrad', inputs, 3);
      expectSameDType('maxPoolGrad', inputs);
      const [x, y, dy] = inputs;
      const pooled = pooledShape('maxPoolGrad', x.shape, attributes);
      expectPooled('maxPoolGrad', y, pooled);
      expectPooled('maxPoolGrad', dy, pooled);
      return { shape: x.shape, dtype: x.dtype };
    },
  }),
  maxPoolPick: primitive<PoolAttributes>({
    name: 'maxPoolPick',
    doc: 'inputs (x, y = maxPool(x), v of the shape of x): v at the place each largest of x came from',
    shape: (inputs, attributes) => {
      expectInputs('maxPoolPick', inputs, 3);
      expectSameDType('maxPoolPick', inputs);
      const [x, y, v] = inputs;
      expectPooled('maxPoolPick', v, x.shape);
      expectPooled('maxPoolPick', y, pooledShape('maxPoolPick', x.shape, attributes));
      return { shape: y.shape, dtype: x.dtype };
    },
  }),
  sumPool: pool('sumPool', 'the sum of each window'),
  sumPoolGrad: primitive<PoolAttributes & { inputSpace: readonly number[] }>({
    name: 'sumPoolGrad',
    doc: 'input dy: each element of dy added to every place of its window; the adjoint of sumPool',
    shape: (inputs, attributes) => {
      expectInputs('sumPoolGrad', inputs, 1);
      const [dy] = inputs;
      const shape = [dy.shape[0], dy.shape[1], ...attributes.inputSpace];
      expectPooled('sumPoolGrad', dy, pooledShape('sumPoolGrad', shape, attributes));
      return { shape, dtype: dy.dtype };
    },
  }),
};
