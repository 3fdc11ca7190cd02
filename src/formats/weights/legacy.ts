import { allocate } from '../../graph/dtype.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { sameShape } from '../../graph/shape.ts';
import type { Layer } from '../../nn/layers/layer.ts';
import type { Variable } from '../../tensor/variable.ts';
import type { Model } from '../../training/model.ts';
import { refuse } from '../bytes.ts';
import { findDataset, type GroupBuilder, type H5Group, type H5Value } from '../hdf5/tree.ts';
import { setNames } from '../hdf5/write.ts';
import { kerasLayers } from '../keras/layer-order.ts';
import { type Assignment, FORMAT, legacyOrder } from './assign.ts';
import { variablePaths } from './names.ts';

/**
 * The layout of weights in Keras 1 and 2 and in Keras 3's .h5 files: a group for each layer of the
 * outermost model, with the names of its data sets in an attribute, all weights inside of it in a row.
 */

/** A list of names, which may be spread over several attributes because one cannot hold it. */
export function readNames(attributes: ReadonlyMap<string, H5Value>, name: string): string[] {
  const texts = (value: H5Value | undefined): readonly string[] | undefined => {
    if (value === undefined) return undefined;
    if (typeof value === 'string') return [value];
    return Array.isArray(value) ? value : [];
  };
  const whole = texts(attributes.get(name));
  if (whole) return [...whole];
  const parts: string[] = [];
  for (let i = 0; ; i++) {
    const part = texts(attributes.get(`${name}${i}`));
    if (!part) return parts;
    parts.push(...part);
  }
}

export interface NamedValue {
  readonly name: string;
  readonly value: NDArray;
}

/** The values of a group in the order of its `weight_names`. */
export function readNamedValues(group: H5Group): NamedValue[] {
  return readNames(group.attributes, 'weight_names').map((name) => {
    const value = findDataset(group, name)?.value;
    if (value === undefined || typeof value === 'string' || Array.isArray(value)) {
      return refuse(FORMAT, `the weight '${name}' is named but is not in the file`);
    }
    return { name, value: value as NDArray };
  });
}

/** The last part of a weight's name, without TensorFlow's `:0`. */
const lastPart = (name: string): string => name.replace(/:\d+$/, '').split('/').at(-1)!;

/** Whether all shapes fit, and for how many the names agree. */
function score(variables: readonly Variable[], values: readonly NamedValue[]): number {
  if (!variables.every((v, i) => sameShape(v.shape, values[i].value.shape))) return -1;
  return variables.filter((v, i) => lastPart(values[i].name) === v.name).length;
}

/**
 * The weights of a layer in the order of the file. Versions disagree on where the weights of frozen
 * layers stand, so of the possible orders the one is taken that fits.
 */
function orderFor(layer: Layer, values: readonly NamedValue[]): Variable[] {
  const { weights } = layer;
  const orders = [
    legacyOrder(layer),
    weights,
    [...weights.filter((v) => v.trainable), ...weights.filter((v) => !v.trainable)],
  ];
  let best = orders[0];
  let most = -1;
  for (const order of orders) {
    const points = score(order, values);
    if (points > most) {
      most = points;
      best = order;
    }
  }
  return best;
}

/** The layer and all layers inside of it. */
function withInner(layer: Layer): Layer[] {
  return [layer, ...layer.sublayers().flatMap(withInner)];
}

/** Gates of a CuDNN layer whose kernel, recurrent kernel and bias these are: 4 or 3; 0 for others. */
function cudnnGates([kernel, recurrent, bias]: readonly NamedValue[]): number {
  if (!bias || [kernel, recurrent].some((v) => v.value.shape.length !== 2)) return 0;
  const [units, width] = recurrent.value.shape;
  const isCudnn = kernel.value.shape[1] === width && sameShape(bias.value.shape, [2 * width]);
  return isCudnn && (width === 4 * units || width === 3 * units) ? width / units : 0;
}

/**
 * CuDNN's layers kept gates transposed and two biases; Keras's conversion to the plain layers, wherever
 * they stand in a layer around them.
 */
function fromCudnn(layer: Layer, values: readonly NamedValue[]): readonly NamedValue[] {
  if (!withInner(layer).some((l) => l.className === 'LSTM' || l.className === 'GRU')) return values;
  const converted = [...values];
  for (let i = 0; i + 2 < values.length; i++) {
    const [kernel, recurrent, bias] = values.slice(i, i + 3);
    const gates = cudnnGates([kernel, recurrent, bias]);
    if (gates === 0) continue;
    const rows = kernel.value.shape[0];
    const units = recurrent.value.shape[0];
    const refolded = mapGates(kernel.value, gates, (k, r, c) => refold(k, rows, units, r, c));
    converted[i] = { ...kernel, value: refolded };
    converted[i + 1] = {
      ...recurrent,
      value: mapGates(recurrent.value, gates, (k, r, c) => k(c, r)),
    };
    converted[i + 2] = { ...bias, value: joinBiases(bias.value, gates, units) };
  }
  return converted;
}

type Element = (row: number, column: number) => number;

/** Fortran-order reading of the transposed gate. */
function refold(k: Element, rows: number, columns: number, i: number, j: number): number {
  const at = i + j * rows;
  return k(Math.floor(at / columns), at % columns);
}

function mapGates(
  { data, shape, dtype }: NDArray,
  gates: number,
  element: (k: Element, row: number, column: number) => number,
): NDArray {
  const [rows, width] = shape;
  const units = width / gates;
  const out = allocate(dtype, data.length);
  for (let g = 0; g < gates; g++) {
    const at = (r: number, c: number) => r * width + g * units + c;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < units; c++) out[at(r, c)] = element((i, j) => data[at(i, j)], r, c);
    }
  }
  return { data: out, shape, dtype };
}

function joinBiases({ data, dtype }: NDArray, gates: number, units: number): NDArray {
  const half = gates * units;
  if (gates === 3) return { data, shape: [2, half], dtype };
  const out = allocate(dtype, half);
  for (let i = 0; i < half; i++) out[i] = data[i] + data[half + i];
  return { data: out, shape: [half], dtype };
}

const convolutions = /^(Conv[123]D|Conv2DTranspose|ConvLSTMCell)$/;

/** Theano's convolutions turned the kernel round; its files hold kernels mirrored in space. */
function mirroredByTheano(layer: Layer): Set<Variable> {
  const holders = withInner(layer).filter((l) => convolutions.test(l.className));
  const kernels = holders.flatMap((l) => l.ownWeights.filter((v) => v.name.endsWith('kernel')));
  return new Set(kernels);
}

/** Reversed along all axes but the last two: the order of the rows of `[space, in * out]`. */
function mirror({ data, shape, dtype }: NDArray): NDArray {
  const row = shape.slice(-2).reduce((n, d) => n * d, 1);
  const out = allocate(dtype, data.length);
  const rows = data.length / row;
  for (let r = 0; r < rows; r++)
    out.set(data.subarray(r * row, (r + 1) * row), (rows - 1 - r) * row);
  return { data: out, shape, dtype };
}

function assignLayer(
  layer: Layer,
  given: readonly NamedValue[],
  title: string,
  backend: string | undefined,
): Assignment[] {
  const values = fromCudnn(layer, given);
  const count = layer.weights.length;
  if (values.length !== count) {
    refuse(
      FORMAT,
      `${title} has ${count} weights in the model and ${values.length} in the file; build the model that the file was saved from`,
    );
  }
  const turned = backend === 'theano' ? mirroredByTheano(layer) : new Set<Variable>();
  return orderFor(layer, values).map((variable, i) => ({
    variable,
    value: turned.has(variable) ? mirror(values[i].value) : values[i].value,
    where: `the weight '${variable.name}' of ${title}`,
  }));
}

export interface LegacyOptions {
  /** Match layers by their names rather than by position; layers without a match are left alone. */
  readonly byName?: boolean;
}

/**
 * The assignments for the weights of a model. Layers without weights are left out on both sides, the
 * rest is matched by position, unless names say otherwise.
 */
export function readLegacyWeights(
  model: Model,
  group: H5Group,
  { byName = false }: LegacyOptions = {},
): Assignment[] {
  const stored = readNames(group.attributes, 'layer_names')
    .map((name) => {
      const inner = group.groups.get(name);
      if (!inner) return refuse(FORMAT, `the layer '${name}' is named but is not in the file`);
      return { name, values: readNamedValues(inner) };
    })
    .filter((l) => l.values.length > 0);
  const layers = kerasLayers(model).filter((l) => l.weights.length > 0);
  const assignments: Assignment[] = [];
  const said = group.attributes.get('backend');
  const backend = typeof said === 'string' ? said : undefined;
  const known = new Map(layers.map((l) => [l.name, l]));
  const sameNames = stored.length === layers.length && stored.every(({ name }) => known.has(name));
  if (!byName && !sameNames && stored.length !== layers.length) {
    refuse(
      FORMAT,
      `the model has ${layers.length} layers with weights and the file ${stored.length}; build the model that the file was saved from`,
    );
  }
  stored.forEach(({ name, values }, i) => {
    const layer = byName || sameNames ? known.get(name) : layers[i];
    const title = `the layer '${name}'`;
    if (layer) assignments.push(...assignLayer(layer, values, title, backend));
  });
  const top = group.groups.get('top_level_model_weights');
  if (top && model.ownWeights.length > 0) {
    const values = readNamedValues(top);
    model.ownWeights.forEach((variable, i) => {
      if (!values[i])
        refuse(FORMAT, `the model's own weight '${variable.name}' is not in the file`);
      assignments.push({
        variable,
        value: values[i].value,
        where: `the model's own weight '${variable.name}'`,
      });
    });
  }
  return assignments;
}

async function writeValues(
  group: GroupBuilder,
  variables: readonly Variable[],
  names: readonly string[],
): Promise<void> {
  setNames(group, 'weight_names', names);
  for (let i = 0; i < variables.length; i++) {
    group.dataset(names[i], await variables[i].ndarray());
  }
}

/** Adds the weights of a model in this layout to a group. */
export async function writeLegacyWeights(
  model: Model,
  group: GroupBuilder,
  kerasVersion: string,
): Promise<void> {
  const layers = kerasLayers(model);
  const paths = variablePaths(model);
  setNames(
    group,
    'layer_names',
    layers.map((l) => l.name),
  );
  group.attributes.set('backend', 'nabla');
  group.attributes.set('keras_version', kerasVersion);
  for (const layer of [...layers].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const variables = legacyOrder(layer);
    const names = variables.map((v) => paths.get(v) ?? v.name);
    await writeValues(group.group(layer.name), variables, names);
  }
  await writeValues(
    group.group('top_level_model_weights'),
    model.ownWeights,
    model.ownWeights.map((v) => paths.get(v) ?? v.name),
  );
}

/** Adds named values in this layout to a group. */
export async function writeNamedVariables(
  group: GroupBuilder,
  variables: readonly Variable[],
  names: readonly string[],
): Promise<void> {
  await writeValues(group, variables, names);
}
