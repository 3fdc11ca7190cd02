/** The recipes on small tables run whole: through the command line, to the files and the line of JSON. */
import { loadModel, ops } from 'nabla';
import { describe, expect, it } from 'vitest';
import { type Trained, train } from './context.ts';

/** Files that every run leaves. */
const always = ['config.json', 'environment.json', 'result.json'];

function expectRun({ exitCode, result, stderr, files, text }: Trained, recipe: string): void {
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(result).toMatchObject({
    recipe,
    seed: 0,
    interrupted: false,
    parameters: expect.any(Number),
    seconds: expect.any(Number),
  });
  expect(result.parameters).toBeGreaterThan(0);
  expect(Number.isFinite(result.loss)).toBe(true);
  expect(files).toEqual(expect.arrayContaining(always));
  expect(JSON.parse(text('result.json'))).toEqual(result);
  const pictures = files.filter((name) => name.endsWith('.svg'));
  for (const name of pictures) expect(text(name)).toMatch(/^<svg[\s\S]*<\/svg>\s*$/);
  for (const name of files.filter((n) => n.startsWith('history'))) {
    const [header, ...rows] = text(name).trim().split('\n');
    expect(header).toMatch(/^epoch,loss/);
    expect(rows.length).toBe(result.epochs);
    expect(rows.every((row) => row.split(',').length === header.split(',').length)).toBe(true);
  }
}

const kept = (files: readonly string[], suffix = '') => files.includes(`model${suffix}.keras`);

describe('recipes on tables', () => {
  it('iris', async () => {
    const run = await train(['iris']);
    expectRun(run, 'iris');
    expect(run.result.epochs).toBe(60);
    // Mean, variance and count of the normalization are parameters too.
    expect(run.result.parameters).toBe(2 * 4 + 1 + 4 * 10 + 10 + 10 * 3 + 3);
    expect(run.result.metrics.test.accuracy).toBeGreaterThan(0.9);
    expect(run.files).toEqual(
      expect.arrayContaining(['confusion-matrix.csv', 'confusion-matrix.svg', 'curves.svg']),
    );
    expect(kept(run.files)).toBe(true);
    expect(run.text('confusion-matrix.csv')).toMatch(/setosa/);
    // The saved model takes centimetres.
    const model = await loadModel(run.bytes('model.keras'));
    const flowers = [
      [5.1, 3.5, 1.4, 0.2],
      [5.9, 3, 4.2, 1.5],
      [6.3, 2.9, 5.6, 1.8],
    ];
    const classes = await ops.argmax(await model.predict(flowers), -1).array();
    expect(classes).toEqual([0, 1, 2]);
  });

  it('iris with other options, which config.json keeps', async () => {
    const run = await train(['iris', '--epochs', '3', '--optimizer', 'SGD', '--seed', '7']);
    expect(run.exitCode).toBe(0);
    expect(run.result).toMatchObject({ epochs: 3, seed: 7 });
    expect(JSON.parse(run.text('config.json'))).toMatchObject({
      recipe: 'iris',
      options: { epochs: 3, optimizer: 'sgd', seed: 7, batchSize: 16 },
      defaults: expect.arrayContaining(['batchSize', 'learningRate']),
    });
  });

  it('wine', async () => {
    const run = await train(['wine']);
    expectRun(run, 'wine');
    expect(run.result.metrics.test.accuracy).toBeGreaterThan(0.9);
    for (const suffix of ['-logistic', '-hidden-3', '-hidden-10']) {
      expect(run.files).toContain(`curves${suffix}.svg`);
      expect(run.files).toContain(`confusion-matrix${suffix}.svg`);
      expect(kept(run.files, suffix)).toBe(true);
    }
  });

  it('gates', async () => {
    const run = await train(['gates']);
    expectRun(run, 'gates');
    expect(run.result.parameters).toBe(9);
    expect(run.result.metrics.train.accuracy).toBe(1);
    expect(run.stderr).toMatch(/XOR\s+not learned/);
    expect(run.files).toEqual(
      expect.arrayContaining(['curves-xor-online.svg', 'curves-xor-batch.svg']),
    );
  });

  it('iris-perceptron', async () => {
    const run = await train(['iris-perceptron']);
    expectRun(run, 'iris-perceptron');
    expect(run.result.metrics.test.accuracy).toBeGreaterThan(0.9);
    expect(kept(run.files, '-perceptron')).toBe(true);
    expect(kept(run.files, '-network-12-6-1')).toBe(true);
  });

  it('mpg', async () => {
    const run = await train(['mpg']);
    expectRun(run, 'mpg');
    // Least squares on all cars has a mean squared error of about 18.7; six features do better.
    expect(run.result.metrics.test.loss).toBeLessThan(18);
    expect(run.result.metrics.test.loss).toBeGreaterThan(2);
    const error = Object.entries(run.result.metrics.test).find(([name]) => /absolute/i.test(name));
    expect(error?.[1]).toBeLessThan(4);
    expect(run.files).toContain('weight-mpg.svg');
    expect(run.stderr).toMatch(/mpg = 46\.21\d+ -0\.00764\d+ \* lbs/);
  });
});
