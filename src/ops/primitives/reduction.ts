import type { DType } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import type { Shape } from '../../graph/shape.ts';
import { expectDType, expectInputs, FLOATS, NUMBERS, primitive } from './rules.ts';

/**
 * From many elements to few. `axes` are sorted, distinct and counted from the front; with `keepDims`
 * the reduced axes stay with size 1.
 */

export interface ReductionAttributes {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
  readonly [name: string]: any;
}

export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  return keepDims
    ? shape.map((d, i) => (axes.includes(i) ? 1 : d))
    : shape.filter((_, i) => !axes.includes(i));
}

function expectAxes(name: string, axes: readonly number[], shape: Shape): void {
  const rank = shape.length;
  const known = rank === 0 ? 'a scalar has no axes' : `expected -${rank} to ${rank - 1}`;
  for (const a of axes) {
    if (!(a >= 0 && a < rank)) fail(name, `axis ${a} is out of range for rank ${rank}; ${known}`);
  }
}

function reduction(name: string, doc: string) {
  return primitive<ReductionAttributes>({
    name,
    doc,
    shape: (inputs, { axes, keepDims }) => {
      expectInputs(name, inputs, 1);
      expectDType(name, inputs[0], NUMBERS);
      expectAxes(name, axes, inputs[0].shape);
      return { shape: reducedShape(inputs[0].shape, axes, keepDims), dtype: inputs[0].dtype };
    },
  });
}

function argument(name: string, doc: string) {
  return primitive<{ axis: number }>({
    name,
    doc,
    shape: (inputs, { axis }) => {
      expectInputs(name, inputs, 1);
      expectDType(name, inputs[0], NUMBERS);
      expectAxes(name, [axis], inputs[0].shape);
      return { shape: reducedShape(inputs[0].shape, [axis], false), dtype: 'int32' as DType };
    },
  });
}

function along<A extends { axis: number; [name: string]: any }>(
  name: string,
  doc: string,
  allowed: readonly string[],
  dtype?: DType,
) {
  return primitive<A>({
    name,
    doc,
    shape: (inputs, { axis }) => {
      expectInputs(name, inputs, 1);
      expectDType(name, inputs[0], allowed);
      expectAxes(name, [axis], inputs[0].shape);
      return { shape: inputs[0].shape, dtype: dtype ?? inputs[0].dtype };
    },
  });
}

export const reductions = {
  sum: reduction('sum', 'sum over the axes'),
  prod: reduction('prod', 'product over the axes'),
  max: reduction('max', 'largest over the axes'),
  min: reduction('min', 'smallest over the axes'),
  argMax: argument('argMax', 'index of the first largest along one axis'),
  argMin: argument('argMin', 'index of the first smallest along one axis'),
  cumSum: along<{ axis: number; exclusive: boolean; reverse: boolean }>(
    'cumSum',
    'running sum along one axis; exclusive leaves the element itself out, reverse runs from the end',
    NUMBERS,
  ),
  argSort: along<{ axis: number; descending: boolean }>(
    'argSort',
    'indices that sort along one axis, equal elements in their order',
    NUMBERS,
    'int32',
  ),
  softmax: along<{ axis: number }>(
    'softmax',
    'e^x / sum(e^x) along one axis, without overflow',
    FLOATS,
  ),
  logSoftmax: along<{ axis: number }>(
    'logSoftmax',
    'log of softmax, exact for small probabilities',
    FLOATS,
  ),
};
