import { hashBits } from '../../../src/graph/random.ts';
import { Constraint } from '../../../src/nn/constraints.ts';
import { initializers } from '../../../src/nn/initializers/index.ts';
import type { Initializer } from '../../../src/nn/initializers/initializer.ts';
// Single files rather than the index: it would bring every kind of layer into the page.
import { Dense } from '../../../src/nn/layers/dense.ts';
import type { Layer } from '../../../src/nn/layers/layer.ts';
import { BatchNormalization } from '../../../src/nn/layers/normalization/batch-normalization.ts';
import { Dropout } from '../../../src/nn/layers/regularization/dropout.ts';
import { ActivationLayer } from '../../../src/nn/layers/reshaping.ts';
import { type LossSpec, losses } from '../../../src/nn/losses/index.ts';
import { optimizers } from '../../../src/nn/optimizers/index.ts';
import type { Optimizer } from '../../../src/nn/optimizers/optimizer.ts';
import { type Regularizer, regularizers } from '../../../src/nn/regularizers.ts';
import { ops } from '../../../src/tensor/lift.ts';
import type { Tensor } from '../../../src/tensor/tensor.ts';
import { Variable } from '../../../src/tensor/variable.ts';
import { type Sequential, sequential } from '../../../src/training/sequential.ts';
import { makeInitializer, makeSchedule, scheduleOptions } from './catalog.ts';
import { dataOf, put } from './compiled-step.ts';
import { outputActivation, outputUnits } from './network-shape.ts';
import { isMulticlass, type LayerState, type PlaygroundState } from './state.ts';

/** The network of a state as a Nabla model, and what of it the page draws. */

/** A hidden layer of the page, or the output: a dense layer and what follows it. */
export interface Stage {
  readonly dense: Dense;
  readonly norm: Layer | undefined;
  readonly activation: Layer | undefined;
  readonly dropout: Layer | undefined;
  readonly units: number;
  readonly activationName: string;
}

export interface Network {
  readonly model: Sequential;
  readonly stages: readonly Stage[];
  readonly outputs: number;
  readonly optimizer: Optimizer;
  /** Tells the constraints that weights were set from outside. */
  attachConstraints(): void;
}

/** The original's: half the squared error. */
export const halfSquaredError = (y: Tensor, p: Tensor): Tensor =>
  p.sub(y).square().mean(-1).mul(0.5);

export function lossOf(s: PlaygroundState): LossSpec {
  if (isMulticlass(s)) return losses.categoricalCrossentropy();
  if (s.problem === 'classification' && s.loss === 'crossentropy')
    return losses.binaryCrossentropy();
  return halfSquaredError;
}

/** What the outputs should be, row-major [points, outputs]. */
export function targets(s: PlaygroundState, label: Float32Array): Float32Array {
  if (isMulticlass(s)) {
    const out = new Float32Array(label.length * s.classes);
    label.forEach((c, i) => {
      out[i * s.classes + c] = 1;
    });
    return out;
  }
  if (s.problem === 'regression' || s.loss === 'crossentropy') return label.slice();
  return label.map((c) => (c > 0 ? 1 : -1));
}

/** L2 as the original writes it is rate * w^2 / 2, the library's rate * w^2. */
function regularizerOf(s: PlaygroundState): Regularizer | undefined {
  const rate = s.regularizationRate;
  if (rate === 0 || s.regularization === 'none') return undefined;
  if (s.regularization === 'L1') return regularizers.l1({ l1: rate });
  if (s.regularization === 'L2') return regularizers.l2({ l2: rate / 2 });
  return regularizers.l1l2({ l1: rate, l2: rate / 2 });
}

/**
 * The original's rule for L1: a weight that the penalty carries across zero is zero from then on.
 * The penalty is part of the loss here, so its share of the step is rate * learning rate * sign(w).
 */
class StaysAtZero extends Constraint {
  readonly #strength: number;
  readonly #rate: () => Tensor;
  #before: Variable | undefined;
  #alive: Variable | undefined;

  constructor(strength: number, rate: () => Tensor) {
    super();
    this.#strength = strength;
    this.#rate = rate;
  }

  /** The variables that remember, given the weights they are for. */
  attach(weight: Variable, initial: Float32Array): void {
    const like = (name: string) =>
      new Variable(
        { data: new Float32Array(initial.length), shape: weight.shape, dtype: 'float32' },
        { name, trainable: false },
      );
    this.#before ??= like('before');
    this.#alive ??= like('alive');
    put(this.#before, initial.slice());
    put(this.#alive, new Float32Array(initial.length).fill(1));
  }

  project(w: Tensor): Tensor {
    const before = this.#before!;
    const alive = this.#alive!;
    const penalty = ops.sign(before.value).mul(this.#rate()).mul(this.#strength);
    const withoutPenalty = w.add(penalty);
    const crossed = ops.less(withoutPenalty.mul(w), 0);
    alive.assign(ops.where(crossed, 0, alive.value));
    const kept = w.mul(alive.value);
    before.assign(kept);
    return kept;
  }

  getConfig() {
    return {};
  }
}

function initializerOf(name: string, seed: number): Initializer {
  if (name === 'classic') return initializers.randomUniform({ minval: -0.5, maxval: 0.5, seed });
  return makeInitializer(name, seed);
}

function makeOptimizer(s: PlaygroundState): Optimizer {
  const make = (optimizers as Record<string, unknown>)[s.optimizer] as (o: object) => Optimizer;
  const { clipnorm, weightDecay, ...own } = s.optimizerOptions;
  return make({
    ...own,
    ...(clipnorm ? { clipnorm } : {}),
    ...(weightDecay ? { weightDecay } : {}),
    learningRate: s.schedule
      ? makeSchedule(s.schedule, scheduleOptions(s.learningRate, s.decaySteps, s.decayRate))
      : s.learningRate,
  });
}

/** Builds and compiles the model. Initial weights follow from the seed alone. */
export function buildNetwork(s: PlaygroundState, inputs: number): Network {
  const optimizer = makeOptimizer(s);
  const regularizer = regularizerOf(s);
  const l1 = s.regularization === 'L1' && s.regularizationRate > 0;
  const constraints: [Stage['dense'], StaysAtZero][] = [];
  const chain: Layer[] = [];
  const outputLayer: LayerState = { units: outputUnits(s), dropout: 0, batchNorm: false };
  const stages = [...s.layers, outputLayer].map((layer, i): Stage => {
    const last = i === s.layers.length;
    const activationName = last ? outputActivation(s) : (layer.activation ?? s.activation);
    const constraint = l1 ? new StaysAtZero(s.regularizationRate, () => optimizer.rate) : undefined;
    const dense = new Dense({
      name: last ? 'output' : `hidden_${i + 1}`,
      units: layer.units,
      activation: layer.batchNorm ? 'linear' : (activationName as 'linear'),
      kernelInitializer: initializerOf(s.initializer, hashBits(s.seed, 3, i) | 0),
      biasInitializer:
        s.initializer === 'classic' ? initializers.constant({ value: 0.1 }) : 'zeros',
      kernelRegularizer: regularizer,
      kernelConstraint: constraint,
      ...(i === 0 ? { inputShape: [inputs] } : {}),
    });
    if (constraint) constraints.push([dense, constraint]);
    const norm = layer.batchNorm
      ? new BatchNormalization({ name: `norm_${i + 1}`, momentum: 0.9 })
      : undefined;
    const activation = layer.batchNorm
      ? new ActivationLayer({
          name: `activation_${i + 1}`,
          activation: activationName as 'linear',
        })
      : undefined;
    const dropout =
      layer.dropout > 0
        ? new Dropout({
            name: `dropout_${i + 1}`,
            rate: layer.dropout,
            seed: hashBits(s.seed, 4, i) | 0,
          })
        : undefined;
    for (const l of [dense, norm, activation, dropout]) if (l) chain.push(l);
    return { dense, norm, activation, dropout, units: layer.units, activationName };
  });
  const model = sequential(chain);
  model.compile({ optimizer, loss: lossOf(s) });
  const attachConstraints = () => {
    for (const [dense, constraint] of constraints) {
      constraint.attach(dense.kernel, dataOf(dense.kernel));
    }
  };
  attachConstraints();
  optimizer.build(model.trainableWeights);
  return { model, stages, outputs: outputLayer.units, optimizer, attachConstraints };
}

/** The outputs of every stage, after its activation and without dropout. */
export function stageOutputs({ stages }: Network, x: Tensor): Tensor[] {
  let value = x;
  return stages.map(({ dense, norm, activation }) => {
    value = dense.call(value);
    if (norm) value = norm.call(value, { training: false });
    if (activation) value = activation.call(value, { training: false });
    return value;
  });
}

/** Weights, batch statistics, the optimizer's memory and the running loss. */
export function allVariables({ model, optimizer }: Network): Variable[] {
  return [...model.weights, ...optimizer.variables, ...model.metrics.flatMap((m) => m.variables)];
}
