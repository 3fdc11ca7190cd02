import { describe, expect, it } from 'vitest';
import { gradients } from '../autodiff/grad.ts';
import { printGraph } from '../graph/print.ts';
import * as b from '../ops/build.ts';
import { joinSlices } from './slices.ts';

const padded = (size: number, start: number, total = 6) => {
  const x = b.placeholder([2, size], 'float32');
  return [x, b.pad(x, [0, start], [0, total - start - size])] as const;
};

describe('joinSlices', () => {
  it('concatenates padded pieces that fill the whole, in any order', () => {
    const [x, px] = padded(2, 2);
    const [y, py] = padded(2, 0);
    const [z, pz] = padded(2, 4);
    const graph = { inputs: [x, y, z], outputs: [b.add(b.add(px, py), pz)], state: [] };
    expect(printGraph(joinSlices(graph))).toBe(
      [
        '%0 = input : float32 [2, 2]',
        '%1 = input : float32 [2, 2]',
        '%2 = input : float32 [2, 2]',
        '%3 = concatenate %1 %0 %2 axis=1 : float32 [2, 6]',
        'return %3',
      ].join('\n'),
    );
  });

  it('keeps other terms, fills gaps with zeros and pads what lies outside', () => {
    const [x, px] = padded(1, 1);
    const [y, py] = padded(1, 3);
    const other = b.placeholder([2, 6], 'float32');
    const graph = { inputs: [x, y, other], outputs: [b.add(b.add(py, other), px)], state: [] };
    const text = printGraph(joinSlices(graph));
    expect(text).toMatch(/= concatenate %0 %\d+ %1 axis=1 : float32 \[2, 3\]/);
    expect(text).toMatch(/= pad %\d+ high=\[0,2\] interior=\[0,0\] low=\[0,1\] value=0/);
    expect(text.match(/ add /g)).toHaveLength(1);
  });

  it('leaves pieces alone that overlap', () => {
    const [x, px] = padded(3, 0);
    const [y, py] = padded(3, 2);
    const graph = { inputs: [x, y], outputs: [b.add(px, py)], state: [] };
    expect(printGraph(joinSlices(graph))).toBe(printGraph(graph));
  });

  it('joins a partial sum that has another reader by itself', () => {
    const [x, px] = padded(2, 0);
    const [y, py] = padded(2, 2);
    const [z, pz] = padded(2, 4);
    const partial = b.add(px, py);
    const graph = {
      inputs: [x, y, z],
      outputs: [b.add(partial, pz), b.relu(partial)],
      state: [],
    };
    expect(printGraph(joinSlices(graph))).toBe(
      [
        '%0 = input : float32 [2, 2]',
        '%1 = input : float32 [2, 2]',
        '%2 = input : float32 [2, 2]',
        '%3 = concatenate %0 %1 axis=1 : float32 [2, 4]',
        '%4 = concatenate %3 %2 axis=1 : float32 [2, 6]',
        '%5 = pad %3 high=[0,2] interior=[0,0] low=[0,0] value=0 : float32 [2, 6]',
        '%6 = relu %5 : float32 [2, 6]',
        'return %4 %6',
      ].join('\n'),
    );
  });

  it('makes the gradient of a split one concatenation', () => {
    const x = b.placeholder([4, 8], 'float32');
    const gates = [0, 1, 2, 3].map((k) => b.sliceAxis(x, 1, 2 * k, 2 * k + 2));
    const y = b.mul(b.mul(b.tanh(gates[0]), gates[1]), b.mul(gates[2], gates[3]));
    const [dx] = gradients([y], [x]);
    const text = printGraph(joinSlices({ inputs: [x], outputs: [dx!], state: [] }));
    expect(text.match(/ concatenate /g)).toHaveLength(1);
    expect(text).not.toMatch(/ pad /);
    expect(text).not.toMatch(/ add /);
  });
});
