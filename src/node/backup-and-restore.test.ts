import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, statSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import {
  Callback,
  callbacks,
  Dataset,
  type FitOptions,
  gradientsOf,
  type Logs,
  layers,
  Model,
  metrics,
  ops,
  optimizers,
  SeedGenerator,
  type StepData,
  sequential,
  setRandomSeed,
  type Tensor,
} from 'nabla';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CompileOptions } from '../training/model.ts';
import { stateOf } from '../training/state.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nabla-backup-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const samples = 46;
const x = Float32Array.from({ length: samples * 3 }, (_, i) => Math.sin(0.7 * i));
const y = Float32Array.from({ length: samples }, (_, i) => (Math.sin(2.1 * i) > 0 ? 1 : 0));
const arrays = {
  x: { data: x, shape: [samples, 3], dtype: 'float32' as const },
  y: { data: y, shape: [samples, 1], dtype: 'float32' as const },
};

class Killed extends Error {}

/** Throws at a moment, as a process that ends there. */
class Kill extends Callback {
  readonly #when: (epoch: number, batch: number) => boolean;
  #epoch = 0;

  constructor(when: (epoch: number, batch: number) => boolean) {
    super();
    this.#when = when;
  }

  override onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
  }

  override onTrainBatchBegin(batch: number): void {
    if (this.#when(this.#epoch, batch)) throw new Killed();
  }
}

interface Program {
  readonly saveFreq?: 'epoch' | number;
  readonly compile?: CompileOptions;
  readonly fit?: FitOptions;
  readonly validation?: () => Dataset<any>;
  /** What the data is; arrays by default. */
  readonly dataset?: () => Dataset<any> | (() => Iterable<unknown>);
  readonly built?: boolean;
  readonly others?: () => Callback[];
}

/** One start of a program: the same each time, but for when it is killed. */
async function start(program: Program, kill: (epoch: number, batch: number) => boolean) {
  setRandomSeed(11);
  const model = sequential([
    layers.dense({
      units: 8,
      activation: 'relu',
      ...((program.built ?? true) ? { inputShape: [3] } : {}),
    }),
    layers.batchNormalization(),
    layers.dropout({ rate: 0.3 }),
    layers.dense({ units: 1, activation: 'sigmoid' }),
  ]);
  model.compile({
    optimizer: optimizers.adam({ learningRate: 0.01 }),
    loss: 'binaryCrossentropy',
    metrics: ['accuracy'],
    ...program.compile,
  });
  const lines: [number, Logs][] = [];
  const record = callbacks.lambda({ onEpochEnd: (epoch, logs) => void lines.push([epoch, logs]) });
  const backup = callbacks.backupAndRestore({
    backupDir: join(folder, 'backup'),
    saveFreq: program.saveFreq,
  });
  const options: FitOptions = {
    batchSize: 7,
    epochs: 5,
    ...program.fit,
    ...(program.validation ? { validationData: program.validation() } : {}),
    callbacks: [...(program.others?.() ?? []), backup, new Kill(kill), record],
  };
  const dataset = program.dataset?.();
  let killed = false;
  try {
    await (dataset
      ? model.fit(dataset, undefined, options)
      : model.fit(arrays.x, arrays.y, options));
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    killed = true;
  }
  const state: Record<string, number[]> = {};
  for (const [path, variable] of stateOf(model)) state[path] = [...(await variable.data())];
  return { killed, lines, state };
}

/** Runs to the end, killed at each of the moments once. */
async function withKills(program: Program, moments: readonly [epoch: number, batch: number][]) {
  const lines: [number, Logs][] = [];
  for (const moment of moments) {
    const run = await start(program, (e, b) => e === moment[0] && b === moment[1]);
    expect(run.killed).toBe(true);
    lines.push(...run.lines);
  }
  const last = await start(program, () => false);
  expect(last.killed).toBe(false);
  return { ...last, lines: [...lines, ...last.lines] };
}

/** Kills must leave no trace. An epoch may appear twice, with the same numbers. */
async function expectSame(program: Program, moments: readonly [epoch: number, batch: number][]) {
  const whole = await start(program, () => false);
  const parts = await withKills(program, moments);
  expect(parts.state).toEqual(whole.state);
  const numbers = new Map(parts.lines);
  expect([...numbers.keys()].sort()).toEqual(whole.lines.map(([epoch]) => epoch));
  for (const [epoch, logs] of whole.lines) expect(numbers.get(epoch)).toEqual(logs);
  expect(existsSync(join(folder, 'backup'))).toBe(false);
}

describe('backupAndRestore', () => {
  it('continues after the last epoch that ended, as if never stopped', async () => {
    await expectSame({ fit: { validationSplit: 0.2 } }, [
      [0, 3],
      [1, 0],
      [3, 2],
      [4, 0],
    ]);
  });

  it('continues in the middle of an epoch, metrics and all', async () => {
    await expectSame({ saveFreq: 2, fit: { validationSplit: 0.2 } }, [
      [0, 3],
      [1, 1],
      [3, 4],
    ]);
    await expectSame({ saveFreq: 7 }, [
      [1, 0],
      [2, 5],
    ]);
    await expectSame({ saveFreq: 1 }, [[2, 6]]);
  });

  it('continues steps that run several at a time', async () => {
    await expectSame({ saveFreq: 3, compile: { loss: 'mse', stepsPerExecution: 3 } }, [
      [1, 3],
      [2, 0],
    ]);
  });

  it('continues a model that is built by its first batch, whatever the optimizer', async () => {
    const optimizer = () =>
      optimizers.sgd({ learningRate: 0.1, momentum: 0.9, useEma: true, clipnorm: 1 });
    const program = (): Program => ({
      built: false,
      saveFreq: 3,
      compile: { loss: 'mse', optimizer: optimizer() },
    });
    const whole = await start(program(), () => false);
    expect((await start(program(), (e, b) => e === 2 && b === 4)).killed).toBe(true);
    expect((await start(program(), () => false)).state).toEqual(whole.state);
  });

  it('continues the order of Datasets, and data that goes on from epoch to epoch', async () => {
    const shuffled = () => Dataset.fromArrays(arrays).shuffle(20, 5).batch(8);
    await expectSame({ dataset: shuffled, validation: shuffled }, [
      [1, 2],
      [2, 0],
    ]);
    await expectSame({ dataset: shuffled, saveFreq: 2 }, [[2, 3]]);
    const endless = () => shuffled().repeat();
    await expectSame({ dataset: endless, saveFreq: 3, fit: { stepsPerEpoch: 4 } }, [
      [1, 1],
      [3, 2],
    ]);
  });

  it('continues functions that give other batches in each epoch', async () => {
    const drawn = () => {
      let epoch = 0;
      return function* () {
        const pass = epoch++;
        for (let i = 0; i < 4; i++) {
          const at = (3 * pass + 11 * i) % 38;
          yield {
            x: { data: x.subarray(3 * at, 3 * at + 24), shape: [8, 3], dtype: 'float32' },
            y: { data: y.subarray(at, at + 8), shape: [8, 1], dtype: 'float32' },
          };
        }
      };
    };
    await expectSame({ dataset: drawn, saveFreq: 1 }, [
      [2, 0],
      [3, 2],
    ]);
  });

  it('continues what other callbacks remember', async () => {
    const others = () => [
      callbacks.earlyStopping({
        monitor: 'loss',
        patience: 2,
        minDelta: 1,
        restoreBestWeights: true,
      }),
      callbacks.reduceLROnPlateau({ monitor: 'loss', patience: 1, minDelta: 1, factor: 0.5 }),
    ];
    const program = { others, fit: { epochs: 20 } };
    const whole = await start(program, () => false);
    expect(whole.lines.length).toBeGreaterThan(2);
    expect(whole.lines.length).toBeLessThan(20);
    await expectSame(program, [
      [1, 1],
      [2, 3],
    ]);
  });

  it('continues the table of epochs, wherever it stands among the callbacks', async () => {
    const path = join(folder, 'log.csv');
    const table = async (kill: (epoch: number, batch: number) => boolean) => {
      setRandomSeed(5);
      const model = sequential([layers.dense({ units: 1, inputShape: [3] })]);
      model.compile({ loss: 'mse' });
      const backup = callbacks.backupAndRestore({ backupDir: join(folder, 'backup') });
      const all = [backup, callbacks.csvLogger(path), new Kill(kill)];
      await model.fit(arrays.x, arrays.y, { epochs: 4, callbacks: all }).catch((error) => {
        if (!(error instanceof Killed)) throw error;
      });
      return readFile(path, 'utf8');
    };
    const whole = await table(() => false);
    expect(whole.split('\n').map((line) => line.split(',')[0])).toEqual([
      'epoch',
      '0',
      '1',
      '2',
      '3',
      '',
    ]);
    expect((await table((epoch) => epoch === 2)).split('\n')).toHaveLength(4);
    expect(await table(() => false)).toBe(whole);
  });

  it('continues models with a training step and optimizers of their own', async () => {
    class Pair extends Model {
      readonly first = layers.dense({ units: 4, activation: 'tanh' });
      readonly second = layers.dense({ units: 1 });
      readonly other = optimizers.adam({ learningRate: 0.02 });
      readonly noise = new SeedGenerator();
      readonly seen = metrics.mean({ name: 'seen' });

      override get metrics() {
        return [this.seen];
      }

      call(inputs: Tensor): Tensor {
        return this.second.call(this.first.call(inputs));
      }

      override trainStep({ x: inputs, y: labels, size }: StepData) {
        if (!this.built) this.buildFor(inputs);
        const groups = [this.first.trainableWeights, this.second.trainableWeights];
        const values = groups.map((group) => group.map((v) => v.value));
        const noisy = inputs.add(ops.normal(this.noise.next(), [inputs.shape[0], 3]));
        const loss = this.call(noisy)
          .sub(labels as Tensor)
          .square()
          .mean();
        const grads = values.map((v) => gradientsOf(loss, v));
        this.optimizer.apply(grads[0], groups[0]);
        this.other.apply(grads[1], groups[1]);
        this.seen.updateState(loss, size);
        return { seen: this.seen.result() };
      }
    }
    const run = async (stopAt?: [number, number]) => {
      setRandomSeed(21);
      const pair = new Pair();
      pair.compile({ optimizer: optimizers.rmsprop() });
      const kill = new Kill((e, b) => stopAt !== undefined && e === stopAt[0] && b === stopAt[1]);
      const backup = callbacks.backupAndRestore({ backupDir: folder, saveFreq: 2 });
      const done = pair.fit(arrays.x, arrays.y, { epochs: 3, callbacks: [backup, kill] });
      if (stopAt) await expect(done).rejects.toThrow(Killed);
      else await done;
      const state: Record<string, number[]> = {};
      for (const [path, variable] of stateOf(pair)) state[path] = [...(await variable.data())];
      return state;
    };
    const whole = await run();
    expect(Object.keys(whole).filter((path) => path.startsWith('model/other')).length).toBe(6);
    expect(Object.keys(whole)).toContain('model/noise');
    await run([1, 1]);
    expect(await run()).toEqual(whole);
  });

  it('keeps the backup on request, and then has nothing left to do', async () => {
    const run = async () => {
      setRandomSeed(3);
      const model = sequential([layers.dense({ units: 1, inputShape: [3] })]);
      model.compile({ loss: 'mse' });
      const { epoch } = await model.fit(arrays.x, arrays.y, {
        epochs: 2,
        callbacks: [
          callbacks.backupAndRestore({ backupDir: join(folder, 'kept'), deleteCheckpoint: false }),
        ],
      });
      return { epoch, weights: (await model.getWeights()).map((w) => [...w.data]) };
    };
    const first = await run();
    expect(first.epoch).toEqual([0, 1]);
    expect(await readdir(join(folder, 'kept'))).toEqual(['backup.safetensors']);
    expect(await run()).toEqual(first);
  });

  it('writes no more often than asked, but always what ends the training', async () => {
    const backupDir = join(folder, 'seldom');
    const run = async (stopAfter: number, minSeconds: number) => {
      setRandomSeed(3);
      const model = sequential([layers.dense({ units: 1, inputShape: [3] })]);
      model.compile({ loss: 'mse' });
      const changed: number[] = [];
      let before = 0;
      await model.fit(arrays.x, arrays.y, {
        epochs: 6,
        callbacks: [
          callbacks.lambda({
            onEpochBegin: (epoch) => {
              const time = existsSync(backupDir)
                ? statSync(join(backupDir, 'backup.safetensors')).mtimeMs
                : 0;
              if (time > before) changed.push(epoch);
              before = time;
            },
            onEpochEnd: (epoch) => {
              if (epoch + 1 === stopAfter) model.stopTraining = true;
            },
          }),
          callbacks.backupAndRestore({ backupDir, minSeconds, deleteCheckpoint: false }),
        ],
      });
      return { changed, weights: (await model.getWeights()).map((w) => [...w.data]) };
    };
    const whole = await run(0, 0);
    rmSync(backupDir, { recursive: true });
    // The first epoch and the one that ended the training; the second run goes on from there.
    expect((await run(4, 3600)).changed).toEqual([1]);
    const rest = await run(0, 3600);
    expect(rest.changed[0]).toBe(4);
    expect(rest.weights).toEqual(whole.weights);
    expect(() => callbacks.backupAndRestore({ backupDir, minSeconds: -1 })).toThrow(/minSeconds/);
  });

  it('refuses the backup of another model, and one that is damaged', async () => {
    const train = (units: number) => {
      const model = sequential([
        layers.dense({ units, inputShape: [3] }),
        layers.dense({ units: 1 }),
      ]);
      model.compile({ loss: 'mse' });
      return model.fit(arrays.x, arrays.y, {
        callbacks: [callbacks.backupAndRestore({ backupDir: folder, deleteCheckpoint: false })],
      });
    };
    await train(4);
    await expect(train(5)).rejects.toThrow(
      /is of another model.*\[3, 4\].*delete it to start anew/,
    );
    const path = join(folder, 'backup.safetensors');
    await writeFile(path, (await readFile(path)).subarray(0, 500));
    await expect(train(4)).rejects.toThrow(/safetensors/);
  });

  it('checks its options', () => {
    expect(() => callbacks.backupAndRestore({ backupDir: '' })).toThrow(/backupDir is empty/);
    expect(() => callbacks.backupAndRestore({ backupDir: 'x', saveFreq: 0 })).toThrow(
      /saveFreq is 0; expected 'epoch' or a number of batches/,
    );
  });

  it('survives the process, whenever that is killed', async () => {
    const program = join(folder, 'program.mjs');
    await build({
      entryPoints: [
        fileURLToPath(new URL('../../test/support/backup-program.ts', import.meta.url)),
      ],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
    });
    const backup = join(folder, 'backup');
    /** Runs until the output, or kills the process when so many epochs are told. */
    const run = async (epochs: number): Promise<string | undefined> => {
      const child = spawn(process.execPath, [program, backup], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      for await (const chunk of child.stdout) {
        text += chunk;
        if (text.split('\n').length > epochs) child.kill('SIGKILL');
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      return child.exitCode === 0 ? text.trim().split('\n').at(-1) : undefined;
    };
    const whole = await run(1000);
    expect(whole).toMatch(/^weights [0-9a-f]{64}$/);
    let ending: string | undefined;
    for (let kills = 0; ending === undefined && kills < 50; kills++) {
      ending = await run(3 + 4 * kills);
      if (kills === 0) expect(ending).toBeUndefined();
    }
    expect(ending).toBe(whole);
  });
});
