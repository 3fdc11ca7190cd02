import type { DType } from '../../graph/dtype.ts';
import type { Graph } from '../../graph/graph.ts';
import { type Buffer, type Engine, type Executable, HostBuffer } from '../engine.ts';
import { compileSync } from '../js/engine.ts';
import type { Backend } from './backend.ts';
import { HostMemory } from './buffers.ts';
import { Builder, buildModel, type Target } from './builder.ts';
import { createDeviceSession, DeviceMemory } from './device.ts';
import { type DirectOptions, directBackend } from './direct.ts';
import { splitHost } from './host.ts';
import { lowerGraph } from './lower/index.ts';
import { encodeModel, type OnnxModel } from './model.ts';
import { type ModuleOptions, moduleBackend } from './module.ts';
import { rewrite, rulesFor } from './optimize.ts';
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

/** The ONNX model of `graph`; its inputs are i0, i1, ..., its outputs o0, o1, ... */
export function compileModel(graph: Graph, target: Target): OnnxModel {
  const b = new Builder(target);
  const names = graph.inputs.map((_, i) => `i${i}`);
  const { inputs, outputs: lowered } = lowerGraph(b, graph, names);
  const outputs = rewrite(b, lowered, rulesFor(target));
  return buildModel(
    'graph',
    inputs,
    outputs.map((value, i) => [`o${i}`, value] as const),
  );
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
  return {
    name: `onnx (${backend.provider})`,
    dtypes: ['float32', 'float64', 'int32', 'bool'],
    create: (graph, isState) =>
      createHostSession(
        backend,
        memory,
        graph,
        isState,
        encodeModel(compileModel(graph, backend.provider)),
      ),
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
        encodeModel(compileModel(graph, options.provider)),
      ),
    clear: () => {},
    dispose: () => memory.dispose(),
  };
}

async function compile(sessions: Sessions, graph: Graph): Promise<Executable> {
  const { hostInputs, device, deviceInputs, outputs, ...split } = splitHost(graph);
  const host = split.host && compileSync(split.host);
  const replaces = new Set(graph.state.map(([, o]) => o));
  const isState: boolean[] = [];
  outputs.forEach(({ from, index }, o) => {
    if (from === 'device') isState[index] = replaces.has(o);
  });
  const session = device && (await sessions.create(device, isState));
  /** State inputs whose buffers nobody reads once the run is over. */
  const givenUp = graph.state.filter(([, o]) => outputs[o].from !== 'input').map(([i]) => i);
  return {
    run: async (inputs) => {
      let made: readonly Buffer[] = [];
      if (host) {
        const values = hostInputs.map((i) => inputs[i]);
        for (let k = 0; k < values.length; k++) {
          const { data, shape, dtype } = values[k];
          if (!data) values[k] = new HostBuffer(await values[k].read(), shape, dtype);
        }
        made = host.runSync(values);
      }
      const results = session
        ? await session.run(
            deviceInputs.map(({ from, index }) => (from === 'input' ? inputs : made)[index]),
          )
        : [];
      if (session) for (const i of givenUp) session.giveUp(inputs[i]);
      return outputs.map(
        ({ from, index }) => (from === 'input' ? inputs : from === 'host' ? made : results)[index],
      );
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
  return {
    name: sessions.name,
    dtypes: sessions.dtypes,
    compile: async (graph) => {
      const executable = await compile(sessions, graph);
      live.add(executable);
      return {
        run: (inputs) => executable.run(inputs),
        dispose: async () => {
          if (!live.delete(executable)) return;
          if (live.size === 0) sessions.clear();
          await executable.dispose();
        },
      };
    },
    dispose: async () => {
      const rest = [...live];
      live.clear();
      await Promise.all(rest.map((e) => e.dispose()));
      await sessions.dispose();
    },
  };
}
