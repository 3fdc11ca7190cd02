import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeNpy } from '../../src/formats/npy.ts';
import { makeClassifier, Workplace } from './harness.ts';

/** The command as a process: exit codes, and readers that stop before the end. */

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const isBuilt = existsSync(path('dist/src/node/cli.js'));

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.create();
  await (await makeClassifier()).save(place.path('net.keras'));
  // Its outputs are more than a pipe holds.
  const samples = 20_000;
  const data = Float32Array.from({ length: 4 * samples }, (_, i) => Math.sin(i));
  place.write('many.npy', writeNpy({ data, shape: [samples, 4], dtype: 'float32' }));
});
afterAll(() => place.remove());

interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command; `closing` is a stream that its reader closes at the first word, or at once. */
function start(args: string[], closing?: 'stdout' | 'stderr'): Promise<Ending> {
  const child = spawn(process.execPath, [path('bin/nabla.js'), ...args], { cwd: place.folder });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      text[name] += chunk;
      if (name === closing) child[name].destroy();
    });
  }
  if (closing === 'stderr') child.stderr.destroy();
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...text })));
}

describe.skipIf(!isBuilt)('the process', () => {
  it('ends with 0, 1 or 2, and one line for what went wrong', async () => {
    expect(await start(['--version'])).toMatchObject({ code: 0, stderr: '' });
    const wrong = await start(['summary', 'none.keras']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/^error: there is no file "none.keras"[^\n]*\n$/);
    place.write('broken.keras', 'PK\u0003\u0004 broken');
    const broken = await start(['summary', 'broken.keras']);
    expect(broken.code).toBe(1);
    expect(broken.stderr).toMatch(/^error: [^\n]*\n$/);
  });

  it('is no failure where a reader has read enough', async () => {
    const { code, stdout, stderr } = await start(
      ['predict', 'net.keras', 'many.npy', '--json'],
      'stdout',
    );
    expect(stdout.startsWith('{"kind":[[')).toBe(true);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('keeps its exit code where nobody reads its errors', async () => {
    expect((await start(['summary', 'none.keras'], 'stderr')).code).toBe(2);
  });

  it('leaves no temporary files behind', async () => {
    await start(['convert', 'net.keras', 'other.h5']);
    expect(readdirSync(place.folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(readdirSync(place.folder)).toContain('other.h5');
  });
});
