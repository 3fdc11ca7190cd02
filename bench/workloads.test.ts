import { describe, expect, it } from 'vitest';
import { makeBatches, workloadNames, workloads } from './workloads.ts';

describe('workloads', () => {
  it('count parameters and operations as by hand', () => {
    const weights = 784 * 1024 + 2 * 1024 * 1024 + 1024 * 10;
    expect(workloads.mlp.parameters).toBe(weights + 3 * 1024 + 10);
    // Three products of each weight matrix, but the first layer needs no input gradient.
    expect(workloads.mlp.flops).toBe(2 * 100 * (3 * weights - 784 * 1024));
    // Parameters and velocities, read and written, 4 bytes each.
    expect(workloads.mlp.stateBytes).toBe(16 * workloads.mlp.parameters);

    const first = 26 * 26 * 32 * 9;
    const second = 24 * 24 * 64 * 32 * 9;
    const dense = 9216 * 128 + 128 * 10;
    expect(workloads.cnn.flops).toBe(2 * 128 * (2 * first + 3 * second + 3 * dense));
    expect(workloads.cnn.parameters).toBe(320 + 18496 + 9216 * 128 + 128 + 1290);
    expect(workloads.tiny.parameters).toBe(105);

    const recurrent = 4 * 128 * (128 + 128);
    expect(workloads.lstm.parameters).toBe(20000 * 128 + recurrent + 512 + 129);
    expect(workloads.lstm.flops).toBe(2 * 32 * 3 * (80 * recurrent + 128));
    // Parameters and two moments each.
    expect(workloads.lstm.stateBytes).toBe(24 * workloads.lstm.parameters);
    const projections = 4 * 256 * 256;
    const inner = 2 * 256 * 1024;
    expect(workloads.transformer.parameters).toBe(
      projections + 4 * 256 + inner + 1024 + 256 + 4 * 256 + 2570,
    );
  });

  it.each(workloadNames)('makes the same batches again, each different: %s', (name) => {
    const workload = { ...workloads[name], batch: 4 };
    const batches = makeBatches(workload, 3);
    expect(makeBatches(workload, 3)).toEqual(batches);
    expect(batches[1]).not.toEqual(batches[0]);
  });

  it('draws one class a sample', () => {
    const { y } = makeBatches(workloads.mlp, 1)[0] as { y: Float32Array };
    for (let i = 0; i < workloads.mlp.batch; i++) {
      const row = y.slice(10 * i, 10 * i + 10);
      expect([...row].sort()).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    }
  });

  it('asks the tiny network whether two signs agree', () => {
    const { x, y } = makeBatches(workloads.tiny, 1)[0] as { x: Float32Array; y: Float32Array };
    const signs = [...y].map((_, i) => Math.sign(x[2 * i]!) * Math.sign(x[2 * i + 1]!));
    expect([...y]).toEqual(signs.map((s) => (s > 0 ? 1 : 0)));
  });
});
