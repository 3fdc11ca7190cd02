import { type Workload, workloads } from '../workloads.ts';
import { fused } from './onnx-writer.ts';
import { type TrainingGraph, TrainingGraphWriter } from './training-graph.ts';

/** The CNN's sizes: sides of the pictures after each layer, and channels. */
export const sides = { input: 28, first: 26, second: 24, pooled: 12 };
export const filters = { first: 32, second: 64 };
const kernel = 3;
const hidden = 128;
export const flat = sides.pooled * sides.pooled * filters.second;

export interface CnnParameters {
  k1: string;
  b1: string;
  k2: string;
  b2: string;
}

/** What differs between the two ways to write the convolutions. */
export interface ConvolutionalPart {
  /** Flattened features, channels last: [batch, 12 * 12 * 64]. */
  features: string;
  /** Takes the gradient of the features and updates the kernels and their biases. */
  backward(gradient: string): void;
}

/** The CNN's step around the convolutions: the dense layers, the loss and their updates. */
export function cnnStep(
  convolutions: (g: TrainingGraphWriter, p: CnnParameters) => ConvolutionalPart,
  workload: Workload = workloads.cnn,
): TrainingGraph {
  const g = new TrainingGraphWriter(workload);
  const parameters = {
    k1: g.weights('k1', [kernel, kernel, 1, filters.first]),
    b1: g.zeros('b1', [filters.first]),
    k2: g.weights('k2', [kernel, kernel, filters.first, filters.second]),
    b2: g.zeros('b2', [filters.second]),
  };
  const w3 = g.weights('w3', [flat, hidden]);
  const b3 = g.zeros('b3', [hidden]);
  const w4 = g.weights('w4', [hidden, workload.classes]);
  const b4 = g.zeros('b4', [workload.classes]);

  const part = convolutions(g, parameters);
  const h3 = g.op('Relu', [g.op('Gemm', [part.features, w3, b3])]);
  const d4 = g.softmaxLoss(g.op('Gemm', [h3, w4, b4]));
  g.descendDense(w4, h3, d4);
  g.descend(b4, g.sum(d4, 0));
  const d3 = g.maskRelu(g.op('Gemm', [d4, w4], { transB: 1 }), h3);
  g.descendDense(w3, part.features, d3);
  g.descend(b3, g.sum(d3, 0));
  part.backward(g.op('Gemm', [d3, w3], { transB: 1 }));
  return g.finish();
}

/** A kernel [3, 3, in, out] turned by 180 degrees: the convolution back to the input uses it. */
export function turned(g: TrainingGraphWriter, k: string): string {
  const last = g.integers(-1, -1);
  return g.op('Slice', [k, last, g.integers(-100, -100), g.integers(0, 1), last]);
}

/**
 * Kernel gradient [9 in, out] from h [batch, in, s, s] and d [batch, out, s-2, s-2]: each of the nine
 * taps sees d over a shifted part of h; a product for each picture, then the sum over the pictures. Few
 * input channels are joined first, so that d is read once; many would make too large an array.
 */
export function kernelGradientByTaps(
  g: TrainingGraphWriter,
  h: string,
  d: string,
  {
    batch,
    inputs,
    outputs,
    side,
  }: { batch: number; inputs: number; outputs: number; side: number },
): string {
  const columns = g.reshape(d, batch, outputs, side * side);
  const gradient = (rows: string): string =>
    g.sum(g.op('FusedMatMul', [rows, columns], { transB: 1 }, fused), 0);
  const taps: string[] = [];
  for (let i = 0; i < kernel; i++) {
    for (let j = 0; j < kernel; j++) {
      const from = g.integers(i, j);
      const to = g.integers(i + side, j + side);
      const tap = g.op('Slice', [h, from, to, g.integers(2, 3)]);
      taps.push(g.reshape(tap, batch, inputs, side * side));
    }
  }
  if (taps.length * inputs <= outputs) return gradient(g.op('Concat', taps, { axis: 1 }));
  return g.op('Concat', taps.map(gradient), { axis: 0 });
}

/** The convolutions in ONNX's own operators and layout, [batch, channels, height, width]. */
export function cnn(workload: Workload = workloads.cnn): TrainingGraph {
  const { batch } = workload;
  return cnnStep((g, { k1, b1, k2, b2 }) => {
    const x = g.reshape('x', batch, 1, sides.input, sides.input);
    const h1 = g.op('Relu', [g.op('Conv', [x, g.transpose(k1, 3, 2, 0, 1), b1])]);
    const h2 = g.op('Relu', [g.op('Conv', [h1, g.transpose(k2, 3, 2, 0, 1), b2])]);
    const pooling = { kernel_shape: [2, 2], strides: [2, 2] };
    g.ops('MaxPool', [h2], ['pooled', 'winners'], pooling);
    return {
      features: g.reshape(g.transpose('pooled', 0, 2, 3, 1), batch, flat),
      backward(gradient) {
        const back = g.reshape(gradient, batch, sides.pooled, sides.pooled, filters.second);
        const shape = g.integers(batch, filters.second, sides.second, sides.second);
        const unpooled = g.op(
          'MaxUnpool',
          [g.transpose(back, 0, 3, 1, 2), 'winners', shape],
          pooling,
        );
        const d2 = g.maskRelu(unpooled, h2);
        const full = { pads: [2, 2, 2, 2] };
        const d1 = g.maskRelu(g.op('Conv', [d2, g.transpose(turned(g, k2), 2, 3, 0, 1)], full), h1);
        const second = {
          batch,
          inputs: filters.first,
          outputs: filters.second,
          side: sides.second,
        };
        const gradient2 = kernelGradientByTaps(g, h1, d2, second);
        g.descend(k2, g.reshape(gradient2, kernel, kernel, filters.first, filters.second));
        g.descend(b2, g.sum(d2, 0, 2, 3));
        const first = { batch, inputs: 1, outputs: filters.first, side: sides.first };
        const gradient1 = kernelGradientByTaps(g, x, d1, first);
        g.descend(k1, g.reshape(gradient1, kernel, kernel, 1, filters.first));
        g.descend(b1, g.sum(d1, 0, 2, 3));
      },
    };
  }, workload);
}
