import { isFloat } from '../graph/dtype.ts';
import type { Layer } from '../nn/layers/layer.ts';
import { Metric } from '../nn/metrics/metric.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What a model finds in itself. */

/** A model or layer and everything that it is made of. */
export function layersIn(layer: Layer, found = new Set<Layer>()): Set<Layer> {
  if (found.has(layer)) return found;
  found.add(layer);
  for (const inner of layer.sublayers()) layersIn(inner, found);
  return found;
}

/** Metrics in properties of a model and its layers, which are reset and reported with the compiled ones. */
export function metricsIn(model: Layer): Metric[] {
  const values = [...layersIn(model)].flatMap((layer) => Object.values(layer).flat());
  return [...new Set(values.filter((v): v is Metric => v instanceof Metric))];
}

/** A loss that a layer has added, as a float scalar. */
export function asLoss(loss: Tensor): Tensor {
  const total: Tensor = loss.rank === 0 ? loss : loss.sum();
  return isFloat(total.dtype) ? total : total.cast('float32');
}
