import * as ort from 'onnxruntime-node';
import type { Batch, Workload } from '../workloads.ts';
import { blocked, OnnxGraph } from './onnx-writer.ts';
import { nextName, type TrainingGraph } from './training-graph.ts';
import type { TrainingRun } from './training-run.ts';

/** Runs a training graph through onnxruntime-node: two sets of state take turns as input and output. */
export async function startSession(
  { model, state }: TrainingGraph,
  { batch, input, classes }: Workload,
  threads: number,
): Promise<TrainingRun> {
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: threads });
  const float = (data: Float32Array, shape: readonly number[]): ort.Tensor =>
    new ort.Tensor('float32', data, shape);
  let current = Object.fromEntries(state.map((s) => [s.name, float(s.initial.slice(), s.shape)]));
  let next = Object.fromEntries(
    state.map((s) => [s.name, float(new Float32Array(s.initial.length), s.shape)]),
  );
  const loss = float(new Float32Array(1), []);
  const wrapped = new Map<Batch, { x: ort.Tensor; y: ort.Tensor }>();

  return {
    async step(data) {
      let feeds = wrapped.get(data);
      if (!feeds) {
        const shape = [batch, ...input];
        const x =
          data.x instanceof Int32Array
            ? new ort.Tensor('int32', data.x, shape)
            : float(data.x, shape);
        feeds = { x, y: float(data.y, [batch, classes]) };
        wrapped.set(data, feeds);
      }
      const fetches: Record<string, ort.Tensor> = { loss };
      for (const { name } of state) fetches[nextName(name)] = next[name] as ort.Tensor;
      await session.run({ ...feeds, ...current }, fetches);
      [current, next] = [next, current];
      return loss.data[0] as number;
    },
    read: (name) => (current[name] as ort.Tensor).data as Float32Array,
  };
}

/**
 * Channels in a block of the layout NCHWc on this processor: channels are padded to a multiple of it.
 * Undefined where ONNX Runtime has no such operators.
 */
export async function channelBlock(): Promise<number | undefined> {
  const g = new OnnxGraph();
  const reordered = g.op('ReorderInput', [g.input('x', [1, 4, 1, 1])], {}, blocked);
  const shape = g.op('Cast', [g.op('Shape', [reordered])], { to: 1 });
  g.rename(shape, 'shape');
  g.output('shape', [4]);
  try {
    const session = await ort.InferenceSession.create(g.build());
    const x = new ort.Tensor('float32', new Float32Array(4), [1, 4, 1, 1]);
    const result = await session.run({ x });
    return result.shape?.data[1] as number;
  } catch {
    return undefined;
  }
}
