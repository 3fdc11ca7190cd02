import { fail } from '../../graph/errors.ts';
import {
  addDims,
  broadcastShapes,
  formatDim,
  formatShape,
  type Shape,
  sameShape,
  sizeOf,
} from '../../graph/shape.ts';
import { describe, expectInputs, expectSameDType, primitive } from './rules.ts';

/** The same elements in another arrangement. */

export const shaping = {
  reshape: primitive<{ shape: Shape }>({
    name: 'reshape',
    doc: 'the same elements in row-major order under another shape',
    shape: (inputs, { shape }) => {
      expectInputs('reshape', inputs, 1);
      const from = sizeOf(inputs[0].shape, 'reshape');
      const to = sizeOf(shape, 'reshape');
      if (from !== to) {
        fail(
          'reshape',
          `${formatShape(inputs[0].shape)} has ${formatDim(from)} elements, ${formatShape(shape)} has ${formatDim(to)}; the counts must be equal`,
        );
      }
      return { shape, dtype: inputs[0].dtype };
    },
  }),
  transpose: primitive<{ permutation: readonly number[] }>({
    name: 'transpose',
    doc: 'axes in another order: result axis i is axis permutation[i]',
    shape: (inputs, { permutation }) => {
      expectInputs('transpose', inputs, 1);
      const { shape, dtype } = inputs[0];
      const sorted = [...permutation].sort((a, b) => a - b);
      if (permutation.length !== shape.length || sorted.some((p, i) => p !== i)) {
        fail(
          'transpose',
          `[${permutation.join(', ')}] is not an order of the ${shape.length} axes of ${formatShape(shape)}; expected each of 0 to ${shape.length - 1} once`,
        );
      }
      return { shape: permutation.map((p) => shape[p]), dtype };
    },
  }),
  broadcastTo: primitive<{ shape: Shape }>({
    name: 'broadcastTo',
    doc: 'repeated along axes of size 1 and along new leading axes',
    shape: (inputs, { shape }) => {
      expectInputs('broadcastTo', inputs, 1);
      if (!sameShape(broadcastShapes('broadcastTo', inputs[0].shape, shape), shape)) {
        fail(
          'broadcastTo',
          `${formatShape(inputs[0].shape)} does not stretch to ${formatShape(shape)}; expected each dimension to be equal or 1`,
        );
      }
      return { shape, dtype: inputs[0].dtype };
    },
  }),
  slice: primitive<{
    starts: readonly number[];
    limits: readonly number[];
    strides: readonly number[];
  }>({
    name: 'slice',
    doc: 'elements starts[i], starts[i] + strides[i], ... below limits[i] of each axis; a symbolic axis is kept whole',
    shape: (inputs, { starts, limits, strides }) => {
      expectInputs('slice', inputs, 1);
      const { shape, dtype } = inputs[0];
      if (
        starts.length !== shape.length ||
        limits.length !== shape.length ||
        strides.length !== shape.length
      ) {
        fail(
          'slice',
          `starts, limits and strides need one number for each of the ${shape.length} axes of ${formatShape(shape)}`,
        );
      }
      const out = shape.map((d, i) => {
        if (d < 0) {
          if (starts[i] !== 0 || limits[i] !== d || strides[i] !== 1) {
            fail(
              'slice',
              `axis ${i} of ${formatShape(shape)} depends on the batch size and can only be taken whole`,
            );
          }
          return d;
        }
        if (!(starts[i] >= 0 && starts[i] <= limits[i] && limits[i] <= d && strides[i] >= 1)) {
          fail(
            'slice',
            `${starts[i]}:${limits[i]}:${strides[i]} is outside axis ${i} of ${formatShape(shape)}`,
          );
        }
        return Math.ceil((limits[i] - starts[i]) / strides[i]);
      });
      return { shape: out, dtype };
    },
  }),
  pad: primitive<{
    low: readonly number[];
    high: readonly number[];
    interior: readonly number[];
    value: number;
  }>({
    name: 'pad',
    doc: 'low[i] copies of the value before axis i, high[i] after it and interior[i] between neighbours',
    shape: (inputs, { low, high, interior }) => {
      expectInputs('pad', inputs, 1);
      const { shape, dtype } = inputs[0];
      const out = shape.map((d, i) => {
        if (low[i] === 0 && high[i] === 0 && interior[i] === 0) return d;
        if (d < 0)
          fail(
            'pad',
            `axis ${i} of ${formatShape(shape)} depends on the batch size and cannot be padded`,
          );
        if (!(low[i] >= 0 && high[i] >= 0 && interior[i] >= 0)) {
          fail(
            'pad',
            `amounts must not be negative: low ${low[i]}, high ${high[i]}, interior ${interior[i]}`,
          );
        }
        return low[i] + high[i] + d + Math.max(0, d - 1) * interior[i];
      });
      return { shape: out, dtype };
    },
  }),
  concatenate: primitive<{ axis: number }>({
    name: 'concatenate',
    doc: 'one after another along an axis',
    shape: (inputs, { axis }) => {
      if (inputs.length === 0) fail('concatenate', 'received no tensors; expected one or more');
      expectSameDType('concatenate', inputs);
      const shape = [...inputs[0].shape];
      for (const other of inputs.slice(1)) {
        if (
          other.shape.length !== shape.length ||
          other.shape.some((d, i) => i !== axis && d !== shape[i])
        ) {
          fail(
            'concatenate',
            `${inputs.map(describe).join(', ')} differ in more than axis ${axis}`,
          );
        }
        shape[axis] = addDims('concatenate', shape[axis], other.shape[axis]);
      }
      return { shape, dtype: inputs[0].dtype };
    },
  }),
  reverse: primitive<{ axes: readonly number[] }>({
    name: 'reverse',
    doc: 'the order of elements turned round along the axes',
    shape: (inputs) => {
      expectInputs('reverse', inputs, 1);
      return { shape: inputs[0].shape, dtype: inputs[0].dtype };
    },
  }),
};
