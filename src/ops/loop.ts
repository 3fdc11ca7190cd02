import { fail } from '../graph/errors.ts';
import { bind, type Node } from '../graph/node.ts';
import { apply, placeholder } from './build.ts';
import { nameOf } from './primitives/index.ts';
import type { Adjoint, LoopBody } from './primitives/loop.ts';

/** Loops built from functions: what the function reads from outside is found and handed in. */

export interface StepResult {
  /** The carries for the next step, of the shapes and dtypes of those before. */
  readonly carries: readonly Node[];
  readonly results: readonly Node[];
  readonly adjoint?: Adjoint;
}

export interface ScanOptions {
  readonly carries: readonly Node[];
  /** [steps, ...] each; the step gets their slices. */
  readonly sequences: readonly Node[];
  /** What every step reads besides; an adjoint is given these again. */
  readonly constants?: readonly Node[];
  /** Whether the last step comes first. */
  readonly reverse?: boolean;
}

export interface ScanResult {
  /** After the last step. */
  readonly carries: readonly Node[];
  /** [steps, ...] each, in the order of the sequences. */
  readonly results: readonly Node[];
}

const likeOf = ({ shape, dtype }: Node): Node => placeholder(shape, dtype);

/** Takes a step for every slice of the sequences: the graph holds one step, however many there are. */
export function scan(
  step: (
    carries: readonly Node[],
    slices: readonly Node[],
    constants: readonly Node[],
  ) => StepResult,
  { carries, sequences, constants = [], reverse = false }: ScanOptions,
): ScanResult {
  const slots = {
    carries: carries.map((value) => ({ inside: likeOf(value), value })),
    slices: sequences.map((value) => {
      if (value.shape.length === 0) fail('scan', 'a sequence is a scalar; expected [steps, ...]');
      return { inside: placeholder(value.shape.slice(1), value.dtype), value };
    }),
    constants: constants.map((value) => ({ inside: likeOf(value), value })),
  };
  const inside = (list: readonly Slot[]) => list.map((s) => s.inside);
  const { adjoint, ...after } = step(
    inside(slots.carries),
    inside(slots.slices),
    inside(slots.constants),
  );
  return closeLoop(slots, after, { reverse, adjoint });
}

/** A placeholder of the step and the value that it stands for. */
export interface Slot {
  readonly inside: Node;
  readonly value: Node;
}

export interface Slots {
  readonly carries: readonly Slot[];
  readonly slices: readonly Slot[];
  readonly constants: readonly Slot[];
}

/** The loop whose step computes `after` from the placeholders of `slots`. */
export function closeLoop(
  slots: Slots,
  after: Omit<StepResult, 'adjoint'>,
  { reverse, adjoint }: { reverse: boolean; adjoint?: Adjoint },
): ScanResult {
  const inside = [...slots.carries, ...slots.slices, ...slots.constants].map((s) => s.inside);
  const { outputs, captured, used } = enclose([...after.carries, ...after.results], inside);
  // An adjoint counts on the constants as they were given.
  const isUsed = (s: Slot): boolean => adjoint !== undefined || used.has(s.inside);
  const someSlice = slots.slices.filter(isUsed);
  const slices = someSlice.length > 0 ? someSlice : slots.slices.slice(0, 1);
  const inputs = [...slots.carries, ...slices, ...slots.constants.filter(isUsed), ...captured];
  const body: LoopBody = {
    graph: { inputs: inputs.map((s) => s.inside), outputs, state: [] },
    carries: slots.carries.length,
    slices: slices.length,
    adjoint,
  };
  const bodyOf = () => body;
  const operands = inputs.map((s) => s.value);
  const values = outputs.map((_, output) =>
    apply('scan', operands, { body: bodyOf, output, reverse }),
  );
  const { length } = after.carries;
  return { carries: values.slice(0, length), results: values.slice(length) };
}

/** Small enough to be a part of the step rather than one of its inputs. */
const CHEAP = 16;

function isCheap(node: Node): boolean {
  if (nameOf(node) === 'broadcastTo') return isCheap(node.inputs[0]);
  return nameOf(node) === 'constant' && (node.attributes.data as ArrayLike<number>).length <= CHEAP;
}

/** The graph of `roots` over `placeholders`, with a further placeholder for each value from outside. */
function enclose(roots: readonly Node[], placeholders: readonly Node[]) {
  const own = new Set(placeholders);
  const used = new Set<Node>();
  const captured = new Map<Node, Slot>();
  const replaced = new Map<Node, Node>();
  const resolve = (node: Node): Node => {
    const known = replaced.get(node);
    if (known) return known;
    if (own.has(node)) used.add(node);
    if (own.has(node) || isCheap(node)) return node;
    let slot = captured.get(node);
    if (!slot) {
      slot = { inside: likeOf(node), value: node };
      captured.set(node, slot);
    }
    return slot.inside;
  };
  for (const node of dependents(roots, own)) {
    const inputs = node.inputs.map(resolve);
    const same = inputs.every((input, i) => input === node.inputs[i]);
    replaced.set(node, same ? node : bind(node.primitive, inputs, node.attributes));
  }
  return { outputs: roots.map(resolve), captured: [...captured.values()], used };
}

/** The nodes among those that `roots` need which depend on a placeholder, in order. */
function dependents(roots: readonly Node[], placeholders: ReadonlySet<Node>): Node[] {
  // What is older than every placeholder cannot depend on one.
  let oldest = Number.POSITIVE_INFINITY;
  for (const p of placeholders) oldest = Math.min(oldest, p.id);
  const inside = new Set(placeholders);
  const seen = new Set<Node>();
  const stack = [...roots];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node) || inside.has(node) || node.id < oldest) continue;
    seen.add(node);
    stack.push(...node.inputs);
  }
  const order = [...seen].sort((a, b) => a.id - b.id);
  for (const node of order) if (node.inputs.some((i) => inside.has(i))) inside.add(node);
  return order.filter((node) => inside.has(node));
}
