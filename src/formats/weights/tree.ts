import type { NDArray } from '../../graph/ndarray.ts';
import type { Layer } from '../../nn/layers/layer.ts';
import { refuse } from '../bytes.ts';
import { findGroup, GroupBuilder, type H5Group } from '../hdf5/tree.ts';
import { type Assignment, FORMAT } from './assign.ts';
import { childrenOf, containerNames } from './names.ts';

/**
 * Keras 3's layout of weights: each object has a group at its place in the tree of attributes, with its
 * own variables in `vars/0`, `vars/1`, ...; each object is stored once.
 */

/** Calls `visit` for the layer and every layer inside of it, with its path. */
function walkTree(root: Layer, visit: (layer: Layer, path: string) => void): void {
  const seen = new Set<Layer>();
  const walk = (layer: Layer, path: string): void => {
    if (seen.has(layer)) return;
    seen.add(layer);
    visit(layer, path);
    const below = (name: string) => (path === '' ? name : `${path}/${name}`);
    for (const { attribute, held } of childrenOf(layer)) {
      if (Array.isArray(held)) {
        const names = containerNames(held);
        held.forEach((inner, i) => {
          walk(inner, below(`${attribute}/${names[i]}`));
        });
      } else walk(held as Layer, below(attribute));
    }
  };
  walk(root, '');
}

/** The values of one `vars` group in order. */
export function readVars(group: H5Group | undefined): NDArray[] {
  const datasets = group?.datasets ?? new Map();
  const values: NDArray[] = [];
  for (let i = 0; datasets.has(String(i)); i++) {
    const { value } = datasets.get(String(i))!;
    if (typeof value === 'string' || Array.isArray(value)) {
      refuse(FORMAT, `variable ${i} is text; expected numbers`);
    }
    values.push(value as NDArray);
  }
  return values;
}

/** Windows once wrote paths with backslashes as single names; they become groups again. */
export function splitBackslashes(root: H5Group): H5Group {
  const hasBackslash = (g: H5Group): boolean =>
    [...g.groups.keys()].some((k) => k.includes('\\')) || [...g.groups.values()].some(hasBackslash);
  if (!hasBackslash(root)) return root;
  const out = new GroupBuilder();
  const copy = (from: H5Group, to: GroupBuilder): void => {
    for (const [k, v] of from.attributes) to.attributes.set(k, v);
    for (const [k, v] of from.datasets) to.datasets.set(k, v);
    for (const [k, v] of from.groups) copy(v, to.group(k.replaceAll('\\', '/')));
  };
  copy(root, out);
  return out;
}

/** Keras 2.13 called the layers of a model by another name. */
function groupAt(root: H5Group, path: string): H5Group | undefined {
  const found = findGroup(root, path);
  if (found || !root.groups.has('_layer_checkpoint_dependencies')) return found;
  return findGroup(root, path.replace(/\blayers\b/g, '_layer_checkpoint_dependencies'));
}

export interface TreeOptions {
  /** Leave weights alone whose shape differs or that the file lacks. */
  readonly skipMismatch?: boolean;
  readonly onWarning?: (message: string) => void;
}

/** The assignments for all weights of a model from a tree of groups. */
export function readWeightTree(
  model: Layer,
  root: H5Group,
  { skipMismatch = false, onWarning = () => {} }: TreeOptions = {},
): Assignment[] {
  const assignments: Assignment[] = [];
  walkTree(model, (layer, path) => {
    const all = layer.ownWeights;
    if (all.length === 0) return;
    const values = readVars(groupAt(root, path)?.groups.get('vars'));
    // Not every version of Keras stores how many samples a normalization has seen.
    const variables =
      all.length === values.length + 1 && all.at(-1)!.name === 'count' ? all.slice(0, -1) : all;
    if (values.length !== variables.length) {
      const message =
        values.length === 0
          ? `the file has no weights for the layer '${layer.name}' at '${path || '/'}'`
          : `the layer '${layer.name}' has ${variables.length} weights; the file has ${values.length} at '${path || '/'}'`;
      if (!skipMismatch) {
        refuse(FORMAT, `${message}; build the model that the file was saved from`);
      }
      onWarning(message);
      return;
    }
    variables.forEach((variable, i) => {
      const where = `the weight '${variable.name}' of the layer '${layer.name}'`;
      const value = values[i];
      const fits =
        value.shape.length === variable.shape.length &&
        value.shape.every((d, axis) => d === variable.shape[axis]);
      if (!fits && skipMismatch) onWarning(`${where} has another shape in the file`);
      else assignments.push({ variable, value, where });
    });
  });
  return assignments;
}

/** Adds the weights of a model to a tree of groups. */
export async function writeWeightTree(model: Layer, root: GroupBuilder): Promise<void> {
  const layers: [Layer, string][] = [];
  walkTree(model, (layer, path) => layers.push([layer, path]));
  for (const [layer, path] of layers) {
    const vars = root.group(path === '' ? 'vars' : `${path}/vars`);
    vars.attributes.set('name', layer.name);
    const { ownWeights } = layer;
    for (let i = 0; i < ownWeights.length; i++) {
      vars.dataset(String(i), await ownWeights[i].ndarray());
    }
  }
}
