import { allocate, type DType } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import { type Graph, topologicalOrder } from '../../graph/graph.ts';
import { sizeOf } from '../../graph/shape.ts';
import { neg, placeholder } from '../../ops/build.ts';
import { nameOf } from '../../ops/primitives/index.ts';
import { type Buffer, type Engine, type Executable, HostBuffer } from '../engine.ts';
import { compileSync } from '../js/engine.ts';
import type { Backend } from './backend.ts';
import { HostMemory } from './buffers.ts';
import { compileModel, toOnnxModel } from './compile.ts';
import { createDeviceSession, DeviceMemory } from './device.ts';
import { type DirectOptions, directBackend } from './direct.ts';
import { splitHost } from './host.ts';
import { encodeModel } from './model.ts';
import { type ModuleOptions, moduleBackend } from './module.ts';
import { probeBlock } from './probe.ts';
import { createHostSession, type DeviceSession } from './session.ts';

/**
 * The engine that lets ONNX Runtime run a graph, in three steps: lower (primitives become ONNX
 * operators), optimize (patterns that ONNX Runtime does not find itself), session (buffers, providers).
 * What has to happen on the host (see host.ts) is run by the js engine: the one import from a sibling.
 */
export interface OnnxEngineOptions extends ModuleOptions {
  /** Where koffi is at hand, the CPU provider is called directly; `runtime` serves the others. */
  readonly direct?: Omit<DirectOptions, 'threads'>;
}

/** How one provider makes sessions for device graphs; `isState[o]` says that output o replaces state. */
interface Sessions {
  readonly name: string;
  readonly dtypes: readonly DType[];
  create(graph: Graph, isState: readonly boolean[]): Promise<DeviceSession>;
  /** Called when no executable is left. */
  clear(): void;
  dispose(): Promise<void>;
}

function hostSessions<T>(backend: Backend<T>): Sessions {
  const memory = new HostMemory(backend);
  const target = backend.provider;
  let block: Promise<number> | undefined;
  return {
    name: `onnx (${target})`,
    dtypes: ['float32', 'float64', 'int32', 'bool'],
    create: async (graph, isState) => {
      const convolves = topologicalOrder(graph.outputs).some((n) => nameOf(n) === 'conv');
      if (convolves && target === 'cpu') block ??= probeBlock(backend);
      const options = { target, block: convolves ? await block : 0 };
      const model = compileModel(graph, options, backend.inPlace);
      return createHostSession(backend, memory, graph, isState, model);
    },
    clear: () => memory.clear(),
    dispose: async () => memory.clear(),
  };
}

function deviceSessions(options: ModuleOptions): Sessions {
  const memory = new DeviceMemory(options);
  return {
    name: `onnx (${options.provider})`,
    dtypes: ['float32', 'int32', 'bool'],
    create: (graph) =>
      createDeviceSession(
        options,
        memory,
        graph,
        encodeModel(toOnnxModel(graph, { target: options.provider })),
      ),
    clear: () => {},
    dispose: () => memory.dispose(),
  };
}

/** Runs the host's part of a graph: from the inputs of the whole graph to the results of its part. */
function compileHost(
  graph: Graph,
  positions: readonly number[],
  passed: ReadonlySet<number>,
): (inputs: readonly Buffer[]) => Promise<readonly Buffer[]> {
  // What only the device reads is given back as state, so that its arrays are used again.
  const given = [...passed];
  const spares = given.map((o) => placeholder(graph.outputs[o].shape, graph.outputs[o].dtype));
  const executable = compileSync({
    inputs: [...graph.inputs, ...spares],
    outputs: graph.outputs,
    state: given.map((o, k) => [graph.inputs.length + k, o] as const),
  });
  let arrays: Buffer[] = spares.map(
    ({ shape, dtype }) => new HostBuffer(allocate(dtype, sizeOf(shape)), shape, dtype),
  );
  return async (inputs) => {
    const values = positions.map((i) => inputs[i]);
    for (let k = 0; k < values.length; k++) {
      const { data, shape, dtype } = values[k];
      if (!data) values[k] = new HostBuffer(await values[k].read(), shape, dtype);
    }
    const results = executable.runSync([...values, ...arrays]);
    arrays = given.map((o) => results[o]);
    return results;
  };
}

async function compile(sessions: Sessions, graph: Graph): Promise<Executable> {
  const { host, hostInputs, device, deviceInputs, outputs } = splitHost(graph);
  const returned = new Set(outputs.filter((s) => s.from === 'host').map((s) => s.index));
  const passed = deviceInputs.filter((s) => s.from === 'host' && !returned.has(s.index));
  const runHost = host && compileHost(host, hostInputs, new Set(passed.map((s) => s.index)));
  const replaces = new Set(graph.state.map(([, o]) => o));
  const isState: boolean[] = [];
  outputs.forEach(({ from, index }, o) => {
    if (from === 'device') isState[index] = replaces.has(o);
  });
  const session = device && (await sessions.create(device, isState));
  return {
    run: async (inputs) => {
      const made = runHost ? await runHost(inputs) : [];
      const results = session
        ? await session.run(
            deviceInputs.map(({ from, index }) => (from === 'input' ? inputs : made)[index]),
          )
        : [];
      const whole = outputs.map(
        ({ from, index }) => (from === 'input' ? inputs : from === 'host' ? made : results)[index],
      );
      for (const [i, o] of graph.state) if (whole[o] !== inputs[i]) session?.giveUp(inputs[i]);
      return whole;
    },
    dispose: async () => session?.dispose(),
  };
}

/** The engine for one provider of ONNX Runtime. */
export function createOnnxEngine(options: OnnxEngineOptions): Engine {
  const { direct, provider, threads } = options;
  let sessions: Sessions;
  if (provider === 'webgpu') sessions = deviceSessions(options);
  else if (direct && provider === 'cpu')
    sessions = hostSessions(directBackend({ ...direct, threads }));
  else sessions = hostSessions(moduleBackend(options));
  const live = new Set<Executable>();
  const end = async (executable: Executable): Promise<void> => {
    if (!live.delete(executable)) return;
    if (live.size === 0) sessions.clear();
    await executable.dispose();
  };
  // Sessions hold memory and threads that the garbage collector does not see.
  const forgotten = new FinalizationRegistry<Executable>((executable) => {
    end(executable).catch(() => {});
  });
  const running = new Set<Executable>();
  return {
    name: sessions.name,
    dtypes: sessions.dtypes,
    compile: async (graph) => {
      const executable = await compile(sessions, graph);
      live.add(executable);
      const handle: Executable = {
        run: async (inputs) => {
          running.add(handle);
          try {
            return await executable.run(inputs);
          } finally {
            running.delete(handle);
          }
        },
        dispose: () => end(executable),
      };
      forgotten.register(handle, executable);
      return handle;
    },
    dispose: async () => {
      const rest = [...live];
      live.clear();
      await Promise.all(rest.map((e) => e.dispose()));
      await sessions.dispose();
    },
  };
}

/**
 * The engine, after it has run something: a provider that this machine lacks is an error here and not
 * with the first computation.
 */
export async function startOnnxEngine(options: OnnxEngineOptions): Promise<Engine> {
  const engine = createOnnxEngine(options);
  const x = placeholder([1], 'float32');
  const executable = await engine.compile({ inputs: [x], outputs: [neg(x)], state: [] });
  const [y] = await executable.run([new HostBuffer(Float32Array.of(1), [1], 'float32')]);
  const [value] = await y.read();
  y.dispose();
  await executable.dispose();
  if (value !== -1) fail(engine.name, `-1 came out as ${value}; choose device: 'cpu'`);
  return engine;
}
