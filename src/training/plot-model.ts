import { Graph, layout } from '@dagrejs/dagre';
import { element, label, textWidth } from '../charts/svg.ts';
import { fontSize, picture } from '../charts/theme.ts';
import { connectionOf } from '../nn/layers/connection.ts';
import type { Layer } from '../nn/layers/layer.ts';
import { isTensor } from '../tensor/tensor.ts';
import { leavesOf } from '../tensor/tree.ts';
import { Functional } from './functional.ts';
import type { Model } from './model.ts';
import { sourcesOf } from './sources.ts';

/** A drawing of a model's layers and how they are connected, laid out in ranks (by dagre). */

export interface PlotModelOptions {
  /** Write the output shape of each layer. */
  readonly showShapes?: boolean;
  /** Write the number of parameters of each layer. */
  readonly showParameters?: boolean;
  /** 'TB': from top to bottom; 'LR': from left to right. */
  readonly direction?: 'TB' | 'LR';
}

interface Edge {
  readonly from: Layer;
  readonly to: Layer;
}

/** Which layer feeds which. */
function edgesOf(model: Model): Edge[] {
  if (!(model instanceof Functional)) {
    const { layers } = model;
    return layers.slice(1).map((to, i) => ({ from: layers[i], to }));
  }
  return model.connections.flatMap((connection) =>
    leavesOf(connection.inputs, isTensor)
      .flatMap((t) => (connectionOf(t) ? [t] : sourcesOf(t)))
      .map((t) => ({ from: connectionOf(t)!.layer as Layer, to: connection.layer as Layer })),
  );
}

function shapeText(shape: any): string {
  return shape === undefined
    ? '?'
    : JSON.stringify(shape).replaceAll('null', 'batch').replaceAll(',', ', ').replaceAll('"', '');
}

const lineHeight = 18;
const margin = 24;

/** The model as a standalone SVG picture. */
export function plotModel(
  model: Model,
  { showShapes = true, showParameters = true, direction = 'TB' }: PlotModelOptions = {},
): string {
  const graph = new Graph().setGraph({ rankdir: direction, nodesep: 28, ranksep: 36 });
  graph.setDefaultEdgeLabel(() => ({}));
  const lines = new Map<string, string[]>();
  const ids = new Map(model.layers.map((layer, i) => [layer, String(i)] as const));
  for (const [layer, id] of ids) {
    const text = [`${layer.name}`, layer.className];
    if (showShapes) text.push(shapeText(layer.outputShape));
    if (showParameters) {
      const count = layer.weights.reduce((n, v) => n + v.size, 0);
      if (count > 0) text.push(`${count.toLocaleString('en')} parameters`);
    }
    lines.set(id, text);
    const width = Math.max(...text.map((t) => textWidth(t, fontSize.label))) + 32;
    graph.setNode(id, { width, height: text.length * lineHeight + 16 });
  }
  for (const { from, to } of edgesOf(model)) {
    const [a, b] = [ids.get(from), ids.get(to)];
    if (a !== undefined && b !== undefined) graph.setEdge(a, b);
  }
  layout(graph);

  const top = margin + 28;
  const arrows = graph.edges().map((edge: { v: string; w: string }) => {
    const points = (graph.edge(edge) as { points: { x: number; y: number }[] }).points;
    const path = points
      .map((p, i) => `${i === 0 ? 'M' : 'L'}${(p.x + margin).toFixed(1)} ${(p.y + top).toFixed(1)}`)
      .join('');
    return element('path', {
      d: path,
      fill: 'none',
      stroke: 'var(--axis)',
      'stroke-width': 1.5,
      'marker-end': 'url(#arrow)',
    });
  });
  const boxes = graph.nodes().map((id: string) => {
    const { x, y, width, height } = graph.node(id) as {
      x: number;
      y: number;
      width: number;
      height: number;
    };
    const left = x + margin - width / 2;
    const upper = y + top - height / 2;
    const rect = element('rect', {
      x: left,
      y: upper,
      width,
      height,
      rx: 8,
      class: 'surface',
      stroke: 'var(--axis)',
    });
    const text = lines.get(id)!.map((content, i) =>
      label(content, {
        x: x + margin,
        y: upper + 8 + (i + 0.75) * lineHeight,
        'text-anchor': 'middle',
        class: i === 0 ? 'panel-title' : 'tick',
      }),
    );
    return rect + text.join('');
  });
  const arrow = element(
    'defs',
    {},
    element(
      'marker',
      {
        id: 'arrow',
        viewBox: '0 0 8 8',
        refX: 7,
        refY: 4,
        markerWidth: 8,
        markerHeight: 8,
        orient: 'auto',
      },
      element('path', { d: 'M0 0L8 4L0 8z', fill: 'var(--axis)' }),
    ),
  );
  const size = graph.graph() as { width?: number; height?: number };
  const title = model.name;
  return picture({
    width: Math.max((size.width ?? 0) + 2 * margin, textWidth(title, fontSize.title) + 2 * margin),
    height: (size.height ?? 0) + top + margin,
    title,
    description: `The layers of the model: ${model.layers.map((l) => l.name).join(', ')}.`,
    body: arrow + arrows.join('') + boxes.join(''),
  });
}
