import type { Buffer } from '../../../src/engines/engine.ts';
import { HostBuffer } from '../../../src/engines/engine.ts';
import type { Cell } from '../../../src/tensor/trace.ts';
import { explain } from '../../../src/training/explain.ts';
import { dataOf, put, settle } from './compiled-step.ts';
import { allVariables } from './network.ts';
import type {
  Distribution,
  RateSearch,
  Surface,
  SurfaceRequest,
  Walk,
  WeightAddress,
} from './protocol.ts';
import { Trainer } from './trainer.ts';

/** What the page asks about a run besides its training. */

function histogram(values: Float32Array, bins = 24): Distribution {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
    sum += Math.abs(v);
  }
  const counts = new Array<number>(bins).fill(0);
  if (!Number.isFinite(low) || !Number.isFinite(high)) {
    return { low: 0, high: 0, counts, meanAbsolute: Number.NaN };
  }
  const width = high - low;
  for (const v of values) {
    counts[width > 0 ? Math.min(bins - 1, Math.floor(((v - low) / width) * bins)) : bins >> 1]++;
  }
  return { low, high, counts, meanAbsolute: sum / values.length };
}

/** Weights and gradients of each stage's kernel. */
export function distributions(
  trainer: Trainer,
): { weights: Distribution; gradients: Distribution }[] {
  if (trainer.train.points.x.length === 0) return [];
  const gradients = trainer.gradients();
  const variables = trainer.network.model.trainableWeights;
  return trainer.network.stages.map(({ dense }) => ({
    weights: histogram(dataOf(dense.kernel)),
    gradients: histogram(gradients[variables.indexOf(dense.kernel)]),
  }));
}

/** The range to draw along one weight: the way so far with as much again around it. */
function rangeOf(values: readonly number[]): [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const half = Math.max(1, (high - low) * 0.9);
  const middle = (low + high) / 2;
  return [middle - half, middle + half];
}

/** A copy of a weight's variable with one element free to change. */
function slot(trainer: Trainer, { stage, unit, input }: WeightAddress) {
  const { dense } = trainer.network.stages[stage];
  const cell = (input === 'bias' ? dense.bias! : dense.kernel) as Cell;
  return { cell, at: input === 'bias' ? unit : input * dense.units + unit };
}

/**
 * The loss on the training data over two weights, all others as they are, and the way that training
 * took. `pause` is awaited now and then, so that training and drawing go on meanwhile.
 */
export async function lossSurface(
  trainer: Trainer,
  { a, b, size }: SurfaceRequest,
  pause: () => Promise<void> = async () => {},
): Promise<Surface> {
  const [ia, ib] = [trainer.flatIndex(a), trainer.flatIndex(b)];
  const trail = [...trainer.path, trainer.flatWeights()].filter(
    (w) => Number.isFinite(w[ia]) && Number.isFinite(w[ib]),
  );
  const now = trainer.flatWeights();
  const rangeA = rangeOf(trail.map((w) => w[ia]));
  const rangeB = rangeOf(trail.map((w) => w[ib]));
  const [first, second] = [slot(trainer, a), slot(trainer, b)];
  const overrides = new Map<Cell, Buffer>();
  for (const { cell } of [first, second]) {
    if (overrides.has(cell)) continue;
    overrides.set(cell, new HostBuffer(dataOf(cell).slice(), cell.shape, cell.dtype));
  }
  // The other weights must not move while the surface is computed.
  for (const v of trainer.network.model.weights) {
    if (!overrides.has(v)) {
      overrides.set(v, new HostBuffer(dataOf(v).slice(), v.shape, v.dtype));
    }
  }
  const trial = (cell: Cell) => overrides.get(cell)!.data as Float32Array;
  const loss = trainer.compileLoss();
  const at = (va: number, vb: number): number => {
    trial(first.cell)[first.at] = va;
    trial(second.cell)[second.at] = vb;
    return loss(overrides);
  };
  const out = new Float32Array(size * size);
  let started = performance.now();
  for (let row = 0; row < size; row++) {
    const vb = rangeB[0] + ((rangeB[1] - rangeB[0]) * row) / (size - 1);
    for (let column = 0; column < size; column++) {
      const va = rangeA[0] + ((rangeA[1] - rangeA[0]) * column) / (size - 1);
      out[row * size + column] = at(va, vb);
    }
    if (performance.now() - started > 8) {
      await pause();
      started = performance.now();
    }
  }
  const path = trail.map((w): [number, number, number] => [w[ia], w[ib], at(w[ia], w[ib])]);
  const height = at(now[ia], now[ib]);
  if (path.length === 0 && Number.isFinite(height)) path.push([now[ia], now[ib], height]);
  return { size, rangeA, rangeB, loss: out, path };
}

/**
 * Trains a copy while the learning rate rises from 1e-5 to 10, and looks where the loss falls fastest
 * (Smith 2017, "Cyclical learning rates"). The run itself is not touched.
 */
export async function searchRate(
  trainer: Trainer,
  pause: () => Promise<void> = async () => {},
): Promise<RateSearch> {
  const STEPS = 160;
  const BATCHES_A_STEP = 4;
  const copy = await Trainer.create({ ...trainer.state, schedule: '', shuffle: true });
  const own = copy.network.model.weights;
  trainer.network.model.weights.forEach((v, i) => {
    put(own[i], dataOf(v).slice());
  });
  const rateVariable = copy.network.optimizer.variables.find((v) => v.name === 'learning_rate')!;
  const rates: number[] = [];
  const losses: number[] = [];
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < STEPS; i++) {
    const rate = 1e-5 * 1e6 ** (i / (STEPS - 1));
    put(rateVariable, Float32Array.of(rate));
    for (let k = 0; k < BATCHES_A_STEP; k++) await copy.trainBatchAnywhere();
    const { loss } = copy.evaluate(copy.train);
    if (!Number.isFinite(loss) || (i > 20 && loss > 6 * best)) break;
    best = Math.min(best, loss);
    rates.push(rate);
    losses.push(loss);
    if (i % 20 === 19) await pause();
  }
  return { rates, losses, suggestion: steepest(rates, losses) };
}

/** The rate at which the smoothed loss falls fastest with the logarithm of the rate. */
export function steepest(rates: readonly number[], losses: readonly number[]): number | undefined {
  const n = losses.length;
  const radius = 6;
  const smooth = losses.map((_, i) => {
    const part = losses.slice(Math.max(0, i - radius), Math.min(n, i + radius + 1));
    return part.reduce((a, b) => a + b, 0) / part.length;
  });
  // Past its lowest point the curve only tells how training breaks, and noise is no fall.
  const lowest = smooth.indexOf(Math.min(...smooth));
  if (n === 0 || !(smooth[lowest] < 0.97 * smooth[0])) return undefined;
  let found: number | undefined;
  let slope = 0;
  for (let i = 2; i <= lowest && i + 2 < n; i++) {
    const here = smooth[i + 2] - smooth[i - 2];
    if (here < slope) {
      slope = here;
      found = rates[i];
    }
  }
  return found === undefined ? undefined : Number(found.toPrecision(1));
}

const list = (data: ArrayLike<number> | undefined): number[] => Array.from(data ?? []);

/** Walks one training sample forward and backward. With `apply` the weights keep the update. */
export async function walkSample(trainer: Trainer, sample: number, apply: boolean): Promise<Walk> {
  const { train, features, network } = trainer;
  const n = train.points.x.length;
  if (n === 0) throw new Error('there are no training points to walk');
  const i = ((sample % n) + n) % n;
  const f = features.length;
  const k = network.outputs;
  const x = train.x.slice(i * f, (i + 1) * f);
  const y = train.y.slice(i * k, (i + 1) * k);
  const rate = trainer.learningRate();
  const worked = await explain(
    network.model,
    { data: x, shape: [1, f], dtype: 'float32' },
    { data: y, shape: [1, k], dtype: 'float32' },
    { apply },
  );
  await settle(allVariables(network));
  if (apply) network.attachConstraints();
  const layerOf = new Map(worked.layers.map((l) => [l.name, l]));
  return {
    x: train.points.x[i],
    y: train.points.y[i],
    inputs: features.map(({ label }, j) => ({ label, value: x[j] })),
    target: list(y),
    stages: network.stages.map((stage) => {
      const dense = layerOf.get(stage.dense.name)!;
      const last = layerOf.get((stage.activation ?? stage.norm ?? stage.dense).name)!;
      const weight = (name: string) => dense.weights.find((w) => w.name === name);
      const [kernel, bias] = [weight('kernel'), weight('bias')];
      return {
        activation: stage.activationName,
        net: list(dense.net?.data),
        output: list(last.output.data),
        delta: list(dense.delta.data).map((v) => -v),
        kernel: list(kernel?.before.data),
        bias: list(bias?.before.data),
        kernelGradient: list(kernel?.gradient?.data),
        biasGradient: list(bias?.gradient?.data),
        kernelAfter: list(kernel?.after.data),
        biasAfter: list(bias?.after.data),
      };
    }),
    loss: worked.loss,
    lossAfter: worked.lossAfter,
    learningRate: rate,
    optimizer: trainer.state.optimizer,
  };
}
