import { fail } from '../../graph/errors.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Buffer } from '../engine.ts';
import type { Backend } from './backend.ts';
import { expectBuffer, type HostMemory, type Slot } from './buffers.ts';
import type { CompiledModel } from './compile.ts';
import { encodeModel } from './model.ts';

/** A device graph ready to run, over host memory or over the device's. */
export interface DeviceSession {
  run(inputs: readonly Buffer[]): Promise<readonly Buffer[]>;
  /** Takes over the buffers of state that a run has replaced. */
  giveUp(buffer: Buffer): void;
  dispose(): Promise<void>;
}

export function slotsOf(graph: Graph): { inputs: Slot[]; outputs: Slot[] } {
  const slot =
    (prefix: string) =>
    ({ dtype, shape }: Graph['inputs'][number], i: number): Slot => ({
      name: `${prefix}${i}`,
      dtype,
      shape,
    });
  return { inputs: graph.inputs.map(slot('i')), outputs: graph.outputs.map(slot('o')) };
}

/**
 * A session whose values live in host memory. `isState[o]` says that output o replaces state, so that
 * its memory comes from what state has given up, or is that of the state itself.
 */
export async function createHostSession<T>(
  backend: Backend<T>,
  memory: HostMemory<T>,
  graph: Graph,
  isState: readonly boolean[],
  { model, inPlace, shared }: CompiledModel,
): Promise<DeviceSession> {
  const { inputs, outputs } = slotsOf(graph);
  const session = await backend.load(encodeModel(model), {
    inputs: inputs.map((s) => s.name),
    outputs: [...outputs.map((s) => s.name), ...shared.map((_, k) => `h${k}`)],
  });
  const engine = `onnx (${backend.provider})`;
  const feeds = new Array<T>(inputs.length);
  const fetches = new Array<T>(outputs.length + shared.length);
  // A state that the last run returned is in nobody else's hands, so it may be overwritten.
  let returned: readonly Buffer[] = [];
  return {
    run: async (values) => {
      for (let i = 0; i < inputs.length; i++) {
        expectBuffer(engine, values[i], inputs[i], i);
        feeds[i] =
          memory.tensorOf(values[i]) ??
          fail(engine, `input ${i} is on another engine's device; read() it and pass the values`);
      }
      const results = new Array<Buffer>(outputs.length);
      if (!backend.inPlace) {
        const tensors = await session.run(feeds, []);
        return tensors.map((tensor, o) => memory.adopt(tensor, outputs[o]));
      }
      for (let o = 0; o < outputs.length; o++) {
        const i = inPlace.get(o);
        if (i !== undefined && values[i] === returned[o]) {
          fetches[o] = feeds[i];
          results[o] = values[i];
          continue;
        }
        const buffer = isState[o] ? memory.take(outputs[o]) : memory.fresh(outputs[o]);
        fetches[o] = buffer.tensor;
        results[o] = buffer;
      }
      shared.forEach((o, k) => {
        fetches[outputs.length + k] = fetches[o];
      });
      await session.run(feeds, fetches);
      if (inPlace.size > 0) returned = results;
      return results;
    },
    giveUp: (buffer) => memory.give(buffer),
    dispose: () => session.dispose(),
  };
}
