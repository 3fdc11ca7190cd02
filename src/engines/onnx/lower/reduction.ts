import type { ReductionAttributes, reductions } from '../../../ops/primitives/reduction.ts';
import type { Builder, Value } from '../builder.ts';
import type { LoweringsOf } from './rules.ts';

function argument(b: Builder, op: 'ArgMax' | 'ArgMin', x: Value, axis: number): Value {
  if (b.target === 'webgpu') return argumentOnGpu(b, op, x, axis);
  const shape = x.shape.filter((_, i) => i !== axis);
  return b.cast(b.op(op, [x], { axis, keepdims: 0 }, { type: 'int64', shape }), 'int32');
}

/** ONNX's int64 indices would have to pass through the CPU; this keeps them where they are. */
function argumentOnGpu(b: Builder, op: 'ArgMax' | 'ArgMin', x: Value, axis: number): Value {
  const best = b.reduce(op === 'ArgMax' ? 'ReduceMax' : 'ReduceMin', x, [axis], true);
  const size = x.shape[axis];
  const shape = x.shape.map((d, i) => (i === axis ? d : 1));
  const places = b.initializer(
    Int32Array.from({ length: size }, (_, i) => i),
    'int32',
    shape,
  );
  const found = b.where(b.compare('Equal', x, best), places, b.scalar(size - 1, 'int32'));
  return b.reduce('ReduceMin', found, [axis], false);
}

/**
 * ONNX Runtime's largest and smallest pass over NaN; ours is NaN where any element is. On a GPU, where
 * shaders may assume that there is none, it is left at that.
 */
function extreme(
  b: Builder,
  op: 'ReduceMax' | 'ReduceMin',
  x: Value,
  { axes, keepDims }: ReductionAttributes,
): Value {
  const found = b.reduce(op, x, axes, keepDims);
  if (x.type === 'int32' || b.target === 'webgpu') return found;
  const missing = b.op('IsNaN', [x], {}, { type: 'bool', shape: x.shape });
  const any = b.reduce('ReduceMax', b.cast(missing, 'uint8'), axes, keepDims);
  return b.where(b.cast(any, 'bool'), b.scalar(Number.NaN, x.type), found);
}

function logSoftmax(b: Builder, x: Value, axis: number): Value {
  // The WebGPU provider has none and would compute it on the CPU.
  if (b.target !== 'webgpu') return b.op('LogSoftmax', [x], { axis }, x);
  const shifted = b.sub(x, b.reduce('ReduceMax', x, [axis], true));
  return b.sub(shifted, b.log(b.reduce('ReduceSum', b.exp(shifted), [axis], true)));
}

export const reductionLowerings: LoweringsOf<keyof typeof reductions> = {
  sum: (b, [x], { axes, keepDims }) => b.reduce('ReduceSum', x, axes, keepDims),
  prod: (b, [x], { axes, keepDims }) => b.reduce('ReduceProd', x, axes, keepDims),
  max: (b, [x], attributes) => extreme(b, 'ReduceMax', x, attributes),
  min: (b, [x], attributes) => extreme(b, 'ReduceMin', x, attributes),
  argMax: (b, [x], { axis }) => argument(b, 'ArgMax', x, axis),
  argMin: (b, [x], { axis }) => argument(b, 'ArgMin', x, axis),
  cumSum: (b, [x], { axis, exclusive, reverse }) =>
    b.op(
      'CumSum',
      [x, b.scalar(axis, 'int64')],
      { exclusive: Number(exclusive), reverse: Number(reverse) },
      x,
    ),
  // TopK of all elements is a sort; equal elements keep their order.
  argSort: (b, [x], { axis, descending }) => {
    const attributes = { axis, largest: Number(descending), sorted: 1 };
    const count = x.shape[axis] >= 0 ? b.int64(x.shape[axis]) : b.shapeOf([x.shape[axis]]);
    const result = { type: 'int64', shape: x.shape } as const;
    return b.cast(b.op('TopK', [x, count], attributes, result, { output: 1 }), 'int32');
  },
  softmax: (b, [x], { axis }) => b.op('Softmax', [x], { axis }, x),
  logSoftmax: (b, [x], { axis }) => logSoftmax(b, x, axis),
};
