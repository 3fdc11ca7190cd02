import { describe, expect, it } from 'vitest';
import type { Graph } from '../../graph/graph.ts';
import { printGraph } from '../../graph/print.ts';
import * as b from '../../ops/build.ts';
import { splitHost } from './host.ts';

/** Dropout with a random state of its own: key [seed, counter], which advances by one. */
function dropout(): Graph {
  const x = b.placeholder([4, 8], 'float32');
  const key = b.placeholder([2], 'int32');
  const kept = b.less(b.randomUniform(key, [4, 8]), 0.5);
  const next = b.add(key, b.literal([0, 1], [2], 'int32'));
  return { inputs: [x, key], outputs: [b.select(kept, x, 0), next], state: [[1, 1]] };
}

describe('splitHost', () => {
  it('leaves a graph without random numbers whole', () => {
    const x = b.placeholder([2], 'float32');
    const graph: Graph = { inputs: [x], outputs: [b.neg(x)], state: [] };
    const { host, device, deviceInputs, outputs } = splitHost(graph);
    expect(host).toBeUndefined();
    expect(printGraph(device!)).toBe(printGraph(graph));
    expect(deviceInputs).toEqual([{ from: 'input', index: 0 }]);
    expect(outputs).toEqual([{ from: 'device', index: 0 }]);
  });

  it('draws random numbers on the host and keeps their state there', () => {
    const { host, hostInputs, device, deviceInputs, outputs } = splitHost(dropout());
    expect(hostInputs).toEqual([1]);
    expect(printGraph(host!)).toMatch(/randomUniform %0/);
    expect(host!.outputs.map((o) => o.shape)).toEqual([[2], [4, 8]]);
    expect(printGraph(device!)).not.toMatch(/randomUniform/);
    expect(device!.inputs.map((i) => i.shape)).toEqual([
      [4, 8],
      [4, 8],
    ]);
    expect(deviceInputs).toEqual([
      { from: 'input', index: 0 },
      { from: 'host', index: 1 },
    ]);
    expect(outputs).toEqual([
      { from: 'device', index: 0 },
      { from: 'host', index: 0 },
    ]);
    expect(device!.state).toEqual([]);
  });

  it('needs no device for a graph of random numbers alone', () => {
    const key = b.placeholder([2], 'int32');
    const { device, outputs } = splitHost({
      inputs: [key],
      outputs: [b.randomUniform(key, [3])],
      state: [],
    });
    expect(device).toBeUndefined();
    expect(outputs).toEqual([{ from: 'host', index: 0 }]);
  });

  it('passes inputs through that nobody overwrites', () => {
    const [x, v] = [b.placeholder([2], 'float32'), b.placeholder([2], 'float32')];
    const { outputs, device } = splitHost({
      inputs: [x, v],
      outputs: [x, v, v, b.add(v, 1)],
      // v is replaced by v + 1: its old value, asked for twice, has to be copied.
      state: [[1, 3]],
    });
    expect(outputs[0]).toEqual({ from: 'input', index: 0 });
    expect(outputs[1]).toEqual({ from: 'device', index: 0 });
    expect(outputs[2]).toEqual({ from: 'device', index: 0 });
    expect(device!.state).toEqual([[0, 1]]);
  });

  it('keeps a state that does not change in its buffer', () => {
    const v = b.placeholder([2], 'float32');
    const { outputs, device } = splitHost({ inputs: [v], outputs: [v], state: [[0, 0]] });
    expect(outputs).toEqual([{ from: 'input', index: 0 }]);
    expect(device).toBeUndefined();
  });
});
