import { sizeOf } from '../../graph/shape.ts';
import { type Builder, orderValues, type Value } from './builder.ts';

/**
 * State that is updated where it lies: the new value of a large variable is written over the old one,
 * which saves the memory of a second copy and the time to fetch it into the cache.
 *
 * ONNX Runtime runs operators in an order of its own choosing, so this is only right if every other
 * operator that reads the old value must run before the one that overwrites it: if the update depends on
 * them. Where it does not (the product that sends a layer's gradient further back reads the weights
 * whose update does not wait for it) a scalar of the update is made to depend on them:
 * `Where(false, an element of the reader's result, scalar)` is the scalar, but known only after it.
 */
export interface Aliased {
  readonly outputs: Value[];
  /** From an output to the input in whose memory it may be written. */
  readonly inPlace: ReadonlyMap<number, number>;
  /** Values on the way to an output that are written to that output's memory, and the output. */
  readonly shared: readonly (readonly [value: Value, output: number])[];
}

/** Below this an array is not worth the trouble; from the second on it is worth two tiny operators. */
const [WORTHWHILE, WORTH_WAITING] = [1 << 12, 1 << 16];

/** Operators that read element i of these operands no later than they write it. */
const overwriting: Readonly<Record<string, readonly number[]>> = {
  Add: [0, 1],
  Sub: [0, 1],
  Mul: [0, 1],
  Div: [0, 1],
  Gemm: [2],
  ScatterND: [0],
  ScatterElements: [0],
};

/** Whose result may be the very memory of the operand, or may be merged into what reads it. */
const views = new Set(['Reshape', 'Identity', 'Transpose', 'Slice', 'Cast', 'Split', 'Expand']);

/** How far back an update is searched for a scalar. */
const DEPTH = 6;

class Updates {
  readonly #readers = new Map<Value, Value[]>();
  readonly #ancestors = new Map<Value, Set<Value>>();
  readonly #results: ReadonlySet<Value>;

  constructor(outputs: readonly Value[]) {
    this.#results = new Set(outputs);
    for (const value of orderValues(outputs)) {
      for (const input of new Set(value.inputs)) {
        if (!input) continue;
        const list = this.#readers.get(input);
        if (list) list.push(value);
        else this.#readers.set(input, [value]);
      }
    }
  }

  ancestors(value: Value): Set<Value> {
    let set = this.#ancestors.get(value);
    if (!set) {
      set = new Set(orderValues([value]));
      this.#ancestors.set(value, set);
    }
    return set;
  }

  /**
   * The operators besides `update` that may look at the memory of `state`; undefined if a result is it,
   * or if `update` itself looks at it through a view.
   */
  readersOf(state: Value, update: Value): Value[] | undefined {
    if (this.#results.has(state)) return undefined;
    const found: Value[] = [];
    const direct = this.#readers.get(state) ?? [];
    const stack = direct.filter((reader) => reader !== update);
    while (stack.length > 0) {
      const reader = stack.pop()!;
      if (found.includes(reader)) continue;
      if (reader === update) return undefined;
      if (!views.has(reader.op)) {
        found.push(reader);
        continue;
      }
      if (this.#results.has(reader)) return undefined;
      stack.push(...(this.#readers.get(reader) ?? []));
    }
    return found;
  }
}

/** Whether `update` may write over `state`, which is one of its operands or none. */
function overwrites(update: Value, state: Value): boolean {
  if (update.type !== state.type || String(update.shape) !== String(state.shape)) return false;
  const at = update.inputs.flatMap((input, i) => (input === state ? [i] : []));
  if (at.length === 0) return !leaves.has(update.op) && !views.has(update.op);
  const places = update.domain === '' ? overwriting[update.op] : undefined;
  return at.length === 1 && places !== undefined && places.includes(at[0]);
}

const leaves = new Set(['Input', 'Initializer']);

/**
 * The values that may be written one over the other to end as `result`, the last of them first: an
 * operator that changes some rows of its operand needs no copy of it where nobody else reads it later.
 */
function chainOf(result: Value, updates: Updates): Value[] {
  const chain = [result];
  for (;;) {
    const last = chain.at(-1)!;
    const operand = last.inputs[0];
    if (!last.op.startsWith('Scatter') || !operand || !overwrites(last, operand)) return chain;
    if (leaves.has(operand.op) || views.has(operand.op)) return chain;
    const readers = updates.readersOf(operand, last);
    const known = updates.ancestors(last);
    if (!readers?.every((reader) => known.has(reader))) return chain;
    chain.push(operand);
  }
}

/** A value on the way to `update` that takes a scalar and that nothing in `before` depends on. */
function scalarUse(update: Value, before: ReadonlySet<Value>): [Value, number] | undefined {
  let level = [update];
  for (let depth = 0; depth < DEPTH; depth++) {
    for (const value of level) {
      if (before.has(value) || !['Add', 'Sub', 'Mul', 'Div'].includes(value.op)) continue;
      const at = value.inputs.findIndex(
        (i) => i?.type === 'float32' && i.shape.every((d) => d === 1) && sizeOf(value.shape) > 1,
      );
      if (at >= 0) return [value, at];
    }
    level = level.flatMap((v) =>
      v.inputs.filter((i) => i !== undefined && !before.has(i)),
    ) as Value[];
  }
  return undefined;
}

/** `scalar`, but known only once all of `before` are. */
function delayed(b: Builder, scalar: Value, before: readonly Value[], rank: number): Value {
  const never = b.scalar(0, 'bool');
  return before.reduce((value, reader) => {
    const parts = reader.shape.map((_, axis) => ({ axis, start: 0, end: 1 }));
    const element = b.slice(reader, parts);
    const small = reader.shape.length > rank ? b.reshape(element, []) : element;
    return b.where(never, small, value);
  }, scalar);
}

export function aliasState(
  b: Builder,
  inputs: readonly Value[],
  outputs: readonly Value[],
  state: readonly (readonly [input: number, output: number])[],
): Aliased {
  const updates = new Updates(outputs);
  const inPlace = new Map<number, number>();
  const shared: [Value, number][] = [];
  const waiting: { input: number; output: number; first: Value; late: Value[] }[] = [];
  for (const [input, output] of state) {
    const [before, after] = [inputs[input], outputs[output]];
    const size = sizeOf(before.shape);
    if (size < WORTHWHILE || outputs.filter((o) => o === after).length > 1) continue;
    const chain = chainOf(after, updates);
    for (const value of chain.slice(1)) shared.push([value, output]);
    const first = chain.at(-1)!;
    if (!overwrites(first, before)) continue;
    const readers = updates.readersOf(before, first);
    if (!readers) continue;
    const known = updates.ancestors(first);
    const late = readers.filter((r) => !known.has(r));
    if (late.length === 0) inPlace.set(output, input);
    else if (size >= WORTH_WAITING && late.every((r) => r.type === 'float32')) {
      waiting.push({ input, output, first, late });
    }
  }
  // What has to come first must not wait for an update itself, not even in a roundabout way.
  const before = new Set(orderValues(waiting.flatMap((w) => w.late)));
  const delays = new Map<Value, { at: number; late: Set<Value> }>();
  for (const { input, output, first, late } of waiting) {
    const use = scalarUse(first, before);
    if (!use) continue;
    const delay = delays.get(use[0]) ?? { at: use[1], late: new Set() };
    for (const reader of late) delay.late.add(reader);
    delays.set(use[0], delay);
    inPlace.set(output, input);
  }
  const values = [...outputs, ...shared.map(([value]) => value)];
  const results = delays.size > 0 ? rebuild(b, values, delays) : values;
  return {
    outputs: results.slice(0, outputs.length),
    inPlace,
    shared: shared.map(([, output], k) => [results[outputs.length + k], output]),
  };
}

/** The values with the scalars of some values delayed until others are known. */
function rebuild(
  b: Builder,
  outputs: readonly Value[],
  delays: ReadonlyMap<Value, { at: number; late: ReadonlySet<Value> }>,
): Value[] {
  const rebuilt = new Map<Value, Value>();
  const stack = [...outputs];
  while (stack.length > 0) {
    const value = stack.at(-1)!;
    if (rebuilt.has(value)) {
      stack.pop();
      continue;
    }
    const delay = delays.get(value);
    const needed = [...value.inputs, ...(delay?.late ?? [])].filter(
      (v): v is Value => v !== undefined && !rebuilt.has(v),
    );
    if (needed.length > 0) {
      stack.push(...needed);
      continue;
    }
    stack.pop();
    const inputs = value.inputs.map((i) => i && rebuilt.get(i)!);
    if (delay) {
      const late = [...delay.late].map((v) => rebuilt.get(v)!);
      inputs[delay.at] = delayed(b, inputs[delay.at]!, late, value.shape.length);
    }
    const same = inputs.every((input, i) => input === value.inputs[i]);
    const result = same ? value : b.op(value.op, inputs, value.attributes, value, value);
    rebuilt.set(value, result);
  }
  return outputs.map((o) => rebuilt.get(o)!);
}
