import type { shaping } from '../../../src/ops/primitives/shaping.ts';
import { spread } from '../values.ts';
import { ALL, arranged, type Cases, inf, NUMBERS, over, type Shaped } from './case.ts';

export const shapingCases: Cases<keyof typeof shaping> = {
  reshape: arranged([
    { shape: [6], attributes: { shape: [2, 3] } },
    { shape: [2, 3, 4], attributes: { shape: [4, 6] } },
    { shape: [], attributes: { shape: [1, 1] } },
    { shape: [1], attributes: { shape: [] } },
    { shape: [0, 3], attributes: { shape: [3, 0, 2] } },
  ]),
  transpose: arranged([
    { shape: [3, 4], attributes: { permutation: [1, 0] } },
    { shape: [2, 3, 4], attributes: { permutation: [2, 0, 1] } },
    { shape: [2, 3, 4], attributes: { permutation: [0, 2, 1] } },
    { shape: [2, 3, 4, 2], attributes: { permutation: [3, 1, 2, 0] } },
    { shape: [1, 4, 1], attributes: { permutation: [1, 0, 2] } },
    { shape: [0, 3], attributes: { permutation: [1, 0] } },
  ]),
  broadcastTo: arranged([
    { shape: [], attributes: { shape: [2, 3] } },
    { shape: [3], attributes: { shape: [2, 3] } },
    { shape: [2, 1], attributes: { shape: [2, 3] } },
    { shape: [1, 3, 1], attributes: { shape: [2, 3, 4] } },
    { shape: [2, 1, 2], attributes: { shape: [3, 2, 4, 2] } },
    { shape: [1], attributes: { shape: [0] } },
  ]),
  slice: arranged([
    { shape: [7], attributes: { starts: [2], limits: [6], strides: [1] } },
    { shape: [7], attributes: { starts: [1], limits: [7], strides: [3] } },
    { shape: [4, 5], attributes: { starts: [1, 0], limits: [3, 5], strides: [1, 1] } },
    { shape: [4, 5], attributes: { starts: [0, 1], limits: [4, 4], strides: [2, 2] } },
    { shape: [3, 4, 5], attributes: { starts: [1, 0, 2], limits: [2, 4, 5], strides: [1, 3, 1] } },
    { shape: [4, 5], attributes: { starts: [2, 0], limits: [2, 5], strides: [1, 1] } },
  ]),
  pad: over(NUMBERS, (dtype) =>
    (
      [
        { shape: [4], attributes: { low: [1], high: [2], interior: [0], value: 0 } },
        { shape: [4], attributes: { low: [0], high: [0], interior: [2], value: 7 } },
        {
          shape: [2, 3],
          attributes: { low: [1, 0], high: [0, 2], interior: [1, 0], value: -3 },
        },
        {
          shape: [2, 1, 3],
          attributes: { low: [0, 2, 0], high: [0, 1, 1], interior: [0, 3, 1], value: 0 },
        },
        { shape: [0, 2], attributes: { low: [1, 1], high: [1, 0], interior: [0, 0], value: 2 } },
      ] as Shaped[]
    )
      .concat(
        dtype === 'int32'
          ? []
          : [
              {
                note: 'infinite',
                shape: [3],
                attributes: { low: [1], high: [1], interior: [0], value: -inf },
              },
            ],
      )
      .map(({ shape, attributes, note }) => ({
        note,
        inputs: [spread(shape, dtype, -5, 5)],
        attributes,
      })),
  ),
  concatenate: over(ALL, (dtype) => [
    { inputs: [spread([2, 3], dtype)], attributes: { axis: 0 } },
    { inputs: [spread([2], dtype), spread([3], dtype)], attributes: { axis: 0 } },
    { inputs: [spread([2, 3], dtype), spread([2, 1], dtype)], attributes: { axis: 1 } },
    {
      inputs: [spread([2, 2, 3], dtype), spread([2, 1, 3], dtype), spread([2, 0, 3], dtype)],
      attributes: { axis: 1 },
    },
  ]),
  reverse: arranged([
    { shape: [5], attributes: { axes: [0] } },
    { shape: [3, 4], attributes: { axes: [1] } },
    { shape: [3, 4], attributes: { axes: [0, 1] } },
    { shape: [2, 3, 4], attributes: { axes: [0, 2] } },
  ]),
};
