import { sameShape, sizeOf } from '../../../graph/shape.ts';
import type { Builder, Value } from '../builder.ts';
import { isScalar, numberOf } from './numbers.ts';
import type { Rule, RuleContext } from './rule.ts';

/** Below this nothing is saved. */
const LARGE = 1 << 16;

/** Values that are zero wherever a scatter did not write, as their written rows. */
interface Rows {
  readonly scatter: Value;
  /** The rows of the value at the indices of the scatter, with the shape of its updates. */
  readonly make: (b: Builder) => Value;
  /** What was added up to the rows, where nobody needs the sums: then zeros need not be filled. */
  readonly parts?: (b: Builder) => Value;
}

/** Numbers scattered over zeros and added up. */
function isScatter(value: Value): boolean {
  const [zeros, , updates] = value.inputs;
  return (
    value.op === 'ScatterND' &&
    value.attributes.reduction === 'add' &&
    value.type === 'float32' &&
    numberOf(zeros!.op === 'Expand' ? zeros!.inputs[0] : zeros) === 0 &&
    4 * sizeOf(updates!.shape) <= sizeOf(value.shape)
  );
}

/**
 * The rows of `scatter` at its own indices: what was added up for each, without the large array. All
 * places that name one row agree on one of them, where its sum is made.
 */
function sums(b: Builder, scatter: Value, indices: Value, updates: Value): Value {
  const count = updates.shape[0];
  if (indices.shape.length !== 2 || indices.shape[1] !== 1) {
    return b.op('GatherND', [scatter, indices], {}, updates);
  }
  const ends = [0, count, 1].map((n) => b.scalar(n, 'int64'));
  const places = b.op('Range', ends, {}, { type: 'int64', shape: [count] });
  const nobody = b.expand(b.scalar(0, 'int64'), [scatter.shape[0]]);
  const owners = b.op('ScatterND', [nobody, indices, places], {}, nobody);
  const owner = b.reshape(b.op('GatherND', [owners, indices], {}, places), [count, 1]);
  const zeros = b.expand(b.scalar(0, 'float32'), updates.shape);
  const made = b.op('ScatterND', [zeros, owner, updates], { reduction: 'add' }, updates);
  return b.op('GatherND', [made, owner], {}, updates);
}

function rowsOf(value: Value, single: RuleContext['single']): Rows | undefined {
  if (isScatter(value)) {
    const [, indices, updates] = value.inputs as Value[];
    return {
      scatter: value,
      make: (b) => sums(b, value, indices, updates),
      parts: single(value) ? () => updates : undefined,
    };
  }
  if (value.op !== 'Mul') return undefined;
  const [x, y] = value.inputs as Value[];
  for (const [term, factor] of [
    [x, y],
    [y, x],
  ]) {
    if (!isScalar(factor) || factor.shape.length > value.shape.length) continue;
    const rows = rowsOf(term, single);
    if (!rows) return undefined;
    const { scatter, make, parts } = rows;
    return {
      scatter,
      make: (b) => b.mul(make(b), factor),
      parts: parts && single(value) ? (b) => b.mul(parts(b), factor) : undefined,
    };
  }
  const [left, right] = [rowsOf(x, single), rowsOf(y, single)];
  if (!left || left.scatter !== right?.scatter) return undefined;
  return { scatter: left.scatter, make: (b) => b.mul(left.make(b), right.make(b)) };
}

/**
 * A large value plus or minus one that is zero but for a few rows, such as the gradient of an embedding
 * or its square: only these rows are added. Zero times a learning rate is taken for zero; a row that is
 * named twice is written twice, with the same numbers. An update by Adam passes over the memory five
 * times less, and one by plain descent not at all.
 */
export const addRows: Rule = (value, { b, single }) => {
  if (value.op !== 'Add' && value.op !== 'Sub') return undefined;
  if (value.type !== 'float32' || value.shape.some((d) => d < 0)) return undefined;
  if (sizeOf(value.shape) < LARGE) return undefined;
  const [x, y] = value.inputs as Value[];
  const pairs =
    value.op === 'Add'
      ? [
          [x, y],
          [y, x],
        ]
      : [[x, y]];
  for (const [whole, term] of pairs) {
    const rows = sameShape(whole.shape, term.shape) ? rowsOf(term, single) : undefined;
    if (!rows || rowsOf(whole, single)) continue;
    const [, indices, updates] = rows.scatter.inputs as Value[];
    if (rows.parts) {
      const parts = rows.parts(b);
      const added = value.op === 'Sub' ? b.neg(parts) : parts;
      return b.op('ScatterND', [whole, indices, added], { reduction: 'add' }, value);
    }
    const old = b.op('GatherND', [whole, indices], {}, updates);
    const sum = b.binary(value.op, old, rows.make(b));
    return b.op('ScatterND', [whole, indices, sum], {}, value);
  }
  return undefined;
};
