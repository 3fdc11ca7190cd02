import type { TypedArray } from '../../../graph/dtype.ts';
import type { Shape } from '../../../graph/shape.ts';
import type { PoolAttributes } from '../../../ops/primitives/pooling.ts';
import { type KernelOf, sizeOfValue, type Value } from './kernel.ts';
import { exceeds } from './special.ts';
import { type Sliding, slidingOf } from './window.ts';

/** Pooling: every plane (one channel of one sample) by itself; windows are clipped to the plane. */

interface Clip {
  readonly from: Int32Array;
  readonly to: Int32Array;
}

interface PoolPlan {
  readonly sliding: Sliding;
  readonly planes: number;
  /** The elements of each axis that each window position covers. */
  readonly clips: readonly [Clip, Clip, Clip];
}

function clip(sliding: Sliding, axis: number): Clip {
  const positions = sliding.output[axis];
  const from = new Int32Array(positions);
  const to = new Int32Array(positions);
  for (let p = 0; p < positions; p++) {
    const start = p * sliding.strides[axis] - sliding.before[axis];
    from[p] = Math.max(0, start);
    to[p] = Math.min(sliding.input[axis], start + sliding.window[axis]);
  }
  return { from, to };
}

function poolPlan(name: string, x: Shape, y: Shape, attributes: PoolAttributes): PoolPlan {
  const sliding = slidingOf(name, x.slice(2), y.slice(2), attributes.window, attributes);
  return {
    sliding,
    planes: x[0] * x[1],
    clips: [clip(sliding, 0), clip(sliding, 1), clip(sliding, 2)],
  };
}

function maxPlane(x: TypedArray, x0: number, y: TypedArray, y0: number, plan: PoolPlan): void {
  const [, H, W] = plan.sliding.input;
  const [od, oh, ow] = plan.sliding.output;
  const [cd, ch, cw] = plan.clips;
  let k = y0;
  for (let pd = 0; pd < od; pd++) {
    for (let ph = 0; ph < oh; ph++) {
      for (let pw = 0; pw < ow; pw++) {
        let largest = -Infinity;
        for (let d = cd.from[pd]; d < cd.to[pd]; d++) {
          for (let h = ch.from[ph]; h < ch.to[ph]; h++) {
            const line = x0 + (d * H + h) * W;
            const end = line + cw.to[pw];
            for (let at = line + cw.from[pw]; at < end; at++) {
              largest = Math.max(largest, x[at]);
            }
          }
        }
        y[k++] = largest;
      }
    }
  }
}

/** Where the largest of each window lies, counted from the start of the plane; -1 in an all-padding window. */
function findLargest(x: TypedArray, x0: number, places: Int32Array, plan: PoolPlan): void {
  const [, H, W] = plan.sliding.input;
  const [od, oh, ow] = plan.sliding.output;
  const [cd, ch, cw] = plan.clips;
  let k = 0;
  for (let pd = 0; pd < od; pd++) {
    for (let ph = 0; ph < oh; ph++) {
      for (let pw = 0; pw < ow; pw++) {
        let largest = -Infinity;
        let place = -1;
        for (let d = cd.from[pd]; d < cd.to[pd]; d++) {
          for (let h = ch.from[ph]; h < ch.to[ph]; h++) {
            const line = (d * H + h) * W;
            const end = line + cw.to[pw];
            for (let at = line + cw.from[pw]; at < end; at++) {
              const v = x[x0 + at];
              if (place < 0 || exceeds(v, largest)) {
                largest = v;
                place = at;
              }
            }
          }
        }
        places[k++] = place;
      }
    }
  }
}

function sumPlane(x: TypedArray, x0: number, y: TypedArray, y0: number, plan: PoolPlan): void {
  const [, H, W] = plan.sliding.input;
  const [od, oh, ow] = plan.sliding.output;
  const [cd, ch, cw] = plan.clips;
  let k = y0;
  for (let pd = 0; pd < od; pd++) {
    for (let ph = 0; ph < oh; ph++) {
      for (let pw = 0; pw < ow; pw++) {
        let sum = 0;
        for (let d = cd.from[pd]; d < cd.to[pd]; d++) {
          for (let h = ch.from[ph]; h < ch.to[ph]; h++) {
            const line = x0 + (d * H + h) * W;
            const end = line + cw.to[pw];
            for (let at = line + cw.from[pw]; at < end; at++) sum += x[at];
          }
        }
        y[k++] = sum;
      }
    }
  }
}

function spreadPlane(dy: TypedArray, y0: number, sums: TypedArray, plan: PoolPlan): void {
  const [, H, W] = plan.sliding.input;
  const [od, oh, ow] = plan.sliding.output;
  const [cd, ch, cw] = plan.clips;
  let k = y0;
  for (let pd = 0; pd < od; pd++) {
    for (let ph = 0; ph < oh; ph++) {
      for (let pw = 0; pw < ow; pw++) {
        const gradient = dy[k++];
        for (let d = cd.from[pd]; d < cd.to[pd]; d++) {
          for (let h = ch.from[ph]; h < ch.to[ph]; h++) {
            const line = (d * H + h) * W;
            const end = line + cw.to[pw];
            for (let at = line + cw.from[pw]; at < end; at++) sums[at] += gradient;
          }
        }
      }
    }
  }
}

function planeByPlane(
  name: string,
  input: Value,
  output: Value,
  attributes: PoolAttributes,
  loop: typeof maxPlane,
) {
  if (sizeOfValue(output) === 0) return () => {};
  const plan = poolPlan(name, input.shape, output.shape, attributes);
  const { inputSize, outputSize } = plan.sliding;
  const [x, y] = [input.cell, output.cell];
  return () => {
    for (let p = 0; p < plan.planes; p++) {
      loop(x.data, p * inputSize, y.data, p * outputSize, plan);
    }
  };
}

const maxPool: KernelOf<'maxPool'> = {
  prepare: (output, [input], attributes) =>
    planeByPlane('maxPool', input, output, attributes, maxPlane),
};

const sumPool: KernelOf<'sumPool'> = {
  prepare: (output, [input], attributes) =>
    planeByPlane('sumPool', input, output, attributes, sumPlane),
};

const maxPoolGrad: KernelOf<'maxPoolGrad'> = {
  prepare: (output, [input, pooled, gradient], attributes, workspace) => {
    if (sizeOfValue(output) === 0) return () => {};
    const plan = poolPlan('maxPoolGrad', input.shape, pooled.shape, attributes);
    const { inputSize, outputSize } = plan.sliding;
    const places = workspace.scratch('int32', outputSize);
    const sums = workspace.scratch('float64', inputSize);
    const [x, dy, dx] = [input.cell, gradient.cell, output.cell];
    return () => {
      const at = places.data as Int32Array;
      const sum = sums.data;
      const from = dy.data;
      for (let p = 0; p < plan.planes; p++) {
        findLargest(x.data, p * inputSize, at, plan);
        sum.fill(0);
        for (let k = 0; k < outputSize; k++) {
          if (at[k] >= 0) sum[at[k]] += from[p * outputSize + k];
        }
        dx.data.set(sum, p * inputSize);
      }
    };
  },
};

const maxPoolPick: KernelOf<'maxPoolPick'> = {
  prepare: (output, [input, , picked], attributes, workspace) => {
    if (sizeOfValue(output) === 0) return () => {};
    const plan = poolPlan('maxPoolPick', input.shape, output.shape, attributes);
    const { inputSize, outputSize } = plan.sliding;
    const places = workspace.scratch('int32', outputSize);
    const [x, v, y] = [input.cell, picked.cell, output.cell];
    return () => {
      const at = places.data as Int32Array;
      const [from, to] = [v.data, y.data];
      for (let p = 0; p < plan.planes; p++) {
        findLargest(x.data, p * inputSize, at, plan);
        for (let k = 0; k < outputSize; k++) {
          to[p * outputSize + k] = at[k] >= 0 ? from[p * inputSize + at[k]] : 0;
        }
      }
    };
  },
};

const sumPoolGrad: KernelOf<'sumPoolGrad'> = {
  prepare: (output, [gradient], attributes, workspace) => {
    if (sizeOfValue(output) === 0) return () => {};
    const plan = poolPlan('sumPoolGrad', output.shape, gradient.shape, attributes);
    const { inputSize, outputSize } = plan.sliding;
    const sums = workspace.scratch('float64', inputSize);
    const [dy, dx] = [gradient.cell, output.cell];
    return () => {
      for (let p = 0; p < plan.planes; p++) {
        sums.data.fill(0);
        spreadPlane(dy.data, p * outputSize, sums.data, plan);
        dx.data.set(sums.data, p * inputSize);
      }
    };
  },
};

export const poolKernels = { maxPool, maxPoolGrad, maxPoolPick, sumPool, sumPoolGrad };
