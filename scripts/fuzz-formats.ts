/**
 * Damaged and random files against every reader of models. Each case is a sample file of some format,
 * changed at random; reading it must succeed or end with an error that the library means (a NablaError),
 * soon and in bounded memory. Cases follow from their number alone, so a failure can be repeated.
 *
 *   node --import ./bench/typescript.js scripts/fuzz-formats.ts [--cases 100000] [--from 0] [--seed 1]
 *   node --import ./bench/typescript.js scripts/fuzz-formats.ts --case 4711
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createJsEngine } from '../src/engines/js/engine.ts';
import { describeFile } from '../src/formats/describe.ts';
import { readHdf5 } from '../src/formats/hdf5/read.ts';
import { GroupBuilder } from '../src/formats/hdf5/tree.ts';
import { writeHdf5 } from '../src/formats/hdf5/write.ts';
import { loadModelFile, loadWeightsFile } from '../src/formats/load.ts';
import { readNpy, readNpz, writeNpy } from '../src/formats/npy.ts';
import { readSafetensors, writeSafetensors } from '../src/formats/safetensors.ts';
import { saveModelFiles } from '../src/formats/save.ts';
import { writeZip, ZipArchive } from '../src/formats/zip.ts';
import type { DType } from '../src/graph/dtype.ts';
import { NablaError } from '../src/graph/errors.ts';
import { hashBits } from '../src/graph/random.ts';
import { layers } from '../src/nn/layers/index.ts';
import { input } from '../src/nn/layers/input.ts';
import type { Layer } from '../src/nn/layers/layer.ts';
import { optimizers } from '../src/nn/optimizers/index.ts';
import { registerEngine, setDevice } from '../src/tensor/device.ts';
import { model } from '../src/training/functional.ts';
import type { Model } from '../src/training/model.ts';
import { sequential } from '../src/training/sequential.ts';
import '../src/nn/losses/index.ts';
import '../src/nn/metrics/index.ts';

/** A case takes milliseconds; one that takes this many seconds hangs. */
const HANG_SECONDS = 20;
/** Memory that reading small files may ever take. */
const MEMORY_LIMIT = 1_500 * 2 ** 20;

/** Bytes that one array may ever take: memory that is never touched does not show in a process's size. */
const ARRAY_LIMIT = 2 ** 28;

/** Runs before all modules: arrays that are too large end the case with an error of no known kind. */
const limitArrays = `
const refuse = (bytes) => { throw new Error('allocates ' + bytes + ' bytes at once'); };
for (const name of Object.getOwnPropertyNames(globalThis)) {
  const original = globalThis[name];
  if (!/^(Array|(Big)?(Ui|I)nt\\d+|Uint8Clamped|Float\\d+)(Array|Buffer)$/.test(name)) continue;
  const limited = new Proxy(original, {
    construct(target, args, made) {
      const bytes = Number(args[0]) * (target.BYTES_PER_ELEMENT ?? 1);
      if (typeof args[0] === 'number' && bytes > ${ARRAY_LIMIT}) refuse(bytes);
      return Reflect.construct(target, args, made === limited ? target : made);
    },
  });
  globalThis[name] = limited;
}
const { grow } = WebAssembly.Memory.prototype;
WebAssembly.Memory.prototype.grow = function (pages) {
  const bytes = this.buffer.byteLength + pages * 65536;
  if (bytes > ${2 * ARRAY_LIMIT}) refuse(bytes);
  return grow.call(this, pages);
};`;

/** Larger files would only be slower. */
const LARGEST_SAMPLE = 2 ** 18;

/** Random numbers of one case. */
class Random {
  readonly #key: number;
  readonly #seed: number;
  #count = 0;

  constructor(seed: number, key: number) {
    this.#seed = seed;
    this.#key = key;
  }

  bits(): number {
    return hashBits(this.#seed, this.#key, this.#count++);
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return limit > 0 ? this.bits() % limit : 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

type Kind = 'model' | 'weights' | 'hdf5' | 'npy' | 'npz';

interface Sample {
  readonly name: string;
  readonly kind: Kind;
  readonly bytes: Uint8Array;
  /** Files beside it. */
  readonly others?: ReadonlyMap<string, Uint8Array>;
  /** For weights alone: makes the model that they belong to. */
  readonly model?: () => Model;
}

function makeChain(): Model {
  const chain = sequential(
    [
      layers.conv2d({ filters: 3, kernelSize: 3, activation: 'relu', inputShape: [6, 6, 2] }),
      layers.batchNormalization(),
      layers.flatten(),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: 2, activation: 'softmax' }),
    ],
    { name: 'chain' },
  );
  chain.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return chain;
}

function makeGraph(): Model {
  const [a, b] = [input({ shape: [5, 3], name: 'a' }), input({ shape: [4], name: 'b' })];
  const read = layers.lstm({ units: 3 }).call(a);
  const shared = layers.dense({ units: 3 });
  const joined = layers.concatenate().call([read, shared.call(b), shared.call(b).mul(2)]);
  const graph = model({
    inputs: [a, b],
    outputs: [layers.dense({ units: 2, name: 'x' }).call(joined), joined],
    name: 'graph',
  });
  graph.compile({ optimizer: 'sgd', loss: ['mse', 'mse'] });
  return graph;
}

/** Layers in layers: wrappers, cells, models in models, an optimizer around another. */
function makeNested(): Model {
  const inner = sequential(
    [layers.dense({ units: 3, inputShape: [4, 3] }), layers.layerNormalization()],
    {
      name: 'inner',
    },
  );
  const x = input({ shape: [4, 3], name: 'x' });
  const both = layers.bidirectional({ layer: layers.gru({ units: 2, returnSequences: true }) });
  const stack = layers.rnn({ cell: [layers.lstmCell({ units: 3 }), layers.gruCell({ units: 2 })] });
  const each = layers.timeDistributed({ layer: layers.dense({ units: 3 }) });
  const outputs = stack.call(inner.call(each.call(both.call(inner.call(x)))));
  const nested = model({ inputs: x, outputs, name: 'nested' });
  const innerOptimizer = optimizers.adam({ amsgrad: true });
  nested.compile({ optimizer: optimizers.lossScaleOptimizer({ innerOptimizer }), loss: 'mse' });
  return nested;
}

/** A model whose outputs are those of many layers, each with sizes among its options. */
function makeZoo(name: string, shape: number[], zoo: readonly Layer[], dtype?: DType): Model {
  const x = input({ shape, dtype, name: 'x' });
  return model({ inputs: x, outputs: zoo.map((layer) => layer.call(x)), name });
}

const zoos: readonly (() => Model)[] = [
  () =>
    makeZoo(
      'images',
      [6, 6, 3],
      [
        layers.upSampling2d({ size: 2, interpolation: 'bilinear' }),
        layers.resizing({ height: 4, width: 3 }),
        layers.zeroPadding2d({ padding: 1 }),
        layers.cropping2d({ cropping: 1 }),
        layers.centerCrop({ height: 2, width: 7 }),
        layers.randomCrop({ height: 2, width: 2 }),
        layers.randomTranslation({ heightFactor: 0.1, widthFactor: 0.1 }),
        layers.randomGaussianBlur({ factor: 1, kernelSize: 3 }),
      ],
    ),
  () =>
    makeZoo(
      'windows',
      [6, 6, 2],
      [
        layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }),
        layers.depthwiseConv2d({ kernelSize: 2, dilationRate: 2 }),
        layers.separableConv2d({ filters: 2, kernelSize: 2 }),
        layers.maxPooling2d({ poolSize: 2, padding: 'same' }),
        layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
        layers.adaptiveAveragePooling2d({ outputSize: 2 }),
        layers.adaptiveMaxPooling2d({ outputSize: 2 }),
        layers.groupNormalization({ groups: 2 }),
        layers.reshape({ targetShape: [3, -1] }),
      ],
    ),
  () =>
    makeZoo(
      'sequences',
      [8, 4],
      [
        layers.conv1d({ filters: 2, kernelSize: 3, padding: 'causal' }),
        layers.upSampling1d({ size: 3 }),
        layers.stftSpectrogram({ frameLength: 4 }),
        layers.lstm({ units: 2, unroll: true }),
        layers.einsumDense({ equation: 'abc,cd->abd', outputShape: [null, 3] }),
        layers.permute({ dims: [2, 1] }),
        layers.globalMaxPooling1d(),
        layers.dense({ units: 3, kernelConstraint: 'maxNorm', activityRegularizer: 'l2' }),
        layers.discretization({ binBoundaries: [0, 0.5] }),
      ],
    ),
  () =>
    makeZoo(
      'numbers',
      [5],
      [
        layers.embedding({ inputDim: 6, outputDim: 3, maskZero: true }),
        layers.categoryEncoding({ numTokens: 6, outputMode: 'count' }),
        layers.integerLookup({ vocabulary: [1, 2, 4], numOovIndices: 2 }),
        layers.repeatVector({ n: 3 }),
        layers.rescaling({ scale: 2 }),
      ],
      'int32',
    ),
  () =>
    makeZoo(
      'sound',
      [40],
      [
        layers.melSpectrogram({ fftLength: 16, sequenceStride: 8, numMelBins: 4 }),
        layers.repeatVector({ n: 2 }),
      ],
    ),
];

/** The TensorFlow.js sample with its weights in a byte each. */
function makeQuantized(samples: readonly Sample[]): Sample {
  const { bytes, others } = samples.find((s) => s.name === 'chain.tfjs')!;
  const json = JSON.parse(new TextDecoder().decode(bytes));
  let count = 0;
  for (const weight of json.weightsManifest[0].weights) {
    weight.quantization = { dtype: 'uint8', scale: 0.01, min: -1 };
    count += weight.shape.reduce((n: number, d: number) => n * d, 1);
  }
  const [shard] = others!.keys();
  return {
    name: 'quantized.tfjs',
    kind: 'model',
    bytes: new TextEncoder().encode(JSON.stringify(json)),
    others: new Map([[shard, new Uint8Array(count).fill(100)]]),
  };
}

/** The weights of the chain, listed by a file beside the shard that holds them. */
function makeSharded(samples: readonly Sample[]): Sample {
  const { bytes } = samples.find((s) => s.name === 'chain.weights.h5')!;
  const shard = 'chain_00000.weights.h5';
  const map = { 'layers/conv2d/vars': shard, 'layers/dense/vars': shard };
  const json = { metadata: { total_size: bytes.length }, weight_map: map };
  return {
    name: 'sharded.weights.json',
    kind: 'weights',
    bytes: new TextEncoder().encode(JSON.stringify(json)),
    others: new Map([[shard, bytes]]),
    model: makeChain,
  };
}

async function makeSamples(): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const make of [makeChain, makeGraph, makeNested]) {
    const source = make();
    for (const format of ['keras', 'h5', 'weights.h5', 'safetensors', 'onnx', 'tfjs'] as const) {
      if (format === 'tfjs' && make === makeGraph) continue;
      const [main, ...rest] = await saveModelFiles(source, format, { date: new Date(2024, 0, 1) });
      samples.push({
        name: `${source.name}.${format}`,
        kind: format === 'weights.h5' ? 'weights' : 'model',
        bytes: main.bytes,
        model: make,
        others: new Map(rest.map((f) => [f.name, f.bytes])),
      });
    }
  }
  for (const make of zoos) {
    const source = make();
    for (const format of ['keras', 'h5'] as const) {
      const [{ bytes }] = await saveModelFiles(source, format, { date: new Date(2024, 0, 1) });
      samples.push({ name: `${source.name}.${format}`, kind: 'model', bytes });
    }
  }
  samples.push(makeQuantized(samples), makeSharded(samples));
  const array = {
    data: Float32Array.from({ length: 24 }, (_, i) => i),
    shape: [2, 3, 4],
    dtype: 'float32',
  } as const;
  const npy = writeNpy(array);
  samples.push({ name: 'array.npy', kind: 'npy', bytes: npy });
  const npz = await writeZip(
    [
      { name: 'a.npy', bytes: npy },
      { name: 'b.npy', bytes: npy },
    ],
    new Date(2024, 0, 1),
  );
  samples.push({ name: 'arrays.npz', kind: 'npz', bytes: npz });
  const root = new GroupBuilder();
  for (let i = 0; i < 40; i++) root.dataset(`group/of/many/values_${i}`, array);
  root.attributes.set('layer_names', ['a', 'b', 'c']);
  samples.push({ name: 'groups.h5', kind: 'hdf5', bytes: await writeHdf5(root) });
  // Files of other writers: real Keras, deflated archives, HDF5's newer structures; and those of the
  // world, where they are at hand.
  for (const path of ['../test/goldens/models/', '../../shared/keras/public/']) {
    const folder = new URL(path, import.meta.url);
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder).filter((n) => /\.(keras|h5|onnx)$/.test(n))) {
      const bytes = new Uint8Array(readFileSync(new URL(name, folder)));
      if (bytes.length > LARGEST_SAMPLE) continue;
      const kind = name.endsWith('.weights.h5') || name.startsWith('hdf5') ? 'hdf5' : 'model';
      samples.push({ name, kind, bytes });
    }
  }
  return samples;
}

const EXTREMES = [
  0, 1, 2, 3, 7, 8, 127, 128, 255, 256, 65_535, 65_536, 0x7fffffff, 0x80000000, 0xffffffff,
];

/** One to several changes of the kinds that disks, networks and attackers make. */
function mutate(source: Uint8Array, random: Random, samples: readonly Sample[]): Uint8Array {
  let bytes = source.slice();
  const view = () => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = 1 + random.below(random.below(3) === 0 ? 16 : 3);
  for (let n = 0; n < count && bytes.length > 0; n++) {
    const at = random.below(bytes.length);
    // Headers stand at the front; half of the changes go there.
    const near = random.below(2) ? random.below(Math.min(bytes.length, 2048)) : at;
    switch (random.below(12)) {
      case 0:
        bytes[near] ^= 1 << random.below(8);
        break;
      case 1:
        bytes[near] = random.below(256);
        break;
      case 2:
        bytes[near] = random.pick([0, 1, 127, 128, 255]);
        break;
      case 3:
        bytes = bytes.slice(0, at);
        break;
      case 4:
        if (near + 4 <= bytes.length) view().setUint32(near, random.pick(EXTREMES), true);
        break;
      case 5:
        if (near + 8 <= bytes.length) {
          view().setBigUint64(
            near,
            BigInt(random.pick(EXTREMES)) << BigInt(random.pick([0, 0, 8, 32])),
            true,
          );
        }
        break;
      case 6: {
        const length = random.below(64);
        for (let i = near; i < Math.min(near + length, bytes.length); i++)
          bytes[i] = random.below(256);
        break;
      }
      case 7: {
        const length = 1 + random.below(64);
        bytes = Uint8Array.of(...bytes.slice(0, near), ...bytes.slice(near + length));
        break;
      }
      case 8: {
        const piece = bytes.slice(at, at + 1 + random.below(64));
        bytes = Uint8Array.of(...bytes.slice(0, near), ...piece, ...bytes.slice(near));
        break;
      }
      case 9: {
        const piece = bytes.slice(at, at + 1 + random.below(256));
        bytes.set(piece.subarray(0, bytes.length - near), near);
        break;
      }
      case 10: {
        const other = random.pick(samples).bytes;
        const from = random.below(other.length);
        const piece = other.slice(from, from + 1 + random.below(512));
        bytes.set(piece.subarray(0, bytes.length - near), near);
        break;
      }
      default: {
        // Digits in text: sizes in configurations.
        for (let i = near; i < Math.min(near + 200, bytes.length); i++) {
          if (bytes[i] >= 48 && bytes[i] <= 57) {
            bytes[i] = 48 + random.below(10);
            if (random.below(3)) break;
          }
        }
      }
    }
  }
  return bytes;
}

/** A file made of nothing: random bytes behind the first bytes of a format, or none. */
function invent(random: Random, samples: readonly Sample[]): Uint8Array {
  const bytes = Uint8Array.from({ length: random.below(4096) }, () => random.below(256));
  const head = random.pick(samples).bytes.subarray(0, random.below(64));
  bytes.set(head.subarray(0, bytes.length));
  return bytes;
}

/** The archive with one of its files changed, and its checksums right again. */
async function mutateInside(
  sample: Sample,
  random: Random,
  samples: readonly Sample[],
): Promise<Uint8Array> {
  const archive = new ZipArchive(sample.bytes);
  const chosen = random.pick(archive.names);
  const files = [];
  for (const name of archive.names) {
    const bytes = await archive.read(name);
    files.push({ name, bytes: name === chosen ? mutate(bytes, random, samples) : bytes });
  }
  return writeZip(files, new Date(2024, 0, 1));
}

const NASTY: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  2.5,
  1e9,
  1e308,
  -(2 ** 53),
  '',
  'constructor',
  '__proto__',
  'Dense',
  'LSTM',
  'a',
  [],
  [[]],
  {},
  [null],
  [1, 2, 3],
  ['a', 0, 0],
  { class_name: 'Dense', config: {} },
  { class_name: '__keras_tensor__', config: { keras_history: ['a', 0, 0] } },
  { class_name: '__lambda__', config: {} },
];

/** A value somewhere in JSON, replaced, removed, doubled or moved. */
function mutateJson(root: unknown, random: Random): unknown {
  const places: { holder: any; key: string | number }[] = [];
  const visit = (holder: unknown): void => {
    if (typeof holder !== 'object' || holder === null) return;
    for (const key of Object.keys(holder)) {
      places.push({ holder, key: Array.isArray(holder) ? Number(key) : key });
      visit((holder as any)[key]);
    }
  };
  visit(root);
  for (let n = 1 + random.below(3); n > 0 && places.length > 0; n--) {
    // Sizes are what claims memory: half of the changes are made to numbers.
    const numbers = places.filter((p) => typeof p.holder[p.key] === 'number');
    const chosen = random.below(2) === 0 && numbers.length > 0 ? numbers : places;
    const { holder, key } = random.pick(chosen);
    const other = random.pick(places);
    const kind = random.below(6);
    if (kind === 0 && !Array.isArray(holder)) delete holder[key];
    else if (kind === 0) holder.splice(key as number, 1);
    else if (kind === 1 && Array.isArray(holder))
      holder.push(structuredClone(holder[key as number]));
    else if (kind === 2) holder[key] = structuredClone(other.holder[other.key]);
    else if (kind === 3 && typeof holder[key] === 'number') {
      holder[key] = random.pick([-1, 0, 1, 2, 3, 5, 100, 1e6, 3e8, 2 ** 31, 1e12, 0.5]);
    } else holder[key] = structuredClone(random.pick(NASTY));
  }
  return root;
}

const toText = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const parse = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));

/** The sample with its configuration changed and everything around it in order; undefined without one. */
async function mutateConfig(sample: Sample, random: Random): Promise<Uint8Array | undefined> {
  const { bytes, name } = sample;
  if (name.endsWith('.tfjs') || name.endsWith('.json')) {
    return toText(mutateJson(parse(bytes), random));
  }
  if (name.endsWith('.safetensors')) {
    const { tensors, metadata } = readSafetensors(bytes);
    const config = JSON.stringify(mutateJson(JSON.parse(metadata.config), random));
    return writeSafetensors(tensors, { ...metadata, config });
  }
  if (bytes[0] === 0x50 && !name.endsWith('.npz')) {
    const archive = new ZipArchive(bytes);
    const files = [];
    for (const file of archive.names) {
      const old = await archive.read(file);
      const changed = file === 'config.json' ? toText(mutateJson(parse(old), random)) : old;
      files.push({ name: file, bytes: changed });
    }
    return writeZip(files, new Date(2024, 0, 1));
  }
  if (bytes[0] !== 0x89 || sample.kind !== 'model') return undefined;
  const root = (await readHdf5(bytes)) as GroupBuilder;
  const attribute = random.below(4) === 0 ? 'training_config' : 'model_config';
  const text = root.attributes.get(attribute);
  if (typeof text !== 'string') return undefined;
  root.attributes.set(attribute, JSON.stringify(mutateJson(JSON.parse(text), random)));
  return writeHdf5(root);
}

interface Case {
  readonly number: number;
  readonly sample: Sample;
  readonly bytes: Uint8Array;
  readonly others: ReadonlyMap<string, Uint8Array>;
}

/** Half of the cases are alike over the samples, half over the formats, of which some have few samples. */
function pickSample(random: Random, samples: readonly Sample[]): Sample {
  if (random.below(2) === 0) return random.pick(samples);
  const format = random.pick([...new Set(samples.map(formatOf))]);
  return random.pick(samples.filter((s) => formatOf(s) === format));
}

async function makeCase(number: number, seed: number, samples: readonly Sample[]): Promise<Case> {
  const random = new Random(seed, number);
  const sample = pickSample(random, samples);
  const others = new Map(sample.others ?? []);
  const isArchive = sample.bytes[0] === 0x50 && sample.bytes[1] === 0x4b;
  if (random.below(40) === 0) return { number, sample, bytes: invent(random, samples), others };
  if (random.below(3) === 0) {
    const bytes = await mutateConfig(sample, random);
    if (bytes) return { number, sample, bytes, others };
  }
  if (isArchive && random.below(3) > 0) {
    return { number, sample, bytes: await mutateInside(sample, random, samples), others };
  }
  if (others.size > 0 && random.below(3) === 0) {
    const name = random.pick([...others.keys()]);
    others.set(name, mutate(others.get(name)!, random, samples));
    return { number, sample, bytes: sample.bytes, others };
  }
  return { number, sample, bytes: mutate(sample.bytes, random, samples), others };
}

/**
 * Reads the case as its kind is read, some as what else a file can be asked for: weights for a model, or a
 * description. Whatever is thrown goes on to the caller.
 */
async function readCase({ number, sample, bytes, others }: Case): Promise<void> {
  const sibling = async (name: string): Promise<Uint8Array> => {
    const found = others.get(name);
    if (!found) throw new NablaError(`there is no file '${name}'`);
    return found;
  };
  if (sample.kind === 'npy') readNpy(bytes);
  else if (sample.kind === 'npz') await readNpz(bytes);
  else if (sample.kind === 'hdf5') await readHdf5(bytes);
  else if (number % 8 === 1) await describeFile({ bytes, sibling });
  else if (sample.kind === 'weights' || (sample.model && number % 8 === 2)) {
    await loadWeightsFile(sample.model!(), { bytes, sibling });
  } else await loadModelFile({ bytes, sibling });
}

/** The format of a sample in the report: told from its bytes, with what a name adds to it. */
function formatOf({ name, kind, bytes }: Sample): string {
  if (kind === 'npy' || kind === 'npz') return kind;
  if (name.endsWith('.weights.json')) return 'weights.json (sharded)';
  if (name.endsWith('.tfjs')) return 'TensorFlow.js';
  if (bytes[0] === 0x89) return kind === 'model' ? 'h5' : 'weights.h5 and other HDF5';
  return name.slice(name.lastIndexOf('.') + 1);
}

function start(): void {
  registerEngine('js', async () => createJsEngine());
  setDevice('js');
}

/** The part of the cases that one process reads: every `step`-th from `from` on. */
interface Share {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** The pipe on which a process tells how it gets on, a line each; written at once, whatever hangs then. */
const REPORTS = 3;

const report = (line: object): void => {
  writeSync(REPORTS, `${JSON.stringify(line)}\n`);
};

/** What an engine says when memory is at its end, also where it became part of another message. */
const exhausted =
  /bytes at once|allocation failed|Invalid (typed )?array length|Invalid string length|call stack/;

async function work({ seed, from, to, step }: Share): Promise<void> {
  start();
  const samples = await makeSamples();
  for (let number = from; number < to; number += step) {
    const made = await makeCase(number, seed, samples);
    report({ number });
    const before = process.cpuUsage();
    let outcome = 'read';
    let message = '';
    try {
      await readCase(made);
    } catch (error) {
      const meant = error instanceof NablaError && !exhausted.test(error.message);
      outcome = meant ? 'refused' : 'failed';
      message = meant ? '' : String((error as Error)?.stack ?? error);
    }
    const { user, system } = process.cpuUsage(before);
    report({
      outcome,
      sample: made.sample.name,
      format: formatOf(made.sample),
      message,
      // The largest that the process has ever been.
      memory: process.resourceUsage().maxRSS * 1024,
      milliseconds: (user + system) / 1000,
    });
  }
}

interface Counts {
  read: number;
  refused: number;
  failed: number;
}

interface Totals {
  readonly formats: Map<string, Counts>;
  memory: number;
  /** Processor time of the case that took most. */
  slowest: { readonly milliseconds: number; readonly number: number; readonly sample: string };
  readonly failures: string[];
}

function countsOf({ formats }: Totals, format: string): Counts {
  let counts = formats.get(format);
  if (!counts) {
    counts = { read: 0, refused: 0, failed: 0 };
    formats.set(format, counts);
  }
  return counts;
}

/** Runs a share in a process of its own; after a hang or a crash another goes on behind the case. */
async function runShare(share: Share, totals: Totals): Promise<void> {
  const child = spawn(
    process.execPath,
    [
      '--max-old-space-size=1024',
      '--import',
      `data:text/javascript,${encodeURIComponent(limitArrays)}`,
      '--import',
      new URL('../bench/typescript.js', import.meta.url).href,
      fileURLToPath(import.meta.url),
      '--share',
      JSON.stringify(share),
    ],
    { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] },
  );
  let running = -1;
  let hung = false;
  // Ticks and not the clock: a machine that is suspended for a while is no hang.
  let ticks = 0;
  const watch = setInterval(() => {
    if (running < 0 || ++ticks < HANG_SECONDS) return;
    hung = true;
    child.kill('SIGKILL');
  }, 1000);
  const lines = createInterface({ input: child.stdio[REPORTS] as Readable });
  lines.on('line', (line) => {
    const { number, outcome, sample, format, message, memory, milliseconds } = JSON.parse(line);
    ticks = 0;
    if (number !== undefined) {
      running = number;
      return;
    }
    countsOf(totals, format)[outcome as keyof Counts]++;
    totals.memory = Math.max(totals.memory, memory);
    if (milliseconds > totals.slowest.milliseconds) {
      totals.slowest = { milliseconds, number: running, sample };
    }
    if (outcome === 'failed') totals.failures.push(`case ${running} (${sample}): ${message}`);
    running = -running - 1;
  });
  const code = await new Promise((resolve) => {
    child.on('close', (exit, signal) => resolve(exit ?? signal));
  });
  clearInterval(watch);
  if (code === 0) return;
  const number = running >= 0 ? running : -running - 1;
  countsOf(totals, 'unknown').failed++;
  totals.failures.push(`case ${number}: ${hung ? 'hangs' : `the process died (${code})`}`);
  await runShare({ ...share, from: number + share.step }, totals);
}

async function runAll(cases: number, from: number, seed: number): Promise<void> {
  start();
  for (const sample of await makeSamples()) {
    await readCase({ number: 0, ...sample, sample, others: sample.others ?? new Map() }).catch(
      (error) => console.log(`${sample.name} is refused unchanged: ${error.message}`),
    );
  }
  const step = Math.min(availableParallelism(), 4);
  const began = performance.now();
  const totals: Totals = {
    formats: new Map(),
    memory: 0,
    slowest: { milliseconds: 0, number: -1, sample: '' },
    failures: [],
  };
  await Promise.all(
    Array.from({ length: step }, (_, i) =>
      runShare({ seed, from: from + i, to: from + cases, step }, totals),
    ),
  );
  const { formats, memory, slowest, failures } = totals;
  if (memory > MEMORY_LIMIT) failures.push('reading small files took too much memory');
  const seconds = (performance.now() - began) / 1000;
  const sum = (kind: keyof Counts) =>
    [...formats.values()].reduce((total, counts) => total + counts[kind], 0);
  const [read, refused, failed] = [sum('read'), sum('refused'), sum('failed')];
  console.log(
    `${read + refused + failed} files in ${seconds.toFixed(0)} s: ${read} read, ${refused} refused, ${failed} failures; at most ${Math.round(memory / 2 ** 20)} MB; the slowest took ${slowest.milliseconds.toFixed(0)} ms of processor time (case ${slowest.number}, ${slowest.sample})`,
  );
  for (const [format, counts] of [...formats].sort(([a], [b]) => (a < b ? -1 : 1))) {
    console.log(`  ${format}: ${counts.read} read, ${counts.refused} refused`);
  }
  for (const failure of failures.slice(0, 20)) console.log(failure);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

async function runSingle(number: number, seed: number): Promise<void> {
  start();
  const made = await makeCase(number, seed, await makeSamples());
  const path = join(tmpdir(), `fuzz-${seed}-${number}-${made.sample.name}`);
  writeFileSync(path, made.bytes);
  console.log(
    `${made.sample.name} (${made.sample.kind}), ${made.bytes.length} bytes, kept as ${path}`,
  );
  const began = performance.now();
  await readCase(made).then(
    () => console.log('read'),
    (error) => console.log(error),
  );
  console.log(`${(performance.now() - began).toFixed(1)} ms`);
}

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    case: { type: 'string' },
    share: { type: 'string' },
  },
});
if (values.share !== undefined) await work(JSON.parse(values.share));
else if (values.case !== undefined) await runSingle(Number(values.case), Number(values.seed));
else await runAll(Number(values.cases), Number(values.from), Number(values.seed));
