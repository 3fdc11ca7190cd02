import { fail } from '../graph/errors.ts';
import { InputLayer, input } from '../nn/layers/input.ts';
import type { Layer } from '../nn/layers/layer.ts';
import { copyOf } from '../nn/registry.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { leavesOf, mapTree } from '../tensor/tree.ts';
import { Functional, repeat } from './functional.ts';
import type { Model } from './model.ts';
import { Sequential } from './sequential.ts';

/** What {@link cloneModel} takes besides the model. */
export interface CloneModelOptions {
  /** Symbolic tensors that the copy starts from, as many as the model has inputs; new ones by default. */
  readonly inputTensors?: Tensor | readonly Tensor[];
  /** Makes the copy of each layer, or another in its place; by default one of the same configuration. */
  readonly cloneFunction?: (layer: Layer) => Layer;
}

function cloneLayer(layer: Layer): Layer {
  if (layer instanceof Sequential || layer instanceof Functional) return cloneModel(layer);
  return copyOf(layer);
}

function expectInputs(given: CloneModelOptions['inputTensors'], count: number): readonly Tensor[] {
  const tensors = leavesOf(given, isTensor);
  if (tensors.length !== count) {
    fail('cloneModel', `received ${tensors.length} inputTensors; the model has ${count} inputs`);
  }
  return tensors;
}

/**
 * A model of the same structure and configuration with layers and first values of its own, not compiled.
 * Layers that are shared in the model are shared in the copy. For sequential and functional models.
 */
export function cloneModel<M extends Model>(model: M, options: CloneModelOptions = {}): M {
  const { inputTensors, cloneFunction = cloneLayer } = options;
  const { name, trainable } = model;
  if (model instanceof Sequential) {
    const first = model.inputLayer && copyOf(model.inputLayer);
    const start = inputTensors === undefined ? first : expectInputs(inputTensors, 1)[0];
    const layers = model.layers.map(cloneFunction);
    return new Sequential([...(start ? [start] : []), ...layers], {
      name,
      trainable,
    }) as Model as M;
  }
  if (!(model instanceof Functional)) {
    return fail(
      'cloneModel',
      `'${name}' is a model of a class of its own (${model.className}), whose structure only its program knows; make another with new ${model.className}(...)`,
    );
  }
  const starts = leavesOf(model.inputs, isTensor);
  const own =
    inputTensors === undefined
      ? model.inputLayers.map((l) => input(l.getConfig() as { batchShape: (number | null)[] }))
      : expectInputs(inputTensors, starts.length);
  const values = new Map(starts.map((tensor, i) => [tensor, own[i]]));
  const copies = new Map<Layer, Layer>();
  const copyFor = (layer: Layer): Layer => {
    let copy = copies.get(layer);
    if (!copy) {
      copy = layer instanceof InputLayer ? layer : cloneFunction(layer);
      copies.set(layer, copy);
    }
    return copy;
  };
  const inputs = mapTree(model.inputs, isTensor, (tensor) => values.get(tensor));
  const outputs = repeat(model.connections, values, { layerFor: copyFor })(model.outputs);
  return new Functional({ inputs, outputs, name, trainable }) as Model as M;
}
