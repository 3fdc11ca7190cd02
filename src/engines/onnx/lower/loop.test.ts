import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../graph/graph.ts';
import { BATCH } from '../../../graph/shape.ts';
import * as b from '../../../ops/build.ts';
import { scan } from '../../../ops/loop.ts';
import { HostBuffer } from '../../engine.ts';
import { compileSync } from '../../js/engine.ts';
import type { Target } from '../builder.ts';
import { toOnnxModel } from '../compile.ts';
import { encodeModel, type OnnxGraph } from '../model.ts';

/** A recurrence with everything that a loop can have, over 3 steps of any batch. */
function recurrence(batch: number): Graph {
  const x = b.placeholder([3, batch, 2], 'float32');
  const kernel = b.placeholder([2, 2], 'float32');
  const { carries, results } = scan(
    ([h, n], [slice]) => {
      const next = b.tanh(b.add(b.matMul(h, b.neg(kernel)), slice));
      // The same inside and around the loop: a product with the kernel, and a small number.
      const count = b.add(n, b.cast(b.dimension(slice, 0), 'float32'));
      return { carries: [next, count], results: [next, b.mul(next, h)] };
    },
    { carries: [b.filled([batch, 2], 0.5), b.scalar(0, 'float32')], sequences: [x], reverse: true },
  );
  const outputs = [carries[0], carries[1], results[0], b.matMul(results[1], kernel)];
  return { inputs: [x, kernel], outputs, state: [] };
}

const values = (size: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(i));

function namesIn(graph: OnnxGraph): string[] {
  return [
    ...graph.initializers.map((t) => t.name),
    ...graph.nodes.flatMap((n) => [...n.outputs, ...stepsOf(n.attributes).flatMap(namesOfStep)]),
  ];
}
const namesOfStep = (g: OnnxGraph) => [...g.inputs.map((i) => i.name), ...namesIn(g)];
const stepsOf = (attributes: OnnxGraph['nodes'][number]['attributes']): OnnxGraph[] =>
  Object.values(attributes).flatMap((a) =>
    typeof a === 'object' && 'step' in a ? [a.step.graph] : [],
  );

describe('loops in ONNX', () => {
  const shape = [3, 4, 2];
  const expected = compileSync(recurrence(4))
    .runSync([
      new HostBuffer(values(24), shape, 'float32'),
      new HostBuffer(values(4), [2, 2], 'float32'),
    ])
    .map((o) => [...o.data]);

  const loops: Record<Exclude<Target, 'cuda'>, number> = {
    cpu: 1,
    wasm: 1,
    webgpu: 0,
    portable: 0,
  };
  for (const [target, count] of Object.entries(loops)) {
    for (const batch of [4, BATCH]) {
      it(`${target}, ${batch < 0 ? 'any batch' : `a batch of ${batch}`}: computes what the js engine does`, async () => {
        const model = toOnnxModel(recurrence(batch), { target: target as Target });
        expect(model.nodes.filter((n) => n.op === 'Scan').length).toBe(count);
        const names = namesIn(model);
        expect(new Set(names).size).toBe(names.length);
        const session = await ort.InferenceSession.create(encodeModel(model));
        const results = await session.run({
          i0: new ort.Tensor('float32', values(24), shape),
          i1: new ort.Tensor('float32', values(4), [2, 2]),
        });
        await session.release();
        expected.forEach((want, o) => {
          const got = [...(results[`o${o}`].data as Float32Array)];
          expect(got.length).toBe(want.length);
          got.forEach((v, i) => {
            expect(v).toBeCloseTo(want[i], 5);
          });
        });
      });
    }
  }
});
