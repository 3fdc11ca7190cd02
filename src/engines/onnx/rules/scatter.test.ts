import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../graph/graph.ts';
import * as b from '../../../ops/build.ts';
import type { Target } from '../builder.ts';
import { toOnnxModel } from '../compile.ts';
import { encodeModel } from '../model.ts';

const [WORDS, SIZE, TOKENS] = [600, 128, 40];

/** The moments of Adam, and plain descent, for the gradient of an embedding. */
function updates(tokens: number): Graph {
  const indices = b.placeholder([tokens], 'int32');
  const dy = b.placeholder([tokens, SIZE], 'float32');
  const [m, v] = [0, 1].map(() => b.placeholder([WORDS, SIZE], 'float32'));
  const gradient = b.scatterAdd(b.filled([WORDS, SIZE], 0), indices, dy, 0);
  const first = b.add(b.mul(m, 0.9), b.mul(gradient, 0.1));
  const second = b.add(b.mul(b.mul(gradient, gradient), 0.001), b.mul(v, 0.999));
  const descent = b.sub(m, b.mul(gradient, b.sum(dy)));
  return { inputs: [indices, dy, m, v], outputs: [first, second, descent], state: [] };
}

const wave = (size: number, phase: number) =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(0.7 * i + phase));

async function run(target: Target): Promise<number[][]> {
  const model = toOnnxModel(updates(TOKENS), { target });
  const session = await ort.InferenceSession.create(encodeModel(model));
  const results = await session.run({
    // Every third token comes twice or more often.
    i0: new ort.Tensor(
      'int32',
      Int32Array.from({ length: TOKENS }, (_, i) => (i % 3 ? 7 * i : 5)),
      [TOKENS],
    ),
    i1: new ort.Tensor('float32', wave(TOKENS * SIZE, 0), [TOKENS, SIZE]),
    i2: new ort.Tensor('float32', wave(WORDS * SIZE, 1), [WORDS, SIZE]),
    i3: new ort.Tensor('float32', wave(WORDS * SIZE, 2), [WORDS, SIZE]),
  });
  await session.release();
  return ['o0', 'o1', 'o2'].map((o) => [...(results[o].data as Float32Array)]);
}

const operators = (graph: Graph, target: Target): string[] =>
  toOnnxModel(graph, { target }).nodes.map((n) => n.op);

describe('an update of few rows', () => {
  it('adds these rows alone, and computes each element as before', async () => {
    const ops = operators(updates(TOKENS), 'cpu');
    expect(ops.filter((o) => o === 'ScatterND').length).toBe(5);
    expect(operators(updates(TOKENS), 'portable').filter((o) => o === 'ScatterND').length).toBe(1);
    expect(await run('cpu')).toEqual(await run('portable'));
  });

  it('is added as it comes where nobody needs the sum of it', () => {
    const { inputs, outputs } = updates(TOKENS);
    const ops = operators({ inputs, outputs: [outputs[2]], state: [] }, 'cpu');
    expect(ops.filter((o) => o === 'ScatterND' || o === 'GatherND' || o === 'Sub')).toEqual([
      'ScatterND',
    ]);
  });

  it('is left alone where most rows change', () => {
    const ops = operators(updates(WORDS), 'cpu');
    expect(ops.filter((o) => o === 'ScatterND').length).toBe(1);
  });
});
