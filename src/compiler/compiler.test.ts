import { describe, expect, it } from 'vitest';
import type { Node } from '../graph/node.ts';
import { printGraph } from '../graph/print.ts';
import { BATCH } from '../graph/shape.ts';
import * as b from '../ops/build.ts';
import { optimizeGraph } from './compile.ts';
import { estimateCost } from './cost.ts';
import { specialize } from './specialize.ts';

/** The optimized graph of one result, printed without the lines of its inputs. */
function optimized(inputs: Node[], result: Node): string[] {
  return printGraph(optimizeGraph({ inputs, outputs: [result], state: [] }))
    .split('\n')
    .slice(inputs.length);
}

const x = b.placeholder([4, 3], 'float32');
const w = b.placeholder([5, 3], 'float32');

describe('simplification', () => {
  it('drops operations with neutral elements', () => {
    expect(optimized([x], b.add(b.mul(x, 1), 0))).toEqual(['return %0']);
    expect(optimized([x], b.neg(b.neg(x)))).toEqual(['return %0']);
  });

  it('joins transposes and folds them into products', () => {
    expect(optimized([x], b.transpose(b.transpose(x, [1, 0]), [1, 0]))).toEqual(['return %0']);
    expect(optimized([x, w], b.matMul(x, b.transpose(w, [1, 0])))).toEqual([
      '%2 = matMul %0 %1 transposeA=false transposeB=true : float32 [4, 5]',
      'return %2',
    ]);
  });

  it('turns a transpose that moves only axes of size 1 into a reshape', () => {
    const image = b.placeholder([2, 1, 4, 4], 'float32');
    expect(optimized([image], b.transpose(image, [0, 2, 3, 1]))).toEqual([
      '%1 = reshape %0 shape=[2,4,4,1] : float32 [2, 4, 4, 1]',
      'return %1',
    ]);
  });

  it('leaves stretching to the operation that does it anyway', () => {
    const row = b.placeholder([3], 'float32');
    expect(optimized([x, row], b.add(x, b.broadcastTo(row, [4, 3])))).toEqual([
      '%2 = add %0 %1 : float32 [4, 3]',
      'return %2',
    ]);
  });

  it('joins reshapes and removes marks of differentiation', () => {
    const marked = b.customGradient(b.stopGradient(x), [x], (dy) => [dy]);
    expect(optimized([x], b.reshape(b.reshape(marked, [12]), [4, 3]))).toEqual(['return %0']);
  });
});

describe('specialization', () => {
  it('fixes the batch everywhere, counts included', () => {
    const batch = b.placeholder([BATCH, 6], 'float32');
    const count = b.countOf(batch, [0, 1], 'float32');
    const mean = b.div(b.sum(b.reshape(batch, [-3, 2])), count);
    const graph = specialize({ inputs: [batch], outputs: [mean], state: [] }, 4);
    expect(graph.inputs[0].shape).toEqual([4, 6]);
    expect(printGraph(graph)).toContain('reshape %0 shape=[12,2]');
    expect(printGraph(optimizeGraph(graph))).toContain('Float32Array(24)');
  });
});

describe('cost', () => {
  it('counts multiply-adds of products and elements of the rest', () => {
    const y = b.relu(b.matMul(x, w, { transposeB: true }));
    expect(estimateCost({ inputs: [x, w], outputs: [y], state: [] })).toEqual({
      nodes: 2,
      products: 60,
      elements: 20,
    });
  });
});
