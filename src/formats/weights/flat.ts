import type { NDArray } from '../../graph/ndarray.ts';
import { sameShape } from '../../graph/shape.ts';
import type { Layer } from '../../nn/layers/layer.ts';
import type { Variable } from '../../tensor/variable.ts';
import { Model } from '../../training/model.ts';
import { refuse } from '../bytes.ts';
import { kerasLayers } from '../keras/layer-order.ts';
import { type Assignment, assignAll } from './assign.ts';
import { variablePaths } from './names.ts';
import { generatorsOf } from './seeds.ts';

/**
 * Weights by path in one flat list, as .safetensors and TensorFlow.js have them. Names of different
 * programs differ, so three ways are tried: the same path, the same layer in the order of the list, and
 * the order of the whole list.
 */

type Named = readonly (readonly [name: string, value: NDArray])[];

/** Layers that have weights of their own or are not models: what names begin with. */
function leafLayers(layer: Layer): Layer[] {
  return layer instanceof Model ? kerasLayers(layer).flatMap(leafLayers) : [layer];
}

function byPath(model: Model, values: ReadonlyMap<string, NDArray>): Map<Variable, NDArray> {
  const found = new Map<Variable, NDArray>();
  for (const [variable, path] of variablePaths(model)) {
    const value = values.get(path) ?? values.get(`${path}:0`);
    if (value && sameShape(value.shape, variable.shape)) found.set(variable, value);
  }
  return found;
}

/** Values whose name begins with the layer's name belong to it, in order. */
function byLayer(model: Model, values: Named): Map<Variable, NDArray> | undefined {
  const found = new Map<Variable, NDArray>();
  for (const layer of new Set(leafLayers(model))) {
    const own = values.filter(([name]) => name.split('/').includes(layer.name));
    const trainedFirst = [
      ...layer.weights.filter((v) => v.trainable),
      ...layer.weights.filter((v) => !v.trainable),
    ];
    const order = [trainedFirst, layer.weights].find(
      (o) => o.length === own.length && o.every((v, i) => sameShape(v.shape, own[i][1].shape)),
    );
    if (!order) return undefined;
    order.forEach((v, i) => {
      found.set(v, own[i][1]);
    });
  }
  return found;
}

function byPosition(model: Model, values: Named): Map<Variable, NDArray> | undefined {
  const { weights } = model;
  const trainedFirst = [
    ...weights.filter((v) => v.trainable),
    ...weights.filter((v) => !v.trainable),
  ];
  const perLayer = kerasLayers(model).flatMap((l) => [
    ...l.trainableWeights,
    ...l.nonTrainableWeights,
  ]);
  for (const order of [perLayer, trainedFirst, weights]) {
    const fits =
      order.length === values.length &&
      order.every((v, i) => sameShape(v.shape, values[i][1].shape));
    if (fits) return new Map(order.map((v, i) => [v, values[i][1]]));
  }
  return undefined;
}

const isState = (name: string): boolean => /^(optimizer|nabla)\//.test(name);

/** Puts the values into the model's weights; all must be found unless `skipMismatch`. */
export function assignFlat(
  model: Model,
  values: ReadonlyMap<string, NDArray>,
  format: string,
  options: { readonly skipMismatch?: boolean } = {},
): void {
  const named = [...values].filter(([name]) => !isState(name));
  const weights = new Set(model.weights);
  const exact = byPath(model, values);
  const found =
    exact.size === weights.size
      ? exact
      : (byLayer(model, named) ?? byPosition(model, named) ?? exact);
  const missing = [...weights].filter((v) => !found.has(v));
  if (missing.length > 0 && !options.skipMismatch) {
    const paths = variablePaths(model);
    const some = missing
      .slice(0, 3)
      .map((v) => `'${paths.get(v)}'`)
      .join(', ');
    refuse(
      format,
      `${missing.length} of the model's ${weights.size} weights are not among the ${named.length} of the file, such as ${some}; build the model that the file was saved from`,
    );
  }
  const assignments: Assignment[] = [...found].map(([variable, value]) => ({
    variable,
    value,
    where: `the weight '${variable.name}'`,
  }));
  const shuffle = values.get('nabla/shuffle_seed');
  if (shuffle) model.shuffleSeed = shuffle.data[0];
  generatorsOf(model).forEach(({ state }, i) => {
    const value = values.get(`nabla/seed_generators/${i}`);
    if (value && sameShape(value.shape, state.shape)) {
      assignments.push({ variable: state, value, where: `the random generator ${i}` });
    }
  });
  assignAll(assignments);
}
