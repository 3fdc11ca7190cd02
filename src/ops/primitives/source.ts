import type { DType, TypedArray } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape, type Shape } from '../../graph/shape.ts';
import { describe, expectInputs, primitive } from './rules.ts';

/** Where values come from, and the identities that steer differentiation. */

/**
 * Given the gradient of the wrapped value, the gradients of the arguments of `customGradient`, one each;
 * undefined stands for zero.
 */
export type CustomGradientRule = (dy: Node, args: readonly Node[]) => readonly (Node | undefined)[];

export const sources = {
  input: primitive<{ shape: Shape; dtype: DType; name: string }>({
    name: 'input',
    doc: 'a placeholder whose value is passed when the graph runs',
    unique: true,
    shape: (_, { shape, dtype }) => ({ shape, dtype }),
  }),
  constant: primitive<{ data: TypedArray; shape: Shape; dtype: DType }>({
    name: 'constant',
    doc: 'values known when the graph is built',
    shape: (_, { shape, dtype, data }) => {
      const size = shape.reduce((a, b) => a * b, 1);
      if (data.length !== size) {
        fail(
          'constant',
          `${data.length} values do not fill ${formatShape(shape)}; expected ${size}`,
        );
      }
      return { shape, dtype };
    },
  }),
  iota: primitive<{ shape: Shape; axis: number; dtype: DType }>({
    name: 'iota',
    doc: 'every element is its own coordinate along the axis: 0, 1, 2, ...',
    shape: (_, { shape, dtype }) => ({ shape, dtype }),
  }),
  dimension: primitive<{ axis: number }>({
    name: 'dimension',
    doc: 'the size of one axis as an int32 scalar; how a symbolic batch size enters arithmetic',
    shape: (inputs) => {
      expectInputs('dimension', inputs, 1);
      return { shape: [], dtype: 'int32' };
    },
  }),
  randomUniform: primitive<{ shape: Shape }>({
    name: 'randomUniform',
    doc: 'input key (int32 [2]): float32 in [0, 1) with 24 random bits; element i depends on the key and i only, alike on every engine',
    shape: (inputs, { shape }) => {
      expectInputs('randomUniform', inputs, 1);
      const [key] = inputs;
      if (key.dtype !== 'int32' || key.shape.length !== 1 || key.shape[0] !== 2) {
        fail('randomUniform', `the key is ${describe(key)}; expected int32 [2]`);
      }
      return { shape, dtype: 'float32' };
    },
  }),
  stopGradient: primitive<{}>({
    name: 'stopGradient',
    doc: 'the value itself, a constant to differentiation',
    shape: (inputs) => {
      expectInputs('stopGradient', inputs, 1);
      return { shape: inputs[0].shape, dtype: inputs[0].dtype };
    },
  }),
  customGradient: primitive<{ rule: CustomGradientRule }>({
    name: 'customGradient',
    doc: 'inputs (value, ...args): the value; its gradient goes to the args as the rule says',
    shape: (inputs) => ({ shape: inputs[0].shape, dtype: inputs[0].dtype }),
  }),
  barrier: primitive<{}>({
    name: 'barrier',
    doc: 'the value itself under a name of its own: never merged with an equal expression',
    unique: true,
    shape: (inputs) => {
      expectInputs('barrier', inputs, 1);
      return { shape: inputs[0].shape, dtype: inputs[0].dtype };
    },
  }),
};
