import type { Layer } from '../../nn/layers/layer.ts';
import { SeedGenerator } from '../../tensor/random.ts';
import { leavesOf } from '../../tensor/tree.ts';
import type { Model } from '../../training/model.ts';
import { findDataset, findGroup, type GroupBuilder, type H5Group } from '../hdf5/tree.ts';
import { type Assignment, assignAll } from './assign.ts';
import { readVars } from './tree.ts';

/**
 * The states of random generators in layers. Keras does not save them; here they lie in a group of their
 * own, which Keras passes over, so that a run goes on with the numbers it would have drawn.
 */

const GROUP = 'nabla/seed_generators';
/** What the order of samples was drawn from. */
const SHUFFLE = 'nabla/shuffle_seed';

const isGenerator = (value: unknown): value is SeedGenerator => value instanceof SeedGenerator;

/** The generators of a layer and the layers inside of it, in a fixed order. */
export function generatorsOf(root: Layer): SeedGenerator[] {
  const found = new Set<SeedGenerator>();
  const seen = new Set<Layer>();
  const visit = (layer: Layer): void => {
    if (seen.has(layer)) return;
    seen.add(layer);
    for (const value of Object.values(layer)) {
      for (const generator of leavesOf(value, isGenerator)) found.add(generator);
    }
    for (const inner of layer.sublayers()) visit(inner);
  };
  visit(root);
  return [...found];
}

export async function writeSeeds(model: Model, root: GroupBuilder): Promise<void> {
  if (model.shuffleSeed !== undefined) {
    root.dataset(SHUFFLE, { data: Int32Array.of(model.shuffleSeed), shape: [], dtype: 'int32' });
  }
  const generators = generatorsOf(model);
  for (let i = 0; i < generators.length; i++) {
    root.dataset(`${GROUP}/${i}`, await generators[i].state.ndarray());
  }
}

/** Restores the generators, if the file has as many as the model. */
export function readSeeds(model: Model, root: H5Group): void {
  const shuffle = findDataset(root, SHUFFLE)?.value;
  if (typeof shuffle === 'object' && 'data' in shuffle) model.shuffleSeed = shuffle.data[0];
  const values = readVars(findGroup(root, GROUP));
  const generators = generatorsOf(model);
  if (values.length === 0 || values.length !== generators.length) return;
  const assignments: Assignment[] = generators.map(({ state }, i) => ({
    variable: state,
    value: values[i],
    where: `the random generator ${i}`,
  }));
  assignAll(assignments);
}
