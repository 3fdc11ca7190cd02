import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type Activation, type ActivationSpec, activations } from '../activations/index.ts';
import { Layer, type LayerOptions } from './layer.ts';

/** Layers without weights that apply a function or rearrange. */

export interface ActivationOptions extends LayerOptions {
  readonly activation: ActivationSpec;
}

/** An activation function as a layer. */
export class ActivationLayer extends Layer {
  static readonly className = 'Activation';
  readonly activation: Activation;

  constructor(options: ActivationOptions) {
    super(options);
    this.activation = activations.get(options.activation);
    this.supportsMasking = true;
    this.built = true;
  }

  call(x: Tensor): Tensor {
    return this.activation(x);
  }

  override getConfig() {
    return { ...super.getConfig(), activation: activations.serialize(this.activation) };
  }
}

export interface FlattenOptions extends LayerOptions {
  readonly dataFormat?:
    | 'channelsLast'
    | 'channelsFirst'
    | 'channels_last'
    | 'channels_first'
    | null;
}

/** [batch, ...] -> [batch, features]. Channels-first inputs are brought to channels-last order before. */
export class Flatten extends Layer {
  static readonly className = 'Flatten';
  readonly channelsFirst: boolean;

  constructor(options: FlattenOptions = {}) {
    super(options);
    this.channelsFirst = /first/i.test(options.dataFormat ?? '');
    this.built = true;
  }

  call(x: Tensor): Tensor {
    const { rank } = x;
    if (rank === 1) return ops.expandDims(x, 1);
    const features = x.shape.slice(1).reduce<number>((p, d) => p * d!, 1);
    const ordered =
      this.channelsFirst && rank > 2
        ? ops.transpose(x, [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1])
        : x;
    return ops.reshape(ordered, [-1, features]);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      dataFormat: this.channelsFirst ? 'channels_first' : 'channels_last',
    };
  }
}

export interface ReshapeOptions extends LayerOptions {
  /** The new shape of one sample; one dimension may be -1. */
  readonly targetShape: readonly number[];
}

/** Every sample under another shape. */
export class Reshape extends Layer {
  static readonly className = 'Reshape';
  readonly targetShape: readonly number[];

  constructor(options: ReshapeOptions) {
    super(options);
    this.targetShape = [...options.targetShape];
    if (this.targetShape.filter((d) => d === -1).length > 1) {
      fail(
        'reshape',
        `targetShape [${this.targetShape.join(', ')}] has more than one -1; expected at most one`,
      );
    }
    this.built = true;
  }

  call(x: Tensor): Tensor {
    const size = x.shape.slice(1).reduce<number>((p, d) => p * d!, 1);
    const known = this.targetShape.reduce((p, d) => (d === -1 ? p : p * d), 1);
    const target = this.targetShape.map((d) => (d === -1 ? size / known : d));
    if (target.reduce((p, d) => p * d, 1) !== size || target.some((d) => !Number.isInteger(d))) {
      fail(
        'reshape',
        `a sample of ${size} elements does not fill targetShape [${this.targetShape.join(', ')}]; expected sizes whose product is ${size}, one of which may be -1`,
      );
    }
    return ops.reshape(x, [-1, ...target]);
  }

  override getConfig() {
    return { ...super.getConfig(), targetShape: this.targetShape };
  }
}
