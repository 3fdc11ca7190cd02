import { describe, expect, it } from 'vitest';
import type { Graph } from '../../graph/graph.ts';
import type { Node } from '../../graph/node.ts';
import * as b from '../../ops/build.ts';
import { HostBuffer } from '../engine.ts';
import { compileSync, createJsEngine } from './engine.ts';

const vector = (...values: number[]) =>
  new HostBuffer(Float32Array.from(values), [values.length], 'float32');
const numbers = (buffer: HostBuffer) => [...buffer.data];

function compile(inputs: Node[], outputs: Node[], state: Graph['state'] = []) {
  return compileSync({ inputs, outputs, state });
}

describe('results', () => {
  const x = b.placeholder([3], 'float32');

  it('are never written again', () => {
    const { runSync } = compile([x], [b.mul(x, 2), b.add(b.mul(x, 2), 1)]);
    const first = runSync([vector(1, 2, 3)]);
    runSync([vector(4, 5, 6)]);
    expect(first.map(numbers)).toEqual([
      [2, 4, 6],
      [3, 5, 7],
    ]);
  });

  it('are copies where they are inputs, constants, views or each other', () => {
    const y = b.exp(x);
    const constant = b.literal([7, 8, 9], [3], 'float32');
    const { runSync } = compile([x], [x, x, constant, b.reshape(x, [1, 3]), y, y, b.barrier(y)]);
    const input = vector(0, 0, 0);
    const outputs = runSync([input]);
    expect(outputs.map(numbers)).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [7, 8, 9],
      [0, 0, 0],
      [1, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ]);
    expect(outputs[3].shape).toEqual([1, 3]);
    const arrays = new Set([input.data, ...outputs.map((o) => o.data)]);
    expect(arrays.size).toBe(outputs.length + 1);
    for (const output of outputs) output.data.fill(-1);
    expect(runSync([input]).map(numbers)[2]).toEqual([7, 8, 9]);
  });

  it('of a long chain and a value that outlives it are right though they share memory', () => {
    const early = b.exp(x);
    let chain = b.add(early, 1);
    for (let i = 0; i < 20; i++) chain = b.sub(b.mul(chain, 0.5), b.tanh(chain));
    const { runSync } = compile([x], [b.sub(b.add(chain, early), chain)]);
    const [got] = runSync([vector(0, 1, 2)]);
    numbers(got).forEach((v, i) => {
      expect(v).toBeCloseTo(Math.exp(i), 5);
    });
  });

  it('of unused inputs and of graphs without inputs exist', () => {
    const unused = b.placeholder([1], 'int32');
    const one = b.scalar(1, 'float64');
    const { runSync } = compile([unused], [one, b.add(one, one)]);
    const outputs = runSync([new HostBuffer(new Int32Array(1), [1], 'int32')]);
    expect(outputs.map(numbers)).toEqual([[1], [2]]);
  });
});

describe('state', () => {
  const w = b.placeholder([3], 'float32');
  const v = b.placeholder([3], 'float32');
  const g = b.placeholder([3], 'float32');

  it('is updated in place where every read of the old value comes before', () => {
    const v2 = b.add(b.mul(v, 0.5), g);
    const w2 = b.sub(w, v2);
    const { runSync } = compile(
      [w, v, g],
      [b.sum(w), w2, v2],
      [
        [0, 1],
        [1, 2],
      ],
    );
    const start = [vector(1, 2, 3), vector(4, 4, 4)];
    let [loss, nextW, nextV] = runSync([...start, vector(1, 1, 1)]);
    expect([loss, nextW, nextV].map(numbers)).toEqual([[6], [-2, -1, 0], [3, 3, 3]]);
    expect(nextW.data).toBe(start[0].data);
    expect(nextV.data).toBe(start[1].data);
    [loss, nextW, nextV] = runSync([nextW, nextV, vector(0, 0, 0)]);
    expect([loss, nextW, nextV].map(numbers)).toEqual([[-3], [-3.5, -2.5, -1.5], [1.5, 1.5, 1.5]]);
  });

  it('is double-buffered where the old value is read at other places or later', () => {
    const reversed = b.reverse(w, 0);
    const { runSync } = compile([w], [reversed, b.mul(w, 10)], [[0, 0]]);
    const start = vector(1, 2, 3);
    const first = runSync([start]);
    expect(first.map(numbers)).toEqual([
      [3, 2, 1],
      [10, 20, 30],
    ]);
    expect(first[0].data).not.toBe(start.data);
    const second = runSync([first[0]]);
    expect(second.map(numbers)).toEqual([
      [1, 2, 3],
      [30, 20, 10],
    ]);
    // The array that was given up first serves again.
    expect(second[0].data).toBe(start.data);
    expect(numbers(first[1])).toEqual([10, 20, 30]);
  });

  it('may change places', () => {
    const swap = compile(
      [w, v],
      [v, w],
      [
        [0, 0],
        [1, 1],
      ],
    );
    let states = [vector(1, 2, 3), vector(4, 5, 6)];
    for (let run = 0; run < 3; run++) {
      const before = states.map(numbers);
      states = swap.runSync(states);
      expect(states.map(numbers)).toEqual(before.reverse());
    }
  });

  it('may stay as it is, be a result as well, or take the value of another state', () => {
    const { runSync } = compile(
      [w, v],
      [w, w, v],
      [
        [0, 0],
        [1, 1],
      ],
    );
    const start = [vector(1, 2, 3), vector(4, 5, 6)];
    const first = runSync(start);
    expect(first.map(numbers)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(first[0].data).toBe(start[0].data);
    expect(new Set(first.map((o) => o.data)).size).toBe(3);
  });

  it('that is also a result leaves the result alone in later runs', () => {
    const w2 = b.add(w, 1);
    const { runSync } = compile([w], [w2, w2], [[0, 1]]);
    const first = runSync([vector(0, 0, 0)]);
    runSync([first[1]]);
    expect(numbers(first[0])).toEqual([1, 1, 1]);
  });

  it('of two variables that start from one array is kept apart', () => {
    const { runSync } = compile(
      [w, v],
      [b.add(w, 1), b.add(v, 2)],
      [
        [0, 0],
        [1, 1],
      ],
    );
    const zeros = vector(0, 0, 0);
    let states = runSync([zeros, zeros]);
    states = runSync(states);
    expect(states.map(numbers)).toEqual([
      [2, 2, 2],
      [4, 4, 4],
    ]);
  });
});

describe('errors', () => {
  const x = b.placeholder([3], 'float32');
  const { runSync } = compile([x], [b.exp(x)]);

  it('tell a wrong number of inputs, a wrong dtype and a wrong size', () => {
    expect(() => runSync([])).toThrow('received 0 buffers; the graph has 1 inputs');
    expect(() => runSync([vector(1, 2)])).toThrow(
      'float32 [2] with 2 values; expected float32 [3]',
    );
    const integers = new HostBuffer(new Int32Array(3), [3], 'int32');
    expect(() => runSync([integers])).toThrow('int32 [3] with 3 values; expected float32 [3]');
  });

  it('tell an index out of range', () => {
    const indices = b.placeholder([2], 'int32');
    const gather = compile([x, indices], [b.gather(x, indices, 0)]);
    const at = (...i: number[]) => new HostBuffer(Int32Array.from(i), [2], 'int32');
    expect(() => gather.runSync([vector(1, 2, 3), at(0, 3)])).toThrow(
      'gather: index 3 is outside an axis of 3 elements; expected -3 to 2',
    );
    expect(() => gather.runSync([vector(1, 2, 3), at(-4, 0)])).toThrow('index -4');
    expect(numbers(gather.runSync([vector(1, 2, 3), at(-3, 2)])[0])).toEqual([1, 3]);
  });

  it('tell a symbolic batch and a placeholder that is not passed', () => {
    const symbolic = b.placeholder([-1, 3], 'float32');
    expect(() => compile([symbolic], [b.exp(symbolic)])).toThrow('[batch, 3]');
    expect(() => compile([], [b.exp(x)])).toThrow('is not an input of the graph');
  });
});

describe('the engine', () => {
  it('runs by promise as by call', async () => {
    const engine = createJsEngine();
    const x = b.placeholder([2, 2], 'float64');
    const executable = await engine.compile({
      inputs: [x],
      outputs: [b.matMul(x, x, { transposeB: true })],
      state: [],
    });
    const input = new HostBuffer(Float64Array.of(1, 2, 3, 4), [2, 2], 'float64');
    const [product] = await executable.run([input]);
    expect(await product.read()).toEqual(Float64Array.of(5, 11, 11, 25));
    await executable.dispose();
    await engine.dispose();
  });

  it('takes a constant whose array stores another dtype', () => {
    const x = b.constant(Float64Array.of(0.1, 0.2), [2], 'float32');
    const [sum] = compile([], [b.add(x, x)]).runSync([]);
    expect(sum.data).toEqual(Float32Array.of(0.2, 0.4));
  });
});
