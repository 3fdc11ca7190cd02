import type { NDArray } from '../../graph/ndarray.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape } from '../../graph/shape.ts';
import { Initializer } from '../../nn/initializers/initializer.ts';
import type { CallOptions } from '../../nn/layers/layer.ts';
import { constant } from '../../ops/build.ts';
import { isTensor, Tensor } from '../../tensor/tensor.ts';
import { leavesOf } from '../../tensor/tree.ts';
import type { Variable } from '../../tensor/variable.ts';
import { Model } from '../../training/model.ts';
import { refuse } from '../bytes.ts';
import { table } from '../table.ts';
import { decodeOnnx, type GraphNode, type OnnxGraph } from './decode.ts';
import { folded, OperatorContext } from './operators/context.ts';
import { findOperator } from './operators/index.ts';
import { FORMAT } from './protobuf-reader.ts';

/**
 * An ONNX graph as a model: its operators become operations of ours when the model is called, so it runs
 * on every engine like any other. Its weights are variables (not trained unless asked for).
 */
export class OnnxModel extends Model {
  static readonly className = 'OnnxModel';
  readonly graph: OnnxGraph;
  readonly #weights = new Map<string, Variable>();

  constructor(graph: OnnxGraph) {
    super({ name: graph.name === '' ? undefined : graph.name.replace(/[/\0]/g, '_') });
    this.graph = graph;
    expectOperators(graph);
    for (const [name, value] of weightsOf(graph)) {
      const variable = this.addWeight({
        name,
        shape: value.shape,
        dtype: value.dtype,
        trainable: false,
        initializer: new ValueOf(value),
      });
      this.#weights.set(name, variable);
    }
    this.built = true;
  }

  override get inputNames(): string[] {
    return this.graph.inputs.map((i) => i.name);
  }

  override get outputNames(): string[] {
    return this.graph.outputs.map((o) => o.name);
  }

  /** Inputs in the order of the graph, or by name. One output is a tensor, several are a list. */
  call(inputs: any, _options: CallOptions = {}): any {
    const values = new Map<string, Node>();
    this.#given(inputs).forEach((tensor, i) => {
      values.set(this.graph.inputs[i].name, this.#expected(tensor, i));
    });
    for (const [name, value] of this.graph.initializers) {
      const variable = this.#weights.get(name);
      const { data, shape, dtype } = value;
      values.set(name, variable ? variable.value.node : constant(data, shape, dtype));
    }
    for (const node of this.graph.nodes) this.#run(node, values);
    const results = this.graph.outputs.map(({ name }) => {
      const node = values.get(name);
      return node ? new Tensor(node) : refuse(FORMAT, `the output '${name}' is never computed`);
    });
    return results.length === 1 ? results[0] : results;
  }

  override getConfig(): Record<string, unknown> {
    return refuse(
      FORMAT,
      `the model '${this.name}' is an ONNX graph, which has no layers that other files could describe`,
    );
  }

  #given(inputs: any): Tensor[] {
    const names = this.inputNames;
    const byName = !isTensor(inputs) && !Array.isArray(inputs);
    const given = byName
      ? names.map((n) => inputs[n] ?? refuse(FORMAT, `the input '${n}' is missing`))
      : leavesOf(inputs, isTensor);
    if (given.length !== names.length) {
      refuse(
        FORMAT,
        `received ${given.length} inputs; expected ${names.length}: ${names.join(', ')}`,
      );
    }
    return given;
  }

  #expected(tensor: Tensor, i: number): Node {
    const { name, shape, dtype } = this.graph.inputs[i];
    const received = tensor.node.shape;
    if (received.some((d) => d < 0)) {
      refuse(
        FORMAT,
        'an ONNX graph runs on tensors of known size and cannot be a layer of a model',
      );
    }
    const fits =
      !shape ||
      (shape.length === received.length &&
        shape.every((d, axis) => d === null || d === received[axis]));
    if (!fits) {
      const wanted = shape.map((d) => d ?? 'any').join(', ');
      refuse(FORMAT, `the input '${name}' is ${formatShape(received)}; expected [${wanted}]`);
    }
    return tensor.cast(dtype).node;
  }

  #run(node: GraphNode, values: Map<string, Node>): void {
    const operator = findOperator(node.domain, node.op)!;
    const opset = this.graph.opsets.get('') ?? 1;
    const inputs = node.inputs.map((name) => {
      if (name === '') return undefined;
      return (
        values.get(name) ??
        refuse(FORMAT, `${node.op} reads '${name}', which is not computed before it`)
      );
    });
    const results = [operator(new OperatorContext(node, opset, inputs))].flat() as Node[];
    node.outputs.forEach((name, k) => {
      if (name === '' || !results[k]) return;
      const size = results[k].shape.reduce((n, d) => n * d, 1);
      if (!(size <= LARGEST)) refuse(FORMAT, `${node.op} makes ${size} values, too many`);
      values.set(name, folded(results[k]));
    });
  }
}

/** The value that a weight has in the file. */
class ValueOf extends Initializer {
  readonly value: NDArray;

  constructor(value: NDArray) {
    super();
    this.value = value;
  }

  initialize(): NDArray {
    return this.value;
  }

  getConfig(): Record<string, unknown> {
    return {};
  }
}

/** Elements that one value may have: a small file must not claim all memory. */
const LARGEST = 1 << 28;

function expectOperators({ nodes }: OnnxGraph): void {
  const missing = new Set<string>();
  for (const { op, domain, attributes } of nodes) {
    if (!findOperator(domain, op)) missing.add(domain === '' ? op : `${domain}.${op}`);
    for (const value of attributes.values()) {
      if (typeof value === 'object' && 'graph' in value) missing.add(`${op} with an inner graph`);
    }
  }
  if (missing.size > 0) {
    refuse(FORMAT, `it uses operators that are not supported: ${[...missing].sort().join(', ')}`);
  }
}

/** Inputs that say how large results are: what they hold must be known before the graph runs. */
const shapeInputs = table<readonly number[]>({
  Reshape: [1],
  Slice: [1, 2, 3, 4],
  Squeeze: [1],
  Unsqueeze: [1],
  Split: [1],
  Pad: [1, 2, 3],
  Expand: [1],
  Tile: [1],
  ConstantOfShape: [0],
  Range: [0, 1, 2],
  OneHot: [1],
  TopK: [1],
  CumSum: [1],
  Trilu: [1],
  Resize: [1, 2, 3],
  Upsample: [1],
});

/** Initializers that are weights: real numbers that no shape depends on. */
function weightsOf({ initializers, nodes }: OnnxGraph): Map<string, NDArray> {
  const shaping = new Set<string>();
  for (const { op, inputs } of nodes) {
    inputs.forEach((name, i) => {
      if (op.startsWith('Reduce') ? i === 1 : shapeInputs[op]?.includes(i)) shaping.add(name);
    });
  }
  return new Map(
    [...initializers].filter(
      ([name, { dtype, data }]) => dtype === 'float32' && data.length > 1 && !shaping.has(name),
    ),
  );
}

/** The model in the bytes of an .onnx file. */
export function readOnnxModel(bytes: Uint8Array): OnnxModel {
  return new OnnxModel(decodeOnnx(bytes));
}
