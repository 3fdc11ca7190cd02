import { InputLayer } from '../../nn/layers/input.ts';
import type { Layer } from '../../nn/layers/layer.ts';
import { isTensor, type Tensor } from '../../tensor/tensor.ts';
import { leavesOf, mapTree } from '../../tensor/tree.ts';
import { Functional } from '../../training/functional.ts';
import { Sequential } from '../../training/sequential.ts';
import { refuse } from '../bytes.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { callLayer } from './calls.ts';
import type { ObjectDecoder } from './object-decoder.ts';
import { FORMAT } from './values.ts';

/**
 * A functional model from its configuration: the layers, and for each the list of its calls
 * (`inbound_nodes`), which refer to the results of other calls by the layer's name, the number of the
 * call and the number of the result. Calls are repeated as soon as what they refer to is there.
 */

type Reference = readonly [layer: string, call: number, result: number];

interface PendingCall {
  readonly layer: Layer;
  readonly name: string;
  readonly args: readonly Json[];
  readonly kwargs: JsonObject;
}

/** What a reference is found in: the results of each call, by layer. */
class Results {
  readonly calls = new Map<string, (readonly Tensor[])[]>();
  readonly #layers: ReadonlyMap<string, Layer>;
  /** Models that are referred to by numbers that begin at 1. */
  readonly #shifted: ReadonlySet<string>;

  constructor(layers: ReadonlyMap<string, Layer>, shifted: ReadonlySet<string>) {
    this.#layers = layers;
    this.#shifted = shifted;
  }

  /** The tensor; undefined while its call has not been made. */
  find([name, call, result]: Reference): Tensor | undefined {
    if (!this.#layers.has(name)) {
      refuse(FORMAT, `a layer is connected to '${name}', which is not in the model`);
    }
    const made = this.calls.get(name)?.[call - (this.#shifted.has(name) ? 1 : 0)];
    if (!made) return undefined;
    if (!made[result]) {
      refuse(FORMAT, `result ${result} of '${name}' is asked for; it has ${made.length}`);
    }
    return made[result];
  }
}

const isReference = (v: unknown): v is [string, number, number, ...unknown[]] =>
  Array.isArray(v) &&
  (v.length === 3 || v.length === 4) &&
  typeof v[0] === 'string' &&
  Number.isInteger(v[1]) &&
  Number.isInteger(v[2]);

/** The `__keras_tensor__` of Keras 3. */
function kerasTensor(value: Json): Reference | undefined {
  if (!isObject(value) || value.class_name !== '__keras_tensor__') return undefined;
  const history = isObject(value.config) ? value.config.keras_history : undefined;
  if (!isReference(history)) return refuse(FORMAT, 'a tensor in the configuration has no origin');
  return [history[0], history[1], history[2]];
}

/** Thrown while something that a call refers to is missing. */
const NOT_YET = Symbol('not yet');

function resolveKeras3(value: Json, results: Results, decoder: ObjectDecoder): unknown {
  const reference = kerasTensor(value);
  if (reference) {
    const tensor = results.find(reference);
    if (!tensor) throw NOT_YET;
    return tensor;
  }
  if (Array.isArray(value)) return value.map((v) => resolveKeras3(v, results, decoder));
  if (isObject(value) && typeof value.class_name !== 'string' && value.type !== 'ndarray') {
    return Object.fromEntries(
      Object.entries(value).map(([k, v]) => [k, resolveKeras3(v, results, decoder)]),
    );
  }
  return decoder.value(value);
}

/** Keras 2: tensors are lists `[name, call, result]`, also in the middle of options. */
function resolveKeras2(
  value: Json,
  results: Results,
  decoder: ObjectDecoder,
  names: ReadonlySet<string>,
): unknown {
  if (isReference(value) && names.has(value[0])) {
    const tensor = results.find([value[0], value[1], value[2]]);
    if (!tensor) throw NOT_YET;
    return tensor;
  }
  // A number or array in the place of a tensor.
  if (Array.isArray(value) && value[0] === '_CONSTANT_VALUE')
    return decoder.value(value[2] as Json);
  if (Array.isArray(value)) return value.map((v) => resolveKeras2(v, results, decoder, names));
  if (isObject(value) && typeof value.class_name !== 'string' && value.type !== 'ndarray') {
    return Object.fromEntries(
      Object.entries(value).map(([k, v]) => [k, resolveKeras2(v, results, decoder, names)]),
    );
  }
  return decoder.value(value);
}

/** One call in the notation of Keras 3 or of Keras 2. */
function readCall(layer: Layer, name: string, node: Json): PendingCall {
  if (isObject(node) && Array.isArray(node.args)) {
    const kwargs = isObject(node.kwargs) ? node.kwargs : {};
    return { layer, name, args: node.args, kwargs };
  }
  // Keras 2: a list of inputs, the options with the first of them; or a single input without the list.
  const inputs: readonly Json[] = isReference(node)
    ? [node as Json]
    : Array.isArray(node)
      ? node
      : [node];
  const first = inputs.find((i) => Array.isArray(i)) as readonly Json[] | undefined;
  const given = first?.[3];
  const bare = inputs.map((i) => (isReference(i) ? ([i[0], i[1], i[2]] as unknown as Json) : i));
  return {
    layer,
    name,
    args: [bare.length === 1 ? bare[0] : bare],
    kwargs: isObject(given) ? given : {},
  };
}

/** All references in a configuration. */
function collectReferences(value: Json, names: ReadonlySet<string>, found: Reference[]): void {
  const reference = kerasTensor(value);
  if (reference) {
    found.push(reference);
    return;
  }
  if (isReference(value) && names.has(value[0])) {
    found.push([value[0], value[1], value[2]]);
    for (const inner of value.slice(3)) collectReferences(inner as Json, names, found);
    return;
  }
  const inner = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  for (const v of inner) collectReferences(v as Json, names, found);
}

/**
 * Models inside of a model have a call of their own from when they were made, which Keras counts in some
 * places: then the numbers begin at 1.
 */
function shiftedModels(
  layers: ReadonlyMap<string, Layer>,
  counts: ReadonlyMap<string, number>,
  references: readonly Reference[],
): Set<string> {
  const shifted = new Set<string>();
  for (const [name, layer] of layers) {
    if (!(layer instanceof Functional || layer instanceof Sequential)) continue;
    const calls = references.filter((r) => r[0] === name).map((r) => r[1]);
    if (calls.length === 0) continue;
    const count = counts.get(name) ?? 0;
    if (calls.includes(count)) shifted.add(name);
    else if (!calls.includes(0) && layer instanceof Functional) shifted.add(name);
  }
  return shifted;
}

/** Inputs or outputs: one reference, a list of them, or a record; any of them nested. */
function readEnds(value: Json, results: Results, what: string): any {
  if (isReference(value)) {
    const tensor = results.find([value[0], value[1], value[2]]);
    return tensor ?? refuse(FORMAT, `the ${what} ${JSON.stringify(value)} is never computed`);
  }
  if (Array.isArray(value)) {
    const list = value.map((v) => readEnds(v, results, what));
    return list.length === 1 ? list[0] : list;
  }
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([k, v]) => [k, readEnds(v, results, what)]),
    );
  }
  return refuse(FORMAT, `the ${what}s of the model are not described`);
}

export function readFunctional(decoder: ObjectDecoder, config: JsonObject): Functional {
  const specs = config.layers;
  if (
    !Array.isArray(specs) ||
    config.input_layers === undefined ||
    config.output_layers === undefined
  ) {
    return refuse(
      FORMAT,
      `${decoder.where} is a model of a class of its own, whose structure is not in the file; build it in TypeScript and load the weights`,
    );
  }
  const layers = new Map<string, Layer>();
  const pending: PendingCall[] = [];
  const counts = new Map<string, number>();
  const references: Reference[] = [];
  for (const spec of specs) {
    if (!isObject(spec))
      return refuse(FORMAT, `${decoder.where} has a layer without a description`);
    const inner = isObject(spec.config) ? spec.config.name : undefined;
    const name = typeof spec.name === 'string' ? spec.name : inner;
    if (typeof name !== 'string')
      return refuse(FORMAT, `${decoder.where} has a layer without a name`);
    if (layers.has(name)) refuse(FORMAT, `${decoder.where} has two layers named '${name}'`);
    const layer = decoder.layer(spec, name);
    layers.set(name, layer);
    const nodes = Array.isArray(spec.inbound_nodes) ? spec.inbound_nodes : [];
    counts.set(name, nodes.length);
    for (const node of nodes) pending.push(readCall(layer, name, node as Json));
  }
  const names = new Set(layers.keys());
  for (const { args, kwargs } of pending) {
    collectReferences(args as Json, names, references);
    collectReferences(kwargs, names, references);
  }
  const ends: Reference[] = [];
  collectReferences(config.input_layers, names, ends);
  collectReferences(config.output_layers, names, ends);

  const results = new Results(layers, shiftedModels(layers, counts, references));
  for (const [name, layer] of layers) {
    if (layer instanceof InputLayer) results.calls.set(name, [[layer.tensor]]);
  }
  makeCalls(pending, results, decoder, names);
  const endResults = new Results(layers, shiftedModels(layers, counts, ends));
  for (const [name, calls] of results.calls) endResults.calls.set(name, calls);
  return new Functional({
    inputs: readEnds(config.input_layers, endResults, 'input'),
    outputs: readEnds(config.output_layers, endResults, 'output'),
    name: typeof config.name === 'string' ? config.name : undefined,
    trainable: config.trainable === false ? false : undefined,
  });
}

/** Makes the calls in an order in which each finds its inputs. */
function makeCalls(
  calls: readonly PendingCall[],
  results: Results,
  decoder: ObjectDecoder,
  names: ReadonlySet<string>,
): void {
  const waiting = new Map<string, PendingCall[]>();
  for (const call of calls) waiting.set(call.name, [...(waiting.get(call.name) ?? []), call]);
  while (waiting.size > 0) {
    let progress = false;
    for (const [name, list] of waiting) {
      // The calls of one layer keep their order, because they are referred to by number.
      while (list.length > 0 && tryCall(list[0], results, decoder, names)) {
        list.shift();
        progress = true;
      }
      if (list.length === 0) waiting.delete(name);
    }
    if (!progress) {
      const stuck = [...waiting.keys()].map((n) => `'${n}'`).join(', ');
      refuse(
        FORMAT,
        `the inputs of ${stuck} are never computed: the model is connected in a circle`,
      );
    }
  }
}

function tryCall(
  call: PendingCall,
  results: Results,
  decoder: ObjectDecoder,
  names: ReadonlySet<string>,
): boolean {
  let args: unknown[];
  let kwargs: Record<string, unknown>;
  const keras3 = (v: Json) => resolveKeras3(v, results, decoder);
  const keras2 = (v: Json) => resolveKeras2(v, results, decoder, names);
  try {
    const read = usesKeras3(call) ? keras3 : keras2;
    args = call.args.map(read);
    kwargs = Object.fromEntries(Object.entries(call.kwargs).map(([k, v]) => [k, read(v)]));
  } catch (error) {
    if (error === NOT_YET) return false;
    throw error;
  }
  if (!leavesOf([args, kwargs], isTensor).length) {
    refuse(FORMAT, `the layer '${call.name}' is called without a tensor`);
  }
  const outputs = callLayer(call.layer, args, kwargs);
  const tensors = leavesOf(
    mapTree(outputs, isTensor, (t) => t),
    isTensor,
  );
  results.calls.set(call.name, [...(results.calls.get(call.name) ?? []), tensors]);
  return true;
}

const usesKeras3 = (call: PendingCall): boolean =>
  JSON.stringify([call.args, call.kwargs]).includes('__keras_tensor__');
