import { EventEmitter } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from './cli.ts';
import type { Recipe, RecipeContext } from './recipe.ts';
import { registry } from './registry.ts';

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'nabla-cli-'));
});
afterEach(async () => {
  await rm(out, { recursive: true });
});

/** A recipe that counts its steps; `onStep` sees each. */
function counting(seen: RecipeContext[], onStep: (step: number) => void = () => {}): Recipe {
  return {
    defaults: { epochs: 2, batchSize: 8, learningRate: 0.1, optimizer: 'sgd' },
    optimizers: ['sgd', 'adam'],
    async run(context) {
      seen.push(context);
      const { options, progress, run, stopRequested } = context;
      context.table(['layer', 'parameters'], [['dense', 1234]]);
      progress.begin({ epochs: options.epochs, steps: 3, samplesPerStep: 8 });
      const loss: number[] = [];
      training: for (let epoch = 1; epoch <= options.epochs; epoch++) {
        for (let step = 1; step <= 3; step++) {
          onStep(step + 3 * (epoch - 1));
          progress.update(step, { loss: 1 / step });
          if (stopRequested()) break training;
        }
        loss.push(1 / epoch);
        progress.endEpoch({ loss: 1 / epoch });
      }
      await run.saveHistory({ epochs: loss.map((_, i) => i + 1), columns: { loss } });
      return {
        parameters: 1234,
        epochs: loss.length,
        loss: loss.at(-1) ?? Number.NaN,
        metrics: { train: { loss: 0.5 }, test: { loss: 0.25, accuracy: 0.75 } },
        device: 'cpu',
      };
    },
  };
}

const failing: Recipe = {
  defaults: { epochs: 1 },
  run: async () => {
    throw new Error('the data is\nbroken');
  },
};

async function nabla(args: string[], recipe: Recipe = counting([]), environment = {}) {
  const text = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    write: (part: string) => {
      text[name] += part;
    },
  });
  const entry = { name: 'toy', data: 'none', summary: 'counts', load: async () => recipe };
  const fails = { name: 'fails', data: 'none', summary: 'fails', load: async () => failing };
  const signals = new EventEmitter();
  let now = 0;
  const exitCode = await main(args, {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    environment,
    signals,
    clock: () => now++,
    registry: {
      recipes: [entry, fails],
      explanations: [
        {
          name: 'idea',
          summary: 'an idea',
          load: async () => async (context) => {
            context.log('first');
            context.table(['x', 'y'], [[1, 2]]);
          },
        },
      ],
    },
  });
  return { ...text, exitCode, listeners: signals.eventNames() };
}

describe('nabla', () => {
  it('shows help and version', async () => {
    for (const args of [[], ['--help'], ['help']]) {
      const { stdout, stderr, exitCode } = await nabla(args);
      expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
      expect(stdout).toMatch(/Usage: nabla .*train.*list.*explain/s);
    }
    expect((await nabla(['train', '--help'])).stdout).toContain('--learning-rate');
    const version = await nabla(['--version']);
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(version.exitCode).toBe(0);
  });

  it('lists recipes in lined-up columns', async () => {
    const { stdout, exitCode } = await nabla(['list']);
    expect(exitCode).toBe(0);
    const [header, , toy, fails] = stdout.split('\n');
    expect(toy).toBe('toy     none  counts');
    expect(header.indexOf('data')).toBe(toy.indexOf('none'));
    expect(fails.indexOf('none')).toBe(toy.indexOf('none'));
  });

  it('explains', async () => {
    const { stdout, exitCode } = await nabla(['explain', 'idea']);
    expect(stdout).toBe('first\nx  y\n─  ─\n1  2\n');
    expect(exitCode).toBe(0);
  });
});

describe('what was typed wrongly is one line on standard error and exit code 2', () => {
  it.each([
    [['trian', 'toy'], 'unknown command .trian. .*Did you mean train'],
    [['train', 'tpy'], 'unknown recipe "tpy"; did you mean "toy"\\?'],
    [['train'], "missing required argument 'recipe'.*nabla list"],
    [['train', 'toy', 'two'], 'too many arguments'],
    [['train', 'toy', '--epoch', '3'], 'unknown option .--epoch. .*Did you mean --epochs'],
    [['train', 'toy', '--epochs', '0'], 'whole number of at least 1'],
    [['train', 'toy', '--epochs', '1.5'], 'whole number of at least 1'],
    [['train', 'toy', '--epochs', '-1'], 'whole number of at least 1'],
    [['train', 'toy', '--epochs', '1e99'], 'whole number of at least 1'],
    [['train', 'toy', '--epochs'], 'argument missing'],
    [['train', 'toy', '--batch-size', 'x'], 'whole number of at least 1'],
    [['train', 'toy', '--learning-rate', '0'], 'number above 0'],
    [['train', 'toy', '--learning-rate', 'Infinity'], 'number above 0'],
    [['train', 'toy', '--learning-rate', '1e999'], 'number above 0'],
    [['train', 'toy', '--seed', '4294967296'], 'from 0 to 4294967295'],
    [['train', 'toy', '--threads', '0'], 'from 1 to 1024'],
    [['train', 'toy', '--device', 'gpus'], 'one of auto, cpu, gpu, js. Did you mean "gpu"'],
    [['train', 'toy', '--optimizer', 'adma'], 'unknown optimizer "adma"; did you mean "adam"'],
    [['train', 'fails', '--optimizer', 'sgd'], 'recipe "fails" has no option --optimizer'],
    [['explain', 'ide'], 'unknown explanation "ide"; did you mean "idea"'],
    [['explain', '\x1b[2J'], 'unknown explanation "\\\\u001b\\[2J"'],
    [['list', 'extra'], 'too many arguments'],
    [['--verbose'], 'unknown option'],
  ])('%j', async (args, message) => {
    const { stdout, stderr, exitCode } = await nabla(args);
    expect(stdout).toBe('');
    expect(stderr).toMatch(new RegExp(`^error: [^\\n]*${message}[^\\n]*\\n$`));
    expect(exitCode).toBe(2);
  });

  it('also where the folder for runs cannot be', async () => {
    const file = join(out, 'file');
    await writeFile(file, '');
    for (const path of [file, join(file, 'below')]) {
      const { stderr, exitCode } = await nabla(['train', 'toy', '--out', path]);
      expect(stderr).toMatch(/^error: --out "[^\n]*" cannot be written: [^\n]*is a file\n$/);
      expect(exitCode).toBe(2);
    }
  });
});

describe('nabla train', () => {
  const only = async (): Promise<string> => {
    const [name, ...others] = await readdir(out);
    expect(others).toEqual([]);
    return join(out, name);
  };
  const json = async (folder: string, name: string) =>
    JSON.parse(await readFile(join(folder, name), 'utf8'));

  it('runs with the defaults and keeps what came out', async () => {
    const seen: RecipeContext[] = [];
    const { stdout, stderr, exitCode, listeners } = await nabla(
      ['train', 'toy', '--out', out, '--epochs', '3', '--optimizer', 'ADAM'],
      counting(seen),
    );
    expect({ stderr, exitCode, listeners }).toEqual({ stderr: '', exitCode: 0, listeners: [] });
    expect(seen[0].options).toEqual({
      epochs: 3,
      batchSize: 8,
      learningRate: 0.1,
      optimizer: 'adam',
      seed: 0,
      device: 'auto',
      threads: undefined,
    });
    expect([...seen[0].given]).toEqual(['epochs', 'optimizer']);
    expect(stdout).toContain('toy: counts\nepochs 3  batch-size 8');
    expect(stdout.match(/^Epoch \d\/3 .*loss/gm)).toHaveLength(3);
    expect(stdout).toMatch(/^test +0\.2500 +0\.7500$/m);
    expect(stdout).toMatch(/^1,234 parameters, 3 epochs in .* on cpu$/m);

    const folder = await only();
    expect((await readdir(folder)).sort()).toEqual([
      'config.json',
      'curves.svg',
      'environment.json',
      'history.csv',
      'result.json',
    ]);
    expect(await json(folder, 'config.json')).toEqual({
      recipe: 'toy',
      options: {
        epochs: 3,
        batchSize: 8,
        learningRate: 0.1,
        optimizer: 'adam',
        seed: 0,
        device: 'auto',
      },
      defaults: ['batchSize', 'learningRate', 'seed', 'device'],
    });
    expect(await json(folder, 'environment.json')).toMatchObject({ device: 'cpu' });
  });

  it('prints with --json the result alone on standard output', async () => {
    const { stdout, stderr, exitCode } = await nabla([
      'train',
      'toy',
      '--out',
      out,
      '--json',
      '--seed',
      '7',
    ]);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toHaveLength(2);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      recipe: 'toy',
      parameters: 1234,
      epochs: 2,
      loss: 0.5,
      metrics: { train: { loss: 0.5 }, test: { loss: 0.25, accuracy: 0.75 } },
      run: await only(),
      seed: 7,
      device: 'cpu',
      interrupted: false,
    });
    expect(report.seconds).toBeGreaterThan(0);
    expect(stderr).toContain('Epoch 2/2');
    expect(await json(await only(), 'result.json')).toEqual(report);
  });

  it('prints nothing with --quiet', async () => {
    const { stdout, stderr, exitCode } = await nabla(['train', 'toy', '--out', out, '--quiet']);
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: '', stderr: '', exitCode: 0 });
  });

  it('stops on Ctrl-C after the running step, keeps the rest and says so', async () => {
    const signals = new EventEmitter();
    const seen: RecipeContext[] = [];
    const steps: number[] = [];
    const recipe = counting(seen, (step) => {
      steps.push(step);
      if (step === 5) signals.emit('SIGINT');
    });
    let stderr = '';
    let stdout = '';
    const exitCode = await main(['train', 'toy', '--out', out, '--epochs', '9', '--json'], {
      signals,
      environment: {},
      stdout: {
        write: (t: string) => {
          stdout += t;
        },
      },
      stderr: {
        write: (t: string) => {
          stderr += t;
        },
      },
      registry: {
        recipes: [{ name: 'toy', data: '', summary: '', load: async () => recipe }],
        explanations: [],
      },
    });
    expect(exitCode).toBe(130);
    expect(steps).toEqual([1, 2, 3, 4, 5]);
    expect(stderr).toContain('Stopping after this step');
    expect(stderr).toMatch(/^Stopped after 1 epoch of 9, as asked; the results so far are in /m);
    expect(JSON.parse(stdout)).toMatchObject({ epochs: 1, interrupted: true });
    expect(await readFile(join(await only(), 'history.csv'), 'utf8')).toBe('epoch,loss\n1,1\n');
    expect(signals.eventNames()).toEqual([]);
  });

  it('tells a failure in one line, with the stack only when debugging', async () => {
    const args = ['train', 'fails', '--out', out];
    const plain = await nabla(args);
    expect(plain.stderr).toBe('error: the data is broken\n');
    expect(plain.exitCode).toBe(1);
    const debug = await nabla(args, undefined, { NABLA_DEBUG: '1' });
    expect(debug.stderr).toMatch(/^error: the data is broken\nError: the data is\nbroken\n +at /);
  });
});

describe('the registry', () => {
  it('has plain, distinct names with a summary each', () => {
    for (const entries of [registry.recipes, registry.explanations]) {
      const names = entries.map((e) => e.name);
      expect(new Set(names).size).toBe(names.length);
      for (const { name, summary } of entries) {
        expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
        expect(summary).not.toBe('');
      }
    }
  });
});
