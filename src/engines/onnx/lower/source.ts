import { fail } from '../../../graph/errors.ts';
import type { sources } from '../../../ops/primitives/source.ts';
import type { Value } from '../builder.ts';
import type { LoweringsOf } from './rules.ts';

export const sourceLowerings: LoweringsOf<keyof typeof sources> = {
  input: (b, _, { dtype, shape, name }) => b.input(name, dtype, shape),
  constant: (b, _, { data, dtype, shape }) => b.initializer(data, dtype, shape),
  iota: (b, _, { shape, axis, dtype }) => {
    const size = shape[axis];
    let line: Value;
    if (size >= 0) {
      line = b.initializer(
        Int32Array.from({ length: size }, (_v, i) => i),
        'int32',
        [size],
      );
    } else {
      const limit = b.reshape(b.cast(b.shapeOf([size]), 'int32'), []);
      const inputs = [b.scalar(0, 'int32'), limit, b.scalar(1, 'int32')];
      line = b.op('Range', inputs, {}, { type: 'int32', shape: [size] });
    }
    const aligned = b.reshape(
      b.cast(line, dtype),
      shape.map((_d, i) => (i === axis ? size : 1)),
    );
    return b.expand(aligned, shape);
  },
  dimension: (b, [x], { axis }) => {
    const end = axis + 1;
    const size = b.op('Shape', [x], { start: axis, end }, { type: 'int64', shape: [1] });
    return b.reshape(b.cast(size, 'int32'), []);
  },
  randomUniform: () =>
    fail(
      'onnx',
      'random numbers are made on the host; an exported model must not draw any: trace it with training: false',
    ),
  stopGradient: (_, [x]) => x,
  customGradient: (_, [x]) => x,
  barrier: (_, [x]) => x,
};
