import { type Cost, estimateCost } from '../compiler/cost.ts';
import { type Engine, type Executable, HostBuffer } from '../engines/engine.ts';
import { fail, NablaError } from '../graph/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { add, placeholder } from '../ops/build.ts';

/**
 * Which engine runs a graph. Entry points register what their platform has; programs choose a device by
 * name and never see the engine. `auto` and `cpu` pick by the size of the work: interpreting a small
 * graph in JavaScript is quicker than handing it to a runtime, a large one is not.
 */

export type Device = 'auto' | 'cpu' | 'gpu' | 'js';

/** How often a graph will run, which decides whether an expensive compilation pays. */
export type Reuse = 'once' | 'often';

export interface EngineOptions {
  /** Threads of the CPU engine; undefined leaves the choice to it. */
  readonly threads?: number;
  /** In a browser: the address of the folder with ONNX Runtime's files, where the bundler does not place them. */
  readonly runtimePath?: string;
}

type EngineFactory = (options: EngineOptions) => Promise<Engine>;
type EngineKind = 'js' | 'cpu' | 'gpu';

const factories = new Map<EngineKind, EngineFactory>();
const started = new Map<EngineKind, Promise<Engine>>();
let device: Device = 'auto';
let options: EngineOptions = {};
let warn: (message: string) => void = () => {};

/** Called by entry points: how to start one kind of engine. */
export function registerEngine(kind: EngineKind, factory: EngineFactory): void {
  factories.set(kind, factory);
}

/** Called by entry points: where notices go, such as a fallback from GPU to CPU. */
export function onDeviceWarning(listener: (message: string) => void): void {
  warn = listener;
}

/**
 * Chooses where computations run from now on: `auto`, `cpu`, `gpu` (falls back to the CPU with a notice
 * when there is none) or `js`, the interpreter that every platform has.
 */
export function setDevice(name: Device, engineOptions: EngineOptions = {}): void {
  if (!['auto', 'cpu', 'gpu', 'js'].includes(name)) {
    fail('setDevice', `received '${name}'; expected 'auto', 'cpu', 'gpu' or 'js'`);
  }
  const { threads } = engineOptions;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
    fail('setDevice', `threads is ${threads}; expected a whole number of 1 or more`);
  }
  if (threads !== options.threads || engineOptions.runtimePath !== options.runtimePath) {
    started.delete('cpu');
    started.delete('gpu');
  }
  device = name;
  options = engineOptions;
}

/** The device that was last chosen; `auto` at first. */
export function getDevice(): Device {
  return device;
}

/** Changes whenever the choice of engine may, so that caches of executables know they are stale. */
export function deviceKey(): string {
  return `${device}/${options.threads ?? ''}`;
}

async function start(kind: EngineKind): Promise<Engine> {
  let engine = started.get(kind);
  if (!engine) {
    const factory = factories.get(kind);
    if (!factory)
      throw new NablaError(
        `device: this platform has no '${kind}' engine; choose another with setDevice`,
      );
    engine = factory(options).then(kind === 'gpu' ? probed : (e) => e);
    started.set(kind, engine);
  }
  return engine;
}

/** A GPU may be missing although its runtime is there: only a run tells. */
async function probed(engine: Engine): Promise<Engine> {
  const x = placeholder([2], 'float32');
  const executable = await engine.compile({ inputs: [x], outputs: [add(x, 1)], state: [] });
  const [y] = await executable.run([new HostBuffer(Float32Array.of(1, 2), [2], 'float32')]);
  const values = await y.read();
  await executable.dispose();
  if (values[0] !== 2 || values[1] !== 3) {
    throw new NablaError(`device: the GPU computed 1 + 1 = ${values[0]}`);
  }
  return engine;
}

const unavailable = new Set<EngineKind>();

/** The first kind that starts; each failure is reported once. */
async function startFirst(kinds: readonly EngineKind[]): Promise<Engine> {
  for (const kind of kinds) {
    if (unavailable.has(kind) || !factories.has(kind)) continue;
    try {
      return await start(kind);
    } catch (error) {
      unavailable.add(kind);
      started.delete(kind);
      const reason = error instanceof Error ? error.message : String(error);
      warn(`device '${kind}' is not available (${reason}); continuing without it`);
    }
  }
  return start('js');
}

/** Microseconds of one run, from measurements of both engines on one core; only their ratio matters. */
function microseconds({ nodes, products, elements }: Cost): { js: number; runtime: number } {
  return {
    js: nodes * 0.15 + products * 0.0015 + elements * 0.004,
    runtime: 20 + nodes * 1.2 + products * 0.00002 + elements * 0.0005,
  };
}

/** Starting a session of the CPU runtime takes about this long; work below it is interpreted. */
const SESSION_MICROSECONDS = 8000;

async function engineFor(graph: Graph, reuse: Reuse): Promise<Engine> {
  if (device === 'js') return start('js');
  if (device === 'gpu' && reuse === 'often') return startFirst(['gpu', 'cpu']);
  const { js, runtime } = microseconds(estimateCost(graph));
  const small = reuse === 'often' ? js <= runtime : js <= runtime + SESSION_MICROSECONDS;
  return small ? start('js') : startFirst(['cpu']);
}

let inUse: string | undefined;

/** The engine of the latest work that was compiled to run often, such as a training step. */
export function engineInUse(): string | undefined {
  return inUse;
}

/** Compiles on the engine for a graph of this size; what that engine cannot hold goes to the js engine. */
export async function compileFor(graph: Graph, reuse: Reuse): Promise<Executable> {
  const chosen = await engineFor(graph, reuse);
  const engine = unsupportedDType(chosen, graph) === undefined ? chosen : await start('js');
  if (reuse === 'often') inUse = engine.name;
  return engine.compile(graph);
}

function unsupportedDType(engine: Engine, graph: Graph): string | undefined {
  for (const node of [...graph.inputs, ...graph.outputs]) {
    if (!engine.dtypes.includes(node.dtype)) return node.dtype;
  }
  return undefined;
}

/** The engine that long-running work of this size would use, for summaries and run records. */
export async function describeDevice(): Promise<string> {
  if (device === 'js') return (await start('js')).name;
  return (await startFirst(device === 'gpu' ? ['gpu', 'cpu'] : ['cpu'])).name;
}

/** Ends every engine that was started; the next computation starts them anew. */
export async function disposeEngines(): Promise<void> {
  const engines = [...started.values()];
  started.clear();
  unavailable.clear();
  for (const engine of engines) await (await engine).dispose();
}
