import { losses } from '../../../src/nn/losses/index.ts';
import { gradientsOf } from '../../../src/tensor/grad.ts';
import { ops } from '../../../src/tensor/lift.ts';
import type { Tensor } from '../../../src/tensor/tensor.ts';
import {
  type CompiledStep,
  compileSizedStep,
  compileStep,
  dataOf,
  put,
  type SizedStep,
  settle,
} from './compiled-step.ts';
import { generateDataset } from './datasets.ts';
import { chosenFeatures, type Feature, featureMatrix, gridPoints } from './features.ts';
import { measure } from './metrics.ts';
import {
  allVariables,
  buildNetwork,
  lossOf,
  type Network,
  stageOutputs,
  targets,
} from './network.ts';
import { emptyPoints, type Points, splitPoints } from './points.ts';
import type { Frame, Layout, RunSnapshot, Trouble, UnitHealth, WeightAddress } from './protocol.ts';
import { RandomStream } from './random.ts';
import { datasetOf, isMulticlass, type PlaygroundState } from './state.ts';

/**
 * One run: the data, the network and its training, without page or worker. An epoch is a plain call; what
 * it does in a step is `Model.trainStep`, the same that `fit` repeats, compiled for the js engine.
 */

export interface Part {
  readonly points: Points;
  /** Features, row-major [points, features]. */
  readonly x: Float32Array;
  /** Targets, row-major [points, outputs]. */
  readonly y: Float32Array;
}

const MAP_SIZE = 32;
const OUTPUT_SIZES = [100, 64, 40] as const;
/** What the pictures of one frame may take, in milliseconds, before they get coarser. */
const PICTURE_BUDGET = 7;
const MAX_PATH = 400;

/** The field's parts on which a value depends, as text to compare. */
const keyOf = (...parts: unknown[]): string => JSON.stringify(parts);

function dataKey(s: PlaygroundState): string {
  const own = datasetOf(s) === 'own' ? s.points : undefined;
  const drawn = own ? [[...own.x], [...own.y], [...own.label]] : [];
  return keyOf(s.problem, datasetOf(s), s.classes, s.noise, s.dataSeed, drawn);
}

/** What decides the shapes of the weights and their initial values. */
function structureKey(s: PlaygroundState): string {
  const shape = s.layers.map((l) => [l.units, l.batchNorm]);
  const output = [s.problem, s.classes, s.loss];
  return keyOf(shape, output, s.features, s.formulas, s.initializer, s.seed);
}

/** What is compiled into a step besides. */
function modelKey(s: PlaygroundState): string {
  return keyOf(
    structureKey(s),
    s.layers.map((l) => [l.activation, l.dropout]),
    s.activation,
    s.regularization,
    s.regularizationRate,
    optimizerKey(s),
  );
}

function optimizerKey(s: PlaygroundState): string {
  const scheduled = s.schedule ? [s.schedule, s.decaySteps, s.decayRate, s.learningRate] : [];
  return keyOf(s.optimizer, s.optimizerOptions, scheduled);
}

export class Trainer {
  state: PlaygroundState;
  network!: Network;
  features: Feature[] = [];
  train!: Part;
  test!: Part;
  epoch = 0;
  /** Batches since the last reset. */
  steps = 0;
  computeTime = 0;
  trouble: Trouble | undefined;
  #keys = { data: '', split: '', structure: '', model: '', optimizer: '' };
  #points: Points = emptyPoints();
  #trainSteps = new Map<number, SizedStep>();
  #evaluators = new Map<string, CompiledStep>();
  #pictures = new Map<string, CompiledStep>();
  #grids = new Map<number, Float32Array>();
  #order: Int32Array = new Int32Array(0);
  /** Position in the epoch, for stepping batch by batch. */
  #cursor = 0;
  #outputSize: number = OUTPUT_SIZES[0];
  #pictureTime = 0;
  #slowPictures = 0;
  /** All weights at past frames, thinned out as it grows. */
  #path: Float32Array[] = [];
  #pathStride = 1;
  #pathSkipped = 0;

  private constructor(state: PlaygroundState) {
    this.state = state;
  }

  static async create(state: PlaygroundState): Promise<Trainer> {
    const trainer = new Trainer(state);
    await trainer.configure(state);
    return trainer;
  }

  /**
   * Goes on with another state. New data or another shape of the network starts a new run; everything
   * else (rates, activations, optimizer, batch size) goes on with the weights there are. Returns whether
   * a new run was started.
   */
  async configure(state: PlaygroundState): Promise<boolean> {
    const keys = {
      data: dataKey(state),
      split: keyOf(dataKey(state), state.percTrainData),
      structure: structureKey(state),
      model: modelKey(state),
      optimizer: optimizerKey(state),
    };
    const old = this.#keys;
    const features = chosenFeatures(state.features, state.formulas);
    // A batch that an epoch was in the middle of is left.
    if (state.batchSize !== this.state.batchSize) this.#cursor = 0;
    const newData = keys.split !== old.split;
    const restart = newData || keys.structure !== old.structure;
    this.state = state;
    this.features = features;
    if (keys.data !== old.data) this.#points = this.#generate();
    if (restart) {
      const { train, test } = splitPoints(this.#points, state.percTrainData);
      this.train = this.#part(train);
      this.test = this.#part(test);
      this.#grids.clear();
      this.#evaluators.clear();
    }
    if (restart || keys.model !== old.model) {
      await this.#rebuild(!restart && keys.optimizer === old.optimizer, !restart);
    }
    if (!state.schedule) this.#setRate(state.learningRate);
    this.#keys = keys;
    if (restart) this.#begin();
    await this.#compileSteps();
    return restart;
  }

  /** Starts again from initial weights. */
  async reset(state: PlaygroundState = this.state): Promise<void> {
    this.#keys = { ...this.#keys, structure: '' };
    await this.configure(state);
  }

  /** Compiles the steps of the batch sizes there are, each for the engine that suits its size. */
  async #compileSteps(): Promise<void> {
    const n = this.train.points.x.length;
    const whole = Math.min(this.state.batchSize, n);
    const rest = whole > 0 ? n % whole : 0;
    const { model, outputs } = this.network;
    for (const size of [whole, rest]) {
      if (size === 0 || this.#trainSteps.has(size)) continue;
      const step = await compileSizedStep(
        [
          [size, this.features.length],
          [size, outputs],
        ],
        (x, y) => [model.trainStep({ x, y, size: ops.full([], size) as Tensor }).loss],
      );
      this.#trainSteps.set(size, step);
    }
  }

  /** Whether a step is large enough for the runtime, and must be awaited. */
  get awaited(): boolean {
    for (const step of this.#trainSteps.values()) if (!step.run) return true;
    return false;
  }

  /** The next batch; undefined when there is nothing to train on. */
  #nextBatch(): { step: SizedStep; inputs: Float32Array[]; size: number } | undefined {
    const n = this.train.points.x.length;
    if (n === 0 || this.trouble) return undefined;
    if (this.#cursor === 0) this.#startEpoch(n);
    const size = Math.min(this.state.batchSize, n - this.#cursor);
    const f = this.features.length;
    const k = this.network.outputs;
    const x = new Float32Array(size * f);
    const y = new Float32Array(size * k);
    for (let i = 0; i < size; i++) {
      const row = this.#order[this.#cursor + i];
      for (let j = 0; j < f; j++) x[i * f + j] = this.train.x[row * f + j];
      for (let j = 0; j < k; j++) y[i * k + j] = this.train.y[row * k + j];
    }
    return { step: this.#trainSteps.get(size)!, inputs: [x, y], size };
  }

  /** Counts a batch. Returns false when its loss is not a number. */
  #batchDone(size: number, loss: number): boolean {
    this.steps++;
    this.#cursor += size;
    if (this.#cursor >= this.train.points.x.length) {
      this.#cursor = 0;
      this.epoch++;
    }
    if (Number.isFinite(loss)) return true;
    this.#diverged('loss');
    return false;
  }

  /**
   * One batch, at once, while steps are not {@link awaited}. Returns false when the loss is not a number
   * any more, or there is nothing to train on.
   */
  trainBatch(): boolean {
    const batch = this.#nextBatch();
    if (!batch) return false;
    const { step, inputs, size } = batch;
    if (!step.run)
      throw new Error('this network is too large for trainBatch; use trainBatchAnywhere');
    return this.#batchDone(size, step.run(inputs)[0].data[0] as number);
  }

  /** One batch on whichever engine. */
  async trainBatchAnywhere(): Promise<boolean> {
    const batch = this.#nextBatch();
    if (!batch) return false;
    return this.#batchDone(batch.size, await batch.step.runAnywhere(batch.inputs));
  }

  /** The rest of the present epoch, at once. */
  trainEpoch(): boolean {
    const started = performance.now();
    let going = this.trainBatch();
    while (going && this.#cursor > 0) going = this.trainBatch();
    this.computeTime += performance.now() - started;
    return going;
  }

  /** The rest of the present epoch on whichever engine. */
  async trainEpochAnywhere(): Promise<boolean> {
    if (!this.awaited) return this.trainEpoch();
    const started = performance.now();
    let going = await this.trainBatchAnywhere();
    while (going && this.#cursor > 0) going = await this.trainBatchAnywhere();
    this.computeTime += performance.now() - started;
    return going;
  }

  #startEpoch(n: number): void {
    for (const metric of this.network.model.metrics) {
      for (const v of metric.variables) put(v, new Float32Array(v.size));
    }
    if (this.state.shuffle) {
      this.#order = new RandomStream(this.state.seed, 100 + this.epoch).permutation(n);
    } else if (this.#order.length !== n || this.#order.some((v, i) => v !== i)) {
      this.#order = Int32Array.from({ length: n }, (_, i) => i);
    }
  }

  #diverged(where: Trouble['where']): void {
    let largest = 0;
    for (const { dense } of this.network.stages) {
      for (const v of dataOf(dense.kernel)) {
        if (Number.isFinite(v)) largest = Math.max(largest, Math.abs(v));
      }
    }
    const { learningRate } = this.state;
    this.trouble = {
      kind: 'diverged',
      epoch: this.epoch,
      largestWeight: largest,
      learningRate,
      where,
    };
  }

  #generate(): Points {
    const s = this.state;
    const name = datasetOf(s);
    if (name === 'own') return s.points ?? emptyPoints();
    return generateDataset(name, { noise: s.noise / 100, classes: s.classes, seed: s.dataSeed });
  }

  #part(points: Points): Part {
    return {
      points,
      x: featureMatrix(this.features, points.x, points.y),
      y: targets(this.state, points.label),
    };
  }

  async #rebuild(keepOptimizer: boolean, keepWeights: boolean): Promise<void> {
    const before = this.network as Network | undefined;
    const network = buildNetwork(this.state, this.features.length);
    await settle(allVariables(network));
    if (before && keepWeights) {
      copyInto(before.model.weights, network.model.weights);
      if (keepOptimizer) copyInto(before.optimizer.variables, network.optimizer.variables);
      network.attachConstraints();
    }
    this.network = network;
    this.#trainSteps.clear();
    this.#evaluators.clear();
    this.#pictures.clear();
  }

  #begin(): void {
    this.epoch = 0;
    this.steps = 0;
    this.computeTime = 0;
    this.trouble = undefined;
    this.#cursor = 0;
    this.#path = [];
    this.#pathStride = 1;
    this.#pathSkipped = 0;
    this.#outputSize = OUTPUT_SIZES[0];
    this.#slowPictures = 0;
  }

  #setRate(rate: number): void {
    const variable = this.network.optimizer.variables.find((v) => v.name === 'learning_rate');
    if (variable) put(variable, Float32Array.of(rate));
  }

  /** Loss (without penalties) and outputs of all stages for a set of points. */
  evaluate(part: Part): { loss: number; outputs: Float32Array[] } {
    const n = part.points.x.length;
    if (n === 0) return { loss: Number.NaN, outputs: [] };
    const key = `${n}`;
    let step = this.#evaluators.get(key);
    if (!step) {
      const loss = losses.get(lossOf(this.state));
      step = compileStep(
        [
          [n, this.features.length],
          [n, this.network.outputs],
        ],
        (x, y) => {
          const outputs = stageOutputs(this.network, x);
          return [loss.call(y, outputs.at(-1)!), ...outputs];
        },
      );
      this.#evaluators.set(key, step);
    }
    const [loss, ...outputs] = step.run([part.x, part.y]);
    return { loss: loss.data[0] as number, outputs: outputs.map((o) => o.data as Float32Array) };
  }

  /** A function of a set of weights: the loss on the training data. */
  compileLoss(): (overrides: Parameters<CompiledStep['run']>[1]) => number {
    const n = this.train.points.x.length;
    const loss = losses.get(lossOf(this.state));
    const step = compileStep(
      [
        [n, this.features.length],
        [n, this.network.outputs],
      ],
      (x, y) => [loss.call(y, stageOutputs(this.network, x).at(-1)!)],
    );
    return (overrides) => step.run([this.train.x, this.train.y], overrides)[0].data[0] as number;
  }

  /** Gradients of what training minimizes, for the trainable weights in order. */
  gradients(): Float32Array[] {
    const n = this.train.points.x.length;
    let step = this.#evaluators.get('gradients');
    if (!step) {
      const { model, outputs } = this.network;
      step = compileStep(
        [
          [n, this.features.length],
          [n, outputs],
        ],
        (x, y) => {
          const values = model.trainableWeights.map((v) => v.value as Tensor);
          const predictions = stageOutputs(this.network, x).at(-1)!;
          const loss = model.computeLoss({ x, y, size: ops.full([], n) as Tensor }, predictions);
          return gradientsOf(loss, values);
        },
      );
      this.#evaluators.set('gradients', step);
    }
    return step.run([this.train.x, this.train.y]).map((b) => b.data as Float32Array);
  }

  /** Sets one weight. */
  edit({ stage, unit, input }: WeightAddress, value: number): void {
    const { dense } = this.network.stages[stage];
    const variable = input === 'bias' ? dense.bias! : dense.kernel;
    const data = dataOf(variable).slice();
    data[input === 'bias' ? unit : input * dense.units + unit] = value;
    put(variable, data);
    this.network.attachConstraints();
    if (this.trouble && Number.isFinite(value)) this.trouble = undefined;
  }

  /** The present learning rate, of a schedule too. */
  learningRate(): number {
    if (!this.state.schedule) return this.state.learningRate;
    let step = this.#evaluators.get('rate');
    if (!step) {
      step = compileStep([], () => [this.network.optimizer.rate]);
      this.#evaluators.set('rate', step);
    }
    return step.run([])[0].data[0] as number;
  }

  layout(): Layout {
    const { stages, model } = this.network;
    const grid = this.#grid(MAP_SIZE);
    const width = this.features.length;
    return {
      features: this.features.map(({ id, label }) => ({ id, label })),
      stages: stages.map(({ units, activationName, norm }, i) => ({
        units,
        activation: activationName,
        batchNorm: norm !== undefined,
        dropout: this.state.layers[i]?.dropout ?? 0,
      })),
      parameters: model.countParams(),
      train: this.train.points,
      test: this.test.points,
      featureMaps: this.features.map((_, k) => {
        const levels = new Uint8Array(MAP_SIZE * MAP_SIZE);
        for (let i = 0; i < levels.length; i++) levels[i] = levelOf(grid[i * width + k]);
        return levels;
      }),
      mapSize: MAP_SIZE,
    };
  }

  /** Everything that is drawn now. `pictures` adds the heat maps. */
  frame(pictures: boolean, speed = { playing: false, epochsPerSecond: 0 }): Frame {
    const s = this.state;
    const train = this.evaluate(this.train);
    const test = this.evaluate(this.test);
    this.#notePath();
    const painted = pictures ? this.#paint() : {};
    return {
      epoch: this.epoch,
      steps: this.steps,
      playing: speed.playing,
      trainLoss: train.loss,
      testLoss: test.loss,
      trainMetrics: measure(
        s,
        this.train.points.label,
        train.outputs.at(-1) ?? new Float32Array(0),
      ),
      testMetrics: measure(s, this.test.points.label, test.outputs.at(-1) ?? new Float32Array(0)),
      weights: this.network.stages.map(({ dense }) => ({
        kernel: dataOf(dense.kernel).slice(),
        bias: dataOf(dense.bias!).slice(),
      })),
      ...painted,
      mapSize: MAP_SIZE,
      outputSize: this.#outputSize,
      health: this.network.stages
        .slice(0, -1)
        .map((stage, i) => healthOf(stage.activationName, stage.units, train.outputs[i])),
      epochsPerSecond: speed.epochsPerSecond,
      millisecondsPerEpoch: this.epoch > 0 ? this.computeTime / this.epoch : 0,
      computeTime: this.computeTime,
      learningRate: this.learningRate(),
      ...(this.trouble ? { trouble: this.trouble } : {}),
    };
  }

  /** Past values of all weights of all stages: kernels and biases in order. */
  get path(): readonly Float32Array[] {
    return this.#path;
  }

  /** The weights of the stages in one row, as {@link path} holds them. */
  flatWeights(): Float32Array {
    const parts = this.network.stages.flatMap(({ dense }) => [
      dataOf(dense.kernel),
      dataOf(dense.bias!),
    ]);
    const out = new Float32Array(parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  /** Where a weight is in {@link flatWeights}. */
  flatIndex({ stage, unit, input }: WeightAddress): number {
    let at = 0;
    for (const { dense } of this.network.stages.slice(0, stage)) {
      at += dense.kernel.size + dense.units;
    }
    const { dense } = this.network.stages[stage];
    return input === 'bias' ? at + dense.kernel.size + unit : at + input * dense.units + unit;
  }

  #notePath(): void {
    if (++this.#pathSkipped < this.#pathStride && this.#path.length > 0) return;
    const weights = this.flatWeights();
    const last = this.#path.at(-1);
    if (last?.every((v, i) => v === weights[i])) return;
    this.#pathSkipped = 0;
    this.#path.push(weights);
    if (this.#path.length < MAX_PATH) return;
    this.#path = this.#path.filter((_, i) => i % 2 === 0);
    this.#pathStride *= 2;
  }

  #grid(size: number): Float32Array {
    let grid = this.#grids.get(size);
    if (!grid) {
      const { x, y } = gridPoints(size);
      grid = featureMatrix(this.features, x, y);
      this.#grids.set(size, grid);
    }
    return grid;
  }

  /** The outputs of the stages over a grid of the square; of the last one only with `last`. */
  #picture(size: number, last: boolean): Float32Array[] {
    const key = `${size}/${last}`;
    let step = this.#pictures.get(key);
    if (!step) {
      step = compileStep([[size * size, this.features.length]], (x) => {
        const outputs = stageOutputs(this.network, x);
        return last ? outputs.slice(-1) : outputs;
      });
      this.#pictures.set(key, step);
    }
    return step.run([this.#grid(size)]).map((b) => b.data as Float32Array);
  }

  #paint(): { maps: Uint8Array[]; output: Uint8Array } {
    const started = performance.now();
    const s = this.state;
    const maps = this.#picture(MAP_SIZE, false).map((values, i) =>
      planes(values, this.network.stages[i].units, levelOf),
    );
    const probability = s.problem === 'classification' && s.loss === 'crossentropy';
    const level = isMulticlass(s)
      ? (v: number) => v * 255
      : probability
        ? (v: number) => levelOf(2 * v - 1)
        : levelOf;
    const [values] = this.#picture(this.#outputSize, true);
    const output = planes(values, this.network.outputs, level);
    this.#pictureTime = performance.now() - started;
    this.#adaptPictures();
    return { maps, output };
  }

  /** Slow pictures get coarser; one slow frame may be chance, several are not. */
  #adaptPictures(): void {
    if (this.#pictureTime <= PICTURE_BUDGET) {
      this.#slowPictures = 0;
      return;
    }
    if (++this.#slowPictures < 4) return;
    this.#slowPictures = 0;
    const next = OUTPUT_SIZES.find((size) => size < this.#outputSize);
    if (next) this.#outputSize = next;
  }

  async snapshot(): Promise<RunSnapshot> {
    const weights = this.network.model.weights.map((v) => ({
      name: v.name,
      shape: [...v.shape],
      values: [...dataOf(v)],
    }));
    return { epoch: this.epoch, weights };
  }

  /** Takes the weights of a snapshot of the same network; throws if they do not fit. */
  restore({ epoch, weights }: RunSnapshot): void {
    const own = this.network.model.weights;
    const fits =
      Number.isInteger(epoch) &&
      epoch >= 0 &&
      weights.length === own.length &&
      weights.every((w, i) => w.values.length === own[i].size && w.values.every(Number.isFinite));
    if (!fits) throw new Error('the weights of the session do not fit its network');
    weights.forEach((w, i) => {
      put(own[i], Float32Array.from(w.values));
    });
    this.network.attachConstraints();
    this.epoch = epoch;
  }
}

function copyInto(from: readonly any[], to: readonly any[]): void {
  const fits =
    from.length === to.length &&
    from.every((v, i) => v.size === to[i].size && v.dtype === to[i].dtype);
  if (!fits) return;
  from.forEach((v, i) => {
    to[i].put(v.peek());
  });
}

/** -1 to 1 as 0 to 255. */
function levelOf(value: number): number {
  return value <= -1 ? 0 : value >= 1 ? 255 : (value + 1) * 127.5;
}

/** Values [points, units] as one plane of levels a unit. */
function planes(values: Float32Array, units: number, level: (v: number) => number): Uint8Array {
  const n = values.length / units;
  const out = new Uint8Array(values.length);
  for (let k = 0; k < units; k++) {
    const start = k * n;
    for (let i = 0; i < n; i++) out[start + i] = level(values[i * units + k]);
  }
  return out;
}

/** Activations that are flat at both ends, with those ends. */
const ends: Readonly<Record<string, readonly [number, number]>> = {
  tanh: [-1, 1],
  sigmoid: [0, 1],
  softsign: [-1, 1],
  hardSigmoid: [0, 1],
  hardTanh: [-1, 1],
};

/** Which units no longer learn, judged by their outputs for the training samples. */
export function healthOf(
  activation: string,
  units: number,
  outputs: Float32Array | undefined,
): UnitHealth[] {
  const n = (outputs?.length ?? 0) / units;
  const [bottom, top] = ends[activation] ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const margin = 0.01 * (top - bottom);
  const low = Number.isFinite(margin) ? bottom + margin : bottom;
  const high = Number.isFinite(margin) ? top - margin : top;
  // Only an activation that is exactly zero below zero can die.
  const mortal = activation === 'relu' || activation === 'relu6';
  return Array.from({ length: units }, (_, k): UnitHealth => {
    if (!outputs || n === 0) return 0;
    let zeros = 0;
    let flat = 0;
    for (let i = 0; i < n; i++) {
      const v = outputs[i * units + k];
      if (v === 0) zeros++;
      if (v < low || v > high) flat++;
    }
    if (mortal && zeros === n) return 1;
    return flat >= 0.95 * n ? 2 : 0;
  });
}
