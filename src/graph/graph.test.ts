import { describe, expect, it } from 'vitest';
import * as b from '../ops/build.ts';
import { printGraph } from './print.ts';
import { addDims, BATCH, broadcastShapes, formatShape, multiplyDims, withBatch } from './shape.ts';
import { verifyGraph } from './verify.ts';

describe('nodes', () => {
  it('are the same when they are equal', () => {
    const x = b.placeholder([2, 3], 'float32');
    expect(b.add(x, 1)).toBe(b.add(x, 1));
    expect(b.add(x, 1)).not.toBe(b.add(x, 2));
    expect(b.mul(x, 0)).not.toBe(b.mul(x, -0));
    expect(b.placeholder([2], 'float32')).not.toBe(b.placeholder([2], 'float32'));
  });

  it('refuse wrong shapes where they are built, with both shapes and the way out', () => {
    const a = b.placeholder([100, 784], 'float32');
    const w = b.placeholder([785, 1024], 'float32');
    expect(() => b.matMul(a, w)).toThrow(
      "matmul: inner dimensions differ: [100, 784] x [785, 1024]; transpose one side, or check the previous layer's units",
    );
    expect(() => b.add(a, w)).toThrow('[100, 784] and [785, 1024] do not broadcast: 100 meets 785');
    expect(() => b.reshape(a, [3, 3])).toThrow('[100, 784] has 78400 elements, [3, 3] has 9');
    expect(() => b.sum(a, 2)).toThrow('axis 2 is out of range for rank 2; expected -2 to 1');
  });
});

describe('shapes with a symbolic batch', () => {
  it('multiply, add and print', () => {
    expect(multiplyDims('t', BATCH, 80)).toBe(-80);
    expect(() => multiplyDims('t', BATCH, BATCH)).toThrow('two symbolic batch dimensions');
    expect(addDims('t', BATCH, -2)).toBe(-3);
    expect(() => addDims('t', BATCH, 5)).toThrow('cannot be joined');
    expect(formatShape([BATCH, -80, 3])).toBe('[batch, 80*batch, 3]');
    expect(withBatch([BATCH, -80, 3], 4)).toEqual([4, 320, 3]);
    expect(broadcastShapes('t', [BATCH, 1], [1, 7])).toEqual([BATCH, 7]);
  });
});

describe('printing and verifying', () => {
  it('prints one line a node, then the results and the state', () => {
    const x = b.placeholder([2, 3], 'float32');
    const w = b.placeholder([3, 4], 'float32');
    const graph = {
      inputs: [x, w],
      outputs: [b.matMul(x, w), b.mul(w, 2)],
      state: [[1, 1]] as [number, number][],
    };
    expect(printGraph(graph)).toBe(
      [
        '%0 = input : float32 [2, 3]',
        '%1 = input : float32 [3, 4]',
        '%2 = matMul %0 %1 transposeA=false transposeB=false : float32 [2, 4]',
        '%3 = constant data=Float32Array(2) dtype="float32" shape=[] : float32 []',
        '%4 = mul %1 %3 : float32 [3, 4]',
        'return %2 %4',
        'state %1 <- %4',
      ].join('\n'),
    );
    expect(() => verifyGraph(graph)).not.toThrow();
  });

  it('finds placeholders nobody declared and state that changes its type', () => {
    const x = b.placeholder([2], 'float32');
    const y = b.placeholder([2], 'float32');
    expect(() => verifyGraph({ inputs: [x], outputs: [b.add(x, y)], state: [] })).toThrow(
      'not an input',
    );
    expect(() => verifyGraph({ inputs: [x], outputs: [b.sum(x)], state: [[0, 0]] })).toThrow(
      'state 0 changes from float32 [2] to float32 []',
    );
  });
});
