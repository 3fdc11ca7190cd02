import { rebuild } from '../compiler/specialize.ts';
import { fail } from '../graph/errors.ts';
import type { Node } from '../graph/node.ts';
import { formatShape } from '../graph/shape.ts';
import { type Connection, connectionOf } from '../nn/layers/connection.ts';
import { InputLayer } from '../nn/layers/input.ts';
import type { CallOptions, Layer } from '../nn/layers/layer.ts';
import { isTensor, Tensor } from '../tensor/tensor.ts';
import { leavesOf, mapTree } from '../tensor/tree.ts';
import { orderLayers } from './layer-order.ts';
import { Model } from './model.ts';
import { sourcesOf } from './sources.ts';

/**
 * A model from symbolic tensors: the layer calls between its inputs and outputs are found by walking
 * back from the outputs, and repeated on whatever the model is called with. Plain operations between
 * layers are repeated too.
 */

export interface FunctionalOptions {
  /** Symbolic tensors from `input()`: one, several in order, or several by name. */
  readonly inputs: any;
  /** Symbolic tensors computed from them. */
  readonly outputs: any;
  readonly name?: string;
  readonly trainable?: boolean;
}

/** All calls that the outputs depend on, each after those it depends on. */
function orderConnections(outputs: readonly Tensor[], inputs: ReadonlySet<Tensor>): Connection[] {
  const ordered: Connection[] = [];
  const done = new Set<Connection>();
  const visited = new Set<Tensor>();
  const stack: { tensor: Tensor; leaving: boolean }[] = outputs
    .map((tensor) => ({ tensor, leaving: false }))
    .reverse();
  while (stack.length > 0) {
    const { tensor, leaving } = stack.pop()!;
    const connection = connectionOf(tensor);
    if (leaving) {
      if (connection && !done.has(connection)) {
        done.add(connection);
        ordered.push(connection);
      }
      continue;
    }
    if (visited.has(tensor) || inputs.has(tensor)) continue;
    visited.add(tensor);
    stack.push({ tensor, leaving: true });
    const before = connection
      ? [...leavesOf(connection.inputs, isTensor), ...leavesOf(connection.options, isTensor)]
      : sourcesOf(tensor);
    for (const source of before.reverse()) stack.push({ tensor: source, leaving: false });
  }
  return ordered;
}

export class Functional extends Model {
  static readonly className: string = 'Functional';
  readonly inputs: any;
  readonly outputs: any;
  readonly #connections: Connection[];
  readonly #inputTensors: Tensor[];
  readonly #inputLayers: InputLayer[];
  #layers: Layer[] | undefined;

  constructor({ inputs, outputs, name, trainable }: FunctionalOptions) {
    super({ name, trainable });
    this.inputs = inputs;
    this.outputs = outputs;
    this.#inputTensors = leavesOf(inputs, isTensor);
    if (this.#inputTensors.length === 0 || leavesOf(outputs, isTensor).length === 0) {
      fail(
        'model',
        'expected inputs and outputs that are symbolic tensors, made with input() and layers',
      );
    }
    this.#inputLayers = this.#inputTensors.map((t) => {
      const layer = connectionOf(t)?.layer;
      if (!(layer instanceof InputLayer)) {
        fail(
          'model',
          `an input ${formatShape(t.node.shape)} was not made with input(); start the model there`,
        );
      }
      return layer;
    });
    const known = new Set(this.#inputTensors);
    this.#connections = orderConnections(leavesOf(outputs, isTensor), known);
    const missing = this.#connections.find((c) => c.layer instanceof InputLayer);
    if (missing) {
      fail(
        'model',
        `the outputs depend on the input '${missing.layer.name}', which is not among the model's inputs; add it`,
      );
    }
    this.built = true;
    this.outputShape = mapTree(outputs, isTensor, (t) => t.shape);
  }

  /** In Keras's order, which weights in files follow. */
  override get layers(): Layer[] {
    this.#layers ??= orderLayers<Layer>(
      leavesOf(this.outputs, isTensor),
      this.#connections,
      this.#inputLayers,
    );
    return [...this.#layers];
  }

  override sublayers(): Layer[] {
    return this.layers;
  }

  /** The layer calls in order, for saving and drawing. */
  get connections(): readonly Connection[] {
    return this.#connections;
  }

  /** The layers that feed each layer, by name, unless they simply follow one another. */
  get layerSources(): Map<Layer, string[]> | undefined {
    const sources = new Map<Layer, string[]>();
    for (const { layer, inputs } of this.#connections) {
      const feeding = leavesOf(inputs, isTensor)
        .flatMap((t) => (connectionOf(t) ? [t] : sourcesOf(t)))
        .map((t) => {
          const { layer: source, index } = connectionOf(t)!;
          return index > 0 ? `${(source as Layer).name}[${index}]` : (source as Layer).name;
        });
      sources.set(layer, [...(sources.get(layer) ?? []), ...feeding]);
    }
    const { layers } = this;
    const plain = layers.every((layer, i) => {
      const feeding = sources.get(layer) ?? [];
      return i === 0
        ? feeding.length === 0
        : feeding.length === 1 && feeding[0] === layers[i - 1].name;
    });
    return plain ? undefined : sources;
  }

  get inputLayers(): readonly InputLayer[] {
    return this.#inputLayers;
  }

  get inputNames(): string[] {
    return this.#inputLayers.map((l) => l.name);
  }

  override get outputNames(): string[] {
    if (!isTensor(this.outputs) && !Array.isArray(this.outputs)) return Object.keys(this.outputs);
    return leavesOf(this.outputs, isTensor).map(
      (t) => (connectionOf(t)?.layer as Layer)?.name ?? 'output',
    );
  }

  call(inputs: any, options: CallOptions = {}): any {
    const values = new Map<Tensor, Tensor>();
    this.#matchInputs(inputs).forEach((tensor, i) => {
      values.set(this.#inputTensors[i], this.#checkInput(tensor, i));
    });
    const batch = [...values.values()][0].node.shape[0] ?? 1;
    const current = (tensor: Tensor): Tensor => {
      let value = values.get(tensor);
      if (!value) {
        value = new Tensor(this.#recompute(tensor, current, batch));
        values.set(tensor, value);
      }
      return value;
    };
    const resolve = (tree: any) => mapTree(tree, isTensor, current);
    for (const { layer, inputs: args, outputs, options: given } of this.#connections) {
      const { training, ...rest } = given;
      const result = (layer as Layer).call(resolve(args), {
        ...(resolve(rest) as object),
        training: options.training ?? training,
      });
      const results = leavesOf(result, isTensor);
      leavesOf(outputs, isTensor).forEach((tensor, i) => {
        values.set(tensor, results[i]);
      });
    }
    return resolve(this.outputs);
  }

  override getConfig(): Record<string, unknown> {
    return { name: this.name, trainable: this.trainable };
  }

  /** Plain operations between layers, repeated on the present values. */
  #recompute(tensor: Tensor, current: (t: Tensor) => Tensor, batch: number): Node {
    const replaced = new Map<Node, Node>();
    for (const source of sourcesOf(tensor)) replaced.set(source.node, current(source).node);
    return rebuild([tensor.node], replaced, batch)[0];
  }

  /** The given tensors in the order of the model's inputs. */
  #matchInputs(inputs: any): Tensor[] {
    const names = this.inputNames;
    let given: Tensor[];
    if (!isTensor(inputs) && !Array.isArray(inputs)) {
      const record = inputs as Record<string, Tensor>;
      const keys =
        isTensor(this.inputs) || Array.isArray(this.inputs) ? names : Object.keys(this.inputs);
      given = keys.map((key) => {
        if (!record[key]) {
          fail(
            `model '${this.name}'`,
            `the input '${key}' is missing; received ${Object.keys(record)
              .map((k) => `'${k}'`)
              .join(', ')}`,
          );
        }
        return record[key];
      });
    } else {
      given = leavesOf(inputs, isTensor);
    }
    if (given.length !== names.length) {
      fail(
        `model '${this.name}'`,
        `received ${given.length} inputs; expected ${names.length} (${names.join(', ')})`,
      );
    }
    return given;
  }

  #checkInput(tensor: Tensor, i: number): Tensor {
    const expected = this.#inputLayers[i].batchShape;
    const received = tensor.shape;
    // A vector for a model of single numbers is meant as a column.
    if (received.length === 1 && expected.length === 2 && expected[1] === 1) {
      return tensor.reshape([-1, 1]).cast(this.#inputLayers[i].dtype);
    }
    const fits =
      received.length === expected.length &&
      expected.every((d, axis) => d === null || axis === 0 || d === received[axis]);
    if (!fits) {
      fail(
        `model '${this.name}'`,
        `the input '${this.#inputLayers[i].name}' is ${formatShape(tensor.node.shape)}; expected [${expected.map((d) => d ?? 'batch').join(', ')}]`,
      );
    }
    return tensor.cast(this.#inputLayers[i].dtype);
  }
}

/** A model from symbolic inputs to outputs. */
export function model(options: FunctionalOptions): Functional {
  return new Functional(options);
}
