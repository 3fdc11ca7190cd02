import type { Layer } from '../nn/layers/layer.ts';
import type { Variable } from '../tensor/variable.ts';

/** The table that a model prints of itself. */

export interface SummaryOptions {
  /** Where lines go; standard output by default. */
  readonly print?: (line: string) => void;
  /** Include the layers of nested models. */
  readonly expandNested?: boolean;
}

export function countParameters(weights: readonly Variable[]): number {
  return weights.reduce((n, v) => n + v.size, 0);
}

const thousands = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

function bytes(weights: readonly Variable[]): string {
  const widths: Record<string, number> = { float64: 8, bool: 1 };
  let size = weights.reduce((n, v) => n + v.size * (widths[v.dtype] ?? 4), 0);
  const units = ['B', 'KB', 'MB', 'GB'];
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(2)} ${units[unit]}`;
}

function shapeText(shape: any): string {
  if (shape === undefined) return '?';
  if (!Array.isArray(shape)) {
    return Object.entries(shape)
      .map(([k, v]) => `${k}: ${shapeText(v)}`)
      .join(', ');
  }
  if (shape.every((d) => d === null || typeof d === 'number'))
    return `(${shape.map(String).join(', ')})`;
  return shape.map(shapeText).join(', ');
}

/** A row for each layer, and where wanted for the layers inside it. */
function rowsOf(
  layers: readonly Layer[],
  sources: ReadonlyMap<Layer, readonly string[]> | undefined,
  expand: boolean,
  depth: number,
): string[][] {
  return layers.flatMap((layer) => {
    const indent = depth > 0 ? `${'  '.repeat(depth)}└ ` : '';
    const row = [
      `${indent}${layer.name} (${layer.className})`,
      shapeText(layer.outputShape),
      layer.built ? thousands(countParameters(layer.weights)) : '0 (unbuilt)',
    ];
    if (sources) row.push(sources.get(layer)?.join(', ') || '-');
    const inner = (layer as { layers?: Layer[] }).layers;
    return [
      row,
      ...(expand && inner ? rowsOf(inner, sources && new Map(), expand, depth + 1) : []),
    ];
  });
}

export interface SummarizedModel extends Layer {
  readonly layers: Layer[];
  /** For models that are not a row of layers: the names of the layers that feed each one. */
  readonly layerSources?: ReadonlyMap<Layer, readonly string[]>;
}

export function summarize(model: SummarizedModel, options: SummaryOptions = {}): string {
  const header = ['Layer (type)', 'Output Shape', 'Param #'];
  const sources = model.layerSources;
  if (sources) header.push('Connected to');
  const body = rowsOf(model.layers, sources, options.expandNested ?? false, 0);
  const widths = header.map((h, i) => Math.max(h.length, ...body.map((r) => r[i].length)) + 2);
  const line = (left: string, mid: string, right: string) =>
    left + widths.map((w) => '─'.repeat(w)).join(mid) + right;
  const row = (cells: readonly string[]) =>
    `│${cells
      .map((c, i) => {
        const space = widths[i] - 1 - c.length;
        return i === 2 ? `${' '.repeat(space)}${c} ` : ` ${c}${' '.repeat(space)}`;
      })
      .join('│')}│`;
  const { weights } = model;
  const trained = new Set(model.trainableWeights);
  const trainable = weights.filter((v) => trained.has(v));
  const frozen = weights.filter((v) => !trained.has(v));
  const total = (label: string, list: readonly Variable[]) =>
    ` ${label}: ${thousands(countParameters(list))} (${bytes(list)})`;
  const lines = [
    `Model: "${model.name}"`,
    line('┌', '┬', '┐'),
    row(header),
    line('├', '┼', '┤'),
    ...body.map(row),
    line('└', '┴', '┘'),
    total('Total params', weights),
    total('Trainable params', trainable),
    total('Non-trainable params', frozen),
  ];
  const print = options.print ?? ((text: string) => console.log(text));
  for (const text of lines) print(text);
  return lines.join('\n');
}
