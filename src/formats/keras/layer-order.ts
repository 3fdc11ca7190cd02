import { Layer } from '../../nn/layers/layer.ts';
import { Functional } from '../../training/functional.ts';
import type { Model } from '../../training/model.ts';
import { FormatError } from '../bytes.ts';
import { modelGraph } from './model-graph.ts';
import { Operation } from './operations.ts';

/**
 * The layers of a model in the order in which Keras lists them, which names and positions in files depend
 * on. Operations between layers are not among them.
 */
export function kerasLayers(model: Model): Layer[] {
  if (!(model instanceof Functional)) return model.layers;
  let order: readonly unknown[];
  try {
    order = modelGraph(model).layers;
  } catch (error) {
    // What has no form in Keras's files still has weights, which can be saved by themselves.
    if (!(error instanceof FormatError)) throw error;
    order = model.layers;
  }
  return order.filter((l): l is Layer => l instanceof Layer && !(l instanceof Operation));
}
