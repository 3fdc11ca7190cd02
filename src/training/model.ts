import { fail } from '../graph/errors.ts';
import { currentCall, withinCall } from '../nn/layers/context.ts';
import { Layer } from '../nn/layers/layer.ts';
import { placeholders } from '../nn/layers/shape-tree.ts';
import { Mean, type Metric } from '../nn/metrics/metric.ts';
import { optimizers } from '../nn/optimizers/index.ts';
import type { Optimizer } from '../nn/optimizers/optimizer.ts';
import { expectOptions } from '../nn/options.ts';
import { gradientsOf } from '../tensor/grad.ts';
import { jit } from '../tensor/jit.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { traced } from '../tensor/trace.ts';
import { assignedDuring, type Variable } from '../tensor/variable.ts';
import type { ModelData, Signature } from './arrays.ts';
import { type CompileOptions, compileOptions, splitArguments } from './call-options.ts';
import type { Logs } from './callbacks/callback.ts';
import type { History } from './callbacks/history.ts';
import { CompiledLoss, CompiledMetrics, resultsByName } from './compiled.ts';
import {
  type EvaluateOptions,
  type PredictOptions,
  runEvaluation,
  runPrediction,
} from './evaluation.ts';
import { type LoadWeightsOptions, modelFiles, type SaveOptions } from './files.ts';
import { type FitOptions, runFit } from './fit.ts';
import { asLoss, layersIn, metricsIn } from './model-parts.ts';
import type { OutputTree } from './outputs.ts';
import type { BatchIterable, SourceOptions } from './source.ts';
import { batchTensors, type StepData } from './step-data.ts';
import { countParameters, type SummaryOptions, summarize } from './summary.ts';
import type { Results } from './trainable.ts';

export type { CompileOptions } from './call-options.ts';

type StepFunction = (data: readonly StepData[]) => Promise<Results>;

/**
 * A layer that can be trained. `fit` repeats one compiled step: forward pass, loss, gradients, optimizer
 * and metrics are one graph, built by `trainStep`; override it for training of another kind.
 */
export abstract class Model extends Layer {
  /** Set it in a callback to end training after the running step. */
  stopTraining = false;
  history: History | undefined;
  /** What the order of samples in `fit` is drawn from; a run that goes on keeps it, and files hold it. */
  shuffleSeed: number | undefined;
  #optimizer: Optimizer | undefined;
  #loss: CompiledLoss | undefined;
  #metrics = new CompiledMetrics(undefined);
  #weightedMetrics = new CompiledMetrics(undefined);
  #compileOptions: CompileOptions | undefined;
  readonly #lossTracker = new Mean({ name: 'loss' });
  #trainStep: StepFunction | undefined;
  #testStep: StepFunction | undefined;
  #predictStep: ((x: any) => Promise<any>) | undefined;
  /** For the layers that there were when the model was compiled, whether they were frozen. */
  #frozen: ReadonlyMap<Layer, boolean> = new Map();
  #ownMetrics: readonly Metric[] | undefined;
  #isTraining = false;

  /**
   * Makes the weights for inputs of a shape (null for the batch), or of several in an array or object. A
   * model is also built when it is first called.
   */
  override build(inputShape: any): void {
    // Within a call the layers are built as they are met.
    if (this.built || currentCall()?.layer === this) return;
    traced(() => this.buildFor(placeholders(inputShape, this.dtype)));
  }

  /** The masks that the layers inside have set remain. */
  override computeMask(): undefined {
    return undefined;
  }

  /** Layers in the order of the model. */
  get layers(): Layer[] {
    return this.sublayers();
  }

  /** Names of the inputs, for data by name. */
  get inputNames(): string[] {
    return [];
  }

  /** Names of the outputs, for losses, metrics and labels by name. */
  get outputNames(): string[] {
    return [];
  }

  /** How many inputs and outputs the model has, where its structure tells. @internal */
  get signature(): Signature {
    return {};
  }

  get optimizer(): Optimizer {
    return this.#optimizer ?? this.#notCompiled();
  }

  get isCompiled(): boolean {
    return this.#compileOptions !== undefined;
  }

  get compileOptions(): CompileOptions | undefined {
    return this.#compileOptions;
  }

  /** The loss and every metric, in the order in which results are reported. */
  get metrics(): Metric[] {
    return [
      this.#lossTracker,
      ...(this.#loss?.trackers ?? []),
      ...this.#metrics.all.map((m) => m.metric),
      ...this.#weightedMetrics.all.map((m) => m.metric),
      ...this.#propertyMetrics(),
    ];
  }

  #propertyMetrics(): readonly Metric[] {
    const found = this.#ownMetrics ?? metricsIn(this);
    if (this.built) this.#ownMetrics = found;
    return found;
  }

  /**
   * Chooses optimizer, loss and metrics. What is trainable at this moment is what `fit` trains: after
   * freezing or unfreezing layers, compile again.
   */
  compile(options: CompileOptions = {}): void {
    expectOptions('compile', options, compileOptions);
    const { stepsPerExecution = 1 } = options;
    if (!(Number.isInteger(stepsPerExecution) && stepsPerExecution >= 1)) {
      fail(
        'compile',
        `stepsPerExecution is ${stepsPerExecution}; expected a whole number of 1 or more`,
      );
    }
    this.#optimizer = optimizers.get(options.optimizer ?? 'rmsprop');
    this.#loss =
      options.loss === undefined || options.loss === null
        ? undefined
        : new CompiledLoss(options.loss, options.lossWeights);
    this.#metrics = new CompiledMetrics(options.metrics);
    this.#weightedMetrics = new CompiledMetrics(options.weightedMetrics);
    this.#compileOptions = options;
    this.resetSteps();
  }

  /** The weights that training changes: those that were trainable when the model was compiled. */
  get trainedWeights(): Variable[] {
    const visit = (layer: Layer): Variable[] =>
      (this.#frozen.get(layer) ?? !layer.trainable)
        ? []
        : [...layer.ownWeights.filter((v) => v.trainable), ...layer.sublayers().flatMap(visit)];
    return [...new Set(visit(this))];
  }

  /** Forgets the compiled steps; call it after changing what a step does. */
  resetSteps(): void {
    this.#frozen = new Map(
      this.isCompiled ? [...layersIn(this)].map((layer) => [layer, !layer.trainable]) : [],
    );
    this.#ownMetrics = undefined;
    this.#trainStep = undefined;
    this.#testStep = undefined;
    this.#predictStep = undefined;
  }

  /**
   * Trains on data for some epochs. `x` and `y` are arrays (or trees of them for several inputs and
   * outputs), or `x` is a Dataset or iterable of batches; options may then come second. Resolves to the
   * history of all numbers.
   */
  fit(x: BatchIterable, options: FitOptions): Promise<History>;
  fit(x: ModelData | BatchIterable, y?: ModelData, options?: FitOptions): Promise<History>;
  fit(
    x: ModelData | BatchIterable,
    labels?: ModelData | FitOptions,
    given?: FitOptions,
  ): Promise<History> {
    this.#expectCompiled();
    const { y, options } = splitArguments<FitOptions>('fit', x, labels, given);
    if (this.#isTraining) {
      fail(`model '${this.name}'`, 'fit is running already; await it before the next');
    }
    this.#isTraining = true;
    return runFit(this, x, y, options).finally(() => {
      this.#isTraining = false;
    });
  }

  /** The loss and metrics on data, which is what {@link fit} takes. */
  evaluate(x: BatchIterable, options: EvaluateOptions): Promise<Logs>;
  evaluate(x: ModelData | BatchIterable, y?: ModelData, options?: EvaluateOptions): Promise<Logs>;
  async evaluate(
    x: ModelData | BatchIterable,
    labels?: ModelData | EvaluateOptions,
    given?: EvaluateOptions,
  ): Promise<Logs> {
    this.#expectCompiled();
    const { y, options } = splitArguments<EvaluateOptions>('evaluate', x, labels, given);
    return runEvaluation(this, x, y, options);
  }

  /** The outputs for inputs, computed in batches. */
  async predict(x: ModelData | BatchIterable, options: PredictOptions = {}): Promise<any> {
    return runPrediction(this, x, options);
  }

  /** One step on one batch; metrics start anew. */
  async trainOnBatch(
    x: ModelData,
    y?: ModelData,
    options: Pick<SourceOptions, 'sampleWeight' | 'classWeight'> = {},
  ): Promise<Logs> {
    this.#expectCompiled();
    const data = await batchTensors('trainOnBatch', x, y, options, this.signature);
    this.resetMetrics();
    return this.readLogs(await this.runTrainSteps([data]));
  }

  /** The loss and metrics of one batch. */
  async testOnBatch(
    x: ModelData,
    y?: ModelData,
    options: Pick<SourceOptions, 'sampleWeight' | 'classWeight'> = {},
  ): Promise<Logs> {
    this.#expectCompiled();
    const data = await batchTensors('testOnBatch', x, y, options, this.signature);
    this.resetMetrics();
    return this.readLogs(await this.runTestStep(data));
  }

  /** The outputs for one batch. */
  async predictOnBatch(x: ModelData): Promise<any> {
    return this.runPredictStep(
      (await batchTensors('predictOnBatch', x, undefined, {}, this.signature)).x,
    );
  }

  /** One training step on tensors. Override it for other kinds of training; it is traced and compiled. */
  trainStep(data: StepData): Results {
    const added: Tensor[] = [];
    const forward = () =>
      withinCall({ training: true, losses: added }, () => this.call(data.x, { training: true }));
    // Built first: the variables must exist before their values are noted.
    if (!this.built || this.trainedWeights.length === 0) this.buildFor(data.x);
    const variables = this.trainedWeights;
    const values = variables.map((v) => v.value as Tensor);
    const predictions = forward();
    const loss = this.computeLoss(data, predictions, added);
    this.optimizer.apply(gradientsOf(this.optimizer.scaleLoss(loss), values), variables);
    return this.updateMetrics(data, predictions, loss);
  }

  /** The loss and metrics of a batch, without training. */
  testStep(data: StepData): Results {
    const added: Tensor[] = [];
    const predictions = withinCall({ training: false, losses: added }, () =>
      this.call(data.x, { training: false }),
    );
    const loss = this.computeLoss(data, predictions, added);
    return this.updateMetrics(data, predictions, loss);
  }

  /** The outputs for the inputs of a batch. Override it for predictions of another kind. */
  predictStep(x: any): any {
    return this.call(x, { training: false });
  }

  /** The scalar that training makes small: the compiled loss, penalties on weights and added losses. */
  computeLoss(data: StepData, predictions: any, added: readonly Tensor[] = []): Tensor {
    const terms: Tensor[] = [];
    if (this.#loss) {
      terms.push(
        this.#loss.call(
          data.y,
          predictions as OutputTree<Tensor>,
          data.sampleWeight,
          this.outputNames,
        ),
      );
    }
    terms.push(...added.map(asLoss), ...this.regularizationLosses(this.trainedWeights));
    if (terms.length === 0) {
      fail('compile', 'the model has no loss; pass loss to compile, or add one with addLoss');
    }
    return terms.reduce((a, b) => a.add(b));
  }

  /** Takes a batch into all metrics; returns the results so far, by name. */
  updateMetrics(data: StepData, predictions: any, loss: Tensor): Results {
    const { y } = data;
    this.#lossTracker.updateState(loss, data.size);
    if (y !== undefined) {
      this.#metrics.update(y, predictions, undefined, this.outputNames);
      this.#weightedMetrics.update(y, predictions, data.sampleWeight, this.outputNames);
    }
    return this.#results();
  }

  #results(): Results {
    const trackers = [this.#lossTracker, ...(this.#loss?.trackers ?? [])];
    const own = this.#propertyMetrics();
    const plain = [...trackers.map((metric) => ({ metric })), ...this.#metrics.all];
    const compiled = resultsByName(plain, this.#weightedMetrics.all);
    const others = own.filter((metric) => !(metric.name in compiled));
    return { ...compiled, ...Object.fromEntries(others.map((m) => [m.name, m.result()])) };
  }

  /** The results of all metrics so far, by the names that `fit` reports. */
  async getMetricsResult(): Promise<Logs> {
    return this.readLogs(this.#results());
  }

  /** Starts loss and metrics anew, as every epoch does. */
  resetMetrics(): void {
    for (const metric of this.metrics) metric.resetState();
  }

  /**
   * Writes the model to a file, replacing it in one step: .keras, .h5 (as Keras has them), .weights.h5
   * (weights only), .safetensors, .onnx (for prediction), or TensorFlow.js's model.json in a folder.
   * In a browser, `indexeddb://name` keeps it in the page's storage and a plain name offers it as a
   * download.
   */
  save(target: string, options: SaveOptions = {}): Promise<void> {
    return modelFiles('save').save(this, target, options);
  }

  /** Writes the weights alone, to .weights.h5 or .safetensors. */
  saveWeights(target: string, options: SaveOptions = {}): Promise<void> {
    if (!/\.(weights\.h5|safetensors)$/i.test(target)) {
      fail('saveWeights', `'${target}' must end in .weights.h5 or .safetensors`);
    }
    return modelFiles('saveWeights').save(this, target, options);
  }

  /** Takes the weights from a file of any format that {@link save} writes, or from its bytes. */
  loadWeights(source: unknown, options: LoadWeightsOptions = {}): Promise<void> {
    return modelFiles('loadWeights').loadWeights(this, source, options);
  }

  /** Table of the layers with output shapes and parameter counts. */
  summary(options: SummaryOptions = {}): string {
    return summarize(this, options);
  }

  /** The structure of a sequential or functional model as text, in Keras's form; see {@link modelFromJson}. */
  toJson(): string {
    return JSON.stringify(modelFiles('toJson').toConfig(this));
  }

  /** Numbers in all weights together; the model must be built. */
  override countParams(): number {
    return countParameters(this.weights);
  }

  /** The layer of a name, or at a position. */
  getLayer(which: string | number): Layer {
    const found =
      typeof which === 'number' ? this.layers.at(which) : this.layers.find((l) => l.name === which);
    if (!found) {
      fail(
        'getLayer',
        `there is no layer ${JSON.stringify(which)}; the model has ${this.layers.map((l) => `'${l.name}'`).join(', ')}`,
      );
    }
    return found;
  }

  /** Makes the weights for an input, without keeping what a call would leave behind. */
  protected buildFor(inputs: any): void {
    withinCall({ training: false, losses: [] }, () => this.call(inputs, { training: false }));
  }

  get stepsPerExecution(): number {
    return this.#compileOptions?.stepsPerExecution ?? 1;
  }

  /** Makes every variable that a training step changes, without training. @internal */
  buildTrainStep(data: StepData): void {
    traced(() => this.trainStep(data));
  }

  /** One training step for each batch, in one run of the engine. @internal */
  runTrainSteps(batches: readonly StepData[]): Promise<Results> {
    this.#trainStep ??= this.#step((d) => this.trainStep(d));
    return this.#trainStep(batches);
  }

  /** @internal */
  runTestStep(data: StepData): Promise<Results> {
    this.#testStep ??= this.#step((d) => this.testStep(d));
    return this.#testStep([data]);
  }

  /** @internal */
  runPredictStep(x: any): Promise<any> {
    const predict = (inputs: any) =>
      withinCall({ training: false, losses: [] }, () => this.predictStep(inputs));
    this.#predictStep ??= this.#compileOptions?.runEagerly
      ? async (inputs) => predict(inputs)
      : jit(predict);
    return this.#predictStep(x);
  }

  /** Numbers of result tensors. */
  async readLogs(results: Results): Promise<Logs> {
    const entries = Object.entries(results);
    const values = await Promise.all(entries.map(([, t]) => t.data()));
    // A metric with several numbers, such as one for each class, has an entry for each.
    const named = entries.flatMap(([name, { rank }], i) =>
      rank === 0 ? [[name, values[i][0]]] : [...values[i]].map((v, k) => [`${name}_${k}`, v]),
    );
    return Object.fromEntries(named);
  }

  #step(body: (data: StepData) => Results): StepFunction {
    const all = (batches: readonly StepData[]) => batches.map(body).at(-1)!;
    if (!this.#compileOptions?.runEagerly) return jit(all);
    return async (batches) => {
      const { result, assigned } = assignedDuring(() => all(batches));
      // Without a compiled step the new values are still to be computed.
      for (const variable of assigned) await variable.peek();
      return result;
    };
  }

  #expectCompiled(): void {
    if (!this.#compileOptions) this.#notCompiled();
  }

  #notCompiled(): never {
    return fail(
      `model '${this.name}'`,
      'it is not compiled; call compile({ optimizer, loss, metrics }) first',
    );
  }
}
