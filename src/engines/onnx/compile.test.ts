import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../graph/graph.ts';
import { BATCH } from '../../graph/shape.ts';
import * as b from '../../ops/build.ts';
import { toOnnxModel } from './compile.ts';
import { encodeModel } from './model.ts';

const plain = {
  strides: [1, 1],
  dilations: [1, 1],
  padding: [[1, 1] as const, [1, 1] as const],
  groups: 1,
};

/** A small classifier of images, channels last, for any batch. */
function classifier(): Graph {
  const numbers = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(i));
  const x = b.placeholder([BATCH, 6, 6, 1], 'float32');
  const kernel = b.constant(numbers(36), [4, 1, 3, 3], 'float32');
  let h = b.transpose(b.conv(b.transpose(x, [0, 3, 1, 2]), kernel, plain), [0, 2, 3, 1]);
  h = b.relu(b.add(h, b.constant(numbers(4), [4], 'float32')));
  const flat = b.reshape(h, [BATCH, 144]);
  const y = b.softmax(b.matMul(flat, b.constant(numbers(432), [144, 3], 'float32')));
  const steps = b.iota([BATCH, 1], 0);
  return { inputs: [x], outputs: [y, b.argMax(y, 1), b.add(steps, 1)], state: [] };
}

async function run(bytes: Uint8Array, batch: number) {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4 });
  const data = Float32Array.from({ length: batch * 36 }, (_, i) => Math.cos(i));
  const results = await session.run({ image: new ort.Tensor('float32', data, [batch, 6, 6, 1]) });
  const metadata = [...session.inputMetadata, ...session.outputMetadata];
  await session.release();
  return { results, metadata };
}

describe('a model for a file', () => {
  const model = toOnnxModel(classifier(), {
    target: 'portable',
    inputs: ['image'],
    outputs: ['probabilities', 'label', 'position'],
    name: 'classifier',
    doc: 'what it is for',
    metadata: { author: 'somebody' },
  });
  const bytes = encodeModel(model);

  it('uses standard operators only', () => {
    expect(new Set(model.nodes.map((n) => n.domain))).toEqual(new Set(['']));
  });

  it('runs with any batch, the rows independent of each other', async () => {
    const one = await run(bytes, 1);
    const five = await run(bytes, 5);
    expect(five.results.probabilities.dims).toEqual([5, 3]);
    expect(five.results.label.dims).toEqual([5]);
    expect([...(five.results.position.data as Int32Array)]).toEqual([1, 2, 3, 4, 5]);
    [...(one.results.probabilities.data as Float32Array)].forEach((p, i) => {
      expect((five.results.probabilities.data as Float32Array)[i]).toBeCloseTo(p, 6);
    });
  });

  it('names its inputs, outputs and the symbolic dimension', async () => {
    const { metadata } = await run(bytes, 2);
    expect(metadata.map((m) => [m.name, m.isTensor && m.type, m.isTensor && m.shape])).toEqual([
      ['image', 'float32', ['batch', 6, 6, 1]],
      ['probabilities', 'float32', ['batch', 3]],
      ['label', 'int32', ['batch']],
      ['position', 'int32', ['batch', 1]],
    ]);
  });

  it('carries its name, description and metadata', () => {
    const text = new TextDecoder('latin1').decode(bytes);
    for (const part of ['classifier', 'what it is for', 'author', 'somebody', 'nabla']) {
      expect(text).toContain(part);
    }
  });

  it('refuses random numbers, which a file cannot make', () => {
    const key = b.placeholder([2], 'int32');
    const graph = { inputs: [key], outputs: [b.randomUniform(key, [3])], state: [] };
    expect(() => toOnnxModel(graph, { target: 'portable' })).toThrow(/training: false/);
  });

  it('gives outputs that are inputs, constants or equal a name of their own', async () => {
    const x = b.placeholder([2], 'float32');
    const y = b.neg(x);
    const graph = { inputs: [x], outputs: [x, y, y, b.scalar(7, 'int32')], state: [] };
    const session = await ort.InferenceSession.create(
      encodeModel(toOnnxModel(graph, { target: 'portable' })),
    );
    const results = await session.run({
      i0: new ort.Tensor('float32', Float32Array.of(1, 2), [2]),
    });
    expect(session.outputNames.map((n) => [...(results[n].data as Float32Array)])).toEqual([
      [1, 2],
      [-1, -2],
      [-1, -2],
      [7],
    ]);
    await session.release();
  });
});
