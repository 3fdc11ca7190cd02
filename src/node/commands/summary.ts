/** `nabla summary <file>`: what is in the file of a model, of weights or of arrays. */
import { OnnxModel } from '../../formats/onnx/onnx-model.ts';
import { variablePaths } from '../../formats/weights/names.ts';
import { isSerialized, serializeObject } from '../../nn/registry.ts';
import type { Model } from '../../training/model.ts';
import { countParameters } from '../../training/summary.ts';
import type { CommandContext } from '../command-context.ts';
import { describePath } from '../model-files.ts';
import { colorWanted, createStyle, formatNumber, formatTable, printable } from '../terminal.ts';
import { openModel, useDevice } from './models.ts';

export interface SummaryFlags {
  /** Shows the layers of nested models as well. */
  nested?: boolean;
  json?: boolean;
}

/** A loss or metric, or several, as text. */
function specText(spec: any): string | undefined {
  if (spec === undefined || spec === null) return undefined;
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
  if (!others.use_ema) delete others.ema_momentum;
  const settings = Object.entries(others).filter(([, v]) => v !== null && v !== false);
  const rate = optimizer.schedule
    ? specText(optimizer.schedule)
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

const shapeText = (shape: readonly number[]): string => shape.join(' × ') || 'one value';

const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

export async function summary(
  path: string,
  { nested, json }: SummaryFlags,
  { stdout, stderr, environment }: CommandContext,
): Promise<number> {
  useDevice({ device: 'js' });
  const style = createStyle(colorWanted(stdout, environment));
  const { format, facts, isModel, arrays } = await describePath(path);
  const model = isModel ? await openModel(path, stderr) : undefined;
  const training = model && !(model instanceof OnnxModel) ? await trainingFacts(model) : [];
  const parameters = model
    ? countParameters(model.weights)
    : arrays
        .filter((a) => !a.name.startsWith('optimizer'))
        .reduce((n, a) => n + sizeOf(a.shape), 0);
  if (json) {
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
      format,
      ...Object.fromEntries(facts),
      name: model?.name,
      parameters,
      training: model && Object.fromEntries(training),
      weights,
    };
    stdout.write(`${JSON.stringify(report)}\n`);
    return 0;
  }
  const lines: string[] = [];
  const list: readonly (readonly [string, string])[] = [['format', format], ...facts, ...training];
  const width = Math.max(...list.map(([label]) => label.length));
  for (const [label, value] of list) {
    lines.push(`${style.dim(label.padEnd(width))}  ${printable(value)}`);
  }
  lines.push('');
  if (model && !(model instanceof OnnxModel)) {
    model.summary({ print: (line) => void lines.push(printable(line)), expandNested: nested });
  } else {
    const rows = model
      ? model.weights.map((w) => [printable(w.name), shapeText(w.shape), w.dtype, w.size])
      : arrays.map((a) => [printable(a.name), shapeText(a.shape), a.dtype, sizeOf(a.shape)]);
    if (rows.length > 0)
      lines.push(...formatTable(['name', 'shape', 'type', 'values'], rows, style), '');
    lines.push(`${formatNumber(parameters)} parameters`);
  }
  stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
