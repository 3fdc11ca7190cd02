/** `nabla train <recipe>`: settles the options, runs the recipe and leaves its results in a folder. */
import { constants } from 'node:fs';
import { access, mkdir, readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { describeEnvironment } from '../environment.ts';
import { Interrupt } from '../interrupt.ts';
import { ProgressRenderer } from '../progress.ts';
import type { Recipe, RecipeContext, RecipeOptions, RecipeResult } from '../recipe.ts';
import { backupFolder, RunDirectory } from '../run-directory.ts';
import {
  colorWanted,
  createStyle,
  formatDuration,
  formatMetric,
  formatNumber,
  formatTable,
  unicodeWanted,
} from '../terminal.ts';
import { quoted, UsageError, unknownName } from '../usage-error.ts';

/** What the command line gave; an option that was not given is undefined. */
export interface TrainFlags extends Partial<RecipeOptions> {
  /** Folder in which the run's folder is made. */
  out?: string;
  /** Folder of a stopped run to go on with. */
  resume?: string;
  quiet?: boolean;
  json?: boolean;
}

const defaultSeed = 0;
const defaultFolder = 'runs';

/** Each option of a recipe with its flag, in the order in which they are shown. */
const flagNames = {
  epochs: '--epochs',
  batchSize: '--batch-size',
  learningRate: '--learning-rate',
  optimizer: '--optimizer',
  seed: '--seed',
  device: '--device',
  threads: '--threads',
} as const satisfies Record<keyof RecipeOptions, string>;

const optionNames = Object.keys(flagNames) as (keyof RecipeOptions)[];

/** The recipe's defaults under the given options. */
function settle(name: string, recipe: Recipe, flags: TrainFlags): RecipeOptions {
  const { defaults, optimizers } = recipe;
  for (const option of ['batchSize', 'learningRate', 'optimizer'] as const) {
    if (flags[option] !== undefined && defaults[option] === undefined) {
      throw new UsageError(`recipe "${name}" has no option ${flagNames[option]}`);
    }
  }
  let optimizer = flags.optimizer ?? defaults.optimizer;
  if (flags.optimizer !== undefined && optimizers !== undefined) {
    const wanted = flags.optimizer.toLowerCase();
    optimizer = optimizers.find((o) => o.toLowerCase() === wanted);
    if (optimizer === undefined) throw unknownName('optimizer', flags.optimizer, optimizers);
  }
  return {
    epochs: flags.epochs ?? defaults.epochs,
    batchSize: flags.batchSize ?? defaults.batchSize,
    learningRate: flags.learningRate ?? defaults.learningRate,
    optimizer,
    seed: flags.seed ?? defaultSeed,
    device: flags.device ?? 'auto',
    threads: flags.threads,
  };
}

/** Makes the folder of runs, or says why it cannot be used. */
async function checkFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reasons: Record<string, string> = {
      EACCES: 'permission denied',
      EEXIST: 'it is a file',
      ENOTDIR: 'a part of the path is a file',
      EROFS: 'the file system is read-only',
    };
    const reason = reasons[code ?? ''] ?? code ?? String(error);
    throw new UsageError(`--out ${quoted(folder)} cannot be written: ${reason}`);
  }
  return path;
}

/** The stopped run that `--resume` names: its folder and what it was started with. */
async function readRun(
  name: string,
  flags: TrainFlags,
): Promise<{ path: string; options: RecipeOptions }> {
  const shown = quoted(flags.resume!);
  const other = optionNames.filter((o) => flags[o] !== undefined).map((o) => flagNames[o]);
  if (flags.out !== undefined) other.push('--out' as never);
  if (other.length > 0) {
    throw new UsageError(
      `--resume goes on with the options of the run; leave out ${other.join(', ')}`,
    );
  }
  const path = resolve(flags.resume!);
  let config: { recipe?: unknown; options?: RecipeOptions };
  try {
    config = JSON.parse(await readFile(join(path, 'config.json'), 'utf8'));
  } catch {
    throw new UsageError(`--resume ${shown}: there is no config.json of a run in that folder`);
  }
  if (config.recipe !== name || typeof config.options !== 'object' || config.options === null) {
    throw new UsageError(`--resume ${shown} is not a run of recipe "${name}"`);
  }
  const files = await readdir(path);
  if (!files.some((file) => file.startsWith(backupFolder))) {
    throw new UsageError(
      `--resume ${shown}: that run came to its end; there is nothing to go on with`,
    );
  }
  return { path, options: config.options };
}

function metricTable(result: RecipeResult): { header: string[]; rows: (string | number)[][] } {
  const splits = (['train', 'validation', 'test'] as const).filter(
    (split) => Object.keys(result.metrics[split] ?? {}).length > 0,
  );
  const names = [...new Set(splits.flatMap((split) => Object.keys(result.metrics[split] ?? {})))];
  const rows = splits.map((split) => [
    split,
    ...names.map((name) => {
      const value = result.metrics[split]?.[name];
      return value === undefined ? '' : formatMetric(value);
    }),
  ]);
  return { header: ['', ...names], rows };
}

/** Runs a recipe; the exit code is 0, or that of the signal which stopped it. */
export async function train(
  name: string,
  flags: TrainFlags,
  { stdout, stderr, registry, environment, signals, clock }: CommandContext,
): Promise<number> {
  const entry = registry.recipes.find((r) => r.name === name.toLowerCase());
  if (entry === undefined) {
    throw unknownName(
      'recipe',
      name,
      registry.recipes.map((r) => r.name),
    );
  }
  const recipe = await entry.load();
  const stopped = flags.resume === undefined ? undefined : await readRun(entry.name, flags);
  const options = stopped?.options ?? settle(entry.name, recipe, flags);
  const given = new Set(optionNames.filter((option) => flags[option] !== undefined));

  // With --json the standard output holds the result alone; people read the rest beside it.
  const stream = flags.json ? stderr : stdout;
  const quiet = flags.quiet ?? false;
  const style = createStyle(colorWanted(stream, environment));
  const unicode = unicodeWanted(environment);
  const progress = new ProgressRenderer({ stream, quiet, style, unicode, clock });
  const log = (line: string): void => progress.writeLine(line);
  const table: RecipeContext['table'] = (header, rows) => {
    for (const line of formatTable(header, rows, style)) log(line);
  };

  const run = stopped
    ? RunDirectory.open(stopped.path)
    : await RunDirectory.create(await checkFolder(flags.out ?? defaultFolder), entry.name);
  const fromHere = relative(process.cwd(), run.path);
  const shownPath = fromHere.startsWith('..') ? run.path : fromHere;
  const around = await describeEnvironment(options);
  const defaults = optionNames.filter((o) => options[o] !== undefined && !given.has(o));
  if (!stopped) await run.writeJson('config.json', { recipe: entry.name, options, defaults });
  await run.writeJson('environment.json', around);

  log(`${style.bold(entry.name)}: ${entry.summary}`);
  const settings = optionNames
    .filter((o) => options[o] !== undefined)
    .map((o) => `${style.dim(flagNames[o].slice(2))} ${options[o]}`);
  log(settings.join('  '));
  log('');

  const interrupt = new Interrupt({
    source: signals,
    clock,
    onRequest: () => {
      progress.finish();
      stderr.write('\nStopping after this step; press Ctrl-C again to abort at once.\n');
    },
  });
  interrupt.install();
  const start = clock();
  let result: RecipeResult;
  try {
    const stopRequested = (): boolean => interrupt.requested;
    result = await recipe.run({ options, given, log, table, style, progress, stopRequested, run });
  } finally {
    interrupt.uninstall();
    progress.finish();
  }
  const seconds = (clock() - start) / 1000;
  const interrupted = result.interrupted ?? interrupt.requested;
  if (!interrupted) await run.removeBackups();
  const { engineInUse } = await import('../../tensor/device.ts');
  const device = result.device ?? engineInUse() ?? options.device;
  const report = {
    recipe: entry.name,
    parameters: result.parameters,
    epochs: result.epochs,
    seconds: Math.round(seconds * 1000) / 1000,
    loss: result.loss,
    metrics: result.metrics,
    run: shownPath,
    seed: options.seed,
    device,
    interrupted,
  };
  if (device !== around.device) await run.writeJson('environment.json', { ...around, device });
  await run.writeJson('result.json', report);

  log('');
  const { header, rows } = metricTable(result);
  if (rows.length > 0) {
    table(header, rows);
    log('');
  }
  const amount = `${formatNumber(result.epochs)} ${result.epochs === 1 ? 'epoch' : 'epochs'}`;
  log(
    `${formatNumber(result.parameters)} parameters, ${amount} in ${formatDuration(seconds)} on ${device}`,
  );
  log(`${style.dim('results in')} ${shownPath}: ${run.files.join(', ')}`);
  if (interrupted) {
    stderr.write(
      `Stopped after ${amount} of ${options.epochs}, as asked; the results so far are in ${shownPath}. ` +
        `To go on: nabla train ${entry.name} --resume ${shownPath}\n`,
    );
  }
  if (flags.json) stdout.write(`${JSON.stringify(report)}\n`);
  return interrupted ? interrupt.exitCode : 0;
}
