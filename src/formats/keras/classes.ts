import { refuse } from '../bytes.ts';
import { table } from '../table.ts';
import { FORMAT } from './values.ts';
import { isKeras2, type KerasVersion } from './version.ts';

/**
 * What other versions of Keras call things, and the options they write that mean something else today.
 * Options that no version needs any more (`implementation`, `input_length`, ...) may stay: constructors
 * look only at what they know.
 */

/** Class names that have changed. */
const renamed = table<string>({
  BatchNormalizationV1: 'BatchNormalization',
  BatchNormalizationV2: 'BatchNormalization',
  SyncBatchNormalization: 'BatchNormalization',
  LayerNormalizationV1: 'LayerNormalization',
  UnifiedLSTM: 'LSTM',
  UnifiedGRU: 'GRU',
  LSTMV1: 'LSTM',
  LSTMV2: 'LSTM',
  GRUV1: 'GRU',
  GRUV2: 'GRU',
  CuDNNLSTM: 'LSTM',
  CuDNNGRU: 'GRU',
  Convolution1D: 'Conv1D',
  Convolution2D: 'Conv2D',
  Convolution3D: 'Conv3D',
  SeparableConvolution2D: 'SeparableConv2D',
  Deconvolution2D: 'Conv2DTranspose',
  GlobalAveragePool2D: 'GlobalAveragePooling2D',
  GlobalMaxPool2D: 'GlobalMaxPooling2D',
  AvgPool2D: 'AveragePooling2D',
  MaxPool2D: 'MaxPooling2D',
  Model: 'Functional',
  Functionnal: 'Functional',
});

/** The present name of a class; TensorFlow's `Addons>GELU` and the like lose their package. */
export function presentName(className: string): string {
  const bare = className.slice(className.lastIndexOf('>') + 1);
  return renamed[bare] ?? bare;
}

type Options = Record<string, unknown>;

function rename(config: Options, from: string, to: string): void {
  if (!(from in config)) return;
  if (!(to in config)) config[to] = config[from];
  delete config[from];
}

const recurrent = /^(LSTM|GRU|SimpleRNN|ConvLSTM\dD)(Cell)?$/;

/** Keras 2's names of functions that mean something else, or have another name, in Keras 3. */
const functions2 = table<string>({
  hard_sigmoid: 'hard_sigmoid_keras2',
  hardSigmoid: 'hard_sigmoid_keras2',
  // The name under which this library writes Keras 3's function into files of Keras 2's kind.
  hard_sigmoid_keras3: 'hard_sigmoid',
  softmax_v2: 'softmax',
  leaky_relu_v2: 'leaky_relu',
});

function fixActivations(config: Options, version: KerasVersion): void {
  for (const key of Object.keys(config)) {
    const value = config[key];
    if (!/activation$/.test(key) || typeof value !== 'string') continue;
    const bare = value.slice(value.lastIndexOf('>') + 1);
    config[key] = (isKeras2(version) && functions2[bare]) || bare;
  }
}

/** Keras 2 let the recurrent defaults change between versions; files rarely leave them out. */
function fixRecurrent(
  name: string,
  config: Options,
  original: string,
  version: KerasVersion,
): void {
  if (config.time_major === true) {
    refuse(FORMAT, `the layer '${config.name}' has time_major=true, which is not supported`);
  }
  if (original.startsWith('CuDNN')) {
    config.activation ??= 'tanh';
    config.recurrent_activation ??= 'sigmoid';
    if (name === 'GRU') config.reset_after = true;
  }
  if (!isKeras2(version)) return;
  const before23 = version.minor < 3;
  if (name !== 'SimpleRNN' && name !== 'SimpleRNNCell') {
    config.recurrent_activation ??= before23 ? 'hard_sigmoid' : 'sigmoid';
  }
  if (/^GRU/.test(name)) config.reset_after ??= false;
}

const fixes = table<(config: Options, version: KerasVersion) => void>({
  LeakyReLU: (config) => rename(config, 'alpha', 'negative_slope'),
  BatchNormalization: (config) => {
    if (Array.isArray(config.axis) && config.axis.length === 1) config.axis = config.axis[0];
  },
  VarianceScaling: (config, version) => {
    if (isKeras2(version) && config.distribution === 'normal') {
      config.distribution = 'truncated_normal';
    }
  },
  InputLayer: (config) => {
    rename(config, 'batch_input_shape', 'batch_shape');
    rename(config, 'input_shape', 'shape');
    if (config.batch_shape === undefined && config.shape === undefined) {
      refuse(FORMAT, `the input '${config.name}' has no shape`);
    }
    if (config.dtype === 'string') {
      refuse(
        FORMAT,
        `the input '${config.name}' takes text, which models here do not: save the part behind the lookup of words as a model of its own, and look words up with textVectorization or stringLookup before`,
      );
    }
  },
});

/**
 * The configuration of an object in the terms of the present version. Changes `config`, which must be the
 * caller's own copy.
 */
export function presentConfig(
  className: string,
  config: Options,
  version: KerasVersion,
): { name: string; config: Options } {
  const name = presentName(className);
  rename(config, 'batch_input_shape', 'batch_shape');
  // Nothing but a first layer takes a shape, and an empty one says nothing.
  if (config.batch_shape === null) delete config.batch_shape;
  if (
    /^(Zero|One|Constant|Random|Truncated|Variance|Glorot|He|Lecun|Orthogonal|Identity)/.test(name)
  ) {
    delete config.dtype;
  }
  if (recurrent.test(name)) fixRecurrent(name, config, className, version);
  fixActivations(config, version);
  fixes[name]?.(config, version);
  return { name, config };
}
