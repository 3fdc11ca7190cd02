import { rebuild } from '../compiler/specialize.ts';
import { fail } from '../graph/errors.ts';
import type { Node } from '../graph/node.ts';
import { type Connection, connectionOf, isSymbolicTensor } from '../nn/layers/connection.ts';
import { InputLayer, input } from '../nn/layers/input.ts';
import type { CallOptions, Layer } from '../nn/layers/layer.ts';
import { expectOptions } from '../nn/options.ts';
import type { SerializedObject } from '../nn/registry.ts';
import { isTensor, Tensor } from '../tensor/tensor.ts';
import { leavesOf, mapTree } from '../tensor/tree.ts';
import type { Signature } from './arrays.ts';
import { modelFiles } from './files.ts';
import { orderLayers } from './layer-order.ts';
import { Model } from './model.ts';
import { fitInput } from './model-input.ts';
import { sourcesOf } from './sources.ts';

/** What {@link model} takes. */
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

interface RepeatOptions {
  readonly training?: boolean;
  /** The layer that is called in the place of another. */
  readonly layerFor?: (layer: Layer) => Layer;
}

/**
 * Repeats calls on other values: `values` has those of the tensors that they start from. Returns how a tree
 * of tensors is replaced by their values. Plain operations between layers are repeated when asked for.
 */
export function repeat(
  connections: readonly Connection[],
  values: Map<Tensor, Tensor>,
  { training, layerFor = (layer) => layer }: RepeatOptions = {},
): (tree: any) => any {
  const batch = [...values.values()][0].node.shape[0] ?? 1;
  const current = (tensor: Tensor): Tensor => {
    let value = values.get(tensor);
    if (!value) {
      const replaced = new Map<Node, Node>();
      for (const source of sourcesOf(tensor)) replaced.set(source.node, current(source).node);
      value = new Tensor(rebuild([tensor.node], replaced, batch)[0]);
      values.set(tensor, value);
    }
    return value;
  };
  const resolve = (tree: any) => mapTree(tree, isTensor, current);
  for (const { layer, inputs, outputs, options } of connections) {
    const { training: given, ...rest } = options;
    const result = layerFor(layer as Layer).call(resolve(inputs), {
      ...(resolve(rest) as object),
      training: training ?? given,
    });
    const results = leavesOf(result, isTensor);
    leavesOf(outputs, isTensor).forEach((tensor, i) => {
      values.set(tensor, results[i]);
    });
  }
  return resolve;
}

const isInput = (tensor: Tensor): boolean => connectionOf(tensor)?.layer instanceof InputLayer;

/**
 * Inputs and outputs of a model that starts in the middle of another: it gets inputs of its own, and the
 * layers from there on are called once more.
 */
function startingHere(given: FunctionalOptions): Pick<FunctionalOptions, 'inputs' | 'outputs'> {
  const starts = leavesOf(given.inputs, isTensor);
  if (starts.every(isInput)) return given;
  const values = new Map(
    starts.map((t) => [t, isInput(t) ? t : input({ batchShape: t.shape, dtype: t.dtype })]),
  );
  const inputs = mapTree(given.inputs, isTensor, (t) => values.get(t));
  const connections = orderConnections(leavesOf(given.outputs, isTensor), new Set(starts));
  return { inputs, outputs: repeat(connections, values)(given.outputs) };
}

/**
 * A model from symbolic tensors: the layer calls between its inputs and outputs are found by walking
 * back from the outputs, and repeated on whatever the model is called with. Plain operations between
 * layers are repeated too.
 */
export class Functional extends Model {
  static readonly className: string = 'Functional';
  // Converted to the dtypes of the inputs.
  protected override autocast = false;
  readonly inputs: any;
  readonly outputs: any;
  readonly #connections: Connection[];
  readonly #inputTensors: Tensor[];
  readonly #inputLayers: InputLayer[];
  #layers: Layer[] | undefined;

  constructor(options: FunctionalOptions) {
    super({ name: options.name, trainable: options.trainable });
    const ends = [options.inputs, options.outputs].map((tree) => leavesOf(tree, isTensor));
    if (!ends.every((tensors) => tensors.length > 0 && tensors.every(isSymbolicTensor))) {
      fail(
        'model',
        'expected inputs and outputs that are symbolic tensors, made with input() and layers',
      );
    }
    const { inputs, outputs } = startingHere(options);
    this.inputs = inputs;
    this.outputs = outputs;
    this.#inputTensors = leavesOf(inputs, isTensor);
    this.#inputLayers = this.#inputTensors.map((t) => connectionOf(t)!.layer as InputLayer);
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

  /** The outputs that feed each layer, as `name[call][output]`, unless layers simply follow one another. */
  get layerSources(): Map<Layer, string[]> | undefined {
    const sources = new Map<Layer, string[]>();
    for (const { layer, inputs } of this.#connections) {
      const feeding = leavesOf(inputs, isTensor)
        .flatMap((t) => (connectionOf(t) ? [t] : sourcesOf(t)))
        .map((t) => {
          const { layer: source, index, outputs } = connectionOf(t)!;
          const output = leavesOf(outputs, isTensor).indexOf(t);
          return `${(source as Layer).name}[${index}][${output}]`;
        });
      sources.set(layer, [...(sources.get(layer) ?? []), ...feeding]);
    }
    const { layers } = this;
    const plain = layers.every((layer, i) => {
      const feeding = sources.get(layer) ?? [];
      return i === 0
        ? feeding.length === 0
        : feeding.length === 1 && feeding[0].startsWith(`${layers[i - 1].name}[`);
    });
    return plain ? undefined : sources;
  }

  get inputLayers(): readonly InputLayer[] {
    return this.#inputLayers;
  }

  override get inputNames(): string[] {
    return this.#inputLayers.map((l) => l.name);
  }

  override get input(): any {
    return this.inputs;
  }

  override get output(): any {
    return this.outputs;
  }

  override get signature(): Signature {
    const ranks = this.#inputLayers.map((l) => l.batchShape.length);
    return {
      inputs: { count: ranks.length, ranks },
      outputs: { count: leavesOf(this.outputs, isTensor).length },
    };
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
      const layer = this.#inputLayers[i];
      const names = { model: this.name, input: `the input '${layer.name}'` };
      values.set(this.#inputTensors[i], fitInput(tensor, layer, names));
    });
    return repeat(this.#connections, values, { training: options.training })(this.outputs);
  }

  override getConfig(): Record<string, unknown> {
    return { name: this.name, trainable: this.trainable };
  }

  /** Keras's configuration of the model: its layers and how they are called. */
  get serialized(): SerializedObject {
    return modelFiles('serialize').toConfig(this);
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
}

/** A model from symbolic inputs to outputs. */
export function model(options: FunctionalOptions): Functional {
  const names = ['inputs', 'outputs', 'name', 'trainable'];
  return new Functional(expectOptions('model', options, names) as unknown as FunctionalOptions);
}
