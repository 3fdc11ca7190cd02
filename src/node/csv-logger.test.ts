import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Callback, callbacks, type FitOptions, layers, sequential, setRandomSeed } from 'nabla';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nabla-csv-'));
});
afterEach(() => rm(root, { recursive: true }));

const x = Array.from({ length: 8 }, (_, i) => [i / 8]);
const y = x.map(([v]) => [2 * v]);

/** Trains a little and gives the lines of the file. */
async function lines(path: string, options: FitOptions): Promise<string[]> {
  setRandomSeed(1);
  const model = sequential([layers.dense({ units: 1, inputShape: [1] })]);
  model.compile({ optimizer: 'sgd', loss: 'mse', metrics: ['mae'] });
  await model.fit(x, y, { verbose: 0, ...options });
  return (await readFile(path, 'utf8')).trimEnd().split('\n');
}

describe('csvLogger', () => {
  it('writes a line for each epoch, in a folder that it makes', async () => {
    const path = join(root, 'deep', 'log.csv');
    const written = await lines(path, { epochs: 2, callbacks: [callbacks.csvLogger(path)] });
    expect(written[0]).toBe('epoch,loss,mae');
    expect(written.slice(1).map((line) => line.split(',')[0])).toEqual(['0', '1']);
    expect(Number(written[2].split(',')[1])).toBeLessThan(Number(written[1].split(',')[1]));
  });

  it('has the columns in the order of their names', async () => {
    const path = join(root, 'log.csv');
    const rate = callbacks.learningRateScheduler(() => 0.1);
    const written = await lines(path, {
      validationData: [x, y],
      callbacks: [rate, callbacks.csvLogger(path)],
    });
    expect(written[0]).toBe('epoch,learning_rate,loss,mae,val_loss,val_mae');
  });

  it('has columns for validation that comes only later', async () => {
    const path = join(root, 'log.csv');
    const log = callbacks.csvLogger(path, { separator: ';' });
    const written = await lines(path, {
      epochs: 2,
      validationData: [x, y],
      validationFreq: 2,
      callbacks: [log],
    });
    expect(written[0]).toBe('epoch;loss;mae;val_loss;val_mae');
    expect(written[1]).toMatch(/^0;[\d.]+;[\d.]+;NA;NA$/);
    expect(written[2]).toMatch(/^1;[\d.]+;[\d.]+;[\d.]+;[\d.]+$/);
  });

  it('goes on with a file or replaces it', async () => {
    const path = join(root, 'log.csv');
    await writeFile(path, 'epoch,mae,other\n0,1.5,2'); // the end of its last line is missing
    const append = { epochs: 2, initialEpoch: 1 };
    const goOn = [callbacks.csvLogger(path, { append: true })];
    const appended = await lines(path, { ...append, callbacks: goOn });
    expect(appended.slice(0, 2)).toEqual(['epoch,mae,other', '0,1.5,2']);
    expect(appended[2]).toMatch(/^1,[\d.]+,NA$/);
    const replaced = await lines(path, { callbacks: [callbacks.csvLogger(path)] });
    expect(replaced[0]).toBe('epoch,loss,mae');
    expect(replaced).toHaveLength(2);
  });

  it('has one line for an epoch that was stopped in the middle and then finished', async () => {
    const path = join(root, 'log.csv');
    const all = () => [
      callbacks.csvLogger(path),
      callbacks.backupAndRestore({ backupDir: join(root, 'backup'), deleteCheckpoint: false }),
    ];
    const options = { epochs: 3, batchSize: 2 };
    const whole = await lines(path, { ...options, callbacks: [callbacks.csvLogger(path)] });
    let epoch = 0;
    class Stop extends Callback {
      override onEpochBegin(e: number): void {
        epoch = e;
      }
      override onTrainBatchEnd(batch: number): void {
        if (epoch === 1 && batch === 1) this.model.stopTraining = true;
      }
    }
    const stopped = await lines(path, { ...options, callbacks: [...all(), new Stop()] });
    expect(stopped).toHaveLength(3);
    expect(await lines(path, { ...options, callbacks: all() })).toEqual(whole);
  });

  it('checks its options', () => {
    expect(() => callbacks.csvLogger('')).toThrow('the path is ""');
    expect(() => callbacks.csvLogger('a', { separator: '' })).toThrow('separator is ""');
    expect(() => callbacks.csvLogger('a', { seperator: ';' } as never)).toThrow("'separator'");
  });
});
