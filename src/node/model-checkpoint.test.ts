import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Callback, callbacks, layers, sequential } from 'nabla';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadModelFile } from '../formats/load.ts';
import type { Logs, RunParameters, TrainedModel } from '../training/callbacks/callback.ts';
import { ModelCheckpoint, type ModelCheckpointOptions } from './model-checkpoint.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nabla-checkpoint-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const samples = 20;
const x = {
  data: Float32Array.from({ length: samples * 2 }, (_, i) => Math.sin(i)),
  shape: [samples, 2],
  dtype: 'float32' as const,
};
const y = {
  data: Float32Array.from({ length: samples }, (_, i) => Math.cos(i)),
  shape: [samples, 1],
  dtype: 'float32' as const,
};

function linear() {
  const model = sequential([layers.dense({ units: 1, inputShape: [2] })]);
  model.compile({ optimizer: 'adam', loss: 'mse' });
  return model;
}

const files = async () => (await readdir(folder)).sort();

/** A checkpoint whose epochs have the given numbers. */
async function epochs(options: Partial<ModelCheckpointOptions>, logs: readonly Logs[]) {
  const checkpoint = new ModelCheckpoint({
    filepath: join(folder, '{epoch:02d}.keras'),
    ...options,
  });
  checkpoint.attach(linear() as TrainedModel, {} as RunParameters);
  checkpoint.onTrainBegin();
  for (const [epoch, numbers] of logs.entries()) await checkpoint.onEpochEnd(epoch, numbers);
  return checkpoint;
}

describe('modelCheckpoint', () => {
  it('saves the model after each epoch, under a name with its number', async () => {
    const model = linear();
    const seen: number[][] = [];
    await model.fit(x, y, {
      epochs: 3,
      callbacks: [
        callbacks.modelCheckpoint({ filepath: join(folder, 'deep', 'm-{epoch:02d}.keras') }),
        callbacks.lambda({
          onEpochEnd: async () => void seen.push([...(await model.getWeights())[0].data]),
        }),
      ],
    });
    expect(await readdir(join(folder, 'deep'))).toEqual(['m-01.keras', 'm-02.keras', 'm-03.keras']);
    for (let epoch = 0; epoch < 3; epoch++) {
      const bytes = await readFile(join(folder, 'deep', `m-0${epoch + 1}.keras`));
      const loaded = await loadModelFile({ bytes });
      expect([...(await loaded.getWeights())[0].data]).toEqual(seen[epoch]);
      expect(loaded.isCompiled).toBe(true);
    }
  });

  it('puts the numbers of the epoch into the name', async () => {
    await epochs({ filepath: join(folder, '{epoch}-{val_loss:.2f}.h5') }, [
      { loss: 1, val_loss: 0.456 },
    ]);
    expect(await files()).toEqual(['1-0.46.h5']);
    await expect(epochs({ filepath: join(folder, '{auc}.keras') }, [{ loss: 1 }])).rejects.toThrow(
      /asks for \{auc\}; known here: epoch, loss/,
    );
  });

  it('saves weights alone', async () => {
    const filepath = join(folder, 'best.weights.h5');
    await epochs({ filepath, saveWeightsOnly: true }, [{ loss: 1 }]);
    expect((await readFile(filepath)).subarray(1, 4).toString()).toBe('HDF');
  });

  it('keeps only the best', async () => {
    const losses = [3, 4, 2, Number.NaN, 2, 1.5];
    const logs = losses.map((loss) => ({ loss }));
    const checkpoint = await epochs({ monitor: 'loss', saveBestOnly: true }, logs);
    expect(await files()).toEqual(['01.keras', '03.keras', '06.keras']);
    expect(checkpoint.best).toBe(1.5);
  });

  it('knows larger numbers to be better, and a threshold to beat', async () => {
    const logs = [0.5, 0.7, 0.6, 0.8].map((acc) => ({ val_accuracy: acc, e: 1 }));
    await epochs(
      { monitor: 'val_accuracy', saveBestOnly: true, initialValueThreshold: 0.65 },
      logs,
    );
    expect(await files()).toEqual(['02.keras', '04.keras']);
    await epochs(
      { monitor: 'e', mode: 'max', saveBestOnly: true, filepath: join(folder, 'e{epoch}.h5') },
      [{ e: 1 }, { e: 3 }, { e: 2 }],
    );
    expect((await files()).filter((name) => name.startsWith('e'))).toEqual(['e1.h5', 'e2.h5']);
  });

  it('takes any number for better than none', async () => {
    const logs = [Number.NaN, Number.NaN, 5, Number.NaN, 4].map((loss) => ({ loss }));
    const checkpoint = await epochs({ monitor: 'loss', saveBestOnly: true }, logs);
    expect(await files()).toEqual(['01.keras', '03.keras', '05.keras']);
    expect(checkpoint.best).toBe(4);
  });

  it('passes over epochs that are not validated, where it keeps the best', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const filepath = join(folder, '{epoch}.keras');
    await linear().fit(x, y, {
      epochs: 4,
      validationData: [x, y],
      validationFreq: 2,
      callbacks: [callbacks.modelCheckpoint({ filepath, saveBestOnly: true })],
    });
    expect(await files()).toEqual(['2.keras', '4.keras']);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('saves all, and says so once, when the number is missing', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    await epochs({ saveBestOnly: true }, [{ loss: 1 }, { loss: 2 }]);
    expect(await files()).toEqual(['01.keras', '02.keras']);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0][0]).toMatch(/'val_loss' is not among the numbers.*loss/);
  });

  it('saves every so many batches, across epochs', async () => {
    const filepath = join(folder, '{epoch}-{batch}.keras');
    // Five batches an epoch: after the 3rd, 6th and 9th of all.
    await linear().fit(x, y, {
      epochs: 2,
      batchSize: 4,
      callbacks: [callbacks.modelCheckpoint({ filepath, saveFreq: 3 })],
    });
    expect(await files()).toEqual(['1-3.keras', '2-1.keras', '2-4.keras']);
  });

  it('tells on request what it decides', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    await epochs({ monitor: 'loss', saveBestOnly: true, verbose: 1 }, [{ loss: 1 }, { loss: 2 }]);
    expect(log.mock.calls.map(([line]) => line)).toEqual([
      expect.stringMatching(
        /Epoch 1: loss improved from none to 1\.00000, saving model to .*01\.keras/,
      ),
      '\nEpoch 2: loss did not improve from 1.00000',
    ]);
  });

  it('remembers the best in a run that is continued', async () => {
    const backupDir = join(folder, 'backup');
    class Stop extends Callback {
      override onEpochBegin(epoch: number): void {
        if (epoch === 2) throw new Error('stopped');
      }
    }
    const start = (...more: Callback[]) => {
      const checkpoint = new ModelCheckpoint({
        filepath: join(folder, '{epoch}.keras'),
        monitor: 'loss',
        mode: 'max',
        saveBestOnly: true,
      });
      const backup = callbacks.backupAndRestore({ backupDir });
      const done = linear().fit(x, y, { epochs: 4, callbacks: [checkpoint, backup, ...more] });
      return { checkpoint, done };
    };
    await expect(start(new Stop()).done).rejects.toThrow('stopped');
    const { checkpoint, done } = start();
    await done;
    // The loss falls, and larger is said to be better: the first epoch of all stays the best.
    expect(await files()).toEqual(['1.keras']);
    expect(checkpoint.best).toBeGreaterThan(0);
  });

  it('checks its options', () => {
    const make = (options: ModelCheckpointOptions) => () => callbacks.modelCheckpoint(options);
    expect(make({ filepath: 'model.txt' })).toThrow(/must end in .keras or .h5/);
    expect(make({ filepath: 'm.h5', saveWeightsOnly: true })).toThrow(/must end in .weights.h5/);
    expect(make({ filepath: 'm.keras', saveFreq: 'batch' as any })).toThrow(/saveFreq is "batch"/);
    expect(make({ filepath: 'm.keras', mode: 'up' as any })).toThrow(/mode is 'up'/);
  });
});
