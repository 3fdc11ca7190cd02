import type { TypedArray } from '../../../graph/dtype.ts';
import type { Shape } from '../../../graph/shape.ts';
import type { ConvAttributes } from '../../../ops/primitives/contraction.ts';
import { type KernelOf, sizeOfValue } from './kernel.ts';
import { prepareProduct } from './product.ts';
import { endInside, firstInside, type Sliding, slidingOf } from './window.ts';

/**
 * Convolution as a matrix product. For one sample and one group of channels the windows are laid out as
 * the columns of a matrix [channels * window, positions]; with the kernel as a matrix
 * [filters, channels * window] the convolution is their product, and each adjoint is a product with one
 * side transposed. Sums over samples and overlapping windows are kept in double precision.
 */
interface ConvPlan {
  readonly sliding: Sliding;
  readonly samples: number;
  readonly groups: number;
  /** Channels and filters of one group. */
  readonly channels: number;
  readonly filters: number;
  /** Rows of the matrix of windows: channels * window. */
  readonly depth: number;
  /** The windows are single elements in order: the values are that matrix already. */
  readonly plain: boolean;
}

function convPlan(
  name: string,
  x: Shape,
  w: Shape,
  y: Shape,
  attributes: ConvAttributes,
): ConvPlan {
  const sliding = slidingOf(name, x.slice(2), y.slice(2), w.slice(2), attributes);
  const groups = attributes.groups;
  return {
    sliding,
    samples: x[0],
    groups,
    channels: w[1],
    filters: w[0] / groups,
    depth: w[1] * sliding.windowSize,
    plain:
      sliding.windowSize === 1 &&
      sliding.strides.every((s) => s === 1) &&
      sliding.inputSize === sliding.outputSize,
  };
}

/**
 * Visits every row of the matrix of windows, in pieces that belong to one line of the values:
 * `piece(row start, value start, from, to)` stands for columns from..to-1 of the piece, whose elements
 * lie `stride` apart in the values; columns outside it are padding. An all-padding line has from = to.
 */
function forEachPiece(
  { input, output, window, strides, dilations, before }: Sliding,
  channels: number,
  piece: (columns0: number, values0: number, from: number, to: number) => void,
): void {
  const [D, H, W] = input;
  const [od, oh, ow] = output;
  const positions = od * oh * ow;
  let row = 0;
  for (let c = 0; c < channels; c++) {
    for (let kd = 0; kd < window[0]; kd++) {
      for (let kh = 0; kh < window[1]; kh++) {
        for (let kw = 0; kw < window[2]; kw++, row++) {
          const tap = kw * dilations[2];
          const from = firstInside(before[2], tap, strides[2]);
          const to = Math.max(from, endInside(W, before[2], tap, strides[2], ow));
          for (let pd = 0; pd < od; pd++) {
            const d = pd * strides[0] + kd * dilations[0] - before[0];
            for (let ph = 0; ph < oh; ph++) {
              const h = ph * strides[1] + kh * dilations[1] - before[1];
              const inside = d >= 0 && d < D && h >= 0 && h < H;
              const columns0 = row * positions + (pd * oh + ph) * ow;
              const values0 = ((c * D + d) * H + h) * W + tap - before[2];
              if (inside) piece(columns0, values0, from, to);
              else piece(columns0, 0, 0, 0);
            }
          }
        }
      }
    }
  }
}

/** Fills the matrix of windows from the values of one sample and group. */
function gatherWindows(
  x: TypedArray,
  x0: number,
  columns: TypedArray,
  sliding: Sliding,
  channels: number,
): void {
  const width = sliding.output[2];
  const stride = sliding.strides[2];
  forEachPiece(sliding, channels, (columns0, values0, from, to) => {
    let at = x0 + values0 + from * stride;
    for (let p = 0; p < from; p++) columns[columns0 + p] = 0;
    for (let p = from; p < to; p++) {
      columns[columns0 + p] = x[at];
      at += stride;
    }
    for (let p = to; p < width; p++) columns[columns0 + p] = 0;
  });
}

/** Adds the matrix of windows back onto the values: the adjoint of {@link gatherWindows}. */
function scatterWindows(
  columns: TypedArray,
  values: TypedArray,
  sliding: Sliding,
  channels: number,
): void {
  const stride = sliding.strides[2];
  forEachPiece(sliding, channels, (columns0, values0, from, to) => {
    let at = values0 + from * stride;
    for (let p = from; p < to; p++) {
      values[at] += columns[columns0 + p];
      at += stride;
    }
  });
}

const conv: KernelOf<'conv'> = {
  prepare: (output, [values, kernel], attributes, workspace) => {
    if (sizeOfValue(output) === 0) return () => {};
    const plan = convPlan('conv', values.shape, kernel.shape, output.shape, attributes);
    const { sliding, samples, groups, channels, filters, depth, plain } = plan;
    const { inputSize, outputSize } = sliding;
    const columns = plain ? undefined : workspace.scratch('float64', depth * outputSize);
    const multiply = prepareProduct(
      {
        m: filters,
        n: outputSize,
        k: depth,
        a: [depth, 1],
        b: [outputSize, 1],
        c: [outputSize, 1],
      },
      workspace,
    );
    const [x, w, y] = [values.cell, kernel.cell, output.cell];
    return () => {
      for (let sg = 0; sg < samples * groups; sg++) {
        const x0 = sg * channels * inputSize;
        const w0 = (sg % groups) * filters * depth;
        const y0 = sg * filters * outputSize;
        if (columns === undefined) {
          multiply(w.data, w0, x.data, x0, y.data, y0, false);
        } else {
          gatherWindows(x.data, x0, columns.data, sliding, channels);
          multiply(w.data, w0, columns.data, 0, y.data, y0, false);
        }
      }
    };
  },
};

const convInputGrad: KernelOf<'convInputGrad'> = {
  prepare: (output, [gradient, kernel], attributes, workspace) => {
    if (sizeOfValue(output) === 0) return () => {};
    const plan = convPlan('convInputGrad', output.shape, kernel.shape, gradient.shape, attributes);
    const { sliding, samples, groups, channels, filters, depth, plain } = plan;
    const { inputSize, outputSize } = sliding;
    const columns = workspace.scratch('float64', plain ? 0 : depth * outputSize);
    const sums = workspace.scratch('float64', plain ? 0 : channels * inputSize);
    const multiply = prepareProduct(
      {
        m: depth,
        n: outputSize,
        k: filters,
        a: [1, depth],
        b: [outputSize, 1],
        c: [outputSize, 1],
      },
      workspace,
    );
    const [dy, w, dx] = [gradient.cell, kernel.cell, output.cell];
    return () => {
      for (let sg = 0; sg < samples * groups; sg++) {
        const x0 = sg * channels * inputSize;
        const w0 = (sg % groups) * filters * depth;
        const y0 = sg * filters * outputSize;
        if (plain) {
          multiply(w.data, w0, dy.data, y0, dx.data, x0, false);
        } else {
          multiply(w.data, w0, dy.data, y0, columns.data, 0, false);
          sums.data.fill(0);
          scatterWindows(columns.data, sums.data, sliding, channels);
          dx.data.set(sums.data, x0);
        }
      }
    };
  },
};

const convKernelGrad: KernelOf<'convKernelGrad'> = {
  prepare: (output, [values, gradient], attributes, workspace) => {
    if (sizeOfValue(output) === 0) return () => {};
    const plan = convPlan('convKernelGrad', values.shape, output.shape, gradient.shape, attributes);
    const { sliding, samples, groups, channels, filters, depth, plain } = plan;
    const { inputSize, outputSize } = sliding;
    const columns = plain ? undefined : workspace.scratch('float64', depth * outputSize);
    const sums = workspace.scratch('float64', sizeOfValue(output));
    const multiply = prepareProduct(
      {
        m: filters,
        n: depth,
        k: outputSize,
        a: [outputSize, 1],
        b: [1, outputSize],
        c: [depth, 1],
      },
      workspace,
    );
    const [x, dy, dw] = [values.cell, gradient.cell, output.cell];
    return () => {
      sums.data.fill(0);
      for (let sg = 0; sg < samples * groups; sg++) {
        const x0 = sg * channels * inputSize;
        const w0 = (sg % groups) * filters * depth;
        const y0 = sg * filters * outputSize;
        if (columns === undefined) {
          multiply(dy.data, y0, x.data, x0, sums.data, w0, true);
        } else {
          gatherWindows(x.data, x0, columns.data, sliding, channels);
          multiply(dy.data, y0, columns.data, 0, sums.data, w0, true);
        }
      }
      dw.data.set(sums.data);
    };
  },
};

export const convKernels = { conv, convInputGrad, convKernelGrad };
