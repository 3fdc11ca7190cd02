import { fail } from '../../graph/errors.ts';
import type { ValueType } from '../../graph/node.ts';
import { formatShape, type Shape, sameShape } from '../../graph/shape.ts';
import {
  describe,
  expectDType,
  expectInputs,
  expectSameDType,
  NUMBERS,
  primitive,
} from './rules.ts';

/**
 * Elements chosen by index tensors (int32). Negative indices count from the back; an index outside
 * [-size, size) is an error of the engine that runs the graph.
 */

function expectIndices(name: string, indices: ValueType): void {
  expectDType(name, indices, ['int32']);
}

export function gatheredShape(operand: Shape, indices: Shape, axis: number): Shape {
  return [...operand.slice(0, axis), ...indices, ...operand.slice(axis + 1)];
}

export const indexing = {
  gather: primitive<{ axis: number }>({
    name: 'gather',
    doc: 'inputs (operand, indices): the slices of the operand along the axis, in the order of the indices',
    shape: (inputs, { axis }) => {
      expectInputs('gather', inputs, 2);
      expectIndices('gather', inputs[1]);
      return {
        shape: gatheredShape(inputs[0].shape, inputs[1].shape, axis),
        dtype: inputs[0].dtype,
      };
    },
  }),
  scatterAdd: primitive<{ axis: number }>({
    name: 'scatterAdd',
    doc: 'inputs (operand, indices, updates): the operand with updates added at the indices along the axis; the adjoint of gather',
    shape: (inputs, { axis }) => {
      expectInputs('scatterAdd', inputs, 3);
      const [operand, indices, updates] = inputs;
      expectIndices('scatterAdd', indices);
      expectDType('scatterAdd', operand, NUMBERS);
      expectSameDType('scatterAdd', [operand, updates]);
      const expected = gatheredShape(operand.shape, indices.shape, axis);
      if (!sameShape(updates.shape, expected)) {
        fail('scatterAdd', `updates are ${describe(updates)}; expected ${formatShape(expected)}`);
      }
      return { shape: operand.shape, dtype: operand.dtype };
    },
  }),
  gatherAlong: primitive<{ axis: number }>({
    name: 'gatherAlong',
    doc: 'inputs (operand, indices of the same rank): one element a position, the index replaces the coordinate of the axis',
    shape: (inputs, { axis }) => {
      expectInputs('gatherAlong', inputs, 2);
      const [operand, indices] = inputs;
      expectIndices('gatherAlong', indices);
      if (
        indices.shape.length !== operand.shape.length ||
        indices.shape.some((d, i) => i !== axis && d !== operand.shape[i])
      ) {
        fail(
          'gatherAlong',
          `indices ${formatShape(indices.shape)} may differ from ${formatShape(operand.shape)} in axis ${axis} only; reshape or broadcast them first`,
        );
      }
      return { shape: indices.shape, dtype: operand.dtype };
    },
  }),
  scatterAddAlong: primitive<{ axis: number }>({
    name: 'scatterAddAlong',
    doc: 'inputs (operand, indices, updates of the shape of the indices): the adjoint of gatherAlong, added to the operand',
    shape: (inputs, { axis }) => {
      expectInputs('scatterAddAlong', inputs, 3);
      const [operand, indices, updates] = inputs;
      expectIndices('scatterAddAlong', indices);
      expectDType('scatterAddAlong', operand, NUMBERS);
      expectSameDType('scatterAddAlong', [operand, updates]);
      if (
        !sameShape(indices.shape, updates.shape) ||
        indices.shape.length !== operand.shape.length ||
        indices.shape.some((d, i) => i !== axis && d !== operand.shape[i])
      ) {
        fail(
          'scatterAddAlong',
          `indices ${formatShape(indices.shape)} and updates ${formatShape(updates.shape)} must be equal and differ from ${formatShape(operand.shape)} in axis ${axis} only`,
        );
      }
      return { shape: operand.shape, dtype: operand.dtype };
    },
  }),
};
