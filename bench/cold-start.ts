/** From starting the command line to its result: what a user waits for who tries Nabla. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { complaint, rootFolder, run } from './processes.ts';
import { formatMs } from './report.ts';
import { median } from './statistics.ts';

const limitMs = 60_000;

/** Runs `nabla train iris` again and again; resolves to whether it went well. */
export async function coldStart(times: number, print: (line: string) => void): Promise<boolean> {
  if (!existsSync(join(rootFolder, 'dist/src/node/cli.js'))) {
    print('cold start: nabla is not built; run "npm run build" first');
    return false;
  }
  const folder = await mkdtemp(join(tmpdir(), 'nabla-bench-'));
  try {
    const durations: number[] = [];
    for (let i = 0; i < times; i++) {
      const args = [join(rootFolder, 'bin/nabla.js'), 'train', 'iris', '--quiet', '--out', folder];
      const before = performance.now();
      const outcome = await run({ file: process.execPath, args }, limitMs);
      durations.push(performance.now() - before);
      if (outcome.status !== 0) {
        print(`cold start: nabla train iris: ${complaint(outcome, limitMs)}`);
        return false;
      }
    }
    const result = `median ${formatMs(median(durations))} ms, min ${formatMs(Math.min(...durations))} ms`;
    print(`nabla train iris, from process start to its end: ${result}, ${times} runs`);
    return true;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
