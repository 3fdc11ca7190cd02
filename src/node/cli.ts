/**
 * The command line. Exit codes: 0 success, 1 failure, 2 a mistake in what was typed, 130 stopped by
 * Ctrl-C. A command's code is loaded when the command is given, so that help and version are quick.
 */
import { Command, CommanderError } from 'commander';
import type { CommandContext } from './command-context.ts';
import type { ConvertFlags } from './commands/convert.ts';
import type { EvaluateFlags } from './commands/evaluate.ts';
import type { PlaygroundFlags } from './commands/playground.ts';
import type { PredictFlags } from './commands/predict.ts';
import type { SummaryFlags } from './commands/summary.ts';
import type { TrainFlags } from './commands/train.ts';
import { describeFileError } from './file-errors.ts';
import {
  parseCount,
  parseDevice,
  parsePort,
  parseRate,
  parseSeed,
  parseThreads,
} from './options.ts';
import { packageVersion } from './package-info.ts';
import { registry } from './registry.ts';
import { colorWanted, createStyle, printable } from './terminal.ts';
import { UsageError } from './usage-error.ts';

const oneLine = (text: string): string => printable(text.trim().replace(/\s*\n\s*/g, ' '));

/** The parser's message in one line, with the way out where the parser does not know it. */
function usageMessage(text: string): string {
  const line = oneLine(text);
  if (!line.startsWith('error: missing required argument')) return line;
  return line.includes("'recipe'")
    ? `${line}; "nabla list" shows the recipes, "nabla --help" the commands`
    : `${line}; "nabla --help" shows the commands, "nabla <command> --help" what they take`;
}

function buildProgram(context: CommandContext, finish: (exitCode: number) => void): Command {
  const { stdout, stderr, environment } = context;
  const style = createStyle(colorWanted(stderr, environment));
  const program = new Command('nabla')
    .description('Keras-style deep learning for TypeScript, on CPU and GPU')
    .version(packageVersion(), '-v, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? 80,
      getOutHasColors: () => colorWanted(stdout, environment),
      outputError: (text, write) =>
        write(`${usageMessage(text).replace(/^error:/, style.red('error:'))}\n`),
    });
  program
    .command('train')
    .argument('<recipe>', 'a recipe from "nabla list"')
    .summary('train a recipe')
    .description(
      'Trains a recipe and keeps its history, curves, weights and results in a new folder.',
    )
    .option('-e, --epochs <n>', 'how often to go through the data', parseCount)
    .option('-b, --batch-size <n>', 'samples per step', parseCount)
    .option('-l, --learning-rate <x>', 'learning rate of the optimizer', parseRate)
    .option('-o, --optimizer <name>', 'optimizer, such as sgd or adam')
    .option('-s, --seed <n>', 'seed of all random numbers (default: 0)', parseSeed)
    .option('-d, --device <name>', 'auto, cpu, gpu or js (default: auto)', parseDevice)
    .option('-t, --threads <n>', 'threads of the engine', parseThreads)
    .option('-r, --resume <run>', 'go on with a stopped run, in its folder and with its options')
    .option('--out <folder>', 'where the folder of the run is made (default: runs)')
    .option('-q, --quiet', 'print nothing but errors')
    .option('--json', 'print the result as one line of JSON, everything else on standard error')
    .action(async (recipe: string, flags: TrainFlags) => {
      const { train } = await import('./commands/train.ts');
      finish(await train(recipe, flags, context));
    });
  program
    .command('list')
    .description('show the recipes')
    .action(async () => {
      const { list } = await import('./commands/list.ts');
      finish(list(context));
    });
  program
    .command('explain')
    .argument('<name>', 'what to explain')
    .description('work through an idea on the terminal')
    .action(async (name: string) => {
      const { explain } = await import('./commands/explain.ts');
      finish(await explain(name, context));
    });
  program
    .command('playground')
    .description('tinker with a neural network in the browser')
    .option('-p, --port <n>', 'where it listens (default: 7007, or a free one)', parsePort)
    .option('--host <address>', 'address to listen on (default: this machine only)')
    .action(async (flags: PlaygroundFlags) => {
      const { playground } = await import('./commands/playground.ts');
      finish(await playground(flags, context));
    });
  addModelCommands(program, context, finish);
  return program;
}

function addModelCommands(
  program: Command,
  context: CommandContext,
  finish: (exitCode: number) => void,
): void {
  const batchSize = ['-b, --batch-size <n>', 'samples at a time', parseCount] as const;
  const device = [
    '-d, --device <name>',
    'auto, cpu, gpu or js (default: auto)',
    parseDevice,
  ] as const;
  const threads = ['-t, --threads <n>', 'threads of the engine', parseThreads] as const;
  const rawPixels = [
    '--raw-pixels',
    'values of images are 0 to 255 (default: for models that rescale them)',
  ] as const;
  const unitPixels = [
    '--no-raw-pixels',
    'values of images are 0 to 1 (default: for others)',
  ] as const;
  const columns = [
    '--columns <list>',
    'columns of a table that the model takes: names or numbers, such as 1-4',
  ] as const;
  const header = [
    '--header',
    'the first line of a table has names (default: told from it)',
  ] as const;
  const noHeader = ['--no-header', 'the first line of a table has values'] as const;
  const force = ['-f, --force', 'replace a file that exists'] as const;
  const labels = [
    '--labels <names>',
    'names of classes: a,b,c, or a .txt file with one a line',
  ] as const;
  program
    .command('summary')
    .argument('<file>', 'a model, weights or arrays in any format')
    .summary('show what is in a model file')
    .description(
      'Shows the layers, parameters, optimizer and versions of a model file: .keras, .h5, .weights.h5, .safetensors, .onnx, a TensorFlow.js model.json, .npy or .npz.',
    )
    .option('--nested', 'show the layers of nested models as well')
    .option('--json', 'print one line of JSON, with every weight')
    .action(async (file: string, flags: SummaryFlags) => {
      const { summary } = await import('./commands/summary.ts');
      finish(await summary(file, flags, context));
    });
  program
    .command('convert')
    .argument('<in>', 'a model in any format')
    .argument('<out>', 'a name in .keras, .h5, .weights.h5, .safetensors, .onnx or model.json')
    .summary('convert a model to another file format')
    .description('Writes a model in the format that the name of the new file asks for.')
    .option('--no-optimizer', 'leave optimizer, loss and metrics out')
    .option(
      '--input-shape <sizes...>',
      'for .onnx: sizes of one sample where the model leaves them open, such as 24,24,3',
    )
    .option(...force)
    .action(async (from: string, to: string, flags: ConvertFlags) => {
      const { convert } = await import('./commands/convert.ts');
      finish(await convert(from, to, flags, context));
    });
  program
    .command('predict')
    .argument('<model>', 'a model in any format')
    .argument('<data...>', '.csv, .tsv, .npy, .npz, .png or .jpg files')
    .summary('compute the outputs of a model')
    .description(
      'Runs a model on tables, arrays and images; images are resized to the input of the model.',
    )
    .option(...labels)
    .option('-o, --out <file>', 'write all outputs to a .csv, .json, .npy or .npz file')
    .option(...force)
    .option(...columns)
    .option(...header)
    .option(...noHeader)
    .option(...rawPixels)
    .option(...unitPixels)
    .option(...batchSize)
    .option(...device)
    .option(...threads)
    .option('--json', 'print the outputs as one line of JSON')
    .action(async (model: string, data: string[], flags: PredictFlags) => {
      const { predict } = await import('./commands/predict.ts');
      finish(await predict(model, data, flags, context));
    });
  program
    .command('evaluate')
    .argument('<model>', 'a model in any format')
    .argument('<data>', '.csv, .npz with x and y, .npy, a folder of images by class, or mnist')
    .argument('[targets]', 'the targets, where <data> is without: .npy, .npz or .csv')
    .summary('measure a model on labelled data')
    .description(
      'Measures the loss and metrics of a model, and of a classifier how well it tells each class. The data sets mnist, fashion-mnist and cifar10 go by their names; their test images are taken.',
    )
    .option('--target <list>', 'columns of the table to predict (default: the last)')
    .option(...columns)
    .option(...header)
    .option(...noHeader)
    .option(...labels)
    .option('--loss <name>', 'a loss, for a model that was saved without')
    .option('--metrics <names>', 'metrics: a,b')
    .option(...rawPixels)
    .option(...unitPixels)
    .option(...batchSize)
    .option(...device)
    .option(...threads)
    .option('--json', 'print the result as one line of JSON')
    .action(
      async (model: string, data: string, targets: string | undefined, flags: EvaluateFlags) => {
        const { evaluate } = await import('./commands/evaluate.ts');
        finish(await evaluate(model, data, targets, flags, context));
      },
    );
}

/**
 * Runs the command line on the arguments after the program's name.
 * @returns the exit code; errors are told on standard error, never thrown.
 */
export async function main(
  args: readonly string[],
  overrides: Partial<CommandContext> = {},
): Promise<number> {
  const context: CommandContext = {
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    registry,
    signals: process,
    clock: () => performance.now(),
    ...overrides,
  };
  const { stderr, environment } = context;
  let exitCode = 0;
  const program = buildProgram(context, (code) => {
    exitCode = code;
  });
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // already told
    const style = createStyle(colorWanted(stderr, environment));
    const usage = error instanceof UsageError;
    const text = describeFileError(error) ?? (error instanceof Error ? error.message : error);
    const message = oneLine(String(text));
    stderr.write(`${style.red('error:')} ${message}\n`);
    if (environment.NABLA_DEBUG === '1' && error instanceof Error) {
      stderr.write(`${error.stack}\n`);
    }
    return usage ? 2 : 1;
  }
}
