/**
 * What is trained: three networks of different size, with synthetic data in the shape of the real data.
 * Every contender trains the same layers with the same optimizer, loss and batch.
 */

export type WorkloadName = 'mlp' | 'cnn' | 'tiny';

/** A layer that has weights; `inputGradient` is false for the first one, whose input needs none. */
interface WeightLayer {
  /** Products and sums of the forward pass for one sample. */
  multiplications: number;
  weights: number;
  inputGradient: boolean;
}

export interface Workload {
  name: WorkloadName;
  title: string;
  /** Samples in a batch. */
  batch: number;
  /** Shape of one sample, channels last. */
  input: readonly number[];
  /** Length of one target: one-hot classes, or 1 for a yes or no. */
  classes: number;
  learningRate: number;
  momentum: number;
  parameters: number;
  /** Floating-point operations of the products of one training step, a multiply-add counted as two. */
  flops: number;
  /** Bytes of parameters and optimizer state that one step reads and writes at least once. */
  stateBytes: number;
}

function dense(inputs: number, units: number, inputGradient = true): WeightLayer {
  return {
    multiplications: inputs * units,
    weights: inputs * units + units,
    inputGradient,
  };
}

/** A convolution with a square kernel to `side` x `side` outputs. */
function conv(
  channels: number,
  filters: number,
  kernel: number,
  side: number,
  inputGradient = true,
): WeightLayer {
  const weights = kernel * kernel * channels * filters;
  return { multiplications: weights * side * side, weights: weights + filters, inputGradient };
}

function workload(
  spec: Omit<Workload, 'parameters' | 'flops' | 'stateBytes'>,
  layers: readonly WeightLayer[],
): Workload {
  const parameters = layers.reduce((sum, l) => sum + l.weights, 0);
  // Forward, kernel gradient and, but for the first layer, input gradient: each as many products.
  const products = layers.reduce(
    (sum, l) => sum + l.multiplications * (l.inputGradient ? 3 : 2),
    0,
  );
  const arrays = spec.momentum > 0 ? 2 : 1;
  return {
    ...spec,
    parameters,
    flops: 2 * spec.batch * products,
    stateBytes: 2 * 4 * arrays * parameters,
  };
}

export const workloads: Record<WorkloadName, Workload> = {
  mlp: workload(
    {
      name: 'mlp',
      title: 'MNIST MLP: 784-1024-1024-1024-10, relu, softmax; batch 100, SGD 0.01 momentum 0.9',
      batch: 100,
      input: [784],
      classes: 10,
      learningRate: 0.01,
      momentum: 0.9,
    },
    [dense(784, 1024, false), dense(1024, 1024), dense(1024, 1024), dense(1024, 10)],
  ),
  cnn: workload(
    {
      name: 'cnn',
      title: 'CNN: conv32 - conv64 - maxpool2 - dense128 - dense10 on 28x28x1; batch 128, SGD 0.01',
      batch: 128,
      input: [28, 28, 1],
      classes: 10,
      learningRate: 0.01,
      momentum: 0,
    },
    [conv(1, 32, 3, 26, false), conv(32, 64, 3, 24), dense(9216, 128), dense(128, 10)],
  ),
  tiny: workload(
    {
      name: 'tiny',
      title: 'Tiny network: 2-8-8-1, tanh, sigmoid; batch 10, SGD 0.1',
      batch: 10,
      input: [2],
      classes: 1,
      learningRate: 0.1,
      momentum: 0,
    },
    [dense(2, 8, false), dense(8, 8), dense(8, 1)],
  ),
};

export const workloadNames = Object.keys(workloads) as WorkloadName[];

/** Uniform numbers in [0, 1) from a linear congruential generator (constants of Numerical Recipes). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export interface Batch {
  /** [batch, ...input] */
  x: Float32Array;
  /** [batch, classes] */
  y: Float32Array;
}

/** How many different batches a measurement takes in turn. */
const batchCount = 4;

/**
 * Batches to train on. Pictures are dark in four pixels of five, like handwritten digits; the tiny
 * network learns whether two coordinates have the same sign.
 */
export function makeBatches(
  { name, batch, input, classes }: Workload,
  count = batchCount,
): Batch[] {
  const random = uniform(42);
  const size = input.reduce((product, d) => product * d, 1);
  return Array.from({ length: count }, () => {
    const x = new Float32Array(batch * size);
    const y = new Float32Array(batch * classes);
    for (let i = 0; i < x.length; i++) {
      if (name === 'tiny') x[i] = 2 * random() - 1;
      else x[i] = random() < 0.8 ? 0 : random();
    }
    for (let i = 0; i < batch; i++) {
      if (name === 'tiny') y[i] = (x[2 * i] as number) * (x[2 * i + 1] as number) > 0 ? 1 : 0;
      else y[i * classes + Math.floor(random() * classes)] = 1;
    }
    return { x, y };
  });
}
