import type { DType } from '../../../src/graph/dtype.ts';
import * as b from '../../../src/ops/build.ts';
import type { LoopBody, loops } from '../../../src/ops/primitives/loop.ts';
import { given, spread } from '../values.ts';
import { type Any, type Cases, FLOATS, over } from './case.ts';

/** Two carries, two sequences, two constants and two results; the second carry only counts. */
function growth(dtype: DType): LoopBody {
  const state = b.placeholder([2, 3], dtype);
  const count = b.placeholder([], 'int32');
  const x = b.placeholder([2, 3], dtype);
  const keep = b.placeholder([2, 1], 'bool');
  const kernel = b.placeholder([3, 3], dtype);
  const bias = b.placeholder([3], dtype);
  const moved = b.tanh(b.add(b.matMul(state, kernel), b.add(x, bias)));
  const next = b.select(keep, moved, state);
  return {
    graph: {
      inputs: [state, count, x, keep, kernel, bias],
      outputs: [next, b.add(count, 1), b.mul(moved, b.cast(count, dtype)), next],
      state: [],
    },
    carries: 2,
    slices: 2,
  };
}

/** A step whose results are its own inputs, and that does not need the sequence. */
function pass(dtype: DType): LoopBody {
  const [state, x] = [b.placeholder([2], dtype), b.placeholder([], dtype)];
  return {
    graph: { inputs: [state, x], outputs: [b.mul(state, 2), x, state], state: [] },
    carries: 1,
    slices: 1,
  };
}

function every(bodyOf: (dtype: DType) => LoopBody, inputs: (dtype: DType) => Any['inputs']): Any[] {
  return over(FLOATS, (dtype) => {
    const body = bodyOf(dtype);
    const { length } = body.graph.outputs;
    return Array.from({ length: length + body.carries }, (_, output) => output).flatMap((output) =>
      [false, true].map((reverse) => ({
        note: `${dtype}, value ${output}`,
        inputs: inputs(dtype),
        attributes: { body: () => body, output, reverse },
      })),
    );
  });
}

export const loopCases: Cases<keyof typeof loops> = {
  scan: [
    ...every(growth, (dtype) => [
      spread([2, 3], dtype),
      given([3], 'int32', []),
      spread([4, 2, 3], dtype),
      given([1, 0, 1, 1, 0, 1, 0, 0], 'bool', [4, 2, 1]),
      spread([3, 3], dtype),
      spread([3], dtype),
    ]),
    ...every(pass, (dtype) => [spread([2], dtype), spread([1], dtype)]),
  ],
};
