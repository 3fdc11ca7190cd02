import { describe, expect, it } from 'vitest';
import type { JsonObject } from './json.ts';
import { readTfjsModel } from './tfjs.ts';

const topology = { class_name: 'Sequential', config: { name: 's', layers: [] } };
const model = (weightsManifest: unknown): JsonObject =>
  ({ format: 'layers-model', modelTopology: topology, weightsManifest }) as unknown as JsonObject;

function reader(files: Record<string, number[] | Uint8Array>) {
  return async (name: string) => Uint8Array.from(files[name]);
}

const floats = (...values: number[]) => [...new Uint8Array(Float32Array.from(values).buffer)];

describe('TensorFlow.js layers models', () => {
  it('have weights that span shards', async () => {
    const bytes = floats(1, 2, 3, 4, 5);
    const manifest = [
      {
        paths: ['a.bin', 'b.bin'],
        weights: [
          { name: 'x/kernel', shape: [2, 2], dtype: 'float32' },
          { name: 'x/bias', shape: [1], dtype: 'float32' },
        ],
      },
    ];
    const files = { 'a.bin': bytes.slice(0, 6), 'b.bin': bytes.slice(6) };
    const { weights } = await readTfjsModel(model(manifest), reader(files));
    expect(Array.from(weights.get('x/kernel')!.data)).toEqual([1, 2, 3, 4]);
    expect(Array.from(weights.get('x/bias')!.data)).toEqual([5]);
  });

  it('have quantized weights', async () => {
    const quantized = (dtype: string, more = {}) => ({ dtype, scale: 0.5, min: -1, ...more });
    const weights = [
      { name: 'a', shape: [3], dtype: 'float32', quantization: quantized('uint8') },
      { name: 'b', shape: [2], dtype: 'float32', quantization: quantized('uint16') },
      { name: 'c', shape: [1], dtype: 'float32', quantization: { dtype: 'float16' } },
      { name: 'd', shape: [2], dtype: 'int32', quantization: quantized('uint8', { scale: 1 }) },
      { name: 'e', shape: [2], dtype: 'bool' },
    ];
    const data = [0, 2, 255, 0, 0, 1, 1, 0x00, 0x3e, 0, 9, 1, 0];
    const read = await readTfjsModel(model([{ paths: ['w'], weights }]), reader({ w: data }));
    const values = (name: string) => Array.from(read.weights.get(name)!.data);
    expect(values('a')).toEqual([-1, 0, 126.5]);
    expect(values('b')).toEqual([-1, 127.5]);
    expect(values('c')).toEqual([1.5]);
    expect(values('d')).toEqual([-1, 8]);
    expect(values('e')).toEqual([1, 0]);
  });

  it.each([['../outside.bin'], ['/etc/passwd'], ['a/../../b'], ['http://elsewhere/x'], ['a\\b']])(
    'may not refer to %s',
    async (path) => {
      const manifest = [{ paths: [path], weights: [] }];
      await expect(readTfjsModel(model(manifest), async () => new Uint8Array(0))).rejects.toThrow(
        /outside of the model's folder/,
      );
    },
  );

  it('may not list a shard twice', async () => {
    const manifest = [{ paths: ['w', 'w'], weights: [] }];
    await expect(readTfjsModel(model(manifest), reader({ w: [0] }))).rejects.toThrow(/twice/);
  });

  it.each([
    ['too few bytes', [{ name: 'a', shape: [3], dtype: 'float32' }], 'takes 12 bytes'],
    ['too many', [{ name: 'a', shape: [1], dtype: 'float32' }], '4 bytes more'],
    ['a gigantic shape', [{ name: 'a', shape: [2e9, 2e9], dtype: 'float32' }], 'bytes; the shards'],
    ['an unknown type', [{ name: 'a', shape: [1], dtype: 'complex64' }], 'not supported'],
    ['an inherited name as type', [{ name: 'a', shape: [1], dtype: 'constructor' }], 'tfjs'],
    [
      'a name twice',
      [
        { name: 'a', shape: [1], dtype: 'float32' },
        { name: 'a', shape: [1], dtype: 'float32' },
      ],
      'two weights named',
    ],
  ])('with %s are refused', async (_what, weights, message) => {
    const manifest = [{ paths: ['w'], weights }];
    await expect(readTfjsModel(model(manifest), reader({ w: new Uint8Array(8) }))).rejects.toThrow(
      message,
    );
  });

  it('are not graph models', async () => {
    const graph = { format: 'graph-model', modelTopology: {}, weightsManifest: [] };
    await expect(readTfjsModel(graph, undefined)).rejects.toThrow(/tensorflowjs_converter/);
  });
});
