import type { DType } from '../graph/dtype.ts';
import { fail } from '../graph/errors.ts';
import { connectionOf } from '../nn/layers/connection.ts';
import { withinCall } from '../nn/layers/context.ts';
import { InputLayer } from '../nn/layers/input.ts';
import { type CallOptions, Layer, type TensorShape } from '../nn/layers/layer.ts';
import { describeValue, expectOptions } from '../nn/options.ts';
import type { SerializedObject } from '../nn/registry.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import type { Signature } from './arrays.ts';
import { modelFiles } from './files.ts';
import { Model } from './model.ts';
import { fitInput } from './model-input.ts';

export interface SequentialOptions {
  readonly name?: string;
  readonly trainable?: boolean;
}

/** A model whose layers follow one another. */
export class Sequential extends Model {
  static readonly className = 'Sequential';
  // Converted to the dtype of the input.
  protected override autocast = false;
  readonly #chain: Layer[] = [];
  #inputLayer: InputLayer | undefined;
  #output: Tensor | undefined;

  constructor(layers: readonly (Layer | Tensor)[] = [], options: SequentialOptions = {}) {
    super(options);
    for (const layer of layers) this.add(layer);
  }

  /**
   * Appends a layer, or as the first a symbolic tensor from `input()`. If the shape of the input is known,
   * the layer is built at once.
   */
  add(next: Layer | Tensor): void {
    const layer: unknown = isTensor(next) ? connectionOf(next)?.layer : next;
    if (!(layer instanceof Layer) || (isTensor(next) && !(layer instanceof InputLayer))) {
      fail(
        'sequential',
        `received ${describeValue(next)}; expected layers, and before them input({ shape }) where the shape is not told by the first layer`,
      );
    }
    if (this.layers.some((l) => l.name === layer.name)) {
      fail(
        'sequential',
        `there is already a layer named '${layer.name}'; names must be unique in a model`,
      );
    }
    if (layer instanceof InputLayer) {
      if (this.#inputLayer || this.#chain.length > 0) {
        fail(
          'sequential',
          'an input layer can only be the first; for several inputs use a functional model',
        );
      }
      this.#start(layer);
      return;
    }
    if (this.#chain.length === 0 && !this.#inputLayer) {
      const known = inputOf(layer);
      if (known) this.#start(new InputLayer({ ...known, name: `${layer.name}_input` }));
    }
    this.#chain.push(layer);
    if (this.#output) this.#extend(layer);
    this.resetSteps();
  }

  /** Removes the last layer. */
  pop(): Layer {
    const layer = this.#chain.pop();
    if (!layer) fail('sequential', 'there is no layer to remove; the model is empty');
    if (this.#inputLayer) {
      this.#output = this.#inputLayer.tensor;
      for (const l of this.#chain) this.#extend(l);
    }
    this.resetSteps();
    return layer;
  }

  /** The layers, without the one for the input. */
  override get layers(): Layer[] {
    return [...this.#chain];
  }

  override sublayers(): Layer[] {
    return [...this.#chain];
  }

  get inputLayer(): InputLayer | undefined {
    return this.#inputLayer;
  }

  /** The symbolic output, once the shape of the input is known. */
  get outputs(): Tensor | undefined {
    return this.#output;
  }

  get inputs(): Tensor | undefined {
    return this.#inputLayer?.tensor;
  }

  override get input(): Tensor | undefined {
    return this.inputs;
  }

  override get output(): Tensor | undefined {
    return this.outputs;
  }

  override get signature(): Signature {
    const input = this.#inputLayer;
    return {
      inputs: input && { count: 1, ranks: [input.batchShape.length] },
      outputs: this.#output && (isTensor(this.#output) ? { count: 1 } : undefined),
    };
  }

  override get inputNames(): string[] {
    return this.#inputLayer ? [this.#inputLayer.name] : [];
  }

  override get outputNames(): string[] {
    const last = this.#chain.at(-1);
    return last ? [last.name] : [];
  }

  /** Makes the weights for inputs of a shape (null for the batch). */
  override build(inputShape: TensorShape): void {
    if (!this.#inputLayer) {
      this.#start(
        new InputLayer({
          batchShape: [null, ...inputShape.slice(1)],
          dtype: this.#chain[0]?.dtype,
          name: `${this.name}_input`,
        }),
      );
      for (const layer of this.#chain) this.#extend(layer);
    }
    this.built = true;
  }

  call(inputs: Tensor, options: CallOptions = {}): Tensor {
    if (this.#chain.length === 0) fail('sequential', 'the model has no layers; add some first');
    const input = this.#inputLayer;
    let x: any = input ? fitInput(inputs, input, { model: this.name, input: 'the input' }) : inputs;
    for (const layer of this.#chain) x = layer.call(x, { training: options.training });
    return x;
  }

  override getConfig(): Record<string, unknown> {
    return { name: this.name, trainable: this.trainable };
  }

  /** Keras's configuration of the model and its layers. */
  get serialized(): SerializedObject {
    return modelFiles('serialize').toConfig(this);
  }

  #start(input: InputLayer): void {
    this.#inputLayer = input;
    this.#output = input.tensor;
    this.built = true;
  }

  #extend(layer: Layer): void {
    // Not a part of the call that may be going on: what it would leave behind stems from no real input.
    const context = { training: false, losses: [] };
    this.#output = withinCall(context, () => layer.call(this.#output!)) as Tensor;
    this.outputShape = layer.outputShape;
  }
}

/** A model of layers in a row. */
export function sequential(
  layers: readonly (Layer | Tensor)[] = [],
  options: SequentialOptions = {},
): Sequential {
  if (!Array.isArray(layers)) {
    fail(
      'sequential',
      `received ${describeValue(layers)}; expected an array of layers: sequential([layers.dense({ units: 1 })])`,
    );
  }
  expectOptions('sequential', options, ['name', 'trainable']);
  return new Sequential(layers, options);
}

/** The input that a first layer tells: its option, or the only input of a model. */
function inputOf(
  layer: Layer,
): { batchShape: readonly (number | null)[]; dtype: DType } | undefined {
  const { inputShape, dtype } = layer;
  if (inputShape) return { batchShape: inputShape, dtype };
  const inner = layer instanceof Model ? layer.input : undefined;
  return isTensor(inner) ? { batchShape: inner.shape, dtype: inner.dtype } : undefined;
}
