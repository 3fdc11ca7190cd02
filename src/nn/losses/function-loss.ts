import { fail } from '../../graph/errors.ts';
import { isTensor, type Tensor } from '../../tensor/tensor.ts';
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
    const values: unknown = this.fn(yTrue, yPred);
    if (!isTensor(values)) {
      fail(
        `loss '${this.name}'`,
        `the function returned ${values instanceof Promise ? 'a promise' : typeof values}; expected a tensor of one number a sample`,
      );
    }
    return values;
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
