import { fail } from '../../../graph/errors.ts';
import { isTensor } from '../../../tensor/tensor.ts';
import { leavesOf } from '../../../tensor/tree.ts';
import { Layer, type LayerOptions } from '../layer.ts';
import { factoryName } from '../spatial.ts';

/**
 * What replaces the call of such a layer, which expects tensors and records connections: the input of a
 * model is no data yet and is refused.
 */
export function callOnHost(layer: Layer & { apply(inputs: any): any }): (inputs: any) => any {
  return (inputs) => {
    if (leavesOf(inputs, isTensor).some((t) => t.shape.includes(null))) {
      fail(
        factoryName(layer),
        'it reads data on the host and cannot be part of a model; call its apply on the data before, as in dataset.map((row) => layer.apply(row))',
      );
    }
    return layer.apply(inputs);
  };
}

/**
 * A layer that reads strings. They cannot be part of a computation graph, so it runs on the host, on the
 * data before they enter a model: `dataset.map((row) => lookup.apply(row.city))`.
 */
export abstract class HostLayer extends Layer {
  constructor(options: LayerOptions = {}) {
    super(options);
    this.built = true;
    this.call = callOnHost(this);
  }

  /** The result for values at hand. */
  abstract apply(inputs: any): any;

  call(inputs: any): any {
    return this.apply(inputs);
  }
}
