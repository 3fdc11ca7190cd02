import {
  type ActivationName,
  type ActivationSpec,
  activations,
  type ConstraintSpec,
  constraints,
  type InitializerName,
  type InitializerSpec,
  initializers,
  type LearningRate,
  type LossName,
  type LossSpec,
  layers,
  losses,
  type MetricName,
  type MetricSpec,
  metrics,
  type Optimizer,
  type OptimizerName,
  type OptimizerSpec,
  optimizers,
  type RegularizerSpec,
  regularizers,
  schedules,
  sequential,
  type Tensor,
} from 'nabla';
import { describe, expectTypeOf, it } from 'vitest';

/**
 * What the compiler must accept and refuse. `tsc` does the checking: an accepted mistake makes its
 * `@ts-expect-error` an error. Nothing here runs but the tests' empty frames.
 */

/** Names a block of code that is compiled and never called. */
function compiles(what: string, _: () => void): void {
  it(what, () => {});
}

describe('names', () => {
  compiles('are known in camelCase and as Keras writes them', () => {
    expectTypeOf<'hardSigmoid' | 'hard_sigmoid' | 'relu6'>().toExtend<ActivationName>();
    expectTypeOf<'adam' | 'rmsprop' | 'adamw'>().toExtend<OptimizerName>();
    expectTypeOf<
      'sparseCategoricalCrossentropy' | 'sparse_categorical_crossentropy' | 'mse' | 'crossentropy'
    >().toExtend<LossName>();
    expectTypeOf<'accuracy' | 'acc' | 'topKCategoricalAccuracy'>().toExtend<MetricName>();
    expectTypeOf<'glorotUniform' | 'glorot_uniform' | 'heNormal'>().toExtend<InitializerName>();
    expectTypeOf<'l2' | 'l1_l2' | 'l1l2'>().toExtend<RegularizerSpec>();
    expectTypeOf<'maxNorm' | 'max_norm' | 'nonNeg'>().toExtend<ConstraintSpec>();
  });

  compiles('are closed: no string passes that is not one of them', () => {
    expectTypeOf<string>().not.toExtend<ActivationSpec>();
    expectTypeOf<string>().not.toExtend<OptimizerSpec>();
    expectTypeOf<string>().not.toExtend<LossSpec>();
    expectTypeOf<string>().not.toExtend<MetricSpec>();
    expectTypeOf<string>().not.toExtend<InitializerSpec>();
    expectTypeOf<string>().not.toExtend<RegularizerSpec>();
    expectTypeOf<string>().not.toExtend<ConstraintSpec>();
  });

  compiles('that are misspelt do not compile', () => {
    // @ts-expect-error
    optimizers.get('adm');
    // @ts-expect-error
    losses.get('meanSquareError');
    // @ts-expect-error
    metrics.get('acuracy');
    // @ts-expect-error
    initializers.get('glorot');
    // @ts-expect-error
    regularizers.get('l3');
    // @ts-expect-error
    constraints.get('unit');
    // @ts-expect-error
    activations.get('rellu');
    // @ts-expect-error
    optimizers.adm();
    // @ts-expect-error
    losses.mse();
    // @ts-expect-error
    layers.dense({ units: 1, activation: 'sigmod' });
    // @ts-expect-error
    layers.dense({ units: 1, kernelInitializer: 'he' });
    // @ts-expect-error
    layers.dense({ units: 1, kernelRegularizer: 'l3' });
    // @ts-expect-error
    layers.dense({ units: 1, kernelConstraint: 'unitnorm1' });
  });

  compiles('are checked in compile', () => {
    const model = sequential([layers.dense({ units: 1 })]);
    model.compile({ optimizer: 'adam', loss: 'mean_squared_error', metrics: ['mae', 'r2Score'] });
    model.compile({ loss: { out: 'mse' }, metrics: { out: ['accuracy'] } });
    // @ts-expect-error
    model.compile({ optimizer: 'adams' });
    // @ts-expect-error
    model.compile({ loss: 'squared' });
    // @ts-expect-error
    model.compile({ metrics: ['accurate'] });
    // @ts-expect-error
    model.compile({ optimiser: 'adam' });
  });
});

describe('options', () => {
  compiles('of optimizers', () => {
    optimizers.adam({ learningRate: 0.01, beta1: 0.8, clipnorm: 1, useEma: true });
    optimizers.muon({ rmsRate: null, excludeLayers: ['head'] });
    optimizers.lossScaleOptimizer({ innerOptimizer: 'sgd', initialScale: 2 ** 10 });
    // @ts-expect-error
    optimizers.adam({ lr: 0.01 });
    // @ts-expect-error
    optimizers.adam({ learning_rate: 0.01 });
    // @ts-expect-error
    optimizers.adam({ momentum: 0.9 });
    // @ts-expect-error
    optimizers.sgd({ beta1: 0.9 });
    // @ts-expect-error
    optimizers.sgd({ nesterov: 1 });
    // @ts-expect-error
    optimizers.sgd({ learningRate: '0.1' });
    // @ts-expect-error
    optimizers.lossScaleOptimizer({});
    // @ts-expect-error
    optimizers.sgd(0.1);
  });

  compiles('of losses', () => {
    losses.huber({ delta: 2, reduction: 'sum' });
    losses.categoricalCrossentropy({ fromLogits: true, labelSmoothing: 0.1, axis: -1 });
    // @ts-expect-error
    losses.huber({ reduction: 'average' });
    // @ts-expect-error
    losses.binaryCrossentropy({ logits: true });
    // @ts-expect-error
    losses.meanSquaredError({ fromLogits: true });
    // @ts-expect-error
    losses.tversky({ alpha: '0.5' });
  });

  compiles('of metrics', () => {
    metrics.auc({ curve: 'PR', summationMethod: 'minoring', numThresholds: 50 });
    metrics.f1Score({ average: 'weighted', threshold: 0.5 });
    metrics.precision({ thresholds: [0.2, 0.8], classId: 1 });
    // @ts-expect-error
    metrics.auc({ curve: 'PRC' });
    // @ts-expect-error
    metrics.auc({ summationMethod: 'middle' });
    // @ts-expect-error
    metrics.f1Score({ average: 'mean' });
    // @ts-expect-error
    metrics.meanIoU({});
    // @ts-expect-error
    metrics.sensitivityAtSpecificity({ numThresholds: 10 });
    // @ts-expect-error
    metrics.topKCategoricalAccuracy({ top: 3 });
  });

  compiles('of initializers, regularizers and constraints', () => {
    initializers.varianceScaling({ scale: 2, mode: 'fanIn', distribution: 'uniform' });
    initializers.randomNormal({ mean: 0, stddev: 0.1, seed: 1 });
    regularizers.l1l2({ l1: 0.1, l2: 0.2 });
    regularizers.orthogonalRegularizer({ factor: 0.1, mode: 'columns' });
    constraints.minMaxNorm({ minValue: 0, maxValue: 1, rate: 0.5, axis: 0 });
    // @ts-expect-error
    initializers.varianceScaling({ mode: 'fanMiddle' });
    // @ts-expect-error
    initializers.varianceScaling({ distribution: 'gaussian' });
    // @ts-expect-error
    initializers.randomNormal({ std: 0.1 });
    // @ts-expect-error
    regularizers.l2({ l1: 0.1 });
    // @ts-expect-error
    regularizers.orthogonalRegularizer({ mode: 'row' });
    // @ts-expect-error
    constraints.maxNorm({ max: 2 });
  });

  compiles('of schedules', () => {
    schedules.exponentialDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.9 });
    schedules.cosineDecay({
      initialLearningRate: 0,
      decaySteps: 9,
      warmupTarget: 1,
      warmupSteps: 2,
    });
    // @ts-expect-error
    schedules.exponentialDecay({ initialLearningRate: 0.1, decaySteps: 10 });
    // @ts-expect-error
    schedules.piecewiseConstantDecay({ boundaries: [1] });
    // @ts-expect-error
    schedules.cosineDecay({ initialLearningRate: 0.1, decaySteps: 9, warmup: 2 });
  });
});

describe('kinds', () => {
  compiles('do not mix', () => {
    // @ts-expect-error
    optimizers.get(losses.huber());
    // @ts-expect-error
    losses.get(metrics.mean());
    // @ts-expect-error
    layers.dense({ units: 1, kernelRegularizer: constraints.unitNorm() });
    // @ts-expect-error
    layers.dense({ units: 1, kernelInitializer: regularizers.l2() });
    // @ts-expect-error
    optimizers.sgd({ learningRate: optimizers.sgd() });
  });

  compiles('of learning rates', () => {
    expectTypeOf<number>().toExtend<LearningRate>();
    expectTypeOf<(step: Tensor) => Tensor>().toExtend<LearningRate>();
    expectTypeOf(
      schedules.exponentialDecay({ initialLearningRate: 1, decaySteps: 1, decayRate: 1 }),
    ).toExtend<LearningRate>();
    expectTypeOf<string>().not.toExtend<LearningRate>();
  });

  compiles('of what factories make', () => {
    expectTypeOf(optimizers.adam()).toExtend<Optimizer>();
    expectTypeOf(optimizers.adam().beta1).toEqualTypeOf<number>();
    expectTypeOf(losses.huber().call).returns.toExtend<Tensor>();
    expectTypeOf(metrics.mean().result).returns.toExtend<Tensor>();
    expectTypeOf(activations.relu).returns.toExtend<Tensor>();
    expectTypeOf(optimizers.sgd().getLearningRate).returns.resolves.toEqualTypeOf<number>();
  });
});
