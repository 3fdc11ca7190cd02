import { fail } from '../../graph/errors.ts';
import { broadcastShapes, formatDim, formatShape, type Shape } from '../../graph/shape.ts';
import {
  describe,
  expectDType,
  expectInputs,
  expectSameDType,
  FLOATS,
  NUMBERS,
  primitive,
} from './rules.ts';

/**
 * Products that sum over an axis: matrix product, convolution and its two adjoints. Convolution is laid
 * out channels first: values [N, C, ...space], kernels [filters, C / groups, ...window]; what deep
 * learning calls convolution, that is, the kernel is not flipped. `padding` holds one [before, after]
 * pair a spatial axis.
 */

export interface ConvAttributes {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly groups: number;
  readonly [name: string]: any;
}

/** Size of one spatial axis after a window slid over it. */
export function slidSize(
  name: string,
  size: number,
  window: number,
  stride: number,
  dilation: number,
  [before, after]: readonly [number, number],
): number {
  const reach = (window - 1) * dilation + 1;
  const room = size + before + after - reach;
  if (size < 0) fail(name, 'a spatial axis cannot be the symbolic batch; give it a fixed size');
  if (room < 0) {
    fail(
      name,
      `a window that reaches over ${reach} does not fit into ${size + before + after} elements (${size} plus padding); use a smaller window or padding: 'same'`,
    );
  }
  return Math.floor(room / stride) + 1;
}

function convShape(name: string, x: Shape, w: Shape, a: ConvAttributes): Shape {
  const rank = x.length - 2;
  if (rank < 1 || w.length !== x.length) {
    fail(
      name,
      `input ${formatShape(x)} and kernel ${formatShape(w)} must have the same rank of 3 or more`,
    );
  }
  if (x[1] !== w[1] * a.groups) {
    fail(
      name,
      `input ${formatShape(x)} has ${formatDim(x[1])} channels; kernel ${formatShape(w)} with ${a.groups} group(s) expects ${w[1] * a.groups}`,
    );
  }
  if (w[0] % a.groups !== 0) {
    fail(
      name,
      `${w[0]} filters do not divide into ${a.groups} groups; expected filters to be a multiple of groups`,
    );
  }
  const space = x
    .slice(2)
    .map((d, i) => slidSize(name, d, w[i + 2], a.strides[i], a.dilations[i], a.padding[i]));
  return [x[0], w[0], ...space];
}

export const contractions = {
  matMul: primitive<{ transposeA: boolean; transposeB: boolean }>({
    name: 'matMul',
    doc: 'matrix product of the last two axes; leading axes broadcast',
    shape: (inputs, { transposeA, transposeB }) => {
      expectInputs('matMul', inputs, 2);
      expectSameDType('matMul', inputs);
      expectDType('matMul', inputs[0], NUMBERS);
      const [a, b] = inputs.map((i) => i.shape);
      if (a.length < 2 || b.length < 2) {
        fail(
          'matmul',
          `received ${formatShape(a)} x ${formatShape(b)}; expected at least two axes each; reshape vectors to matrices`,
        );
      }
      const [rows, innerA] = transposeA ? [a.at(-1)!, a.at(-2)!] : [a.at(-2)!, a.at(-1)!];
      const [innerB, columns] = transposeB ? [b.at(-1)!, b.at(-2)!] : [b.at(-2)!, b.at(-1)!];
      if (innerA !== innerB) {
        const t = (on: boolean) => (on ? ' transposed' : '');
        fail(
          'matmul',
          `inner dimensions differ: ${formatShape(a)}${t(transposeA)} x ${formatShape(b)}${t(transposeB)}; transpose one side, or check the previous layer's units`,
        );
      }
      const lead = broadcastShapes('matmul', a.slice(0, -2), b.slice(0, -2));
      return { shape: [...lead, rows, columns], dtype: inputs[0].dtype };
    },
  }),
  conv: primitive<ConvAttributes>({
    name: 'conv',
    doc: 'inputs (values, kernel): cross-correlation over the spatial axes',
    shape: (inputs, attributes) => {
      expectInputs('conv', inputs, 2);
      expectSameDType('conv', inputs);
      expectDType('conv', inputs[0], FLOATS);
      return {
        shape: convShape('conv', inputs[0].shape, inputs[1].shape, attributes),
        dtype: inputs[0].dtype,
      };
    },
  }),
  convInputGrad: primitive<ConvAttributes & { inputSpace: readonly number[] }>({
    name: 'convInputGrad',
    doc: 'inputs (gradient of the result, kernel): the adjoint of conv in its values; also the transposed convolution',
    shape: (inputs, attributes) => {
      expectInputs('convInputGrad', inputs, 2);
      expectSameDType('convInputGrad', inputs);
      const [dy, w] = inputs;
      const shape = [dy.shape[0], w.shape[1] * attributes.groups, ...attributes.inputSpace];
      const back = convShape('convInputGrad', shape, w.shape, attributes);
      if (back.some((d, i) => d !== dy.shape[i])) {
        fail(
          'convInputGrad',
          `received ${describe(dy)}; values ${formatShape(shape)} and kernel ${formatShape(w.shape)} give ${formatShape(back)}`,
        );
      }
      return { shape, dtype: dy.dtype };
    },
  }),
  convKernelGrad: primitive<ConvAttributes & { window: readonly number[] }>({
    name: 'convKernelGrad',
    doc: 'inputs (values, gradient of the result): the adjoint of conv in its kernel',
    shape: (inputs, attributes) => {
      expectInputs('convKernelGrad', inputs, 2);
      expectSameDType('convKernelGrad', inputs);
      const [x, dy] = inputs;
      const shape = [dy.shape[1], x.shape[1] / attributes.groups, ...attributes.window];
      const forward = convShape('convKernelGrad', x.shape, shape, attributes);
      if (forward.some((d, i) => d !== dy.shape[i])) {
        fail(
          'convKernelGrad',
          `received ${describe(dy)}; values ${formatShape(x.shape)} and kernel ${formatShape(shape)} give ${formatShape(forward)}`,
        );
      }
      return { shape, dtype: x.dtype };
    },
  }),
};
