/**
 * A model around every layer: one for each configuration that Keras's own tests have, and one for each
 * class that they leave out.
 */
import { readFileSync } from 'node:fs';
import { input, type Layer, layers, model, ops, registerCustomObject, type Tensor } from 'nabla';
import { callLayer } from '../../src/formats/keras/calls.ts';
import { Decoder } from '../../src/formats/keras/decode.ts';
import { parseVersion } from '../../src/formats/keras/version.ts';
import type { NDArray } from '../../src/graph/ndarray.ts';
import { registerFunction } from '../../src/nn/layers/core/lambda.ts';
import { registries } from '../../src/nn/registry.ts';
import type { Functional } from '../../src/training/functional.ts';
import {
  MaskedDense,
  OneStateRNNCell,
  TwoStatesRNNCell,
  takesList,
} from '../layers/golden-classes.ts';

type Recorded = number | string | boolean | null | Recorded[] | { dtype: string; v: Recorded };

interface GoldenCase {
  readonly cls: string;
  readonly config: Record<string, any>;
  readonly args: Recorded[];
  readonly kwargs?: Record<string, Recorded>;
}

export interface LayerSample {
  /** The class, and which configuration of it. */
  readonly name: string;
  readonly className: string;
  readonly model: Functional;
  readonly x: readonly NDArray[];
}

const path = new URL('../goldens/layer-goldens.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: GoldenCase[] };

const nonFinite: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
};

const flat = (value: Recorded): number[] =>
  Array.isArray(value) ? value.flatMap(flat) : [nonFinite[String(value)] ?? Number(value)];
const shapeOf = (value: Recorded): number[] =>
  Array.isArray(value) ? [value.length, ...(value.length > 0 ? shapeOf(value[0]) : [])] : [];

function readArray(recorded: Recorded): NDArray {
  const typed = typeof recorded === 'object' && recorded !== null && 'v' in recorded;
  const name = typed ? recorded.dtype : 'float32';
  const values = typed ? recorded.v : recorded;
  const shape = shapeOf(values);
  if (name === 'bool') return { data: Uint8Array.from(flat(values)), shape, dtype: 'bool' };
  if (/^u?int/.test(name)) return { data: Int32Array.from(flat(values)), shape, dtype: 'int32' };
  return { data: Float32Array.from(flat(values)), shape, dtype: 'float32' };
}

const inputsFor = (x: readonly NDArray[]) =>
  x.map(({ shape, dtype }, i) =>
    input({ batchShape: [null, ...shape.slice(1)], dtype, name: `input_${i}` }),
  );

/** A model around a recorded layer. */
function fromGolden(test: GoldenCase, number: number): LayerSample {
  const { cls, config, args, kwargs = {} } = test;
  const named = ['query', 'value', 'key'].filter((n) => n in kwargs).map((n) => kwargs[n]);
  const given = takesList.has(cls) ? (args[0] as Recorded[]) : [...args, ...named];
  const x = given.map(readArray);
  const decoder = new Decoder({ version: parseVersion('3.15.1') });
  const spec = { module: 'keras.layers', class_name: cls, config, registered_name: null };
  const layer = decoder.layer(spec, `layer_${number}`);
  const inputs = inputsFor(x);
  const outputs = takesList.has(cls) ? layer.call(inputs) : callLayer(layer, inputs, {});
  const made = model({ inputs, outputs, name: 'model' });
  return { name: `${cls} ${number}`, className: cls, model: made, x };
}

// What the recorded tests define themselves: custom objects.
registerCustomObject('layers', OneStateRNNCell);
registerCustomObject('layers', TwoStatesRNNCell);
registerCustomObject('layers', MaskedDense);
registerFunction('square', (x: Tensor) => x.square());
registerFunction('stacker', (x: Tensor) => ops.concatenate([x, x], 1));

/** Irregular numbers between `low` and `high`. */
function wave(shape: readonly number[], low: number, high: number): NDArray {
  const size = shape.reduce((n, d) => n * d, 1);
  const middle = (low + high) / 2;
  const data = Float32Array.from({ length: size }, (_, i) => {
    return middle + (high - middle) * Math.sin(1.7 * i + 0.3);
  });
  return { data, shape: [...shape], dtype: 'float32' };
}

const integers = (shape: readonly number[], below: number): NDArray => {
  const size = shape.reduce((n, d) => n * d, 1);
  const data = Int32Array.from({ length: size }, (_, i) => (i * 7 + 3) % below);
  return { data, shape: [...shape], dtype: 'int32' };
};

const image = wave([2, 6, 5, 3], 0, 255);
const series = wave([2, 4, 3], -1, 1);
const flatter = wave([2, 7], -1, 1);

/** Layers that no recorded test has. */
const others: readonly (readonly [make: () => Layer, x: NDArray])[] = [
  [() => layers.flatten(), image],
  [() => layers.conv3d({ filters: 2, kernelSize: 2 }), wave([1, 3, 4, 3, 2], -1, 1)],
  [() => layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2 }), image],
  [() => layers.conv3dTranspose({ filters: 2, kernelSize: 2 }), wave([1, 2, 3, 2, 2], -1, 1)],
  [() => layers.zeroPadding3d({ padding: [1, 0, 2] }), wave([1, 2, 3, 2, 2], -1, 1)],
  [
    () =>
      layers.cropping2d({
        cropping: [
          [1, 2],
          [0, 1],
        ],
      }),
    image,
  ],
  [() => layers.cropping3d({ cropping: 1 }), wave([1, 3, 4, 3, 2], -1, 1)],
  [() => layers.permute({ dims: [2, 1] }), series],
  [() => layers.normalization({ mean: [1, 2, 3], variance: [4, 1, 2] }), series],
  [() => layers.normalization({ axis: -1 }), series],
  [() => layers.discretization({ binBoundaries: [-0.5, 0, 0.5] }), flatter],
  [() => layers.categoryEncoding({ numTokens: 5, outputMode: 'multi_hot' }), integers([2, 3], 5)],
  [() => layers.rescaling({ scale: 1 / 255, offset: -0.5 }), image],
  [() => layers.integerLookup({ vocabulary: [1, 4, 2] }), integers([2, 3], 5)],
  [() => layers.stftSpectrogram({ frameLength: 6 }), wave([2, 14, 2], -1, 1)],
  [
    () =>
      layers.melSpectrogram({
        fftLength: 16,
        sequenceStride: 8,
        numMelBins: 4,
        samplingRate: 1000,
      }),
    wave([2, 40], -1, 1),
  ],
  [() => layers.resizing({ height: 4, width: 7, interpolation: 'bicubic' }), image],
  [() => layers.centerCrop({ height: 3, width: 4 }), image],
  [() => layers.randomCrop({ height: 4, width: 3, seed: 1 }), image],
  [() => layers.randomFlip({ mode: 'vertical' }), image],
  [() => layers.randomTranslation({ heightFactor: 0.3, widthFactor: [0.1, 0.4] }), image],
  [() => layers.randomRotation({ factor: 0.2, fillMode: 'constant' }), image],
  [() => layers.randomZoom({ heightFactor: 0.4 }), image],
  [() => layers.randomShear({ xFactor: 0.4, yFactor: 0.2 }), image],
  [() => layers.randomPerspective(), image],
  [() => layers.randomElasticTransform({ scale: [0.5, 1] }), image],
  [() => layers.randomBrightness({ factor: 0.2 }), image],
  [() => layers.randomContrast({ factor: [0.2, 0.4] }), image],
  [() => layers.randomHue({ factor: 0.8 }), image],
  [() => layers.randomSaturation({ factor: [0.2, 0.7] }), image],
  [() => layers.randomColorDegeneration({ factor: 0.7 }), image],
  [() => layers.randomColorJitter({ brightnessFactor: 0.1, hueFactor: 0.2 }), image],
  [() => layers.randomSharpness({ factor: [0.1, 0.4] }), image],
  [() => layers.randomInvert({ factor: 0.5 }), image],
  [() => layers.randomPosterization({ factor: [1, 7] }), image],
  [() => layers.randomGrayscale({ factor: 0.4 }), image],
  [() => layers.randomGaussianBlur({ factor: 1, kernelSize: [3, 5] }), image],
  [() => layers.randomErasing({ factor: 1 }), image],
  [() => layers.solarization({ additionFactor: 0.3, thresholdFactor: 0.5 }), image],
  [() => layers.autoContrast(), image],
  [() => layers.equalization(), integers([2, 4, 5, 3], 256)],
  [
    () => layers.contrastLimitedAdaptiveHistogramEqualization({ tileGridSize: [2, 3] }),
    integers([2, 4, 5, 3], 256),
  ],
  [() => layers.mixUp(), image],
  [() => layers.cutMix(), image],
  [() => layers.randAugment(), image],
  [() => layers.randomApply({ transforms: [layers.randomBrightness({ factor: 0.1 })] }), image],
  [() => layers.augMix({ numChains: 2, chainDepth: 1 }), image],
  [() => layers.thresholdedRelu({ theta: 0.3 }), flatter],
  [() => layers.wrapper({ layer: layers.dense({ units: 2 }) }), series],
  [() => layers.rnn({ cell: layers.simpleRnnCell({ units: 3 }) }), series],
  [() => layers.rnn({ cell: layers.lstmCell({ units: 3 }), returnSequences: true }), series],
  [() => layers.rnn({ cell: layers.gruCell({ units: 3, resetAfter: false }) }), series],
  [
    () => layers.rnn({ cell: [layers.lstmCell({ units: 3 }), layers.gruCell({ units: 2 })] }),
    series,
  ],
  [() => layers.convLstm3d({ filters: 2, kernelSize: 2 }), wave([1, 2, 3, 3, 3, 2], -1, 1)],
  [() => layers.dropout({ rate: 0.4, noiseShape: [null, 1, 3] }), series],
  [() => layers.spatialDropout2d({ rate: 0.4 }), image],
  [() => layers.spatialDropout3d({ rate: 0.4 }), wave([1, 2, 3, 2, 2], -1, 1)],
  [() => layers.gaussianDropout({ rate: 0.4 }), flatter],
  [() => layers.gaussianNoise({ stddev: 0.4 }), flatter],
  [() => layers.alphaDropout({ rate: 0.4 }), flatter],
];

function fromOther([make, x]: (typeof others)[number], number: number): LayerSample {
  const layer = make();
  const inputs = inputsFor([x]);
  const made = model({ inputs, outputs: layer.call(inputs[0]), name: 'model' });
  const { className } = layer;
  return { name: `${className}, sample ${number}`, className, model: made, x: [x] };
}

/** Classes that no model can hold, and why. */
export const classesWithoutModels: Readonly<Record<string, string>> = {
  Hashing: 'reads strings or large integers: it runs on the host, before the model',
  HashedCrossing: 'reads strings or large integers: it runs on the host, before the model',
  StringLookup: 'reads strings: it runs on the host, before the model',
  TextVectorization: 'reads strings: it runs on the host, before the model',
};

/** Recorded configurations that are no model, and why. */
export const refusals: readonly (readonly [reason: string, message: RegExp])[] = [
  ['quantized to int8 or int4: these dtypes do not exist', /is quantized/],
  ['a Lambda that is compiled Python', /Python code/],
  ['classes that only the tests of Keras know', /RNNCellWithDropout|ExampleWrapper|'Sub'/],
  ['a recurrent layer that keeps its state has one batch size', /needs a known batch size/],
  ['a cell, which takes states beside its input', /states/],
];

/** Messages of recorded configurations that no sample could be made of. */
export const refused: string[] = [];
export const samples: LayerSample[] = [];

const seen = new Set<string>();
cases.forEach((test, number) => {
  const key = JSON.stringify([test.cls, test.config]);
  if (seen.has(key)) return;
  seen.add(key);
  try {
    samples.push(fromGolden(test, number));
  } catch (error) {
    refused.push(`${test.cls} ${number}: ${(error as Error).message}`);
  }
});
others.forEach((other, number) => {
  samples.push(fromOther(other, number));
});

/** The classes of a layer and of those inside of it. */
function classesIn(layer: Layer): string[] {
  return [layer.className, ...layer.sublayers().flatMap(classesIn)];
}

/** Classes that are part of a sample. */
export const sampledClasses = new Set(samples.flatMap((s) => classesIn(s.model)));

/** All classes of layers there are. */
export const allClasses: readonly string[] = [
  ...new Set(
    Object.keys(layers)
      .filter((name) => registries.layers.has(name))
      .map((name) => registries.layers.find(name).className!),
  ),
];
