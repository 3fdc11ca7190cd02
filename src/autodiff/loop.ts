import { isFloat } from '../graph/dtype.ts';
import { bind, type Node } from '../graph/node.ts';
import { multiplyDims } from '../graph/shape.ts';
import * as b from '../ops/build.ts';
import { closeLoop, type ScanResult, type Slot } from '../ops/loop.ts';
import { type AttributesOf, nameOf } from '../ops/primitives/index.ts';
import type { LoopBody, StepGradients, StepPart } from '../ops/primitives/loop.ts';

/**
 * The gradient of a loop is a loop over the steps in the opposite order. It carries the gradients of the
 * carries, reads the carries before each step, and takes each step's own gradient: written by hand where
 * the step has an adjoint, else by differentiating the step as it stands, which computes it again.
 */

export type Differentiate = (
  ys: readonly Node[],
  xs: readonly Node[],
  dys: readonly Node[],
) => (Node | undefined)[];

/**
 * The gradients of the inputs of a loop. `node` is any of its values; `dys` are the gradients of its
 * values by their positions; `wanted` says which inputs' gradients are of use.
 */
export function loopGradients(
  node: Node,
  dys: ReadonlyMap<number, Node>,
  wanted: (input: Node) => boolean,
  differentiate: Differentiate,
): (Node | undefined)[] {
  const { body: bodyOf, reverse } = node.attributes as AttributesOf<'scan'>;
  const { graph, carries, slices } = bodyOf();
  const back = new StepBack(node, dys);
  const { flowing, slots } = back;
  const step = back.byAdjoint() ?? back.byItself(wanted, differentiate);
  const isWanted = (i: number): boolean => isFloat(node.inputs[i].dtype) && wanted(node.inputs[i]);

  const constants = node.inputs.slice(carries + slices);
  const results = new Results(slots);
  const ofSlices = step.slices.map((share, i) =>
    share && isWanted(carries + i) ? results.stack(share) : undefined,
  );
  const carried: { share: Node; slot: Slot }[] = [];
  const ofConstants = step.constants.map((share, i): Deferred | undefined => {
    if (!share || !isWanted(carries + slices + i)) return undefined;
    const sum = sumOverSteps(share, results);
    if (sum) return sum;
    const at = flowing.length + carried.length;
    carried.push({ share, slot: { inside: likeOf(share), value: zerosLike(share) } });
    return (loop) => loop.carries[at];
  });

  const loop = closeLoop(
    {
      carries: [...back.carrySlots, ...carried.map((c) => c.slot)],
      slices: slots,
      constants: constants.map((value, i) => ({
        inside: graph.inputs[carries + slices + i],
        value,
      })),
    },
    {
      carries: [
        ...flowing.map((i) => step.carries[i] ?? zerosLike(graph.inputs[i])),
        ...carried.map(({ share, slot }) => b.add(slot.inside, share)),
      ],
      results: results.nodes,
    },
    { reverse: !reverse },
  );
  const ofCarries = graph.inputs.slice(0, carries).map((_, i) => {
    const at = flowing.indexOf(i);
    return at < 0 ? undefined : loop.carries[at];
  });
  return [...ofCarries, ...[...ofSlices, ...ofConstants].map((make) => make?.(loop))];
}

/** What is known once the loop stands. */
type Deferred = (loop: ScanResult) => Node;

const likeOf = ({ shape, dtype }: Node): Node => b.placeholder(shape, dtype);
const zerosLike = ({ shape, dtype }: Node): Node => b.filled(shape, 0, dtype);
const plus = (x: Node | undefined, y: Node | undefined): Node | undefined =>
  x && y ? b.add(x, y) : (x ?? y);

/** The gradients of one step, on placeholders for what is known of that step. */
class StepBack {
  readonly #node: Node;
  readonly #body: LoopBody;
  /** Carries that have gradients. */
  readonly flowing: readonly number[];
  readonly carrySlots: readonly Slot[];
  /** What the step reads of each step. */
  readonly slots: Slot[] = [];
  readonly #dCarries: (Node | undefined)[];
  readonly #dResults = new Map<number, Node>();
  readonly #dRecords = new Map<number, Node>();

  constructor(node: Node, dys: ReadonlyMap<number, Node>) {
    this.#node = node;
    this.#body = (node.attributes as AttributesOf<'scan'>).body();
    const { graph, carries } = this.#body;
    const before = graph.inputs.slice(0, carries);
    this.flowing = before.flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : []));
    this.carrySlots = this.flowing.map((i) => ({
      inside: likeOf(before[i]),
      value: dys.get(i) ?? zerosLike(before[i]),
    }));
    this.#dCarries = before.map((_, i) => this.carrySlots[this.flowing.indexOf(i)]?.inside);
    for (const [output, dy] of dys) {
      if (output < carries) continue;
      const inside = b.placeholder(dy.shape.slice(1), dy.dtype);
      this.slots.push({ inside, value: dy });
      const record = output - graph.outputs.length;
      if (record >= 0) this.#dRecords.set(record, inside);
      else this.#dResults.set(output, inside);
    }
  }

  /** What the step reads or computes, stacked for all steps. */
  #stackOf({ of, at }: StepPart): Node {
    const { graph, carries } = this.#body;
    const { primitive, inputs, attributes } = this.#node;
    if (of === 'slices') return inputs[carries + at];
    const output = of === 'results' ? carries + at : graph.outputs.length + at;
    return bind(primitive, inputs, { ...attributes, output });
  }

  /** Adds what comes from the gradients of the carries before the step, where they are read apart. */
  #complete({ carries, ...rest }: StepGradients): StepGradients {
    const { length } = this.#dCarries;
    return {
      ...rest,
      carries: Array.from({ length }, (_, i) => plus(carries[i], this.#dRecords.get(i))),
    };
  }

  byAdjoint(): StepGradients | undefined {
    const { graph, carries, slices, adjoint } = this.#body;
    const of = (output: number) => adjoint?.results.includes(output - carries);
    if (!adjoint || ![...this.#dResults.keys()].every(of)) return undefined;
    const saved = adjoint.saved.map((part) => {
      const value = this.#stackOf(part);
      const inside = b.placeholder(value.shape.slice(1), value.dtype);
      this.slots.push({ inside, value });
      return inside;
    });
    const results = adjoint.results.map((i) => this.#dResults.get(carries + i));
    const constants = graph.inputs.slice(carries + slices);
    return this.#complete(adjoint.step(saved, { carries: this.#dCarries, results }, constants));
  }

  byItself(wanted: (input: Node) => boolean, differentiate: Differentiate): StepGradients {
    const { graph, carries, slices } = this.#body;
    const ends = [
      ...this.flowing.map((i) => [graph.outputs[i], this.#dCarries[i]!] as const),
      ...[...this.#dResults].map(([output, dy]) => [graph.outputs[output], dy] as const),
    ];
    const starts = graph.inputs.filter(
      ({ dtype }, i) => isFloat(dtype) && (i < carries || wanted(this.#node.inputs[i])),
    );
    const found = differentiate(
      ends.map(([y]) => y),
      starts,
      ends.map(([, dy]) => dy),
    );
    graph.inputs.slice(0, carries + slices).forEach((inside, i) => {
      const part =
        i < carries
          ? ({ of: 'carries', at: i } as const)
          : ({ of: 'slices', at: i - carries } as const);
      this.slots.push({ inside, value: this.#stackOf(part) });
    });
    const all = graph.inputs.map((input) => found[starts.indexOf(input)]);
    return this.#complete({
      carries: all.slice(0, carries),
      slices: all.slice(carries, carries + slices),
      constants: all.slice(carries + slices),
    });
  }
}

/** The results that the loop has to stack; what is stacked already is taken as it is. */
class Results {
  readonly nodes: Node[] = [];
  readonly #slots: readonly Slot[];

  constructor(slots: readonly Slot[]) {
    this.#slots = slots;
  }

  stack(inside: Node): Deferred {
    const slot = this.#slots.find((s) => s.inside === inside);
    if (slot) return () => slot.value;
    const known = this.nodes.indexOf(inside);
    const at = known >= 0 ? known : this.nodes.push(inside) - 1;
    return (loop) => loop.results[at];
  }
}

/** Whether a value is a sum over the first axis of everything that it is made of. */
function sumsRows(node: Node): boolean {
  switch (nameOf(node)) {
    case 'convKernelGrad':
      return true;
    case 'sum':
      return String(node.attributes.axes) === '0';
    case 'matMul': {
      const { transposeA, transposeB } = node.attributes as AttributesOf<'matMul'>;
      return transposeA && !transposeB && node.inputs.every((i) => i.shape.length === 2);
    }
    default:
      return false;
  }
}

/**
 * The sum of a value over all steps, where it is itself a sum over rows: then rows and steps are one
 * axis, and one product does for all steps what would be a product each.
 */
function sumOverSteps(share: Node, results: Results): Deferred | undefined {
  const terms = termsOf(share);
  if (!terms.every(sumsRows)) return undefined;
  const wholes = terms.map(({ primitive, inputs, attributes }): Deferred => {
    const stacks = inputs.map((input) => results.stack(input));
    return (loop) =>
      bind(
        primitive,
        stacks.map((of) => joinRows(of(loop))),
        attributes,
      );
  });
  return (loop) => wholes.map((of) => of(loop)).reduce((x, y) => b.add(x, y));
}

function termsOf(node: Node): Node[] {
  const sum =
    nameOf(node) === 'add' && node.inputs.every((i) => String(i.shape) === String(node.shape));
  return sum ? node.inputs.flatMap(termsOf) : [node];
}

/** [steps, rows, ...] as [steps * rows, ...]. */
function joinRows(x: Node): Node {
  const [steps, rows, ...rest] = x.shape;
  return b.reshape(x, [multiplyDims('scan', steps, rows), ...rest]);
}
