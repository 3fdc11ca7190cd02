import type { indexing } from '../../../ops/primitives/indexing.ts';
import type { Builder, Value } from '../builder.ts';
import type { LoweringsOf } from './rules.ts';

function moveAxis(b: Builder, x: Value, from: number, to: number): Value {
  const order = x.shape.map((_, i) => i).filter((i) => i !== from);
  order.splice(to, 0, from);
  return b.transpose(x, order);
}

export const indexingLowerings: LoweringsOf<keyof typeof indexing> = {
  gather: (b, [x, indices], { axis }, node) =>
    b.op('Gather', [x, indices], { axis }, { type: x.type, shape: node.shape }),
  scatterAdd: (b, [x, indices, updates], { axis }) => {
    // ScatterND adds whole rows, so the indexed axis comes first.
    const rank = indices.shape.length;
    const rest = x.shape.filter((_, i) => i !== axis);
    const count = indices.shape.reduce((n, d) => n * d, 1);
    const order = updates.shape.map((_, i) => i);
    const indexAxes = order.splice(axis, rank);
    const rows = b.reshape(b.transpose(updates, [...indexAxes, ...order]), [count, ...rest]);
    const at = b.reshape(b.cast(indices, 'int64'), [count, 1]);
    const front = moveAxis(b, x, axis, 0);
    const sum = b.op('ScatterND', [front, at, rows], { reduction: 'add' }, front);
    return moveAxis(b, sum, 0, axis);
  },
  gatherAlong: (b, [x, indices], { axis }) =>
    b.op('GatherElements', [x, indices], { axis }, { type: x.type, shape: indices.shape }),
  scatterAddAlong: (b, [x, indices, updates], { axis }) =>
    b.op('ScatterElements', [x, indices, updates], { axis, reduction: 'add' }, x),
};
