import type { Layer } from '../../nn/layers/layer.ts';
import { isTensor } from '../../tensor/tensor.ts';
import { isRecord } from '../../tensor/tree.ts';
import { refuse } from '../bytes.ts';
import { table } from '../table.ts';
import { callOptions, constantsToTensors, Operation, TensorflowOperation } from './operations.ts';
import { FORMAT } from './values.ts';

/**
 * How layers are called in Keras and here. Keras passes several inputs to some layers as several
 * arguments; here all tensors that a layer computes with come as one list, and the rest as options.
 */

const headsParameters = [
  'value',
  'key',
  'query_mask',
  'value_mask',
  'key_mask',
  'attention_mask',
  'return_attention_scores',
  'training',
  'use_causal_mask',
];

/** The parameters of Keras's `call` behind the first, for layers that have some. */
const parameters = table<readonly string[]>({
  MultiHeadAttention: headsParameters,
  GroupedQueryAttention: headsParameters,
  Attention: ['mask', 'training', 'return_attention_scores', 'use_causal_mask'],
  AdditiveAttention: ['mask', 'training', 'return_attention_scores', 'use_causal_mask'],
  RNN: ['initial_state', 'mask', 'training'],
  LSTM: ['initial_state', 'mask', 'training'],
  GRU: ['initial_state', 'mask', 'training'],
  SimpleRNN: ['initial_state', 'mask', 'training'],
  ConvLSTM1D: ['initial_state', 'mask', 'training'],
  ConvLSTM2D: ['initial_state', 'mask', 'training'],
  ConvLSTM3D: ['initial_state', 'mask', 'training'],
  Bidirectional: ['initial_state', 'mask', 'training'],
  TimeDistributed: ['training', 'mask'],
  BatchNormalization: ['training', 'mask'],
  Dropout: ['training'],
  Softmax: ['mask'],
  GlobalAveragePooling1D: ['mask'],
  CategoryEncoding: ['count_weights'],
  ReversibleEmbedding: ['reverse'],
  SpectralNormalization: ['training'],
});

const queryKeyValue = new Set(['MultiHeadAttention', 'GroupedQueryAttention']);
const recurrent = /^(RNN|LSTM|GRU|SimpleRNN|ConvLSTM\dD|Bidirectional)$/;

/** Keras's arguments of a call as options by name. */
function named(layer: Layer, args: readonly unknown[]): Record<string, unknown> {
  const names = parameters[layer.className] ?? ['training', 'mask'];
  const options: Record<string, unknown> = {};
  args.forEach((value, i) => {
    if (value === null) return;
    if (names[i] === undefined) {
      refuse(FORMAT, `the layer '${layer.name}' is called with ${args.length + 1} arguments`);
    }
    options[names[i]] = value;
  });
  return options;
}

/** Calls a layer with the arguments of Keras's call. */
export function callLayer(
  layer: Layer,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): any {
  if (layer instanceof Operation) return layer.call(args, callOptions(kwargs));
  const [first, ...rest] = args.map(constantsToTensors);
  const given = constantsToTensors({ ...named(layer, rest), ...kwargs }) as Record<string, any>;
  if (layer instanceof TensorflowOperation) return layer.call(first, callOptions(given));
  // The first argument may come by name as well.
  let inputs: any = first ?? given.inputs ?? given.sequences ?? given.query;
  for (const name of ['inputs', 'sequences', 'query']) delete given[name];
  if (queryKeyValue.has(layer.className)) {
    const { value, key, ...others } = given;
    const further = [value, key].filter((x) => x !== null && x !== undefined);
    // Files of Keras 2's kind have all inputs in one list.
    inputs = [...(Array.isArray(inputs) ? inputs : [inputs]), ...further];
    expectTensors(inputs, layer);
    return layer.call(inputs, callOptions(others));
  }
  // Keras 2 passes the initial state as further inputs.
  if (recurrent.test(layer.className) && Array.isArray(inputs) && inputs.every(isTensor)) {
    const [sequence, ...state] = inputs;
    if (state.length > 0) given.initial_state ??= state;
    inputs = sequence;
  }
  expectTensors(inputs, layer);
  return layer.call(inputs, callOptions(given));
}

function expectTensors(inputs: unknown, layer: Layer): void {
  if (isTensor(inputs)) return;
  if (Array.isArray(inputs)) for (const value of inputs) expectTensors(value, layer);
  else if (isRecord(inputs)) expectTensors(Object.values(inputs), layer);
  else refuse(FORMAT, `the layer '${layer.name}' is called with something that is no tensor`);
}

/** The arguments of Keras's call for a call made here. */
export function kerasArguments(
  layer: Layer,
  inputs: any,
  options: Readonly<Record<string, any>>,
): { args: any[]; kwargs: Record<string, any> } {
  const kwargs = Object.fromEntries(
    Object.entries(options).filter(([, v]) => v !== undefined && v !== null),
  );
  if (layer instanceof Operation) return { args: [...inputs], kwargs };
  if (queryKeyValue.has(layer.className) && Array.isArray(inputs))
    return { args: [...inputs], kwargs };
  return { args: [inputs], kwargs };
}
