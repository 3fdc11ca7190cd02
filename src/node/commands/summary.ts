/** `nabla summary <file>`: what is in the file of a model, of weights or of arrays. */
import type { ArrayFacts, FileFacts } from '../../formats/describe.ts';
import { OnnxModel } from '../../formats/onnx/onnx-model.ts';
import { variablePaths } from '../../formats/weights/names.ts';
import { isSerialized, serializeObject } from '../../nn/registry.ts';
import { isTensor, type Tensor } from '../../tensor/tensor.ts';
import { leavesOf } from '../../tensor/tree.ts';
import type { Model } from '../../training/model.ts';
import { countParameters } from '../../training/summary.ts';
import type { CommandContext } from '../command-context.ts';
import { describePathArrays } from '../model-files.ts';
import { inputsOf } from '../model-inputs.ts';
import {
  colorWanted,
  createStyle,
  formatNumber,
  formatTable,
  type OutputStream,
  printable,
  type Style,
} from '../terminal.ts';
import { describeModel, openModel, useDevice } from './models.ts';

export interface SummaryFlags {
  /** Shows the layers of nested models as well. */
  nested?: boolean;
  json?: boolean;
}

/** A loss or metric, or several, as text. */
function specText(spec: any): string | undefined {
  if (spec === undefined || spec === null) return undefined;
  // Files written from float32 say 0.8999999761581421.
  if (typeof spec === 'number') return String(Number(spec.toPrecision(7)));
  if (typeof spec !== 'object' && typeof spec !== 'function') return String(spec);
  if (typeof spec === 'function') return spec.className ?? spec.name;
  if (Array.isArray(spec)) {
    return spec.map((s) => specText(s) ?? 'none').join(', ') || undefined;
  }
  if (isSerialized(spec)) return spec.class_name;
  if (typeof spec.getConfig === 'function') return serializeObject(spec).class_name;
  return Object.entries(spec)
    .map(([name, value]) => `${name}: ${specText(value) ?? 'none'}`)
    .join(', ');
}

/** How the model is trained: optimizer, loss and metrics. */
async function trainingFacts(model: Model): Promise<[string, string][]> {
  const options = model.compileOptions;
  if (!options) return [['compiled', 'no']];
  const { optimizer } = model;
  const { class_name, config } = serializeObject(optimizer);
  const { learning_rate: _rate, name: _name, ...others } = config as Record<string, unknown>;
  if (!others.use_ema) {
    delete others.ema_momentum;
    delete others.ema_overwrite_frequency;
  }
  const settings = Object.entries(others).filter(([, v]) => v !== null && v !== false);
  const rate = optimizer.schedule
    ? `by ${specText(optimizer.schedule)}`
    : Number((await optimizer.getLearningRate()).toPrecision(6));
  const [steps] = await optimizer.iterations.data();
  const facts: [string, string | undefined][] = [
    [
      'optimizer',
      `${class_name}, learning rate ${rate}, ${formatNumber(steps)} ${steps === 1 ? 'step' : 'steps'} so far`,
    ],
    ['settings', settings.map(([k, v]) => `${k} ${specText(v)}`).join(', ') || undefined],
    ['loss', specText(options.loss)],
    ['metrics', specText(options.metrics)],
    ['weighted metrics', specText(options.weightedMetrics)],
  ];
  return facts.filter((f): f is [string, string] => f[1] !== undefined);
}

const batchText = (shape: readonly (number | null)[] | undefined): string =>
  shape ? `[${shape.map((d) => d ?? '?').join(', ')}]` : '[...]';

/** What goes into a model of layers and what comes out, with open sizes as `?`. */
function signatureFacts(model: Model): [string, string][] {
  const known = (model as { outputs?: unknown }).outputs;
  const outputs: readonly Tensor[] = known === undefined ? [] : leavesOf(known, isTensor);
  if (outputs.length === 0) return [];
  const inputs = inputsOf(model).map(
    ({ name, dtype, shape }) => `${name} ${dtype} ${batchText(shape)}`,
  );
  const results = outputs.map(({ dtype, shape }, i) => {
    const sizes = (shape as readonly (number | null)[]).map((d) =>
      d !== null && d < 0 ? null : d,
    );
    return `${model.outputNames[i] ?? `output_${i}`} ${dtype} ${batchText(sizes)}`;
  });
  return [
    ['inputs', inputs.join('; ')],
    ['outputs', results.join('; ')],
  ];
}

const shapeText = (shape: readonly number[]): string => shape.join(' × ') || 'one value';

const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** What is saved beside the weights: generators of random numbers and the order of the data. */
const isSeed = ({ name }: ArrayFacts): boolean => /^nabla\/|(^|\/)seed_generator/.test(name);

const isOfOptimizer = ({ name }: ArrayFacts): boolean => /^optimizer(_weights)?\//.test(name);

/** Everything that a file says and holds. */
interface Contents {
  readonly file: FileFacts;
  readonly model?: Model;
  /** Arrays of a file without a model, or with one that cannot be made. */
  readonly arrays: readonly ArrayFacts[];
  /** Why no model can be made of a file that has one. */
  readonly problem?: Error;
}

async function read(path: string, stderr: OutputStream): Promise<Contents> {
  const file = await describeModel(path);
  if (!file.isModel) return { file, arrays: file.arrays };
  try {
    return { file, arrays: [], model: await openModel(path, stderr) };
  } catch (error) {
    return { file, arrays: await describePathArrays(path), problem: error as Error };
  }
}

async function toJson({ file, model, arrays, problem }: Contents): Promise<string> {
  const trained = new Set(model?.trainableWeights ?? []);
  const weights = model
    ? [...variablePaths(model)].map(([variable, name]) => ({
        name,
        shape: variable.shape,
        dtype: variable.dtype,
        trainable: trained.has(variable),
      }))
    : arrays;
  const report = {
    format: file.format,
    ...Object.fromEntries(file.facts),
    ...(model ? Object.fromEntries(signatureFacts(model)) : {}),
    name: model?.name,
    parameters: countAll(model, arrays),
    training:
      model && !(model instanceof OnnxModel)
        ? Object.fromEntries(await trainingFacts(model))
        : undefined,
    weights,
    error: problem?.message,
  };
  return `${JSON.stringify(report)}\n`;
}

function countAll(model: Model | undefined, arrays: readonly ArrayFacts[]): number {
  if (model) return countParameters(model.weights);
  return arrays
    .filter((a) => !isOfOptimizer(a) && !isSeed(a))
    .reduce((n, a) => n + sizeOf(a.shape), 0);
}

function arrayLines({ model, arrays }: Contents, style: Style): string[] {
  const rows = model
    ? model.weights.map((w) => [printable(w.name), shapeText(w.shape), w.dtype, w.size])
    : arrays.map((a) => [printable(a.name), shapeText(a.shape), a.dtype, sizeOf(a.shape)]);
  const lines =
    rows.length > 0 ? [...formatTable(['name', 'shape', 'type', 'values'], rows, style), ''] : [];
  const count = `${formatNumber(countAll(model, arrays))} parameters`;
  const others = arrays.filter(isOfOptimizer).length;
  lines.push(others > 0 ? `${count}, and ${formatNumber(others)} arrays of the optimizer` : count);
  return lines;
}

export async function summary(
  path: string,
  { nested, json }: SummaryFlags,
  { stdout, stderr, environment }: CommandContext,
): Promise<number> {
  useDevice({ device: 'js' });
  const contents = await read(path, stderr);
  const { file, model, problem } = contents;
  if (json) stdout.write(await toJson(contents));
  else {
    const style = createStyle(colorWanted(stdout, environment));
    const layered = model && !(model instanceof OnnxModel) ? model : undefined;
    const list: readonly (readonly [string, string])[] = [
      ['format', file.format],
      ...file.facts,
      ...(layered ? signatureFacts(layered) : []),
      ...(layered ? await trainingFacts(layered) : []),
    ];
    const width = Math.max(...list.map(([label]) => label.length));
    const lines = list.map(
      ([label, value]) => `${style.dim(label.padEnd(width))}  ${printable(value)}`,
    );
    lines.push('');
    if (layered) {
      layered.summary({
        print: (line) => void lines.push(printable(line)),
        expandNested: nested,
        lineLength: Math.min((stdout.columns ?? 101) - 1, 120),
      });
    } else lines.push(...arrayLines(contents, style));
    stdout.write(`${lines.join('\n')}\n`);
  }
  if (problem) throw problem;
  return 0;
}
