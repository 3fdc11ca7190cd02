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
    expect((await readdir(run)).some((f) => f.startsWith('backup'))).toBe(true);

    const resumed = await nabla(['train', 'iris', '--resume', run]);
    expect(resumed.stderr).toBe('');
    expect(resumed.exitCode).toBe(0);
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
