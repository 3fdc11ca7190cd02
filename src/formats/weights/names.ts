import type { Layer } from '../../nn/layers/layer.ts';
import { Layer as LayerClass } from '../../nn/layers/layer.ts';
import { snakeCaseClass, toSnakeCase } from '../../nn/names.ts';
import { LossScaleOptimizer } from '../../nn/optimizers/loss-scale.ts';
import type { Optimizer } from '../../nn/optimizers/optimizer.ts';
import { leavesOf } from '../../tensor/tree.ts';
import type { Variable } from '../../tensor/variable.ts';
import { Functional } from '../../training/functional.ts';
import type { Model } from '../../training/model.ts';
import { Sequential } from '../../training/sequential.ts';
import { kerasLayers } from '../keras/layer-order.ts';

/**
 * Names for what a model holds. Two kinds are in use: the place of an object in the tree of attributes
 * (Keras 3's weights files), and the path of a variable through the names of layers (`dense/kernel`).
 */

/** A layer inside another: its name as an attribute, and the layers it holds. */
export interface Child {
  /** Name of the attribute, in snake_case. */
  readonly attribute: string;
  /** One layer; or several in a container, which get names by class. */
  readonly held: Layer | readonly Layer[];
}

const isLayer = (value: unknown): value is Layer => value instanceof LayerClass;

/** Attributes that Keras spells in another way than the fields here, by class. */
const attributeNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  MultiHeadAttention: { gateDense: '_gate_dense' },
  GroupedQueryAttention: {
    queryDense: '_query_dense',
    keyDense: '_key_dense',
    gateDense: '_gate_dense',
    valueDense: '_value_dense',
    outputDense: '_output_dense',
  },
};

/** The layers inside a layer, in the order in which Keras walks them. */
export function childrenOf(layer: Layer): Child[] {
  if (layer instanceof Sequential || layer instanceof Functional) {
    return [{ attribute: 'layers', held: kerasLayers(layer) }];
  }
  const children: Child[] = [];
  for (const [key, value] of Object.entries(layer)) {
    const attribute = attributeNames[layer.className]?.[key] ?? toSnakeCase(key);
    if (isLayer(value)) children.push({ attribute, held: value });
    else if (typeof value === 'object' && value !== null) {
      const held = leavesOf(value, isLayer);
      if (held.length > 0) children.push({ attribute, held });
    }
  }
  return children.sort((a, b) => (a.attribute < b.attribute ? -1 : 1));
}

/** Names of the layers of a container: the class in snake_case, repeats numbered. */
export function containerNames(layers: readonly Layer[]): string[] {
  const used = new Map<string, number>();
  return layers.map((layer) => {
    const base = snakeCaseClass(layer.className);
    const count = used.get(base) ?? 0;
    used.set(base, count + 1);
    return count === 0 ? base : `${base}_${count}`;
  });
}

/** The path of every weight: `dense/kernel`, `lstm/lstm_cell/bias`. Paths are unique. */
export function variablePaths(model: Model): Map<Variable, string> {
  const paths = new Map<Variable, string>();
  const used = new Set<string>();
  const add = (variable: Variable, base: string): void => {
    if (paths.has(variable)) return;
    let path = base;
    for (let n = 1; used.has(path); n++) path = `${base}_${n}`;
    used.add(path);
    paths.set(variable, path);
  };
  const visit = (layer: Layer, prefix: string): void => {
    for (const variable of layer.ownWeights) add(variable, prefix + safe(variable.name));
    for (const inner of layer.sublayers()) visit(inner, `${prefix}${safe(inner.name)}/`);
  };
  // Layers of a sequential model are built inside of it, those of a functional one before it.
  visit(model, model instanceof Functional ? '' : `${safe(model.name)}/`);
  return paths;
}

const safe = (name: string): string => name.replace(/[/\0]/g, '_');

/** The optimizer inside of another, whose variables are the other's as well. */
export function innerOptimizer(optimizer: Optimizer): Optimizer | undefined {
  return optimizer instanceof LossScaleOptimizer ? optimizer.innerOptimizer : undefined;
}

/** The variables of an optimizer under Keras's names: `adam/dense_kernel_momentum`. */
export function optimizerPaths(
  optimizer: Optimizer,
  weights: ReadonlyMap<Variable, string>,
): string[] {
  const seen = new Map<string, number>();
  const used = new Set<string>();
  const inner = new Set(innerOptimizer(optimizer)?.variables);
  return optimizer.variables.map((variable) => {
    if (variable.name === 'u_product') return 'variable'; // Nadam's has no name in Keras
    let base = variable.name;
    const slot = slotOf(optimizer, variable, seen);
    if (slot) {
      const path = weights.get(slot.of) ?? slot.of.name;
      base = `${path.replaceAll('/', '_')}_${slot.name}`;
    }
    const { name } = inner.has(variable) ? innerOptimizer(optimizer)! : optimizer;
    let path = `${name}/${safe(base)}`;
    for (let n = 1; used.has(path); n++) path = `${name}/${safe(base)}_${n}`;
    used.add(path);
    return path;
  });
}

export interface Slot {
  /** The trained variable that it belongs to. */
  readonly of: Variable;
  readonly name: string;
}

/**
 * What a variable of an optimizer is for. Slots are named after their variable, whose name may occur many
 * times: the n-th slot of a name belongs to the n-th variable of the name. `seen` counts.
 */
export function slotOf(
  optimizer: Optimizer,
  variable: Variable,
  seen: Map<string, number>,
): Slot | undefined {
  const owners = optimizer.trainableVariables.filter((v) => variable.name.startsWith(`${v.name}_`));
  if (owners.length === 0) return undefined;
  // Of `kernel` and `kernel_a`, the longer name is meant.
  const longest = Math.max(...owners.map((v) => v.name.length));
  const candidates = owners.filter((v) => v.name.length === longest);
  const count = seen.get(variable.name) ?? 0;
  const of = candidates[count];
  if (!of) return undefined;
  seen.set(variable.name, count + 1);
  return { of, name: variable.name.slice(of.name.length + 1) };
}
