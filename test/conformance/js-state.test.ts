import { describe, expect, it } from 'vitest';
import { HostBuffer } from '../../src/engines/engine.ts';
import { compileSync } from '../../src/engines/js/engine.ts';
import type { Graph } from '../../src/graph/graph.ts';
import type { Node } from '../../src/graph/node.ts';
import * as b from '../../src/ops/build.ts';
import { interpret } from './interpret.ts';
import type { Reference } from './reference.ts';
import { generator, spread } from './values.ts';

/**
 * Random programs with state on the js engine, several steps long, against the reference, which shares
 * no memory between anything. Every wrong reuse of an array changes a number sooner or later.
 */
const STATES = 4;
const STEPS = 5;

function randomProgram(seed: number): Graph {
  const next = generator(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)];
  const states = Array.from({ length: STATES }, () => b.placeholder([3, 3], 'float64'));
  const data = b.placeholder([3, 3], 'float64');
  const row = b.placeholder([3], 'float64');
  const nodes: Node[] = [...states, data];
  const moves: ((x: Node, y: Node) => Node)[] = [
    (x, y) => b.add(x, y),
    (x, y) => b.sub(x, b.mul(y, 0.1)),
    (x, y) => b.maximum(x, y),
    (x) => b.tanh(x),
    (x) => b.mul(x, row),
    (x) => b.reverse(x, 0),
    (x) => b.transpose(x, [1, 0]),
    (x) => b.reshape(b.reshape(x, [9]), [3, 3]),
    (x) => b.barrier(x),
    (x, y) => b.tanh(b.matMul(x, y)),
    (x) => b.add(b.broadcastTo(b.sum(x, 0), [3, 3]), x),
    (x) => b.cumSum(b.tanh(x), 1),
    (x) => b.softmax(x),
    (x, y) => b.select(b.less(x, y), x, y),
    (x, y) => b.scatterAdd(b.tanh(x), b.literal([2, 0, 2], [3], 'int32'), b.tanh(y), 0),
    (x) => b.gather(x, b.literal([1, -1, 0], [3], 'int32'), 0),
  ];
  for (let n = 0; n < 14; n++) nodes.push(pick(moves)(pick(nodes), pick(nodes)));
  // States take computed values, inputs, constants, each other or themselves; results repeat some.
  const constant = b.literal([1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3], 'float64');
  const after = states.map(() => b.tanh(pick(nodes)));
  const replaced = after.map((value) => (next() < 0.6 ? value : pick([...nodes, constant])));
  const results = [pick(nodes), pick(replaced), pick(states), b.sum(pick(nodes))];
  const resultsFirst = next() < 0.5;
  const outputs = resultsFirst ? [...results, ...replaced] : [...replaced, ...results];
  const start = resultsFirst ? results.length : 0;
  return {
    inputs: [...states, data, row],
    outputs,
    state: states.map((_, i) => [i, start + i] as const),
  };
}

const shaped = ({ data, shape, dtype }: HostBuffer): Reference => ({
  data: [...data],
  shape,
  dtype,
});

describe('programs with state', () => {
  const seeds = Array.from({ length: 300 }, (_, i) => i + 1);

  it.each(seeds)('program %i', (seed) => {
    const graph = randomProgram(seed);
    const executable = compileSync(graph);
    const isState = new Set(graph.state.map(([, output]) => output));
    const states = graph.state.map(([i]) => spread([3, 3], 'float64', -1, 1, seed * 10 + i));
    let buffers = states.map(({ data, shape, dtype }) => new HostBuffer(data, shape, dtype));
    let references = buffers.map(shaped);
    const kept: { buffer: HostBuffer; values: readonly number[] }[] = [];
    for (let step = 0; step < STEPS; step++) {
      const fresh = [spread([3, 3], 'float64', -1, 1, step), spread([3], 'float64', -1, 1, step)];
      const given = fresh.map(({ data, shape, dtype }) => new HostBuffer(data, shape, dtype));
      const expected = interpret(graph, [...references, ...given.map(shaped)]);
      const got = executable.runSync([...buffers, ...given]);
      expected.forEach(({ data }, k) => {
        data.forEach((want, i) => {
          expect(Math.abs(got[k].data[i] - want)).toBeLessThan(1e-9 * (1 + Math.abs(want)));
        });
        if (!isState.has(k)) kept.push({ buffer: got[k], values: [...got[k].data] });
      });
      expect(given.map((g) => [...g.data])).toEqual(fresh.map((f) => [...f.data]));
      buffers = graph.state.map(([, output]) => got[output]);
      references = graph.state.map(([, output]) => expected[output]);
    }
    for (const { buffer, values } of kept) expect([...buffer.data]).toEqual(values);
  });
});
