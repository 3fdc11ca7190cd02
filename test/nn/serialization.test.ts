import { describe, expect, it } from 'vitest';
import { activations } from '../../src/nn/activations/index.ts';
import { constraints } from '../../src/nn/constraints.ts';
import { initializers } from '../../src/nn/initializers/index.ts';
import { layers } from '../../src/nn/layers/index.ts';
import { losses } from '../../src/nn/losses/index.ts';
import { metrics } from '../../src/nn/metrics/index.ts';
import { toCamelCase, toSnakeCase } from '../../src/nn/names.ts';
import { optimizers } from '../../src/nn/optimizers/index.ts';
import type { Optimizer } from '../../src/nn/optimizers/optimizer.ts';
import { type Configurable, registerCustomObject, registries } from '../../src/nn/registry.ts';
import { regularizers } from '../../src/nn/regularizers.ts';
import { schedules } from '../../src/nn/schedules/index.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { variable } from '../../src/tensor/variable.ts';
import { readGoldens, valuesOf } from './golden.ts';

/** Names and configurations of every object of this floor. */

type Family = keyof typeof registries;

/** Options of those that cannot do without. */
const required: Record<string, object> = {
  iou: { numClasses: 3, targetClassIds: [0, 2] },
  meanIoU: { numClasses: 3 },
  oneHotIoU: { numClasses: 3, targetClassIds: [1] },
  oneHotMeanIoU: { numClasses: 3 },
  precisionAtRecall: { recall: 0.5 },
  recallAtPrecision: { precision: 0.5 },
  sensitivityAtSpecificity: { specificity: 0.5 },
  specificityAtSensitivity: { sensitivity: 0.5 },
  cosineDecay: { initialLearningRate: 0.1, decaySteps: 10 },
  cosineDecayRestarts: { initialLearningRate: 0.1, firstDecaySteps: 10 },
  exponentialDecay: { initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5 },
  inverseTimeDecay: { initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5 },
  piecewiseConstantDecay: { boundaries: [1, 2], values: [3, 2, 1] },
  polynomialDecay: { initialLearningRate: 0.1, decaySteps: 10 },
  stft: { side: 'real' },
  lossScaleOptimizer: { innerOptimizer: 'adam' },
};

const helpers = new Set(['get', 'serialize', 'deserialize', 'meanMetricWrapper']);

const families: Record<string, { family: Family; factories: Record<string, any> }> = {
  initializers: { family: 'initializers', factories: initializers },
  regularizers: { family: 'regularizers', factories: regularizers },
  constraints: { family: 'constraints', factories: constraints },
  losses: { family: 'losses', factories: losses },
  metrics: { family: 'metrics', factories: metrics },
  optimizers: { family: 'optimizers', factories: optimizers },
  schedules: { family: 'schedules', factories: schedules },
};

const cases = Object.values(families).flatMap(({ family, factories }) =>
  Object.keys(factories)
    .filter((name) => !helpers.has(name))
    .map((name) => [family, name, factories[name]] as const),
);

describe('round trips', () => {
  it.each(cases)('%s: %s', (family, name, factory) => {
    const object: Configurable = factory(required[name]);
    const spec = registries[family].serialize(object);
    // What goes into a file is JSON.
    const read = JSON.parse(JSON.stringify(spec));
    expect(read).toEqual(spec);
    expect(spec.module).toBe(registries[family].module);
    const again = registries[family].deserialize(read);
    expect(again.constructor).toBe(object.constructor);
    expect(registries[family].serialize(again)).toEqual(spec);
    // The names by which Keras and TypeScript know it.
    if (!(name in required)) {
      for (const spelled of [name, toSnakeCase(name), spec.class_name]) {
        expect(registries[family].get(spelled).constructor).toBe(object.constructor);
      }
    }
    expect(registries[family].get(object)).toBe(object);
  });

  it.each(Object.entries(activations).filter(([n]) => !/^(get|(de)?serialize|register)$/.test(n)))(
    'activation: %s',
    (name, activation) => {
      const written = activations.serialize(activation as any);
      expect(activations.get(written as any)).toBe(activation);
      expect(activations.get(name as any)).toBe(activation);
      const function_ = { class_name: 'function', config: written as any };
      expect(activations.get(function_)).toBe(activation);
    },
  );

  it('keeps options that differ from the defaults', () => {
    const original = optimizers.adam({
      learningRate: schedules.cosineDecay({ initialLearningRate: 0.5, decaySteps: 7 }),
      beta1: 0.8,
      clipnorm: 2,
      useEma: true,
      emaOverwriteFrequency: 5,
      gradientAccumulationSteps: 3,
    });
    const spec = optimizers.serialize(original);
    expect(spec.config).toMatchObject({
      beta_1: 0.8,
      clipnorm: 2,
      use_ema: true,
      ema_overwrite_frequency: 5,
      gradient_accumulation_steps: 3,
      learning_rate: { class_name: 'CosineDecay', config: { decay_steps: 7 } },
    });
    expect(optimizers.serialize(optimizers.deserialize(spec))).toEqual(spec);
    const muon = optimizers.muon({ rmsRate: null, weightDecay: null, adamBeta1: 0.5 });
    const again = optimizers.deserialize(optimizers.serialize(muon));
    expect(again.getConfig()).toMatchObject({ rmsRate: null, weightDecay: null, adamBeta1: 0.5 });
  });
});

describe('configurations have the keys that Keras writes', () => {
  const goldens = readGoldens('unit-goldens');
  /** Options that Keras takes and, in this version, leaves out of its configurations. */
  const unwritten: Record<string, readonly string[]> = {
    Huber: ['delta'],
    SparseCategoricalCrossentropy: ['axis'],
    CosineSimilarity: ['axis'],
  };
  const base = ['name'];
  const groups = ['losses', 'metrics', 'regularizers', 'constraints', 'schedules'] as const;
  const seen = new Map<string, [Family, any]>();
  for (const group of groups) {
    for (const g of goldens[group]) seen.set(`${group} ${g.cls}`, [group, g]);
  }
  for (const name of ['ExampleLoss', 'LossFunctionWrapper']) seen.delete(`losses ${name}`);
  for (const name of ['CompileMetrics', 'MeanMetricWrapper']) seen.delete(`metrics ${name}`);
  seen.delete('constraints Constraint');

  it.each([...seen].map(([title, [family, g]]) => [title, family, g] as const))(
    '%s',
    (_, family, g) => {
      const config = { ...g.config };
      if (config.label_weights) config.label_weights = valuesOf(config.label_weights);
      const object = registries[family].deserialize({ class_name: g.cls, config });
      const keys = Object.keys(registries[family].serialize(object).config);
      const allowed = [...Object.keys(config), ...base, ...(unwritten[g.cls] ?? [])];
      expect(keys.filter((k) => !allowed.includes(k))).toEqual([]);
      expect(Object.keys(config).filter((k) => !keys.includes(k))).toEqual([]);
      for (const [key, value] of Object.entries(config)) {
        const written = registries[family].serialize(object).config[key];
        expect(written ?? null).toEqual(key === 'reduction' && value === null ? 'none' : value);
      }
    },
  );

  it.each(Object.entries<any>(readGoldens('training-traces').optimizers))(
    'optimizer %s',
    (_, { cls, config }) => {
      const { config: written } = optimizers.serialize(
        optimizers.deserialize({ class_name: cls, config }),
      );
      expect(Object.keys(written).sort()).toEqual([...Object.keys(config), 'name'].sort());
      for (const [key, value] of Object.entries(config)) {
        if (key !== 'inner_optimizer' && key !== 'learning_rate') {
          expect(written[key]).toEqual(value);
        }
      }
    },
  );
});

describe('names', () => {
  it.each([
    ['kernelSize', 'kernel_size'],
    ['beta1', 'beta_1'],
    ['adamBeta1', 'adam_beta_1'],
    ['beta2Decay', 'beta_2_decay'],
    ['epsilon1', 'epsilon_1'],
    ['l2ShrinkageRegularizationStrength', 'l2_shrinkage_regularization_strength'],
    ['tMul', 't_mul'],
    ['muonA', 'muon_a'],
    ['sparseYTrue', 'sparse_y_true'],
    ['topK', 'top_k'],
  ])('%s is %s in Keras', (camel, snake) => {
    expect(toSnakeCase(camel)).toBe(snake);
    expect(toCamelCase(snake)).toBe(camel);
  });

  it.each([
    [() => losses.get('categoricalCrosentropy' as any), "did you mean 'categoricalCrossentropy'?"],
    [() => losses.get('mean_square_error' as any), "did you mean 'meanSquaredError'?"],
    [() => optimizers.get('adma' as any), "did you mean 'adam'?"],
    [() => metrics.get('aucc' as any), "did you mean 'auc'?"],
    [() => initializers.get('glorot_unifrom' as any), "did you mean 'glorotUniform'?"],
    [() => activations.get('rleu' as any), "did you mean 'relu'?"],
    [() => activations.get('Softmaxx' as any), "did you mean 'softmax'?"],
    [() => regularizers.get('l3' as any), "did you mean 'l1'?"],
    [() => constraints.get('maxnrm' as any), "did you mean 'maxNorm'?"],
    [() => losses.get('crossentropy'), "did you mean 'binaryCrossentropy'?"],
    [() => losses.get('quux' as any), "'quux' is not known. Known: bce, binaryCrossentropy"],
  ])('a wrong one is an error that suggests another: %s', (call, message) => {
    expect(call).toThrow(message);
  });

  it('have the strengths of Keras for regularizers', () => {
    expect(regularizers.get('l1_l2')?.getConfig()).toEqual({ l1: 0.01, l2: 0.01 });
    expect(regularizers.get('l1l2')?.getConfig()).toEqual({ l1: 0.01, l2: 0.01 });
    expect(regularizers.l1l2().getConfig()).toEqual({ l1: 0, l2: 0 });
    expect(regularizers.get('l2')?.getConfig()).toEqual({ l2: 0.01 });
    expect(regularizers.get(null)).toBeUndefined();
  });
});

describe('functions and classes in place of names', () => {
  const squared = (yTrue: Tensor, yPred: Tensor) => yTrue.sub(yPred).square();

  it('losses and metrics', async () => {
    const [a, b] = [tensor([1, 2, 3]), tensor([1, 2, 5])];
    const loss = losses.get(squared);
    expect(loss.name).toBe('squared');
    expect(await loss.call(a, b).item()).toBeCloseTo(4 / 3, 6);
    const metric = metrics.get(squared);
    metric.updateState(a, b);
    expect(metric.name).toBe('squared');
    expect(await metric.result().item()).toBeCloseTo(4 / 3, 6);
  });

  it('losses and metrics by file, once they are registered', () => {
    registerCustomObject('losses', squared, 'mySquare');
    registerCustomObject('metrics', squared, 'mySquare');
    const spec = losses.serialize(losses.get(squared));
    expect(spec).toMatchObject({
      class_name: 'LossFunctionWrapper',
      config: { fn: { class_name: 'function', config: 'mySquare' } },
    });
    const loss: any = losses.deserialize(JSON.parse(JSON.stringify(spec)));
    expect(loss.fn).toBe(squared);
    const metric: any = metrics.deserialize(metrics.serialize(metrics.get(squared)));
    expect(metric.fn).toBe(squared);
    expect((losses.get('my_square' as any) as any).fn).toBe(squared);
  });

  it('one of Keras in a wrapper becomes its class', () => {
    const fn = { class_name: 'function', config: 'huber' };
    const loss = losses.deserialize({
      class_name: 'LossFunctionWrapper',
      config: { fn, delta: 2, reduction: 'sum' },
    });
    expect(loss.getConfig()).toEqual({ name: 'huber_loss', reduction: 'sum', delta: 2 });
    const metric = metrics.deserialize({
      class_name: 'MeanMetricWrapper',
      config: { fn: { class_name: 'function', config: 'binary_accuracy' }, threshold: 0.3 },
    });
    expect(metric.getConfig()).toMatchObject({ threshold: 0.3 });
  });

  it('regularizers, constraints and activations', async () => {
    const half = (w: Tensor) => w.mul(0.5);
    const cost = (w: Tensor) => w.sum().mul(3);
    expect(
      await regularizers
        .get(cost)!
        .penalty(tensor([1, 2]))
        .item(),
    ).toBe(9);
    expect(
      await constraints
        .get(half)!
        .project(tensor([4]))
        .item(),
    ).toBe(2);
    expect(activations.get(half)).toBe(half);
    registerCustomObject('constraints', half, 'half');
    const spec = constraints.serialize(constraints.get(half)!);
    expect(spec).toMatchObject({ class_name: 'function', config: 'half' });
    expect(
      await constraints
        .deserialize(spec)
        .project(tensor([4]))
        .item(),
    ).toBe(2);
    activations.register('halved', half);
    expect(activations.serialize(half)).toBe('halved');
    expect(activations.get('halved' as any)).toBe(half);
    expect(() => regularizers.serialize(regularizers.get((w: Tensor) => w.sum())!)).toThrow(
      /anonymous function has no name/,
    );
  });

  it('classes', () => {
    const Huber = losses.huber().constructor as any;
    expect(losses.get(Huber)).toBeInstanceOf(Huber);
    const Adam = optimizers.adam().constructor as any;
    expect(optimizers.get(Adam)).toBeInstanceOf(Adam);
    const Zeros = initializers.zeros().constructor as any;
    expect(initializers.get(Zeros)).toBeInstanceOf(Zeros);
  });

  it('a layer as an activation', async () => {
    const activation = activations.get(layers.dense({ units: 1, kernelInitializer: 'ones' }));
    expect(await activation(tensor([[1, 2]])).item()).toBe(3);
    const written: any = activations.serialize(activation);
    expect(written).toMatchObject({ class_name: 'Dense', config: { units: 1 } });
    const again = activations.get(JSON.parse(JSON.stringify(written)));
    expect(await again(tensor([[1, 2]])).item()).toBe(3);
  });

  it('a class of your own, in files under the name it was registered by', () => {
    class Doubled {
      static readonly className = 'Doubled';
      readonly factor: number;
      constructor({ factor = 2 }: { factor?: number } = {}) {
        this.factor = factor;
      }
      penalty(x: Tensor): Tensor {
        return x.sum().mul(this.factor);
      }
      getConfig() {
        return { factor: this.factor };
      }
    }
    registerCustomObject('regularizers', Doubled);
    const spec = regularizers.serialize(new Doubled({ factor: 3 }) as any);
    expect(spec).toMatchObject({ class_name: 'Doubled', registered_name: 'Custom>Doubled' });
    expect(regularizers.deserialize(spec).getConfig()).toEqual({ factor: 3 });
    expect((regularizers.get('doubled' as any) as any).factor).toBe(2);
  });
});

describe('files of older versions', () => {
  it('read optimizers with lr, decay and options that are gone', async () => {
    const optimizer: Optimizer = optimizers.deserialize({
      class_name: 'Custom>Adam',
      config: {
        name: 'Adam',
        lr: 0.5,
        decay: 0.25,
        beta_1: 0.8,
        epsilon: 1e-7,
        jit_compile: false,
        is_legacy_optimizer: false,
      },
    });
    expect(optimizer.getConfig()).toMatchObject({ beta1: 0.8 });
    expect(await optimizer.getLearningRate()).toBe(0.5);
    const w = variable([1]);
    optimizer.apply([tensor([1])], [w]);
    expect(await optimizer.getLearningRate()).toBeCloseTo(0.5 / 1.25, 6);
  });

  it('read losses with the reduction "auto"', () => {
    const loss = losses.deserialize({
      class_name: 'CategoricalCrossentropy',
      config: { reduction: 'auto', name: 'x', from_logits: true, label_smoothing: 0 },
    });
    expect(loss.reduction).toBe('sumOverBatchSize');
  });

  it('refuse what only Python can run', () => {
    const lambda = { class_name: '__lambda__', config: { value: 'abc' } };
    expect(() =>
      optimizers.deserialize({ class_name: 'SGD', config: { learning_rate: lambda } }),
    ).toThrow(/Python lambda/);
  });
});
