import { snakeCaseClass } from '../../nn/names.ts';
import { LossScaleOptimizer } from '../../nn/optimizers/loss-scale.ts';
import { Optimizer } from '../../nn/optimizers/optimizer.ts';
import {
  isSerialized,
  type Registry,
  registries,
  serializeFunction,
  serializeObject,
} from '../../nn/registry.ts';
import type { CompileOptions, Model } from '../../training/model.ts';
import { refuse } from '../bytes.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { presentName } from './classes.ts';
import type { Decoder } from './decode.ts';
import { FORMAT } from './values.ts';

/** How a model was compiled, to and from Keras's `compile_config` and `training_config`. */

type Spec = Record<string, any>;

// Reading

/** Options that Keras 2's optimizers had and the present ones do not. */
const obsolete = ['schedule_decay', 'jit_compile', 'is_legacy_optimizer', 'lr', 'decay'];

function readOptimizer(decoder: Decoder, spec: Json): any {
  if (typeof spec === 'string') return spec;
  if (!isObject(spec) || typeof spec.class_name !== 'string') {
    return refuse(FORMAT, 'the optimizer of the file has no class');
  }
  const config: Spec = { ...(isObject(spec.config) ? spec.config : {}) };
  config.learning_rate ??= config.lr;
  // Learning rates that fall were an option of every optimizer.
  if (
    typeof config.decay === 'number' &&
    config.decay > 0 &&
    typeof config.learning_rate === 'number'
  ) {
    config.learning_rate = {
      class_name: 'InverseTimeDecay',
      config: {
        initial_learning_rate: config.learning_rate,
        decay_steps: 1,
        decay_rate: config.decay,
      },
    };
  }
  for (const name of obsolete) delete config[name];
  const optimizer = decoder.object(
    { ...spec, class_name: presentName(spec.class_name), config, module: 'keras.optimizers' },
    'optimizers',
  );
  if (optimizer instanceof Optimizer) return optimizer;
  return refuse(FORMAT, `'${spec.class_name}' is no optimizer`);
}

/** TensorFlow wrapped functions as losses and metrics; the function's name says what is meant. */
function unwrap(spec: JsonObject): Json {
  const config = isObject(spec.config) ? spec.config : {};
  const { fn } = config;
  const name = isObject(fn) ? fn.config : fn;
  if (
    /MeanMetricWrapper$|LossFunctionWrapper$/.test(String(spec.class_name)) &&
    typeof name === 'string'
  ) {
    return { class_name: 'function', config: name };
  }
  return spec;
}

function readSpecs(decoder: Decoder, value: Json, family: 'losses' | 'metrics'): any {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return value.map((v) => readSpecs(decoder, v, family) ?? null);
  if (!isObject(value)) return value;
  if (typeof value.class_name !== 'string') {
    return Object.fromEntries(
      Object.entries(value).map(([k, v]) => [k, readSpecs(decoder, v, family) ?? null]),
    );
  }
  const inner = unwrap(value);
  if (isObject(inner) && inner.class_name === 'function') {
    const name = String(inner.config);
    const bare = name.slice(name.lastIndexOf('>') + 1);
    if (/^(accuracy|acc|crossentropy|ce)$/.test(bare)) return bare;
    if (!registries[family].has(bare)) {
      refuse(FORMAT, `the ${registries[family].kind} '${bare}' is not known here`);
    }
    return bare;
  }
  // `fn` repeats what the class says.
  const { fn: _, ...config } = isObject(value.config) ? value.config : ({} as JsonObject);
  return decoder.object({ ...value, config }, family);
}

/** The options for `compile`, or undefined if the file has none. */
export function readCompileConfig(decoder: Decoder, config: Json): CompileOptions | undefined {
  if (!isObject(config)) return undefined;
  const optimizer = config.optimizer ?? config.optimizer_config;
  if (optimizer === undefined || optimizer === null) return undefined;
  const weights = config.loss_weights;
  return {
    optimizer: readOptimizer(decoder, optimizer),
    loss: readSpecs(decoder, config.loss ?? null, 'losses'),
    lossWeights: (weights ?? undefined) as any,
    metrics: readSpecs(decoder, config.metrics ?? null, 'metrics'),
    weightedMetrics: readSpecs(decoder, config.weighted_metrics ?? null, 'metrics'),
    ...(config.run_eagerly === true ? { runEagerly: true } : {}),
    ...(typeof config.steps_per_execution === 'number' && config.steps_per_execution > 1
      ? { stepsPerExecution: config.steps_per_execution }
      : {}),
  };
}

// Writing

/** A name as Keras spells it: `categoricalCrossentropy` -> `categorical_crossentropy`. */
function kerasName(name: string): string {
  if (name.includes('_')) return name;
  return snakeCaseClass(name[0].toUpperCase() + name.slice(1));
}

function writeSpec(value: any, registry: Registry<any>): any {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return kerasName(value);
  if (typeof value === 'function') {
    if (typeof value.prototype?.getConfig === 'function') {
      return kerasName(value.className ?? value.name);
    }
    const name = registry.nameOf(value);
    return registry.origin(value) === 'own' ? kerasName(name) : serializeFunction(name);
  }
  if (Array.isArray(value)) return value.map((v) => writeSpec(v, registry));
  if (typeof value === 'object' && 'getConfig' in value) return serializeObject(value);
  if (isSerialized(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, writeSpec(v, registry)]));
}

async function writeOptimizer(optimizer: Optimizer): Promise<Spec> {
  const spec = serializeObject(optimizer);
  if (optimizer instanceof LossScaleOptimizer) {
    const inner_optimizer = await writeOptimizer(optimizer.innerOptimizer);
    return { ...spec, config: { ...spec.config, inner_optimizer } };
  }
  if (typeof optimizer.schedule === 'function') {
    refuse(
      FORMAT,
      'the learning rate is a function, which a file cannot hold; use a schedule object, or save with { includeOptimizer: false }',
    );
  }
  if (optimizer.schedule) return spec;
  // The variable's value may be on a device, where a configuration cannot see it.
  const learning_rate = await optimizer.getLearningRate();
  return { ...spec, config: { ...spec.config, learning_rate } };
}

/** How a model was compiled; undefined if it was not. */
export async function writeCompileConfig(model: Model): Promise<Spec | undefined> {
  const options = model.compileOptions;
  if (!options) return undefined;
  const { optimizer } = model;
  return {
    optimizer: await writeOptimizer(optimizer),
    loss: writeSpec(options.loss, registries.losses),
    loss_weights: options.lossWeights ?? null,
    metrics: writeSpec(options.metrics, registries.metrics),
    weighted_metrics: writeSpec(options.weightedMetrics, registries.metrics),
    run_eagerly: options.runEagerly ?? false,
    steps_per_execution: options.stepsPerExecution ?? 1,
    jit_compile: false,
  };
}

/** The same for .h5 files. */
export function legacyTrainingConfig(config: Spec): Spec {
  const { optimizer, ...rest } = config;
  const { class_name, config: optimizerConfig } = optimizer;
  return { ...rest, optimizer_config: { class_name, config: optimizerConfig } };
}
