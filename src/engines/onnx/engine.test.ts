import * as runtime from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { cpuEngines } from '../../../test/support/onnx.ts';
import type { TypedArray } from '../../graph/dtype.ts';
import { NablaError } from '../../graph/errors.ts';
import type { Graph } from '../../graph/graph.ts';
import * as b from '../../ops/build.ts';
import { type Buffer, HostBuffer } from '../engine.ts';
import { createJsEngine } from '../js/engine.ts';
import { startOnnxEngine } from './engine.ts';

const floats = (...values: number[]): HostBuffer =>
  new HostBuffer(Float32Array.from(values), [values.length], 'float32');

const listOf = async (buffer: Buffer): Promise<number[]> => Array.from(await buffer.read());

/** A counter and a sum: (x, total, steps) -> (total so far, total + x, steps + 1). */
function running(): Graph {
  const [x, total] = [b.placeholder([3], 'float32'), b.placeholder([3], 'float32')];
  const steps = b.placeholder([], 'int32');
  const after = b.add(total, x);
  return {
    inputs: [x, total, steps],
    outputs: [b.mul(after, 1), b.sum(after), after, b.add(steps, 1)],
    state: [
      [1, 2],
      [2, 3],
    ],
  };
}

for (const [way, create] of Object.entries(cpuEngines)) {
  describe(`the onnx engine, ${way}`, () => {
    const engine = create();
    afterAll(() => engine.dispose());

    it('carries state from run to run', async () => {
      const executable = await engine.compile(running());
      let state: Buffer[] = [floats(0, 0, 0), new HostBuffer(Int32Array.of(0), [], 'int32')];
      const sums: number[] = [];
      for (let i = 0; i < 5; i++) {
        const [, sum, ...next] = await executable.run([floats(1, 2, 3), ...state]);
        sums.push((await sum.read())[0]);
        state = next;
      }
      expect(sums).toEqual([6, 12, 18, 24, 30]);
      expect(await listOf(state[0])).toEqual([5, 10, 15]);
      expect(await listOf(state[1])).toEqual([5]);
      await executable.dispose();
    });

    it('never writes a result that is no state again', async () => {
      const executable = await engine.compile(running());
      let state: Buffer[] = [floats(0, 0, 0), new HostBuffer(Int32Array.of(0), [], 'int32')];
      const results: Buffer[] = [];
      for (let i = 0; i < 4; i++) {
        const [whole, , ...next] = await executable.run([floats(1, 1, 1), ...state]);
        results.push(whole);
        state = next;
      }
      expect(await Promise.all(results.map(listOf))).toEqual([1, 2, 3, 4].map((v) => [v, v, v]));
      await executable.dispose();
    });

    it('leaves arrays alone that it did not make', async () => {
      const executable = await engine.compile(running());
      const mine = Float32Array.of(1, 2, 3);
      let state: Buffer[] = [
        new HostBuffer(mine, [3], 'float32'),
        new HostBuffer(Int32Array.of(0), [], 'int32'),
      ];
      for (let i = 0; i < 4; i++)
        state = [...(await executable.run([floats(1, 1, 1), ...state]))].slice(2);
      expect([...mine]).toEqual([1, 2, 3]);
      await executable.dispose();
    });

    it('starts two states from one array of zeros', async () => {
      const [u, v] = [b.placeholder([2], 'float32'), b.placeholder([2], 'float32')];
      const executable = await engine.compile({
        inputs: [u, v],
        outputs: [b.add(u, 1), b.add(v, 10)],
        state: [
          [0, 0],
          [1, 1],
        ],
      });
      const zeros = floats(0, 0);
      let state: readonly Buffer[] = [zeros, zeros];
      for (let i = 0; i < 3; i++) state = await executable.run(state);
      expect(await Promise.all(state.map(listOf))).toEqual([
        [3, 3],
        [30, 30],
      ]);
      await executable.dispose();
    });

    it('takes and gives every dtype, scalars and empty tensors', async () => {
      const inputs = (['float32', 'float64', 'int32', 'bool'] as const).flatMap((dtype) =>
        [[2], [], [0, 3]].map((shape) => b.placeholder(shape, dtype)),
      );
      const executable = await engine.compile({
        inputs,
        outputs: inputs.map((i) => (i.dtype === 'bool' ? b.logicalNot(i) : b.neg(i))),
        state: [],
      });
      const arrays: TypedArray[] = [
        ...[Float32Array, Float64Array, Int32Array, Uint8Array].flatMap((Type) => [
          Type.of(0, 1),
          Type.of(1),
          new Type(0),
        ]),
      ];
      const results = await executable.run(
        inputs.map(({ shape, dtype }, i) => new HostBuffer(arrays[i], shape, dtype)),
      );
      const values = await Promise.all(results.map(listOf));
      expect(values.map((v) => v.map((e) => e + 0))).toEqual([
        ...[1, 2, 3].flatMap(() => [[0, -1], [-1], []]),
        ...[[1, 0], [0], []],
      ]);
      expect(results.map((r) => r.shape)).toEqual(inputs.map((i) => i.shape));
      await executable.dispose();
    });

    it('draws the random numbers of the js engine', async () => {
      const key = b.placeholder([2], 'int32');
      const x = b.placeholder([50], 'float32');
      const graph: Graph = {
        inputs: [key, x],
        outputs: [
          b.mul(b.randomUniform(key, [50]), x),
          b.add(key, b.literal([0, 1], [2], 'int32')),
        ],
        state: [[0, 1]],
      };
      const ones = new HostBuffer(new Float32Array(50).fill(1), [50], 'float32');
      const draw = async (executable: Awaited<ReturnType<typeof engine.compile>>) => {
        let state: Buffer = new HostBuffer(Int32Array.of(5, 0), [2], 'int32');
        const drawn: number[][] = [];
        for (let i = 0; i < 3; i++) {
          const [values, next] = await executable.run([state, ones]);
          drawn.push(await listOf(values));
          state = next;
        }
        return drawn;
      };
      const executable = await engine.compile(graph);
      const expected = await draw(await createJsEngine().compile(graph));
      expect(await draw(executable)).toEqual(expected);
      expect(expected[0]).not.toEqual(expected[1]);
      await executable.dispose();
    });

    it('draws for the next run into arrays that it has used before', async () => {
      const key = b.placeholder([2], 'int32');
      const x = b.placeholder([4], 'float32');
      const draw = b.randomUniform(key, [4]);
      const graph: Graph = { inputs: [key, x], outputs: [b.mul(draw, x)], state: [] };
      const executable = await engine.compile(graph);
      const ones = floats(1, 1, 1, 1);
      const run = async (seed: number) => {
        const state = new HostBuffer(Int32Array.of(seed, 0), [2], 'int32');
        return (await executable.run([state, ones]))[0];
      };
      const results = [await run(1), await run(2), await run(3), await run(1)];
      const lists = await Promise.all(results.map(listOf));
      expect(lists[3]).toEqual(lists[0]);
      expect(new Set(lists.slice(0, 3).map(String)).size).toBe(3);
      await executable.dispose();
    });

    it('takes the results of another engine', async () => {
      const x = b.placeholder([2], 'float32');
      const graph: Graph = { inputs: [x], outputs: [b.mul(x, 2)], state: [] };
      const other = cpuEngines[way === 'direct' ? 'module' : 'direct']();
      const [here, there] = [await engine.compile(graph), await other.compile(graph)];
      const [first] = await there.run([floats(1, 2)]);
      const [second] = await here.run([first]);
      const [third] = await (await createJsEngine().compile(graph)).run([second]);
      expect(await listOf(third)).toEqual([8, 16]);
      await here.dispose();
      await other.dispose();
    });

    it('says which input has the wrong shape or dtype', async () => {
      const x = b.placeholder([2], 'float32');
      const executable = await engine.compile({ inputs: [x], outputs: [b.neg(x)], state: [] });
      await expect(executable.run([floats(1, 2, 3)])).rejects.toThrow(
        'onnx (cpu): input 0 is float32 [3]; the graph was compiled for float32 [2]',
      );
      const whole = new HostBuffer(Int32Array.of(1, 2), [2], 'int32');
      await expect(executable.run([whole])).rejects.toThrow(/int32 \[2\]/);
      await executable.dispose();
    });

    it('keeps its state when a run fails', async () => {
      const [table, at] = [b.placeholder([3], 'float32'), b.placeholder([1], 'int32')];
      const executable = await engine.compile({
        inputs: [table, at],
        outputs: [b.scatterAdd(table, at, b.filled([1], 1), 0)],
        state: [[0, 0]],
      });
      const index = (i: number) => new HostBuffer(Int32Array.of(i), [1], 'int32');
      const [state] = await executable.run([floats(0, 0, 0), index(1)]);
      const failing = executable.run([state, index(7)]);
      await expect(failing).rejects.toThrow(NablaError);
      await expect(failing).rejects.toThrow(/an index is 7/);
      expect(await listOf((await executable.run([state, index(-1)]))[0])).toEqual([0, 1, 1]);
      await executable.dispose();
    });

    it('can be disposed of twice', async () => {
      const x = b.placeholder([1], 'float32');
      const executable = await engine.compile({ inputs: [x], outputs: [b.neg(x)], state: [] });
      await executable.dispose();
      await executable.dispose();
    });
  });
}

it('an array that was transferred to another thread is an error, not a crash', async () => {
  const engine = cpuEngines.direct();
  const x = b.placeholder([2], 'float32');
  const executable = await engine.compile({ inputs: [x], outputs: [b.neg(x)], state: [] });
  const input = floats(1, 2);
  await executable.run([input]);
  structuredClone(input.data.buffer, { transfer: [input.data.buffer as ArrayBuffer] });
  await expect(executable.run([input])).rejects.toThrow(/transferred to another thread/);
  await engine.dispose();
});

describe('startOnnxEngine', () => {
  it('gives an engine that has run something', async () => {
    const engine = await startOnnxEngine({ runtime, provider: 'cpu' });
    expect(engine.name).toBe('onnx (cpu)');
    await engine.dispose();
  });

  it('says which provider is missing and what to do', async () => {
    const broken = {
      ...runtime,
      InferenceSession: { create: () => Promise.reject(new Error('no adapter')) },
    };
    await expect(startOnnxEngine({ runtime: broken, provider: 'webgpu' })).rejects.toThrow(
      "onnx (webgpu): no session could be made: no adapter; update the graphics driver, or choose device: 'cpu'",
    );
  });
});
