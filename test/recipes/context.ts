/** What a recipe runs in, for tests: a folder of its own that is removed afterwards, and captured output. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../src/node/cli.ts';
import { ProgressRenderer } from '../../src/node/progress.ts';
import type { RecipeContext, RecipeOptions } from '../../src/node/recipe.ts';
import { prepare } from '../../src/node/recipe-training.ts';
import { RunDirectory } from '../../src/node/run-directory.ts';
import { createStyle, formatTable } from '../../src/node/terminal.ts';

export interface TestContext extends RecipeContext {
  /** Everything that was printed. */
  readonly lines: string[];
  /** Names of the files in the run's folder, in alphabetical order. */
  files(): Promise<string[]>;
  text(name: string): Promise<string>;
}

/** Runs `body` with a recipe's context; seed and device are set as the options say. */
export async function withContext(
  options: Partial<RecipeOptions>,
  body: (context: TestContext) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'nabla-recipe-'));
  const lines: string[] = [];
  const style = createStyle(false);
  const stream = { write: (text: string) => void lines.push(text) };
  const run = await RunDirectory.create(folder, 'test');
  const context: TestContext = {
    options: { epochs: 1, seed: 0, device: 'auto', ...options },
    given: new Set(),
    log: (line) => void lines.push(line),
    table: (header, rows) => void lines.push(...formatTable(header, rows, style)),
    style,
    progress: new ProgressRenderer({ stream, quiet: true, style, unicode: true }),
    stopRequested: () => false,
    run,
    lines,
    files: async () => (await readdir(run.path)).sort(),
    text: (name) => readFile(join(run.path, name), 'utf8'),
  };
  try {
    prepare(context);
    await body(context);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface Trained {
  readonly exitCode: number;
  /** The line of JSON. */
  readonly result: any;
  readonly stderr: string;
  readonly files: readonly string[];
  text(name: string): string;
  bytes(name: string): Uint8Array;
}

/** `nabla train <args> --json` in a temporary folder. */
export async function train(args: readonly string[]): Promise<Trained> {
  const folder = await mkdtemp(join(tmpdir(), 'nabla-train-'));
  const out = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      out[name] += text;
    },
  });
  try {
    const exitCode = await main(['train', ...args, '--json', '--out', folder], {
      stdout: stream('stdout'),
      stderr: stream('stderr'),
      environment: {},
    });
    const [run] = await readdir(folder);
    const files = run ? (await readdir(join(folder, run))).sort() : [];
    const contents = new Map<string, Buffer>();
    for (const file of files) contents.set(file, await readFile(join(folder, run, file)));
    return {
      exitCode,
      result: out.stdout ? JSON.parse(out.stdout) : undefined,
      stderr: out.stderr,
      files,
      text: (name) => contents.get(name)?.toString('utf8') ?? '',
      bytes: (name) => contents.get(name) ?? new Uint8Array(),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
