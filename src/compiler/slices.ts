import { type Graph, topologicalOrder } from '../graph/graph.ts';
import { bind, type Node } from '../graph/node.ts';
import * as b from '../ops/build.ts';
import { type AttributesOf, nameOf } from '../ops/primitives/index.ts';

/**
 * Where slices of one value are used apart, their gradients come back as zero-padded pieces that are
 * added up: n additions of the whole for n slices. Pieces that do not overlap are joined instead, by one
 * concatenation.
 */

interface Piece {
  readonly value: Node;
  readonly start: number;
  readonly end: number;
}

/** The axis along which alone `node` pads with zeros, if it is such a pad. */
function paddedAxis(node: Node): number | undefined {
  if (nameOf(node) !== 'pad') return undefined;
  const { low, high, interior, value } = node.attributes as AttributesOf<'pad'>;
  if (value !== 0 || interior.some((n) => n !== 0)) return undefined;
  const axes = low.flatMap((n, i) => (n !== 0 || high[i] !== 0 ? [i] : []));
  return axes.length === 1 ? axes[0] : undefined;
}

/** The pieces side by side, zeros between them, in a value of `shape`; undefined if two overlap. */
function join(pieces: readonly Piece[], axis: number, like: Node): Node | undefined {
  const sorted = [...pieces].sort((p, q) => p.start - q.start);
  const parts: Node[] = [];
  const { shape, dtype } = like;
  const zeros = (count: number) =>
    b.filled(
      shape.map((d, i) => (i === axis ? count : d)),
      0,
      dtype,
    );
  let end = sorted[0].start;
  for (const piece of sorted) {
    if (piece.start < end) return undefined;
    if (piece.start > end) parts.push(zeros(piece.start - end));
    parts.push(piece.value);
    end = piece.end;
  }
  const low = shape.map((_, i) => (i === axis ? sorted[0].start : 0));
  const high = shape.map((d, i) => (i === axis ? d - end : 0));
  return b.pad(b.concatenate(parts, axis), low, high);
}

/** The sum of `terms`, those that are padded pieces along one axis joined. */
function joinTerms(terms: readonly Node[]): Node | undefined {
  const byAxis = new Map<number, Node[]>();
  for (const term of terms) {
    const axis = paddedAxis(term);
    if (axis !== undefined) byAxis.set(axis, [...(byAxis.get(axis) ?? []), term]);
  }
  const [axis, padded] = [...byAxis].reduce(
    (best, next) => (next[1].length > best[1].length ? next : best),
    [0, []] as [number, Node[]],
  );
  if (padded.length < 2) return undefined;
  const pieces = padded.map((pad) => {
    const start = (pad.attributes as AttributesOf<'pad'>).low[axis];
    return { value: pad.inputs[0], start, end: start + pad.inputs[0].shape[axis] };
  });
  const joined = join(pieces, axis, terms[0]);
  if (!joined) return undefined;
  return terms.filter((t) => !padded.includes(t)).reduce((sum, t) => b.add(sum, t), joined);
}

export function joinSlices(graph: Graph): Graph {
  const order = topologicalOrder(graph.outputs);
  const readers = new Map<Node, Node[]>();
  for (const node of order) {
    for (const input of node.inputs) {
      const list = readers.get(input);
      if (list) list.push(node);
      else readers.set(input, [node]);
    }
  }
  const isSum = (n: Node) => nameOf(n) === 'add';
  const results = new Set(graph.outputs);
  /** A partial sum that only the next addition, of the same shape, reads. */
  const isPartial = (n: Node) => {
    const [reader, ...others] = readers.get(n) ?? [];
    return (
      isSum(n) &&
      !results.has(n) &&
      reader !== undefined &&
      others.length === 0 &&
      isSum(reader) &&
      reader.inputs.every((i) => String(i.shape) === String(n.shape))
    );
  };
  const termsOf = (sum: Node): Node[] => {
    const terms: Node[] = [];
    const stack = [...sum.inputs].reverse();
    while (stack.length > 0) {
      const term = stack.pop()!;
      if (isPartial(term)) stack.push(...[...term.inputs].reverse());
      else terms.push(term);
    }
    return terms;
  };
  const replaced = new Map<Node, Node>();
  for (const node of order) {
    const inputs = node.inputs.map((i) => replaced.get(i)!);
    const same = inputs.every((input, i) => input === node.inputs[i]);
    let result = same ? node : bind(node.primitive, inputs, node.attributes);
    if (isSum(node) && !isPartial(node)) {
      const terms = termsOf(node);
      if (terms.length > 1 && terms.every((t) => String(t.shape) === String(node.shape))) {
        result = joinTerms(terms.map((t) => replaced.get(t)!)) ?? result;
      }
    }
    replaced.set(node, result);
  }
  return { ...graph, outputs: graph.outputs.map((o) => replaced.get(o)!) };
}
