import { bytesPerElement } from '../graph/dtype.ts';
import { fail } from '../graph/errors.ts';
import type { Layer } from '../nn/layers/layer.ts';
import type { Variable } from '../tensor/variable.ts';
import { tableLines } from './summary-table.ts';

/** The table that a model prints of itself: Keras's columns, widths and totals, with null for the batch. */

export interface SummaryOptions {
  /** Where lines go; standard output by default. */
  readonly print?: (line: string) => void;
  /** Include the layers of nested models. */
  readonly expandNested?: boolean;
  /** Tell of each layer with weights whether it is trained. */
  readonly showTrainable?: boolean;
  /** Columns of the whole table; what the terminal has by default, at most 88 (108 with connections). */
  readonly lineLength?: number;
  /** Where columns end, as shares of the line. */
  readonly positions?: readonly number[];
  /** Only the layers from the first to the last of these names (or patterns), both included. */
  readonly layerRange?: readonly [first: string, last: string];
}

let terminalWidth: () => number | undefined = () => undefined;

/** Says how wide the terminal is; a platform with one registers it. */
export function registerTerminalWidth(width: () => number | undefined): void {
  terminalWidth = width;
}

/** What a terminal has when nobody knows. */
const DEFAULT_WIDTH = 80;

/** No table is narrower, unless it is asked for. */
const NARROWEST = 48;

/** The column of the numbers of parameters, which would mislead if they were cut. */
const PARAMETERS = 2;

export function countParameters(weights: readonly Variable[]): number {
  return weights.reduce((n, v) => n + v.size, 0);
}

const thousands = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

function bytes(weights: readonly Variable[]): string {
  let size = weights.reduce((n, v) => n + v.size * bytesPerElement[v.dtype], 0);
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size.toFixed(2)} ${units[unit]}`;
}

const isShape = (value: unknown): value is (number | null)[] =>
  Array.isArray(value) && value.every((d) => d === null || typeof d === 'number');

/** One shape, or in brackets those of several outputs. */
function shapeText(shape: any): string {
  if (shape === undefined) return '?';
  if (isShape(shape)) return `(${shape.map(String).join(', ')})`;
  if (Array.isArray(shape)) {
    return shape.length === 1 ? shapeText(shape[0]) : `[${shape.map(shapeText).join(', ')}]`;
  }
  const entries = Object.entries(shape).map(([k, v]) => `${k}: ${shapeText(v)}`);
  return `{${entries.join(', ')}}`;
}

export interface SummarizedModel extends Layer {
  readonly layers: Layer[];
  /** For models that are not a row of layers: what feeds each one, as `name[call][output]`. */
  readonly layerSources?: ReadonlyMap<Layer, readonly string[]>;
  readonly isCompiled?: boolean;
  readonly optimizer?: {
    readonly variables: readonly Variable[];
    readonly trainableVariables: readonly Variable[];
  };
}

interface Columns {
  readonly sources: ReadonlyMap<Layer, readonly string[]> | undefined;
  readonly options: SummaryOptions;
}

/** A row for each layer, and where wanted for the layers inside it. */
function rowsOf(layers: readonly Layer[], columns: Columns, depth = 0): string[][] {
  const { sources, options } = columns;
  return layers.flatMap((layer) => {
    const indent = depth > 0 ? `${'   '.repeat(depth)}└ ` : '';
    const { weights } = layer;
    const row = [
      `${indent}${layer.name} (${layer.className})`,
      shapeText(layer.outputShape),
      layer.built ? thousands(countParameters(weights)) : '0 (unbuilt)',
    ];
    if (sources) row.push(sources.get(layer)?.join(', ') || '-');
    if (options.showTrainable) row.push(weights.length === 0 ? '-' : layer.trainable ? 'Y' : 'N');
    const inner = (layer as { layers?: Layer[] }).layers;
    if (!options.expandNested || !inner) return [row];
    // What feeds the layers of a nested model is no part of this one.
    const nested = { ...columns, sources: sources && new Map() };
    return [row, ...rowsOf(inner, nested, depth + 1)];
  });
}

/** The layers between two names, which may be patterns, as Keras matches them: from the beginning. */
function layersWithin(
  layers: readonly Layer[],
  range: readonly [string, string] | undefined,
): readonly Layer[] {
  if (range === undefined) return layers;
  const [first, last] = range.map((pattern) => {
    const expression = new RegExp(`^(?:${pattern})`);
    const found = layers.flatMap(({ name }, i) => (expression.test(name) ? [i] : []));
    if (found.length === 0) {
      fail(
        'summary',
        `layerRange: no layer matches '${pattern}'; the model has ${layers.map((l) => l.name).join(', ')}`,
      );
    }
    return found;
  });
  return first[0] > last.at(-1)!
    ? layers.slice(last[0], first.at(-1)! + 1)
    : layers.slice(first[0], last.at(-1)! + 1);
}

export function summarize(model: SummarizedModel, options: SummaryOptions = {}): string {
  const sources = model.layerSources;
  const header = ['Layer (type)', 'Output Shape', 'Param #'];
  const alignment: ('left' | 'right' | 'center')[] = ['left', 'left', 'right'];
  let positions = options.positions ?? (sources ? [0.3, 0.56, 0.74, 1] : [0.45, 0.8, 1]);
  let widest = sources ? 108 : 88;
  if (sources) {
    header.push('Connected to');
    alignment.push('left');
  }
  if (options.showTrainable) {
    header.push('Trainable');
    alignment.push('center');
    positions = [...positions.map((p) => 0.9 * p), 1];
    widest += 12;
  }
  if (positions.length !== header.length) {
    fail(
      'summary',
      `received ${positions.length} positions; expected ${header.length}, one for each of ${header.join(', ')}`,
    );
  }
  const terminal = Math.max((terminalWidth() || DEFAULT_WIDTH) - 4, NARROWEST);
  const width = options.lineLength ?? Math.min(widest, terminal);
  const body = rowsOf(layersWithin(model.layers, options.layerRange), { sources, options });
  const trained = model.trainableWeights;
  const fixed = model.nonTrainableWeights;
  // An optimizer has weights of its own once it has made a step.
  const optimizer = model.isCompiled ? model.optimizer : undefined;
  const own = optimizer && optimizer.trainableVariables.length > 0 ? optimizer.variables : [];
  const total = (label: string, list: readonly Variable[]) =>
    ` ${label}: ${thousands(countParameters(list))} (${bytes(list)})`;
  const lines = [
    `Model: "${model.name}"`,
    ...tableLines(header, body, { positions, width, alignment, whole: PARAMETERS }),
    total('Total params', [...trained, ...fixed, ...own]),
    total('Trainable params', trained),
    total('Non-trainable params', fixed),
    ...(own.length > 0 ? [total('Optimizer params', own)] : []),
  ];
  const print = options.print ?? ((text: string) => console.log(text));
  for (const text of lines) print(text);
  return lines.join('\n');
}
