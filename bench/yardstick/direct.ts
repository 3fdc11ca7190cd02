import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import koffi from 'koffi';
import { type DirectTensor, directBackend, libraryPath } from '../../src/engines/onnx/direct.ts';
import type { Batch, Workload } from '../workloads.ts';
import { nextName, type TrainingGraph } from './training-graph.ts';
import type { TrainingRun } from './training-run.ts';

/**
 * Runs a training graph through the same door as Nabla's engine, ONNX Runtime's C interface, so that what
 * differs is the graph alone. State that may be written in place is; the rest takes turns.
 */
export async function startDirect(
  { model, state }: TrainingGraph,
  { batch, input, classes }: Workload,
  threads: number,
): Promise<TrainingRun> {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve('onnxruntime-node/package.json');
  const { version } = require(manifest) as { version: string };
  const library = join(dirname(manifest), libraryPath(process.platform, process.arch, version));
  const backend = directBackend({
    koffi: koffi as any,
    library,
    threads,
    pause: () => new Promise((resolve) => setImmediate(resolve)),
  });
  const names = state.map((s) => s.name);
  const session = await backend.load(model, {
    inputs: ['x', 'y', ...names],
    outputs: ['loss', ...names.map(nextName)],
  });
  const wrap = (data: Float32Array, shape: readonly number[]): DirectTensor =>
    backend.wrap(data, 'float32', [...shape]);

  let current = state.map((s) => wrap(s.initial.slice(), s.shape));
  let next = state.map((s, i) =>
    s.inPlace ? (current[i] as DirectTensor) : wrap(new Float32Array(s.initial.length), s.shape),
  );
  const loss = wrap(new Float32Array(1), []);
  const wrapped = new Map<Batch, DirectTensor[]>();

  return {
    async step(data) {
      let feeds = wrapped.get(data);
      if (!feeds) {
        const type = data.x instanceof Int32Array ? 'int32' : 'float32';
        feeds = [backend.wrap(data.x, type, [batch, ...input]), wrap(data.y, [batch, classes])];
        wrapped.set(data, feeds);
      }
      await session.run([...feeds, ...current], [loss, ...next]);
      [current, next] = [next, current];
      return loss.data[0] as number;
    },
    read: (name) => (current[names.indexOf(name)] as DirectTensor).data as Float32Array,
  };
}
