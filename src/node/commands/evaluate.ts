/** `nabla evaluate <model> <data> [targets]`: the loss and metrics of a model on labelled data. */
import type { NDArray } from '../../graph/ndarray.ts';
import type { LossSpec } from '../../nn/losses/index.ts';
import { registries } from '../../nn/registry.ts';
import type { MetricList } from '../../training/compiled.ts';
import type { Model } from '../../training/model.ts';
import { type ClassScores, scoreClasses } from '../class-scores.ts';
import type { CommandContext } from '../command-context.ts';
import { type Examples, fitTargets, readExamples } from '../labelled-data.ts';
import { rescalesPixels } from '../model-images.ts';
import { inputsOf } from '../model-inputs.ts';
import {
  colorWanted,
  createStyle,
  displayWidth,
  formatMetric,
  formatTable,
  type OutputStream,
  printable,
  type Style,
} from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { type DeviceFlags, openModel, useDevice } from './models.ts';
import { outputsOf, readLabels } from './predict.ts';

export interface EvaluateFlags extends DeviceFlags {
  batchSize?: number;
  /** Columns of a table to predict, by name or number from 1; the last by default. */
  target?: string;
  /** Columns of a table that the model takes; all others by default. */
  columns?: string;
  /** Whether tables begin with a line of names. */
  header?: boolean;
  /** The classes in the order of their numbers. */
  labels?: string;
  /** Loss and metrics for a model that was saved without. */
  loss?: string;
  metrics?: string;
  rawPixels?: boolean;
  json?: boolean;
}

/** Names that stand for a metric that fits the loss. */
const metricShorthands = ['accuracy', 'acc', 'crossentropy', 'ce'];

function expectKnown(registry: { find(name: string): unknown }, name: string, flag: string): void {
  try {
    registry.find(name);
  } catch (error) {
    const message = (error as Error).message.replace(/^\w+: |\. Register your own.*$/g, '');
    throw new UsageError(`${flag}: ${message}`);
  }
}

function compileAs(model: Model, { loss, metrics }: EvaluateFlags): void {
  const options = model.compileOptions;
  if (loss === undefined && (options?.loss ?? undefined) === undefined) {
    throw new UsageError(
      'the model was saved without a loss; give one with --loss, such as --loss mse, and --metrics as wanted',
    );
  }
  if (loss === undefined && metrics === undefined) return;
  const names = metrics?.split(',').map((name) => name.trim());
  if (loss !== undefined) expectKnown(registries.losses, loss, '--loss');
  for (const name of names ?? []) {
    if (!metricShorthands.includes(name)) expectKnown(registries.metrics, name, '--metrics');
  }
  model.compile({
    ...options,
    ...(loss === undefined ? {} : { loss: loss as LossSpec }),
    ...(names === undefined ? {} : { metrics: names as MetricList }),
  });
}

/** The loss of an output, in whatever form it was given. */
function lossOf(model: Model, i: number): any {
  const spec: any = model.compileOptions?.loss;
  const isEach =
    typeof spec === 'object' && spec?.constructor === Object && !('class_name' in spec);
  return Array.isArray(spec) ? spec[i] : isEach ? spec[model.outputNames[i]] : spec;
}

/** Its name; empty for an output without one. */
function lossName(model: Model, i: number): string {
  const loss = lossOf(model, i);
  if (typeof loss === 'string') return loss;
  return (
    loss?.class_name ??
    loss?.className ??
    loss?.constructor?.className ??
    loss?.name ??
    loss?.constructor?.name ??
    ''
  );
}

/** Whether a loss of this name tells classes apart. */
const isCrossentropy = (name: string): boolean => /crossentropy/i.test(name.replaceAll('_', ''));

/** Whether the loss takes numbers before the sigmoid: above 0 is then what above 1/2 is for chances. */
function takesLogits(model: Model, i: number): boolean {
  const loss = lossOf(model, i);
  const config = loss?.config ?? loss?.getConfig?.();
  return config?.from_logits === true || config?.fromLogits === true;
}

/** Largest matrix that is shown to people, in classes and in columns of the terminal. */
const SHOWN_CLASSES = 20;

/** Precision, recall and F1 of each class, and the confusion matrix where there is room for it. */
function classTables(scores: ClassScores, style: Style, columns: number): string[] {
  const number = (value: number): string => value.toFixed(4);
  const rows = scores.classes.map(({ name, precision, recall, f1, support }) => [
    printable(name),
    number(precision),
    number(recall),
    number(f1),
    support,
  ]);
  const header = ['class', 'precision', 'recall', 'f1', 'samples'];
  const lines = ['', ...formatTable(header, rows.slice(0, SHOWN_CLASSES), style)];
  if (rows.length > SHOWN_CLASSES) {
    lines.push(style.dim(`… and ${rows.length - SHOWN_CLASSES} more classes; --json gives all`));
    return lines;
  }
  const names = scores.classes.map((c) => printable(c.name));
  const matrix = formatTable(
    ['true \\ predicted', ...names],
    scores.confusionMatrix.map((row, i) => [names[i], ...row]),
    style,
  );
  if (Math.max(...matrix.map(displayWidth)) <= columns) lines.push('', ...matrix);
  else lines.push(style.dim('the confusion matrix is too wide to show; --json gives it'));
  return lines;
}

/** Numbers between 0 and 1, in the same order. */
const sigmoid = ({ data, ...rest }: NDArray): NDArray => ({
  ...rest,
  data: Float64Array.from(data, (v) => 1 / (1 + Math.exp(-v))),
});

/** The scores of each output that tells classes apart, by the name of the output. */
function scoreOutputs(
  model: Model,
  targets: readonly NDArray[],
  outputs: ReadonlyMap<string, NDArray>,
  names: readonly string[],
): Map<string, ClassScores> {
  const found = new Map<string, ClassScores>();
  [...outputs].forEach(([name, output], i) => {
    if (!isCrossentropy(lossName(model, i))) return;
    const chances = takesLogits(model, i) ? sigmoid(output) : output;
    const scores = targets[i] && scoreClasses(targets[i], chances, names);
    if (scores) found.set(name, scores);
  });
  return found;
}

function write(stdout: OutputStream, style: Style, { samples, logs, scores, notes }: Report): void {
  const names = Object.keys(logs);
  const lines = formatTable(
    ['samples', ...names.map(printable)],
    [[samples, ...names.map((name) => formatMetric(logs[name]))]],
    style,
  );
  for (const [name, one] of scores) {
    if (scores.size > 1) lines.push('', style.bold(printable(name)));
    lines.push(...classTables(one, style, stdout.columns ?? Number.POSITIVE_INFINITY));
  }
  if (notes.length > 0) lines.push('', ...notes.map((note) => style.dim(printable(note))));
  stdout.write(`${lines.join('\n')}\n`);
}

interface Report {
  readonly samples: number;
  readonly logs: Readonly<Record<string, number>>;
  readonly scores: ReadonlyMap<string, ClassScores>;
  readonly notes: readonly string[];
}

function toJson({ samples, logs, scores }: Report): string {
  const each = [...scores].map(([name, { classes, confusionMatrix }]) => [
    name,
    { classes, confusionMatrix },
  ]);
  const classes = each.length === 1 ? each[0][1] : Object.fromEntries(each);
  return `${JSON.stringify({ samples, ...logs, ...(classes as object) })}\n`;
}

function expectSameCount({ x, y, from }: Examples): void {
  const samples = x[0].shape[0];
  const other = y.find((a) => a.shape[0] !== samples);
  if (other) {
    throw new UsageError(
      `${from} gives ${samples} samples and ${other.shape[0]} targets; give one target for each sample (--header or --no-header says whether the first line of a table has names)`,
    );
  }
}

/** Names that the data happens to have are the classes of the model only if they are all there. */
function expectAllClasses({ classNames, from }: Examples, loss: string, output: NDArray): void {
  if (classNames === undefined || !isCrossentropy(loss)) return;
  const width = output.shape.at(-1) ?? 1;
  const classes = width === 1 ? 2 : width;
  if (classNames.length === classes) return;
  const some = classNames.slice(0, 8).join(', ') + (classNames.length > 8 ? ', …' : '');
  throw new UsageError(
    `${from} names ${classNames.length} ${classNames.length === 1 ? 'class' : 'classes'} (${some}), the model knows ${classes}; give the names of all in their order with --labels`,
  );
}

export async function evaluate(
  path: string,
  data: string,
  targets: string | undefined,
  flags: EvaluateFlags,
  { stdout, stderr, environment }: CommandContext,
): Promise<number> {
  const labels = flags.labels === undefined ? [] : await readLabels(flags.labels);
  useDevice(flags);
  const model = await openModel(path, stderr);
  compileAs(model, flags);
  const rawPixels = flags.rawPixels ?? (rescalesPixels(model) || undefined);
  const examples = await readExamples(data, targets, inputsOf(model), model.outputNames, {
    ...flags,
    rawPixels,
    labels,
  });
  expectSameCount(examples);
  const x = examples.x.length === 1 ? examples.x[0] : [...examples.x];
  const options = { batchSize: flags.batchSize };
  const outputs = await outputsOf(model, await model.predict(x, options));
  const widths = [...outputs.values()];
  if (examples.y.length !== widths.length) {
    throw new UsageError(
      `${examples.from} has ${examples.y.length} arrays of targets; the model has ${widths.length} outputs: ${[...outputs.keys()].join(', ')}; give an .npz file with an array for each`,
    );
  }
  if (labels.length === 0) expectAllClasses(examples, lossName(model, 0), widths[0]);
  const fitted = examples.y.map((y, i) => fitTargets(y, lossName(model, i), widths[i]));
  const logs = await model.evaluate(x, fitted.length === 1 ? fitted[0] : fitted, options);
  const names = labels.length > 0 ? labels : (examples.classNames ?? []);
  const report: Report = {
    samples: examples.x[0].shape[0],
    logs,
    scores: scoreOutputs(model, fitted, outputs, names),
    notes: examples.notes,
  };
  if (flags.json) stdout.write(toJson(report));
  else write(stdout, createStyle(colorWanted(stdout, environment)), report);
  return 0;
}
