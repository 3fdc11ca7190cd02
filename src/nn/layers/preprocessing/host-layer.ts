import { Layer, type LayerOptions } from '../layer.ts';

/**
 * A layer that reads strings. They cannot be part of a computation graph, so it runs on the host, on the
 * data before they enter a model: `dataset.map((row) => lookup.apply(row.city))`.
 */
export abstract class HostLayer extends Layer {
  constructor(options: LayerOptions = {}) {
    super(options);
    this.built = true;
    // Replaces the call that expects tensors and records connections.
    this.call = (inputs: any) => this.apply(inputs);
  }

  /** The result for values at hand. */
  abstract apply(inputs: any): any;

  call(inputs: any): any {
    return this.apply(inputs);
  }
}
