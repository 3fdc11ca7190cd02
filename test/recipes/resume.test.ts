import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../src/node/cli.ts';

/** `nabla train <recipe> --resume <run>`: a run that was stopped ends as one that was not. */

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nabla-resume-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A stream that keeps what is written; `onLine` sees each piece. */
function sink(onText: (text: string) => void = () => {}) {
  let text = '';
  return {
    stream: {
      write: (piece: string) => {
        text += piece;
        onText(piece);
        return true;
      },
      isTTY: false,
    } as any,
    text: () => text,
  };
}

/** Runs the command line; `stopAfter` asks to stop when that text is printed. */
async function nabla(args: string[], stopAfter?: string) {
  let stop: (() => void) | undefined;
  const signals = {
    on: (event: string, listener: () => void) => {
      if (event === 'SIGINT') stop = listener;
      return signals;
    },
    off: () => signals,
  };
  const stdout = sink((text) => {
    if (stopAfter && text.includes(stopAfter)) stop?.();
  });
  const stderr = sink();
  const exitCode = await main(args, {
    stdout: stdout.stream,
    stderr: stderr.stream,
    signals: signals as any,
    environment: {},
  });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

const runs = async (out: string) => (await readdir(out)).map((name) => join(out, name));

describe('resuming a run', () => {
  it('ends with the weights and the history of a run that was never stopped', async () => {
    const whole = join(folder, 'whole');
    const parts = join(folder, 'parts');
    const args = ['train', 'iris', '--epochs', '8', '--seed', '3', '--out'];
    expect((await nabla([...args, whole])).exitCode).toBe(0);

    const stopped = await nabla([...args, parts], 'Epoch 3/8');
    expect(stopped.exitCode).toBe(130);
    const [run] = await runs(parts);
    expect(stopped.stderr).toContain(`--resume ${run}`);
    // The line of an epoch comes at its end, so it was the fourth that was broken off.
    expect(stopped.stderr).toContain('Stopped after 3 epochs of 8');
    expect((await readdir(run)).some((f) => f.startsWith('backup'))).toBe(true);

    const resumed = await nabla(['train', 'iris', '--resume', run]);
    expect(resumed.stderr).toBe('');
    expect(resumed.exitCode).toBe(0);
    // Its epochs are counted on from where the run was stopped.
    expect(resumed.stdout.match(/Epoch \d\/8/g)).toEqual(
      [4, 5, 6, 7, 8].map((n) => `Epoch ${n}/8`),
    );
    const [reference] = await runs(whole);
    const read = (path: string, file: string) => readFile(join(path, file), 'utf8');
    expect(await read(run, 'history.csv')).toBe(await read(reference, 'history.csv'));
    expect(await read(run, 'confusion-matrix.csv')).toBe(
      await read(reference, 'confusion-matrix.csv'),
    );
    expect((await readdir(run)).some((f) => f.startsWith('backup'))).toBe(false);

    const again = await nabla(['train', 'iris', '--resume', run]);
    expect(again.exitCode).toBe(2);
    expect(again.stderr).toContain('came to its end');
  });

  it('of several models does not train those again that were finished', async () => {
    const whole = join(folder, 'wines');
    const parts = join(folder, 'wine-parts');
    const args = ['train', 'wine', '--epochs', '4', '--out'];
    expect((await nabla([...args, whole])).exitCode).toBe(0);
    expect((await nabla([...args, parts], '3 hidden units')).exitCode).toBe(130);
    const [run] = await runs(parts);
    const resumed = await nabla(['train', 'wine', '--resume', run]);
    expect(resumed.exitCode).toBe(0);
    expect(resumed.stdout.match(/Epoch 4\/4/g)).toHaveLength(2);
    const [reference] = await runs(whole);
    for (const name of ['history-logistic.csv', 'history-hidden-3.csv', 'history-hidden-10.csv']) {
      const text = await readFile(join(run, name), 'utf8');
      expect(text).toBe(await readFile(join(reference, name), 'utf8'));
    }
    expect((await readdir(run)).filter((f) => f.startsWith('backup'))).toEqual([]);
  });

  it('refuses folders that are no such run, and options beside it', async () => {
    const missing = await nabla(['train', 'iris', '--resume', join(folder, 'nowhere')]);
    expect([missing.exitCode, missing.stderr]).toEqual([
      2,
      expect.stringContaining('no config.json'),
    ]);
    const [run] = await runs(join(folder, 'whole'));
    const other = await nabla(['train', 'wine', '--resume', run]);
    expect([other.exitCode, other.stderr]).toEqual([
      2,
      expect.stringContaining('not a run of recipe "wine"'),
    ]);
    const options = await nabla(['train', 'iris', '--resume', run, '--epochs', '3']);
    expect([options.exitCode, options.stderr]).toEqual([
      2,
      expect.stringContaining('leave out --epochs'),
    ]);
  });
});
