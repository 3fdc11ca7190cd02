import { fail, NablaError } from '../graph/errors.ts';
import { formatShape } from '../graph/shape.ts';
import { type LossSpec, losses } from '../nn/losses/index.ts';
import { Loss } from '../nn/losses/loss.ts';
import { type MetricSpec, metrics } from '../nn/metrics/index.ts';
import { Mean, Metric } from '../nn/metrics/metric.ts';
import { normalizeName } from '../nn/names.ts';
import { describeValue } from '../nn/options.ts';
import { isSerialized, registries } from '../nn/registry.ts';
import { ops } from '../tensor/lift.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { isRecord } from '../tensor/tree.ts';
import { labelsFor, listOutputs, type Output, type OutputTree, settingFor } from './outputs.ts';

/** Losses and metrics of a compiled model, matched with its outputs. */

export type PerOutput<T> =
  | T
  | readonly (T | null | undefined)[]
  | { readonly [output: string]: T | null | undefined };
export type MetricList = MetricSpec | readonly MetricSpec[];

type Labels = OutputTree<Tensor> | undefined;

const isLossSpec = (v: unknown): v is LossSpec =>
  typeof v === 'string' || typeof v === 'function' || v instanceof Loss || isSerialized(v);
const isMetricSpec = (v: unknown): v is MetricSpec =>
  typeof v === 'string' || typeof v === 'function' || v instanceof Metric || isSerialized(v);
const isNumber = (v: unknown): v is number => typeof v === 'number';

/** The settings in a tree of them; an error for what is neither a setting nor a list or object of them. */
function* singles<T>(
  what: string,
  tree: unknown,
  isSetting: (value: unknown) => value is T,
  expected: string,
): Generator<T> {
  if (tree === undefined || tree === null) return;
  if (isSetting(tree)) yield tree;
  else if (Array.isArray(tree) || isRecord(tree)) {
    for (const inner of Object.values(tree)) yield* singles(what, inner, isSetting, expected);
  } else {
    fail(
      what,
      `received ${describeValue(tree)}; expected ${expected}, or for several outputs one each, in an array or by name`,
    );
  }
}

/** The sum of the losses of all outputs, each times its weight. */
export class CompiledLoss {
  readonly spec: PerOutput<LossSpec>;
  readonly #weights: PerOutput<number> | undefined;
  #losses: (Loss | undefined)[] | undefined;
  /** One for each output that has a loss, when several have. */
  #trackers: (Mean | undefined)[] = [];

  constructor(spec: PerOutput<LossSpec>, weights: PerOutput<number> | undefined) {
    this.spec = spec;
    this.#weights = weights;
    for (const one of singles('compile: loss', spec, isLossSpec, 'a loss')) {
      if (!isByShape(one)) losses.get(one);
    }
    for (const _ of singles('compile: lossWeights', weights, isNumber, 'a number'));
  }

  /** Means of the losses of single outputs, when there are several. */
  get trackers(): readonly Mean[] {
    return this.#trackers.filter((t) => t !== undefined);
  }

  call(
    yTrue: Labels,
    yPred: OutputTree<Tensor>,
    sampleWeight: Labels,
    names: readonly string[],
  ): Tensor {
    const outputs = listOutputs(yPred, names);
    const labels = labelsFor(yTrue, outputs);
    this.#losses ??= settingFor('compile: loss', this.spec, outputs, isLossSpec).map((s, i) =>
      s === undefined ? undefined : resolveLoss(s, labels[i], outputs[i].value),
    );
    const weights = settingFor('compile: lossWeights', this.#weights, outputs, isNumber);
    const sampleWeights = settingFor('sampleWeight', sampleWeight, outputs, isTensor);
    if (this.#trackers.length === 0 && this.#losses.filter((l) => l).length > 1) {
      this.#trackers = outputs.map(({ name }, i) =>
        this.#losses![i] ? new Mean({ name: `${name}_loss` }) : undefined,
      );
    }
    let total: Tensor | undefined;
    outputs.forEach((output, i) => {
      const loss = this.#losses![i];
      if (!loss) return;
      const label = labels[i];
      if (!label)
        fail(
          'fit',
          `there are no labels for the output '${output.name}', which has a loss; pass y`,
        );
      const value = comparing(output, label, () =>
        loss.call(label, output.value, sampleWeights[i]),
      );
      const samples = ops.full([], output.value.shape[0] ?? 1).cast('float32');
      this.#trackers[i]?.updateState(value, samples);
      const weighted = weights[i] === undefined ? value : value.mul(weights[i]!);
      total = total ? total.add(weighted) : weighted;
    });
    if (!total) fail('compile', 'no output has a loss; pass loss to compile');
    return total;
  }
}

/** Compares an output with labels; an error names both shapes. */
function comparing<T>(output: Output<Tensor>, label: Tensor, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof NablaError) || error.message.includes('labels')) throw error;
    const [labels, predictions] = [label, output.value].map((t) => formatShape(t.node.shape));
    throw new NablaError(
      `${error.message} (labels ${labels} meet predictions ${predictions} of '${output.name}')`,
      { cause: error },
    );
  }
}

const crossentropies = [
  'BinaryCrossentropy',
  'CategoricalCrossentropy',
  'SparseCategoricalCrossentropy',
] as const;
const accuracies = ['BinaryAccuracy', 'CategoricalAccuracy', 'SparseCategoricalAccuracy'] as const;

/** Names that stand for a binary, a categorical or a sparse class. */
const metricsByShape: Readonly<Record<string, readonly string[]>> = {
  accuracy: accuracies,
  acc: accuracies,
  crossentropy: crossentropies,
  ce: crossentropies,
};

const isByShape = (spec: unknown): boolean =>
  typeof spec === 'string' && ['crossentropy', 'ce'].includes(normalizeName(spec));

/** Binary for one column of predictions, categorical for labels of the same shape, else sparse. */
function byShape(choices: readonly string[], yTrue: Tensor, yPred: Tensor): string {
  if (yPred.shape.at(-1) === 1) return choices[0];
  const oneHot = yTrue.rank === yPred.rank && yTrue.shape.at(-1) === yPred.shape.at(-1);
  return choices[oneHot ? 1 : 2];
}

/** The loss of a specification; 'crossentropy' is resolved by the shapes, as in Keras. */
function resolveLoss(spec: LossSpec, yTrue: Tensor | undefined, yPred: Tensor): Loss {
  if (!isByShape(spec) || !yTrue) return losses.get(spec);
  return losses.deserialize({ class_name: byShape(crossentropies, yTrue, yPred), config: {} });
}

/** The metric of a specification; what 'accuracy' means follows from the shapes, as in Keras. */
function resolveMetric(spec: MetricSpec, yTrue: Tensor, yPred: Tensor): Metric {
  const choices = typeof spec === 'string' ? metricsByShape[normalizeName(spec)] : undefined;
  if (!choices) return metrics.get(spec);
  const config = { name: spec as string };
  return metrics.deserialize({ class_name: byShape(choices, yTrue, yPred), config });
}

/** A metric and the output whose name it reports under, where there are several. */
export interface CompiledMetric {
  readonly metric: Metric;
  readonly output?: string;
}

/**
 * Results by name. Where a name is taken, metrics with sample weights get 'weighted_' in front, others a
 * number behind.
 */
export function resultsByName(
  plain: readonly CompiledMetric[],
  weighted: readonly CompiledMetric[],
): Record<string, Tensor> {
  const results: Record<string, Tensor> = {};
  const nameOf = ({ metric, output }: CompiledMetric, prefix = ''): string =>
    (output === undefined ? '' : `${output}_`) + prefix + metric.name;
  const add = ({ metric }: CompiledMetric, name: string) => {
    let free = name;
    for (let i = 1; free in results; i++) free = `${name}_${i}`;
    results[free] = metric.result();
  };
  for (const m of plain) add(m, nameOf(m));
  for (const m of weighted) add(m, nameOf(m, nameOf(m) in results ? 'weighted_' : ''));
  return results;
}

export class CompiledMetrics {
  readonly spec: PerOutput<MetricList> | undefined;
  #perOutput: CompiledMetric[][] | undefined;

  constructor(spec: PerOutput<MetricList> | undefined) {
    this.spec = spec ?? undefined;
    for (const one of singles('compile: metrics', spec, isMetricSpec, 'a metric')) {
      // Names are looked up at once, so that a wrong one is told before training begins.
      if (typeof one === 'string' && !(normalizeName(one) in metricsByShape)) {
        registries.metrics.find(one);
      }
    }
  }

  get all(): readonly CompiledMetric[] {
    return this.#perOutput?.flat() ?? [];
  }

  update(
    yTrue: Labels,
    yPred: OutputTree<Tensor>,
    sampleWeight: Labels,
    names: readonly string[],
  ): void {
    if (this.spec === undefined) return;
    const outputs = listOutputs(yPred, names);
    const labels = labelsFor(yTrue, outputs);
    const weights = settingFor('sampleWeight', sampleWeight, outputs, isTensor);
    this.#perOutput ??= this.#resolve(outputs, labels);
    this.#perOutput.forEach((list, i) => {
      const label = labels[i];
      if (!label) return;
      for (const { metric } of list) {
        comparing(outputs[i], label, () => metric.updateState(label, outputs[i].value, weights[i]));
      }
    });
  }

  #resolve(
    outputs: readonly { name: string; value: Tensor }[],
    labels: readonly (Tensor | undefined)[],
  ): CompiledMetric[][] {
    const used = new Set<Metric>();
    return this.#listFor(outputs).map((list, i) => {
      const label = labels[i];
      if (!label) return [];
      const { name, value } = outputs[i];
      return list.map((spec) => {
        const metric = resolveMetric(spec, label, value);
        if (used.has(metric)) {
          fail(
            'compile: metrics',
            `the metric '${metric.name}' is given more than once, and would mix the numbers; make one for each`,
          );
        }
        used.add(metric);
        return outputs.length > 1 ? { metric, output: name } : { metric };
      });
    });
  }

  /** The metrics of each output. A flat list belongs to every output unless it holds one list each. */
  #listFor(outputs: readonly { name: string }[]): MetricSpec[][] {
    const { spec } = this;
    const asList = (s: unknown): MetricSpec[] =>
      s === undefined || s === null ? [] : isMetricSpec(s) ? [s] : [...(s as MetricSpec[])];
    if (isMetricSpec(spec)) return outputs.map(() => [spec]);
    if (Array.isArray(spec)) {
      const nested = spec.some((s) => Array.isArray(s) || s === null || s === undefined);
      if (nested || (outputs.length > 1 && spec.length === outputs.length)) return spec.map(asList);
      return outputs.map(() => [...spec] as MetricSpec[]);
    }
    const record = spec as Record<string, unknown>;
    for (const name of Object.keys(record)) {
      if (!outputs.some((o) => o.name === name)) {
        fail(
          'compile: metrics',
          `'${name}' is not an output; expected ${outputs.map((o) => o.name).join(', ')}`,
        );
      }
    }
    return outputs.map((o) => asList(record[o.name]));
  }
}
