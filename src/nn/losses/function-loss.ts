import type { Tensor } from '../../tensor/tensor.ts';
import { expectTensor } from '../function-result.ts';
import { registries, type SerializedObject, serializeFunction } from '../registry.ts';
import { Loss, type LossOptions } from './loss.ts';

/** A loss of your own: labels and predictions to one number a sample. */
export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

export interface LossFunctionWrapperOptions extends LossOptions {
  readonly fn: LossFunction;
}

/** A function as a loss. */
export class LossFunctionWrapper extends Loss {
  static readonly className = 'LossFunctionWrapper';
  readonly fn: LossFunction;

  constructor({ fn, ...options }: LossFunctionWrapperOptions) {
    super({ ...options, name: options.name ?? (fn.name || 'loss') });
    this.fn = fn;
  }

  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return expectTensor(`loss '${this.name}'`, this.fn(yTrue, yPred));
  }

  override getConfig() {
    return { ...super.getConfig(), fn: serializeFunction(registries.losses.nameOf(this.fn)) };
  }

  /** Files name the function; one of Keras's own becomes its class, with the other options. */
  static fromConfig({ fn, ...options }: Record<string, any>): Loss {
    const spec = fn as SerializedObject | string | LossFunction;
    if (typeof spec === 'function') return new LossFunctionWrapper({ fn: spec, ...options });
    const loss: Loss = registries.losses.get(spec);
    if (loss instanceof LossFunctionWrapper) {
      return new LossFunctionWrapper({ fn: loss.fn, ...options });
    }
    return new (loss.constructor as new (o: object) => Loss)({ ...loss.getConfig(), ...options });
  }
}
