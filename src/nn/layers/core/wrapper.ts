import { fail } from '../../../graph/errors.ts';
import { type CallOptions, Layer, type LayerOptions } from '../layer.ts';

export interface WrapperOptions extends LayerOptions {
  readonly layer: Layer;
}

/** A layer around another, whose weights are then its own. Base class of wrappers; alone it only calls on. */
export class Wrapper extends Layer {
  static readonly className: string = 'Wrapper';
  readonly layer: Layer;

  constructor(options: WrapperOptions) {
    super(options);
    if (!(options.layer instanceof Layer)) {
      fail(this.name, `layer is ${typeof options.layer}; expected a layer to wrap`);
    }
    this.layer = options.layer;
  }

  override build(inputShape: any): void {
    buildLayer(this.layer, inputShape);
  }

  call(inputs: any, { training, mask }: CallOptions = {}): any {
    return this.layer.call(inputs, { training, mask });
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), layer: this.layer };
  }
}

/** Makes the weights of a layer inside another before it is called, if they are not there yet. */
export function buildLayer(layer: Layer, inputShape: any): void {
  if (layer.built) return;
  layer.build(inputShape);
  layer.buildShape = inputShape;
  layer.built = true;
}
