/** What training does, as event files for TensorBoard and the dashboard. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { Embedding } from '../nn/layers/core/embedding.ts';
import type { Layer } from '../nn/layers/layer.ts';
import { expectOptions } from '../nn/options.ts';
import type { Variable } from '../tensor/variable.ts';
import {
  Callback,
  type Logs,
  type RunParameters,
  type TrainedModel,
} from '../training/callbacks/callback.ts';
import { Functional } from '../training/functional.ts';
import { Model } from '../training/model.ts';
import { Sequential } from '../training/sequential.ts';
import { writeTextAtomic } from './atomic.ts';
import { modelToJson, saveWeights } from './model-files.ts';
import { projectorConfig, vectorsText } from './projector-files.ts';
import { SummaryWriter } from './summary-writer.ts';

export interface TensorBoardOptions {
  /** Folder of the run, 'logs' by default. */
  readonly logDir?: string;
  /** Histograms of all weights every so many epochs; 0, the default, for none. */
  readonly histogramFreq?: number;
  /** The structure of the model; true by default. */
  readonly writeGraph?: boolean;
  /** Weights as images, beside their histograms. */
  readonly writeImages?: boolean;
  readonly writeStepsPerSecond?: boolean;
  /** When numbers are written: after each epoch ('epoch'), and after each batch or every so many. */
  readonly updateFreq?: 'batch' | 'epoch' | number;
  /** The vectors of embedding layers every so many epochs; 0, the default, for none. */
  readonly embeddingsFreq?: number;
  /** File with the names of the vectors, one for all layers or by the layer's name; relative to logDir. */
  readonly embeddingsMetadata?: string | Readonly<Record<string, string>>;
}

const known = [
  'logDir',
  'histogramFreq',
  'writeGraph',
  'writeImages',
  'writeStepsPerSecond',
  'updateFreq',
  'embeddingsFreq',
  'embeddingsMetadata',
];

/** Milliseconds after which the numbers of batches are handed to the file, for charts that are watched. */
const FLUSH_AFTER = 2000;

/**
 * Writes what Keras's callback of the name writes, where it writes it: `train/` and `validation/` with
 * `epoch_<number>` for each number of an epoch (also `epoch_learning_rate`), `batch_<number>`,
 * `evaluation_<number>_vs_iterations`, `<weight>/histogram` and `<weight>/image`, and the model as `keras`.
 * Embeddings are kept for the projector as TSV files, which every version of it reads.
 *
 * Each fit begins files of its own; they are complete up to the last epoch whatever happens.
 */
export class TensorBoard extends Callback {
  readonly logDir: string;
  readonly #histogramFreq: number;
  readonly #embeddingsFreq: number;
  /** Batches from one entry to the next; undefined for none. */
  readonly #batchFreq: number | undefined;
  readonly #options: TensorBoardOptions;
  #train: SummaryWriter;
  #validation: SummaryWriter;
  /** Batches since training began, and those before the running epoch. */
  #batches = 0;
  #batchesBefore: number | undefined;
  #batchStart = 0;
  #epochStart = 0;
  #epochIterations = 0;

  constructor(options: TensorBoardOptions = {}) {
    super();
    expectOptions('tensorBoard', options, known);
    const { logDir = 'logs', updateFreq = 'epoch' } = options;
    if (!logDir) fail('tensorBoard', 'logDir is empty; give a folder for the run');
    this.logDir = logDir;
    this.#options = options;
    this.#histogramFreq = frequency('histogramFreq', options.histogramFreq);
    this.#embeddingsFreq = frequency('embeddingsFreq', options.embeddingsFreq);
    const batches = updateFreq === 'batch' ? 1 : updateFreq;
    if (batches !== 'epoch' && !(Number.isInteger(batches) && batches >= 1)) {
      fail(
        'tensorBoard',
        `updateFreq is ${JSON.stringify(updateFreq)}; expected 'epoch', 'batch' or a number of batches`,
      );
    }
    this.#batchFreq = batches === 'epoch' ? undefined : batches;
    this.#train = new SummaryWriter(join(logDir, 'train'));
    this.#validation = new SummaryWriter(join(logDir, 'validation'));
  }

  override attach(model: TrainedModel, run: RunParameters): void {
    super.attach(model, run);
    this.#train = new SummaryWriter(this.#train.directory);
    this.#validation = new SummaryWriter(this.#validation.directory);
    if ((this.#options.writeGraph ?? true) && isGraph(model)) this.#writeGraph(model);
  }

  override async onTrainBegin(): Promise<void> {
    this.#batches = 0;
    this.#batchesBefore = undefined;
    if (this.#embeddingsFreq > 0) await this.#configureEmbeddings();
    await this.#train.flush();
  }

  override async onEpochBegin(epoch: number): Promise<void> {
    if (this.#batchesBefore === undefined) {
      // A run that is continued goes on with the batches where it was broken off.
      const { initialEpoch, steps = 0, position } = this.run;
      this.#batchesBefore = (epoch - initialEpoch) * steps;
      this.#batches = this.#batchesBefore + position.batch;
    } else {
      this.#batchesBefore = this.#batches;
    }
    if (this.#options.writeStepsPerSecond) {
      this.#epochIterations = await this.#iterations();
      this.#epochStart = performance.now();
    }
  }

  override onTrainBatchBegin(): void {
    if (this.#options.writeStepsPerSecond) this.#batchStart = performance.now();
  }

  override wantsBatchLogs(): boolean {
    const before = this.#batches;
    this.#batches = (this.#batchesBefore ?? 0) + this.run.position.batch;
    const every = this.#batchFreq;
    return every !== undefined && Math.floor(this.#batches / every) > Math.floor(before / every);
  }

  override async onTrainBatchEnd(_batch: number, logs: Logs): Promise<void> {
    const step = this.#batches;
    if (this.#options.writeStepsPerSecond) {
      const seconds = (performance.now() - this.#batchStart) / 1000;
      this.#train.scalar('batch_steps_per_second', 1 / seconds, step);
    }
    for (const [name, value] of Object.entries(logs)) {
      this.#train.scalar(`batch_${name}`, value, step);
    }
    if (this.#train.waiting > FLUSH_AFTER) await this.#train.flush({ sync: false });
  }

  override async onTestEnd(logs: Logs): Promise<void> {
    const step = await this.#iterations();
    for (const [name, value] of Object.entries(logs)) {
      this.#validation.scalar(`evaluation_${name}_vs_iterations`, value, step);
    }
    await this.#validation.flush();
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    for (const [name, value] of Object.entries(logs)) {
      if (name.startsWith('val_')) this.#validation.scalar(`epoch_${name.slice(4)}`, value, epoch);
      else if (name !== 'learning_rate') this.#train.scalar(`epoch_${name}`, value, epoch);
    }
    const rate = await this.model.optimizer.getLearningRate();
    this.#train.scalar('epoch_learning_rate', rate, epoch);
    if (this.#options.writeStepsPerSecond) {
      const seconds = (performance.now() - this.#epochStart) / 1000;
      const steps = (await this.#iterations()) - this.#epochIterations;
      this.#train.scalar('epoch_steps_per_second', steps / seconds, epoch);
    }
    if (this.#histogramFreq > 0 && epoch % this.#histogramFreq === 0) {
      await this.#writeWeights(epoch);
    }
    if (this.#embeddingsFreq > 0 && epoch % this.#embeddingsFreq === 0) {
      await this.#writeEmbeddings(epoch);
    }
    await this.#train.flush();
    if (this.run.validates) await this.#validation.flush();
  }

  override async onTrainEnd(): Promise<void> {
    await this.#train.close();
    if (this.run.validates) await this.#validation.close();
  }

  get #model(): Model {
    const { model } = this;
    if (model instanceof Model) return model;
    return fail('tensorBoard', `'${model.name}' is not a Model; only models can be looked into`);
  }

  async #iterations(): Promise<number> {
    return this.model.optimizer.iterations.item();
  }

  #writeGraph(model: Sequential | Functional): void {
    try {
      this.#train.kerasModel('keras', modelToJson(model), 0);
    } catch (error) {
      // A picture of the model must not keep it from being trained.
      console.warn(`nabla: tensorBoard: no graph is written: ${(error as Error).message}`);
    }
  }

  async #writeWeights(epoch: number): Promise<void> {
    for (const [path, variable] of weightPaths(this.#model)) {
      const array = await variable.ndarray();
      this.#train.histogram(`${path}/histogram`, array.data, epoch);
      const images = this.#options.writeImages ? weightImages(array) : undefined;
      if (images) this.#train.image(`${path}/image`, images, epoch);
    }
  }

  get #embeddings(): Embedding[] {
    return this.#model.layers.filter((layer) => layer instanceof Embedding);
  }

  async #configureEmbeddings(): Promise<void> {
    const { embeddingsMetadata } = this.#options;
    const layers = this.#embeddings;
    if (typeof embeddingsMetadata === 'object') {
      const unknown = Object.keys(embeddingsMetadata).find(
        (name) => !layers.some((layer) => layer.name === name),
      );
      if (unknown !== undefined) {
        fail(
          'tensorBoard',
          `embeddingsMetadata names '${unknown}'; the embedding layers are ${layers.map((l) => `'${l.name}'`).join(', ') || 'none'}`,
        );
      }
    }
    const weighted = this.#model.layers.filter((layer) => layer.weights.length > 0 || !layer.built);
    const text = projectorConfig(
      layers.map((layer) => ({
        // The name under which TensorFlow would keep the weights in a checkpoint.
        name: `layer_with_weights-${weighted.indexOf(layer)}/embeddings/.ATTRIBUTES/VARIABLE_VALUE`,
        shape: [layer.inputDim, layer.outputDim],
        vectors: `train/${vectorsFile(layer)}`,
        metadata:
          typeof embeddingsMetadata === 'string'
            ? embeddingsMetadata
            : embeddingsMetadata?.[layer.name],
      })),
    );
    await mkdir(this.#train.directory, { recursive: true });
    await writeTextAtomic(join(this.logDir, 'projector_config.pbtxt'), text);
  }

  async #writeEmbeddings(epoch: number): Promise<void> {
    for (const layer of this.#embeddings) {
      const text = vectorsText(await layer.embeddings.ndarray());
      await writeTextAtomic(join(this.#train.directory, vectorsFile(layer)), text);
    }
    const name = `keras_embedding.ckpt-${epoch}.weights.h5`;
    await saveWeights(this.#model, join(this.#train.directory, name));
  }
}

const isGraph = (model: TrainedModel): model is Sequential | Functional =>
  model instanceof Sequential || model instanceof Functional;

const vectorsFile = (layer: Layer): string => `${layer.name.replace(/[^\w.-]/g, '_')}.tsv`;

function frequency(name: string, epochs = 0): number {
  if (Number.isInteger(epochs) && epochs >= 0) return epochs;
  return fail('tensorBoard', `${name} is ${epochs}; expected a number of epochs of 0 or more`);
}

/**
 * Weights by the paths that Keras gives them: names of the layers from the outside in, then the weight's own.
 * Layers of a functional model exist before it does, so its name is no part of theirs.
 */
function weightPaths(model: Model): Map<string, Variable> {
  const paths = new Map<string, Variable>();
  const seen = new Set<Variable>();
  const visit = (layer: Layer, outer: string): void => {
    const path = layer instanceof Functional ? '' : `${outer}${layer.name}/`;
    for (const variable of layer.ownWeights) {
      if (seen.has(variable)) continue;
      seen.add(variable);
      let name = `${path}${variable.name}`;
      for (let k = 1; paths.has(name); k++) name = `${path}${variable.name}_${k}`;
      paths.set(name, variable);
    }
    for (const inner of layer.sublayers()) visit(inner, path);
  };
  visit(model, '');
  return paths;
}

/**
 * A weight as images [images, height, width, channels], as Keras lays it out: a vector is a column, a matrix
 * is wider than high, and three axes are one image for each position of the last. Undefined for all others.
 */
function weightImages({
  data,
  shape,
}: NDArray): { data: ArrayLike<number>; shape: number[] } | undefined {
  const sizes = shape.filter((d) => d !== 1);
  const [a = 1, b = 1, c = 1] = sizes;
  if (data.length === 0) return undefined;
  switch (sizes.length) {
    case 1:
      return { data, shape: [1, a, 1, 1] };
    case 2: {
      if (a <= b) return { data, shape: [1, a, b, 1] };
      const turned = Float32Array.from(data, (_, i) => data[(i % a) * b + Math.floor(i / a)]);
      return { data: turned, shape: [1, b, a, 1] };
    }
    case 3: {
      const plane = a * b;
      const planes = Float32Array.from(
        data,
        (_, i) => data[(i % plane) * c + Math.floor(i / plane)],
      );
      return { data: planes, shape: [c, a, b, 1] };
    }
    case 4:
      return [1, 3, 4].includes(sizes[3]) ? { data, shape: sizes } : undefined;
    default:
      return undefined;
  }
}
