import type { DType } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import { BATCH } from '../../graph/shape.ts';
import { placeholder } from '../../ops/build.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { describeValue, makeFromOptions } from '../options.ts';
import { connect } from './connection.ts';
import { Layer } from './layer.ts';

export interface InputOptions {
  /** Shape of one sample. */
  readonly shape?: readonly (number | null)[];
  /** Shape with the batch axis; null for a batch of any size. */
  readonly batchShape?: readonly (number | null)[];
  readonly batchSize?: number | null;
  readonly dtype?: DType;
  readonly name?: string;
  /**
   * Makes axes of unknown size (null) possible beside the batch: the symbolic tensor has this size there,
   * while the model takes any. Only for models whose weights do not depend on it, as files describe them.
   */
  readonly standIn?: number;
}

/** Where data enters a model. Its one tensor is symbolic. */
export class InputLayer extends Layer {
  static readonly className = 'InputLayer';
  /** Options that are not in its configuration. @internal */
  static readonly options: readonly string[] = ['shape', 'batchSize', 'standIn'];
  readonly batchShape: (number | null)[];
  readonly tensor: Tensor;

  constructor(options: InputOptions = {}) {
    super({ name: options.name, dtype: options.dtype });
    const { shape, batchShape, batchSize = null, standIn } = options;
    if ((shape === undefined) === (batchShape === undefined)) {
      fail('input', 'expected either shape (of one sample) or batchShape');
    }
    const given: unknown = shape ?? batchShape;
    if (!Array.isArray(given)) {
      fail(
        'input',
        `the shape is ${describeValue(given)}; expected an array of sizes, such as [28, 28]`,
      );
    }
    this.batchShape = batchShape ? [...batchShape] : [batchSize, ...shape!];
    this.batchShape.forEach((d, axis) => {
      if (d === null ? axis > 0 && !standIn : !(Number.isInteger(d) && d > 0)) {
        fail(
          'input',
          `the shape is [${this.batchShape.map(String).join(', ')}]; expected positive whole numbers, and null for the batch only`,
        );
      }
    });
    const node = placeholder(
      this.batchShape.map((d, axis) => d ?? (axis > 0 ? standIn! : BATCH)),
      this.dtype,
      this.name,
    );
    this.tensor = new Tensor(node);
    this.built = true;
    this.outputShape = this.batchShape;
    connect(this, [], this.tensor);
  }

  call(inputs: Tensor): Tensor {
    return inputs;
  }

  override getConfig() {
    return { name: this.name, dtype: this.dtype, batchShape: this.batchShape };
  }
}

/** A symbolic tensor to build a model from. */
export function input(options: InputOptions): Tensor {
  return makeFromOptions('input', options, (given: InputOptions) => new InputLayer(given)).tensor;
}
