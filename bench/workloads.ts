/**
 * What is trained: networks of different kind and size, with synthetic data in the shape of the real data.
 * Every contender trains the same layers with the same optimizer, loss and batch.
 */

export type WorkloadName = 'mlp' | 'mlp-adam' | 'cnn' | 'lstm' | 'transformer' | 'tiny';

/** Keras's Adam: beta 0.9 and 0.999, epsilon 1e-7. */
export const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 } as const;

/** A text of so many words, one recurrent layer and one output. */
export const lstmSizes = { words: 20_000, embedding: 128, units: 128, steps: 80 } as const;

/** One block of an encoder (Vaswani et al. 2017), the mean over its steps, and ten classes. */
export const blockSizes = { steps: 128, width: 256, heads: 8, hidden: 1024, classes: 10 } as const;

/** Products of a layer and its weights; `inputGradient` is false for the first one, whose input needs none. */
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
  /** Numbers below this, which name words, instead of pictures. */
  words?: number;
  optimizer: 'sgd' | 'adam';
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

function lstm(): WeightLayer[] {
  const { words, embedding, units, steps } = lstmSizes;
  const kernel = (embedding + units) * 4 * units;
  return [
    { multiplications: 0, weights: words * embedding, inputGradient: false },
    { multiplications: steps * kernel, weights: kernel + 4 * units, inputGradient: true },
    dense(units, 1),
  ];
}

function encoderBlock(): WeightLayer[] {
  const { steps, width, hidden, classes } = blockSizes;
  const each = (layer: WeightLayer) => ({
    ...layer,
    multiplications: steps * layer.multiplications,
  });
  const normalization = { multiplications: 0, weights: 2 * width, inputGradient: true };
  return [
    ...Array.from({ length: 3 }, () => each(dense(width, width, false))),
    // Queries by keys, and scores by values.
    { multiplications: 2 * steps * steps * width, weights: 0, inputGradient: true },
    each(dense(width, width)),
    normalization,
    each(dense(width, hidden)),
    each(dense(hidden, width)),
    normalization,
    dense(width, classes),
  ];
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
  const slots = spec.optimizer === 'adam' ? 2 : Number(spec.momentum > 0);
  return {
    ...spec,
    parameters,
    flops: 2 * spec.batch * products,
    stateBytes: 2 * 4 * (1 + slots) * parameters,
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
      optimizer: 'sgd',
      learningRate: 0.01,
      momentum: 0.9,
    },
    [dense(784, 1024, false), dense(1024, 1024), dense(1024, 1024), dense(1024, 10)],
  ),
  'mlp-adam': workload(
    {
      name: 'mlp-adam',
      title: 'The same MLP with Adam 0.001',
      batch: 100,
      input: [784],
      classes: 10,
      optimizer: 'adam',
      learningRate: 0.001,
      momentum: 0,
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
      optimizer: 'sgd',
      learningRate: 0.01,
      momentum: 0,
    },
    [conv(1, 32, 3, 26, false), conv(32, 64, 3, 24), dense(9216, 128), dense(128, 10)],
  ),
  lstm: workload(
    {
      name: 'lstm',
      title:
        'LSTM: embedding 20000x128 - lstm128 - dense1 over 80 words; batch 32, binary, Adam 0.001',
      batch: 32,
      input: [lstmSizes.steps],
      classes: 1,
      words: lstmSizes.words,
      optimizer: 'adam',
      learningRate: 0.001,
      momentum: 0,
    },
    lstm(),
  ),
  transformer: workload(
    {
      name: 'transformer',
      title:
        'Encoder block: 8 heads of 32, dense 1024 relu, residuals, layer normalization, mean, dense10 on 128 steps of 256; batch 16, Adam 0.001',
      batch: 16,
      input: [blockSizes.steps, blockSizes.width],
      classes: blockSizes.classes,
      optimizer: 'adam',
      learningRate: 0.001,
      momentum: 0,
    },
    encoderBlock(),
  ),
  tiny: workload(
    {
      name: 'tiny',
      title: 'Tiny network: 2-8-8-1, tanh, sigmoid; batch 10, SGD 0.1',
      batch: 10,
      input: [2],
      classes: 1,
      optimizer: 'sgd',
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
  /** [batch, ...input]; whole numbers where the workload has words. */
  x: Float32Array | Int32Array;
  /** [batch, classes] */
  y: Float32Array;
}

/** How many different batches a measurement takes in turn. */
const batchCount = 4;

/**
 * Batches to train on. Pictures are dark in four pixels of five, like handwritten digits; words are drawn
 * evenly; the tiny network learns whether two coordinates have the same sign.
 */
export function makeBatches(
  { name, batch, input, classes, words }: Workload,
  count = batchCount,
): Batch[] {
  const random = uniform(42);
  const size = input.reduce((product, d) => product * d, 1);
  return Array.from({ length: count }, () => {
    const x = words ? new Int32Array(batch * size) : new Float32Array(batch * size);
    const y = new Float32Array(batch * classes);
    for (let i = 0; i < x.length; i++) {
      if (words) x[i] = Math.floor(words * random());
      else if (name === 'tiny' || name === 'transformer') x[i] = 2 * random() - 1;
      else x[i] = random() < 0.8 ? 0 : random();
    }
    for (let i = 0; i < batch; i++) {
      if (words) y[i] = Number(random() < 0.5);
      else if (name === 'tiny') y[i] = (x[2 * i] as number) * (x[2 * i + 1] as number) > 0 ? 1 : 0;
      else y[i * classes + Math.floor(random() * classes)] = 1;
    }
    return { x, y };
  });
}
