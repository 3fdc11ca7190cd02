import type { Graph } from '../../graph/graph.ts';
import type { Buffer } from '../engine.ts';
import { expectBuffer, type HostMemory, HostTensorBuffer, type Slot } from './buffers.ts';
import { runError, sessionError } from './errors.ts';
import type { OnnxRuntime, Provider, RuntimeSession, RuntimeTensors } from './runtime.ts';

export interface SessionOptions {
  readonly runtime: OnnxRuntime;
  readonly provider: Provider;
  readonly threads?: number;
}

/** A device graph ready to run, over host memory or over the device's. */
export interface DeviceSession {
  run(inputs: readonly Buffer[]): Promise<readonly Buffer[]>;
  /** Takes over the buffers of state that a run has replaced. */
  giveUp(buffer: Buffer): void;
  dispose(): Promise<void>;
}

export function createSession(
  { runtime, provider, threads }: SessionOptions,
  model: Uint8Array,
  options: Record<string, unknown> = {},
): Promise<RuntimeSession> {
  return runtime.InferenceSession.create(model, {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    // Errors are thrown as well as logged; 4 keeps them out of the terminal.
    logSeverityLevel: 4,
    ...options,
  }).catch((error: unknown) => {
    throw sessionError(provider, error);
  });
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
 * its memory comes from what state has given up.
 */
export async function createHostSession(
  options: SessionOptions,
  memory: HostMemory,
  graph: Graph,
  isState: readonly boolean[],
  model: Uint8Array,
): Promise<DeviceSession> {
  const { provider } = options;
  const session = await createSession(options, model);
  const { inputs, outputs } = slotsOf(graph);
  const engine = `onnx (${provider})`;
  return {
    run: async (values) => {
      const feeds: RuntimeTensors = {};
      for (let i = 0; i < inputs.length; i++) {
        expectBuffer(engine, values[i], inputs[i], i);
        feeds[inputs[i].name] =
          memory.tensorOf(values[i]) ??
          memory.wrap(await values[i].read(), inputs[i].dtype, inputs[i].shape);
      }
      const fetches: RuntimeTensors = {};
      const results = outputs.map(({ name, dtype, shape }, o) => {
        const tensor = isState[o] ? memory.take(dtype, shape) : memory.fresh(dtype, shape);
        fetches[name] = tensor;
        return new HostTensorBuffer(tensor, shape, dtype);
      });
      try {
        await session.run(feeds, fetches);
      } catch (error) {
        throw runError(provider, error);
      }
      return results;
    },
    // An array that came from outside may have other readers; it is left to the garbage collector.
    giveUp: (buffer) => {
      if (buffer instanceof HostTensorBuffer) memory.give(buffer.dtype, buffer.data);
    },
    dispose: () => session.release(),
  };
}
