import { sizeOf } from '../../../graph/shape.ts';
import type { Builder, Value } from '../builder.ts';
import { addTaps, tapSlices, type Windows, windowAttributes } from './windows.ts';

/**
 * Where the largest of each pooling window came from. On processors ONNX's MaxPool says it as an index;
 * elsewhere the taps are compared with the result, in row-major order, so that the first of equals wins.
 */

const hasIndices = ({ target }: Builder): boolean => target === 'cpu' || target === 'wasm';

/** Positions of the largest in the flattened x, int64, of the shape of y. */
function indicesOf(b: Builder, x: Value, y: Value, windows: Windows): Value {
  const result = { type: 'int64', shape: y.shape } as const;
  return b.op('MaxPool', [x], windowAttributes(windows), result, { output: 1 });
}

/** For each tap, whether it gave the largest: it equals the largest and no earlier tap does. */
function firstLargest(b: Builder, x: Value, y: Value, windows: Windows): Value[] {
  let taken: Value | undefined;
  return tapSlices(b, x, windows, y.shape.slice(2), -Infinity).map((tap) => {
    const equal = b.compare('Equal', tap, y);
    if (!taken) {
      taken = equal;
      return equal;
    }
    const first = b.binary('And', equal, b.not(taken));
    taken = b.not(b.binary('And', b.not(taken), b.not(equal)));
    return first;
  });
}

/** dy sent back to where each largest came from. */
export function unpool(b: Builder, x: Value, y: Value, dy: Value, windows: Windows): Value {
  if (hasIndices(b)) {
    const { window, strides, padding } = windows;
    const indices = indicesOf(b, x, y, windows);
    const apart = window.every((size, i) => size <= strides[i]);
    const bare = padding.every((p) => p[0] === 0 && p[1] === 0);
    if (apart && bare && x.type === 'float32') {
      const shape = b.int64(...x.shape);
      return b.op('MaxUnpool', [dy, indices, shape], { kernel_shape: window, strides }, x);
    }
    const zeros = b.expand(b.scalar(0, x.type), [sizeOf(x.shape)]);
    const flat = [sizeOf(y.shape)];
    const inputs = [zeros, b.reshape(indices, flat), b.reshape(dy, flat)];
    const sum = b.op('ScatterElements', inputs, { axis: 0, reduction: 'add' }, zeros);
    return b.reshape(sum, x.shape);
  }
  const zero = b.scalar(0, dy.type);
  const parts = firstLargest(b, x, y, windows).map((first) => b.where(first, dy, zero));
  return addTaps(b, parts, windows, x.shape.slice(2));
}

/** The elements of v, of the shape of x, at the places where each largest of x came from. */
export function pickLargest(b: Builder, x: Value, y: Value, v: Value, windows: Windows): Value {
  if (hasIndices(b)) {
    const flat = b.reshape(v, [sizeOf(v.shape)]);
    const result = { type: v.type, shape: y.shape };
    return b.op('Gather', [flat, indicesOf(b, x, y, windows)], { axis: 0 }, result);
  }
  const values = tapSlices(b, v, windows, y.shape.slice(2), 0);
  let picked = b.scalar(0, v.type);
  firstLargest(b, x, y, windows).forEach((first, t) => {
    picked = b.where(first, values[t], picked);
  });
  return picked;
}
