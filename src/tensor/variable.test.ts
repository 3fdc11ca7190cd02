import { beforeEach, describe, expect, it } from 'vitest';
import { type Buffer, HostBuffer } from '../engines/engine.ts';
import { createJsEngine } from '../engines/js/engine.ts';
import { registerEngine, setDevice } from './device.ts';
import { jit } from './jit.ts';
import { tensor } from './tensor.ts';
import { variable } from './variable.ts';

/**
 * An engine whose steps take until they are let go, and which at once spoils the states that it was given,
 * as it may.
 */
let release: () => void;
let started: Promise<void>;
let failing: boolean;

const js = createJsEngine();
registerEngine('js', async () => ({
  ...js,
  compile: async (graph) => {
    const executable = js.compileSync(graph);
    const states = graph.state.map(([i]) => i);
    if (states.length === 0) return executable;
    return {
      dispose: async () => {},
      run: async (inputs: readonly Buffer[]) => {
        const own = inputs.map((b) => new HostBuffer(b.data!.slice(), b.shape, b.dtype));
        for (const i of states) inputs[i].data!.fill(Number.NaN);
        const end = new Promise<void>((resolve) => {
          release = resolve;
        });
        begin();
        await end;
        if (failing) throw new Error('the engine broke');
        return executable.runSync(own);
      },
    };
  },
}));
setDevice('js');

let begin: () => void;

beforeEach(() => {
  failing = false;
  started = new Promise((resolve) => {
    begin = resolve;
  });
});

describe('a variable while a step replaces it', () => {
  const w = variable([1, 2]);
  const step = jit(() => {
    w.assignAdd(1);
  });

  it('gives the value that the step gives', async () => {
    const before = w.value;
    const running = step();
    await started;
    const [copy, during] = [w.data(), w.value];
    const computed = during.mul(10).data();
    release();
    await running;
    expect([...(await copy)]).toEqual([2, 3]);
    expect([...(await during.data())]).toEqual([2, 3]);
    expect([...(await computed)]).toEqual([20, 30]);
    expect([...(await before.data())]).toEqual([1, 2]);
  });

  it('keeps what is assigned meanwhile', async () => {
    w.assign([0, 0]);
    const running = step();
    await started;
    const old = w.value;
    w.assign([7, 8]);
    const now = w.value;
    release();
    await running;
    expect([...(await w.data())]).toEqual([7, 8]);
    expect([...(await now.data())]).toEqual([7, 8]);
    expect([...(await old.data())]).toEqual([1, 1]);
  });

  it('can be assigned from the value to come', async () => {
    w.assign([0, 0]);
    const running = step();
    await started;
    w.assignSub(5);
    release();
    await running;
    expect([...(await w.data())]).toEqual([-4, -4]);
  });

  it('is not stuck when the step fails', async () => {
    w.assign([3, 3]);
    failing = true;
    const running = step();
    await started;
    const waiting = w.data();
    release();
    await expect(running).rejects.toThrow('the engine broke');
    expect(await waiting).toHaveLength(2);
    w.assign([4, 4]);
    expect([...(await w.data())]).toEqual([4, 4]);
  });
});

describe('assigning', () => {
  it('copies arrays, so that they may be written to afterwards', async () => {
    const list = Float32Array.of(1, 2);
    const [a, b] = [variable(list), variable([0, 0])];
    b.assign(list);
    list.fill(9);
    expect([...(await a.data()), ...(await b.data())]).toEqual([1, 2, 1, 2]);
    const array = { data: Float32Array.of(5, 6), shape: [2], dtype: 'float32' as const };
    b.assign(array);
    array.data.fill(0);
    expect([...(await b.data())]).toEqual([5, 6]);
  });

  it('takes numbers in the dtype of the variable', async () => {
    const flag = variable([false, true]);
    expect([...(await flag.assign(5).data())]).toEqual([1, 1]);
    const count = variable(Int32Array.of(1));
    expect([...(await count.assign(2.7).data())]).toEqual([2]);
    expect([...(await count.assign(Uint8Array.of(200)).data())]).toEqual([200]);
  });

  it('leaves tensors of the old value as they are', async () => {
    const v = variable([1, 2]);
    const before = v.value.mul(10);
    v.assign(v.value.add(tensor([1, 1]))).assignSub(3);
    expect([...(await before.data())]).toEqual([10, 20]);
    expect([...(await v.data())]).toEqual([-1, 0]);
  });

  it('refuses other shapes', () => {
    expect(() => variable([1, 2]).assign([1, 2, 3])).toThrow('received [3]');
    expect(() => variable([1, 2]).assign(tensor([1]))).toThrow('the variable has the shape [2]');
  });
});
