import type { Graph } from '../../graph/graph.ts';
import type { Engine } from '../engine.ts';
import { compileSync, type SyncExecutable } from './executable.ts';

export { compileSync, type SyncExecutable } from './executable.ts';

/** The js engine, whose executables also run without promises. */
export interface JsEngine extends Engine {
  compile(graph: Graph): Promise<SyncExecutable>;
  compileSync(graph: Graph): SyncExecutable;
}

/**
 * The engine in plain TypeScript: it runs everywhere, knows every dtype and is the measure that the
 * other engines are tested by. For small networks it is also the fastest. From graph to run:
 *
 * - trace.ts turns nodes into operations on storages and computes what is constant;
 * - placement.ts decides which storages share memory;
 * - kernels/ prepares one closure an operation;
 * - executable.ts calls the closures in turn.
 */
export function createJsEngine(): JsEngine {
  return {
    name: 'js',
    dtypes: ['float32', 'float64', 'int32', 'bool'],
    compile: async (graph) => compileSync(graph),
    compileSync,
    dispose: async () => {},
  };
}
