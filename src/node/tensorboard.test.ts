import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Callback,
  callbacks,
  type FitOptions,
  input,
  layers,
  model,
  sequential,
  setRandomSeed,
} from 'nabla';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Event,
  histogramOf,
  imagesOf,
  readEvents,
  type SummaryValue,
  scalarOf,
  textsOf,
} from '../formats/events/index.ts';
import type { Model } from '../training/model.ts';
import type { TensorBoardOptions } from './tensorboard.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nabla-tensorboard-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const samples = 20;
const array = (width: number, dtype: 'float32' | 'int32' = 'float32') => ({
  data:
    dtype === 'int32'
      ? Int32Array.from({ length: samples * width }, (_, i) => i % 5)
      : Float32Array.from({ length: samples * width }, (_, i) => Math.sin(i)),
  shape: [samples, width],
  dtype,
});

/** All events of a run's folder, file after file. */
async function eventsIn(name: string): Promise<Event[]> {
  const directory = join(folder, name);
  if (!existsSync(directory)) return [];
  const names = (await readdir(directory)).filter((n) => n.includes('tfevents')).sort();
  const events: Event[] = [];
  for (const file of names) {
    expect(file).toMatch(/^events\.out\.tfevents\.\d{10}\.[\w.-]+\.\d+\.\d+\.v2$/);
    const found = readEvents(await readFile(join(directory, file)));
    expect(found.damage).toEqual([]);
    expect(found.events[0].fileVersion).toBe('brain.Event:2');
    events.push(...found.events.slice(1));
  }
  return events;
}

/** Steps and values by tag. */
async function tagsIn(name: string): Promise<Map<string, [step: number, value: SummaryValue][]>> {
  const tags = new Map<string, [number, SummaryValue][]>();
  for (const { step, values } of await eventsIn(name)) {
    for (const value of values) {
      tags.set(value.tag, [...(tags.get(value.tag) ?? []), [step, value]]);
    }
  }
  return tags;
}

const scalars = (entries: readonly [number, SummaryValue][] = []) =>
  entries.map(([step, value]) => [step, scalarOf(value)]);

function dense(): Model {
  setRandomSeed(4);
  const m = sequential(
    [
      layers.dense({ units: 3, inputShape: [2], name: 'd1' }),
      layers.dense({ units: 1, name: 'd2' }),
    ],
    { name: 'net' },
  );
  m.compile({ optimizer: 'adam', loss: 'mse', metrics: ['mae'] });
  return m;
}

async function learn(options: Omit<TensorBoardOptions, 'logDir'>, fitOptions: FitOptions = {}) {
  const m = dense();
  const history = await m.fit(array(2), array(1), {
    epochs: 2,
    batchSize: 5,
    validationSplit: 0.25,
    ...fitOptions,
    callbacks: [
      callbacks.tensorBoard({ logDir: folder, ...options }),
      ...[fitOptions.callbacks ?? []].flat(),
    ],
  });
  return { model: m, history: history.history };
}

describe('tensorBoard', () => {
  it("writes the numbers of each epoch, in Keras's folders and under its names", async () => {
    const { history, model: m } = await learn({});
    const train = await tagsIn('train');
    const validation = await tagsIn('validation');
    const metric = Object.keys(history).find((n) => n !== 'loss' && !n.startsWith('val_'))!;
    expect([...train.keys()]).toEqual([
      'keras',
      'epoch_loss',
      `epoch_${metric}`,
      'epoch_learning_rate',
    ]);
    expect([...validation.keys()].sort()).toEqual(
      [
        'epoch_loss',
        `epoch_${metric}`,
        'evaluation_loss_vs_iterations',
        `evaluation_${metric}_vs_iterations`,
      ].sort(),
    );
    expect(scalars(train.get('epoch_loss'))).toEqual(history.loss.map((v, i) => [i, v]));
    expect(scalars(validation.get('epoch_loss'))).toEqual(history.val_loss.map((v, i) => [i, v]));
    expect(scalars(train.get('epoch_learning_rate'))).toEqual([
      [0, Math.fround(0.001)],
      [1, Math.fround(0.001)],
    ]);
    // Fifteen samples in batches of five: three updates an epoch.
    expect(scalars(validation.get('evaluation_loss_vs_iterations'))).toEqual([
      [3, history.val_loss[0]],
      [6, history.val_loss[1]],
    ]);
    expect(await m.optimizer.iterations.item()).toBe(6);
    expect(train.get('epoch_loss')![0][1].metadata?.plugin).toBe('scalars');
  });

  it('writes the structure of sequential and functional models', async () => {
    await learn({});
    const [[step, value]] = (await tagsIn('train')).get('keras')!;
    expect(step).toBe(0);
    expect(value.metadata?.plugin).toBe('graph_keras_model');
    const { class_name, config } = JSON.parse(textsOf(value)![0]);
    expect(class_name).toBe('Sequential');
    const named = config.layers.filter((l: any) => l.class_name === 'Dense');
    expect(named.map((l: any) => l.config.name)).toEqual(['d1', 'd2']);

    await rm(folder, { recursive: true });
    const x = input({ shape: [2], name: 'x' });
    const f = model({ inputs: x, outputs: layers.dense({ units: 1, name: 'y' }).call(x) });
    f.compile({ loss: 'mse' });
    await f.fit(array(2), array(1), { callbacks: [callbacks.tensorBoard(folder)] });
    const [[, graph]] = (await tagsIn('train')).get('keras')!;
    const functional = JSON.parse(textsOf(graph)![0]);
    expect(functional.class_name).toBe('Functional');
    expect(functional.config.layers[1].inbound_nodes).toHaveLength(1);
  });

  it('leaves the graph out on request, and needs no validation', async () => {
    await learn({ writeGraph: false }, { validationSplit: 0 });
    expect((await tagsIn('train')).has('keras')).toBe(false);
    expect(existsSync(join(folder, 'validation'))).toBe(false);
  });

  it('writes the numbers of batches as often as asked', async () => {
    await learn({ updateFreq: 'batch' });
    const every = await tagsIn('train');
    expect(every.get('batch_loss')!.map(([step]) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    await rm(folder, { recursive: true });
    await learn({ updateFreq: 4, writeStepsPerSecond: true });
    const some = await tagsIn('train');
    expect(some.get('batch_loss')!.map(([step]) => step)).toEqual([4]);
    expect(some.get('batch_steps_per_second')!.map(([step]) => step)).toEqual([4]);
    const speeds = some.get('epoch_steps_per_second')!;
    expect(speeds.map(([step]) => step)).toEqual([0, 1]);
    expect(scalarOf(speeds[0][1])).toBeGreaterThan(0);
  });

  it('writes histograms and images of the weights', async () => {
    const { model: m } = await learn({ histogramFreq: 2, writeImages: true }, { epochs: 3 });
    const train = await tagsIn('train');
    const tags = [...train.keys()].filter((tag) => /histogram|image/.test(tag));
    expect(tags).toEqual(
      ['d1/kernel', 'd1/bias', 'd2/kernel', 'd2/bias'].flatMap((path) => [
        `net/${path}/histogram`,
        // A single number is no image.
        ...(path === 'd2/bias' ? [] : [`net/${path}/image`]),
      ]),
    );
    const kernels = train.get('net/d1/kernel/histogram')!;
    expect(kernels.map(([step]) => step)).toEqual([0, 2]);
    const { values, buckets } = histogramOf(kernels[1][1])!;
    expect(buckets).toBe(30);
    const weights = [...(await m.getWeights())[0].data];
    expect(values[0]).toBe(Math.min(...weights));
    expect(values[3 * 30 - 2]).toBe(Math.max(...weights));
    // A matrix lies on its side, a vector stands.
    expect(imagesOf(train.get('net/d1/kernel/image')![0][1])).toMatchObject({
      width: 3,
      height: 2,
    });
    expect(imagesOf(train.get('net/d2/kernel/image')![0][1])).toMatchObject({
      width: 1,
      height: 3,
    });
    expect(imagesOf(train.get('net/d1/bias/image')![0][1])).toMatchObject({ width: 1, height: 3 });
  });

  it('writes embeddings for the projector', async () => {
    const m = sequential([
      layers.embedding({ inputDim: 5, outputDim: 3, name: 'words', inputShape: [2] }),
      layers.flatten(),
      layers.dense({ units: 1 }),
    ]);
    m.compile({ loss: 'mse' });
    const train = (embeddingsMetadata: TensorBoardOptions['embeddingsMetadata']) =>
      m.fit(array(2, 'int32'), array(1), {
        epochs: 2,
        callbacks: [
          callbacks.tensorBoard({ logDir: folder, embeddingsFreq: 1, embeddingsMetadata }),
        ],
      });
    await train({ words: 'words.tsv' });
    expect(await readFile(join(folder, 'projector_config.pbtxt'), 'utf8')).toBe(
      [
        'embeddings {',
        '  tensor_name: "layer_with_weights-0/embeddings/.ATTRIBUTES/VARIABLE_VALUE"',
        '  metadata_path: "words.tsv"',
        '  tensor_shape: 5',
        '  tensor_shape: 3',
        '  tensor_path: "train/words.tsv"',
        '}\n',
      ].join('\n'),
    );
    const rows = (await readFile(join(folder, 'train', 'words.tsv'), 'utf8')).trim().split('\n');
    const values = rows.flatMap((row) => row.split('\t').map((n) => Math.fround(Number(n))));
    expect(rows).toHaveLength(5);
    expect(values).toEqual([...(await m.getWeights())[0].data]);
    expect(await readdir(join(folder, 'train'))).toEqual(
      expect.arrayContaining([
        'keras_embedding.ckpt-0.weights.h5',
        'keras_embedding.ckpt-1.weights.h5',
      ]),
    );
    await expect(train({ other: 'x.tsv' })).rejects.toThrow(/names 'other'.*'words'/);
  });

  it('keeps what was written when training breaks off, and begins new files in the next fit', async () => {
    class Stop extends Callback {
      override onEpochBegin(epoch: number): void {
        if (epoch === 1) throw new Error('stopped');
      }
    }
    await expect(learn({}, { callbacks: [new Stop()] })).rejects.toThrow('stopped');
    expect(scalars((await tagsIn('train')).get('epoch_loss')).map(([step]) => step)).toEqual([0]);
    await learn({}, { initialEpoch: 1 });
    const train = await readdir(join(folder, 'train'));
    expect(train).toHaveLength(2);
    expect(scalars((await tagsIn('train')).get('epoch_loss')).map(([step]) => step)).toEqual([
      0, 1,
    ]);
  });

  it('counts the batches of a run that is continued from where it was', async () => {
    class Stop extends Callback {
      override onEpochBegin(epoch: number): void {
        if (epoch === 1) throw new Error('stopped');
      }
    }
    const backup = () => callbacks.backupAndRestore({ backupDir: join(folder, 'backup') });
    const first = learn({ updateFreq: 1 }, { callbacks: [backup(), new Stop()] });
    await expect(first).rejects.toThrow('stopped');
    await learn({ updateFreq: 1 }, { callbacks: [backup()] });
    const steps = (await tagsIn('train')).get('batch_loss')!.map(([step]) => step);
    expect(steps).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('writes evaluations by themselves', async () => {
    const m = dense();
    const logs = await m.evaluate(array(2), array(1), {
      callbacks: [callbacks.tensorBoard(folder)],
    });
    const validation = await tagsIn('validation');
    expect(scalars(validation.get('evaluation_loss_vs_iterations'))).toEqual([[0, logs.loss]]);
  });

  it('checks its options', () => {
    expect(() => callbacks.tensorBoard('')).toThrow(/logDir is empty/);
    expect(() => callbacks.tensorBoard({ updateFreq: 0 })).toThrow(/updateFreq is 0/);
    expect(() => callbacks.tensorBoard({ histogramFreq: -1 })).toThrow(/histogramFreq is -1/);
  });
});
