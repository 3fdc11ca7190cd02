import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeEnvironment } from './environment.ts';
import { RunDirectory, timeStamp } from './run-directory.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nabla-runs-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

const date = new Date(2025, 2, 1, 4, 5, 9);
const read = (run: RunDirectory, name: string) => readFile(join(run.path, name), 'utf8');

describe('RunDirectory', () => {
  it('names folders after recipe and local time and never shares one', async () => {
    expect(timeStamp(date)).toBe('20250301-040509');
    const runs = await Promise.all(
      [1, 2, 3].map(() => RunDirectory.create(join(root, 'runs'), 'iris', date)),
    );
    expect(runs.map((r) => basename(r.path)).sort()).toEqual([
      'iris-20250301-040509',
      'iris-20250301-040509-2',
      'iris-20250301-040509-3',
    ]);
  });

  it('keeps a history as a table and as curves', async () => {
    const run = await RunDirectory.create(root, 'iris', date);
    await run.saveHistory({
      epochs: [1, 2],
      columns: { loss: [1.5, 1 / 3], valLoss: [2, Number.NaN] },
    });
    expect(await read(run, 'history.csv')).toBe(
      'epoch,loss,valLoss\n1,1.5,2\n2,0.3333333333333333,NaN\n',
    );
    expect(await read(run, 'curves.svg')).toMatch(/^<svg .*<title>Learning curves<\/title>/);
    expect(run.files).toEqual(['history.csv', 'curves.svg']);
  });

  it('draws no curves of a run that stopped in its first epoch', async () => {
    const run = await RunDirectory.create(root, 'iris', date);
    await run.saveHistory({ epochs: [], columns: { loss: [] } });
    expect(await readdir(run.path)).toEqual(['history.csv']);
    expect(await read(run, 'history.csv')).toBe('epoch,loss\n');
  });

  it('keeps a confusion matrix as a table and as a picture', async () => {
    const run = await RunDirectory.create(root, 'iris', date);
    await run.saveConfusionMatrix(['a', 'b,c'], [Int32Array.of(3, 1), [0, 4]]);
    expect(await read(run, 'confusion-matrix.csv')).toBe(
      'true \\ predicted,a,"b,c"\na,3,1\n"b,c",0,4\n',
    );
    expect(await read(run, 'confusion-matrix.svg')).toContain('accuracy 87.50%');
  });

  it('writes nowhere else', async () => {
    const run = await RunDirectory.create(root, 'iris', date);
    for (const name of ['../x', 'a/b', '/etc/passwd', '..', '', 'a\\b', '.hidden', 'a\0b']) {
      expect(() => run.file(name)).toThrow('is not a plain file name');
    }
    expect(run.file('weights-3.safetensors')).toBe(join(run.path, 'weights-3.safetensors'));
  });
});

describe('describeEnvironment', () => {
  it('says on what a run ran', async () => {
    const environment = await describeEnvironment({ device: 'cpu', threads: 3 }, root);
    expect(environment).toMatchObject({ node: process.version, device: 'cpu', threads: 3 });
    expect(environment.nabla).toMatch(/^\d+\.\d+\.\d+/);
    expect(environment.onnxruntime).toMatch(/^\d+\.\d+\.\d+/);
    expect(environment.cores).toBeGreaterThan(0);
    expect(environment.git).toBeUndefined(); // the temporary folder is in no repository
  });
});
