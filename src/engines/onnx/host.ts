import { substitute } from '../../compiler/rewrite.ts';
import { type Graph, topologicalOrder } from '../../graph/graph.ts';
import type { Node } from '../../graph/node.ts';
import { sizeOf } from '../../graph/shape.ts';
import { placeholder } from '../../ops/build.ts';
import { nameOf } from '../../ops/primitives/index.ts';

/**
 * ONNX Runtime's random operators keep a state that can be neither set nor saved, so random numbers are
 * made on the host. A graph that draws some is cut in two: the host graph holds the random numbers and
 * all that they depend on, the device graph reads its results as further inputs. Small outputs that
 * follow from the host graph's inputs alone, such as the random state's next value, stay on the host.
 */
export interface HostSplit {
  /** Undefined when nothing has to run on the host. */
  readonly host: Graph | undefined;
  /** For each input of `host`, its position in the inputs of the whole graph. */
  readonly hostInputs: readonly number[];
  /** Undefined when everything runs on the host. */
  readonly device: Graph | undefined;
  readonly deviceInputs: readonly Source[];
  /** For each output of the whole graph, where its value comes from. */
  readonly outputs: readonly Source[];
}

export interface Source {
  readonly from: 'input' | 'host' | 'device';
  readonly index: number;
}

/** Outputs of up to this many elements are computed on the host when their inputs are there. */
const SMALL = 64;

function ancestors(roots: readonly Node[]): Set<Node> {
  return new Set(topologicalOrder(roots));
}

/** Whether an output is one of the graph's inputs that nobody overwrites, or the state it replaces. */
function passesThrough(graph: Graph, output: number): number {
  const input = graph.inputs.indexOf(graph.outputs[output]);
  if (input < 0) return -1;
  const replacement = graph.state.find(([i]) => i === input);
  return replacement === undefined || replacement[1] === output ? input : -1;
}

export function splitHost(graph: Graph): HostSplit {
  const draws = topologicalOrder(graph.outputs).filter((n) => nameOf(n) === 'randomUniform');
  const early = ancestors(draws);
  const isSource = (n: Node) => nameOf(n) === 'input' || nameOf(n) === 'constant';
  const host: Node[] = [];
  const hostIndex = (n: Node): number => {
    const known = host.indexOf(n);
    return known >= 0 ? known : host.push(n) - 1;
  };

  const outputs: Source[] = graph.outputs.map((output, o) => {
    const input = passesThrough(graph, o);
    if (input >= 0) return { from: 'input', index: input };
    if (early.has(output) && !isSource(output)) return { from: 'host', index: hostIndex(output) };
    const follows =
      draws.length > 0 &&
      sizeOf(output.shape) <= SMALL &&
      nameOf(output) !== 'constant' &&
      [...ancestors([output])].every((n) => nameOf(n) !== 'input' || early.has(n));
    return follows ? { from: 'host', index: hostIndex(output) } : { from: 'device', index: -1 };
  });

  // What the rest of the graph reads of the host's part becomes an input of the device.
  const rest = [...new Set(graph.outputs.filter((_, o) => outputs[o].from === 'device'))];
  const boundary = new Map<Node, Node>();
  const frontier = [...rest];
  const seen = new Set<Node>(frontier);
  while (frontier.length > 0) {
    for (const input of frontier.pop()!.inputs) {
      if (seen.has(input)) continue;
      seen.add(input);
      if (early.has(input) && !isSource(input)) {
        boundary.set(input, placeholder(input.shape, input.dtype));
      } else frontier.push(input);
    }
  }
  const roots = substitute(rest, boundary);
  const read = ancestors(roots);
  const deviceInputs: Source[] = [];
  const placeholders: Node[] = [];
  graph.inputs.forEach((input, index) => {
    if (!read.has(input)) return;
    deviceInputs.push({ from: 'input', index });
    placeholders.push(input);
  });
  for (const [value, input] of boundary) {
    deviceInputs.push({ from: 'host', index: hostIndex(value) });
    placeholders.push(input);
  }
  const resolved = outputs.map((source, o) =>
    source.from === 'device'
      ? ({ from: 'device', index: rest.indexOf(graph.outputs[o]) } as const)
      : source,
  );
  const hostReads = ancestors(host);
  const hostInputs = graph.inputs.flatMap((n, i) => (hostReads.has(n) ? [i] : []));
  const state = graph.state.flatMap(([i, o]) => {
    const input = deviceInputs.findIndex((s) => s.from === 'input' && s.index === i);
    return input >= 0 && resolved[o].from === 'device' ? [[input, resolved[o].index] as const] : [];
  });
  return {
    host:
      host.length > 0
        ? { inputs: hostInputs.map((i) => graph.inputs[i]), outputs: host, state: [] }
        : undefined,
    hostInputs,
    device: roots.length > 0 ? { inputs: placeholders, outputs: roots, state } : undefined,
    deviceInputs,
    outputs: resolved,
  };
}
