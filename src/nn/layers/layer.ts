import { type DType, isFloat } from '../../graph/dtype.ts';
import { fail, NablaError } from '../../graph/errors.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { BATCH, formatShape, sameShape } from '../../graph/shape.ts';
import { isTensor, type NestedArray, type Tensor, toArray } from '../../tensor/tensor.ts';
import { traced } from '../../tensor/trace.ts';
import { isRecord, leavesOf, mapTree } from '../../tensor/tree.ts';
import { Variable } from '../../tensor/variable.ts';
import { type ConstraintSpec, constraints } from '../constraints.ts';
import { type InitializerSpec, initializers } from '../initializers/index.ts';
import { snakeCaseClass, uniqueName } from '../names.ts';
import { describeValue, expectOptions } from '../options.ts';
import { type Configurable, classNameOf, copyOf } from '../registry.ts';
import { type Regularizer, type RegularizerSpec, regularizers } from '../regularizers.ts';
import { regularizerOf, setWeightRules } from '../weight-rules.ts';
import { firstCallOf, recordConnection } from './connection.ts';
import { currentCall, withinCall } from './context.ts';
import { currentFirstValues } from './first-values.ts';
import { getMask, setMask } from './mask.ts';
import { batchless, placeholders, shapeTree } from './shape-tree.ts';

/** A shape as users see it: null is a batch size that is not known yet. */
export type TensorShape = (number | null)[];

/** What every layer takes; each has options of its own besides. */
export interface LayerOptions {
  readonly name?: string;
  /** Whether its weights are trained; true by default. */
  readonly trainable?: boolean;
  readonly dtype?: DType;
  /** Shape of one sample, for the first layer of a sequential model. */
  readonly inputShape?: readonly (number | null)[];
  /** Shape with the batch axis first, for the first layer of a sequential model. */
  readonly batchShape?: readonly (number | null)[];
  readonly activityRegularizer?: RegularizerSpec | null;
}

/** What a call of a layer takes besides its inputs; layers may have more, such as `initialState`. */
export interface CallOptions {
  /** Training behaviour of dropout, batch normalization and the like; inherited from the caller. */
  readonly training?: boolean;
  readonly mask?: any;
  readonly [option: string]: any;
}

/** What {@link Layer.addWeight} takes. */
export interface WeightOptions {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer?: InitializerSpec | null;
  readonly regularizer?: RegularizerSpec | null;
  readonly constraint?: ConstraintSpec | null;
  readonly trainable?: boolean;
  readonly dtype?: DType;
}

const weightOptions: readonly (keyof WeightOptions)[] = [
  'name',
  'shape',
  'initializer',
  'regularizer',
  'constraint',
  'trainable',
  'dtype',
];

/**
 * A layer is a function on tensors with weights of its own. It is built when it first meets an input:
 * `build` makes the weights for the input's shape, `call` computes. Both run on symbolic tensors as well
 * as on concrete ones: calling a layer on a symbolic tensor connects it into a model.
 *
 * A layer of your own defines `build` (if it has weights), `call` and `getConfig`:
 *
 * ```ts
 * class Scale extends Layer {
 *   factor!: Variable;
 *   override build() { this.factor = this.addWeight({ name: 'factor', shape: [], initializer: 'ones' }); }
 *   call(x: Tensor) { return x.mul(this.factor.value); }
 *   getConfig() { return super.getConfig(); }
 * }
 * ```
 */
export abstract class Layer implements Configurable {
  name: string;
  readonly dtype: DType;
  /** Whether the weights are made. */
  built = false;
  /** The shape (or shapes) the weights were made for. */
  buildShape: any;
  /** The shape (or shapes) of the output when it was first called, null for the batch. */
  outputShape: any;
  activityRegularizer: Regularizer | undefined;
  readonly inputShape: TensorShape | undefined;
  /** True when padding positions go on as a mask to the next layer. */
  supportsMasking = false;
  /** Whether floats of another width are brought to the layer's dtype before `call`. */
  protected autocast = true;
  /** Own weights that were made to be trained, and the others: an order that freezing does not change. */
  readonly #own: { readonly trained: Variable[]; readonly fixed: Variable[] } = {
    trained: [],
    fixed: [],
  };
  #trainable: boolean;

  constructor(options: LayerOptions = {}) {
    this.name = options.name ?? uniqueName(snakeCaseClass(classNameOf(this)));
    this.dtype = options.dtype ?? 'float32';
    this.#trainable = options.trainable ?? true;
    this.activityRegularizer = regularizers.get(options.activityRegularizer);
    if (options.batchShape) this.inputShape = [...options.batchShape];
    else if (options.inputShape) this.inputShape = [null, ...options.inputShape];
    // From outside, `call` builds the layer, follows masks and records connections; then the class's own runs.
    const own = this.call;
    Object.defineProperty(this, 'call', {
      value: (inputs: any, callOptions: CallOptions = {}) =>
        this.#invoke((x, o) => own.call(this, x, o), inputs, callOptions),
      configurable: true,
      writable: true,
    });
  }

  /** Computes the output. Runs once per trace, so it must not depend on values, only on shapes. */
  abstract call(inputs: any, options?: CallOptions): any;

  /** Makes the weights. `inputShape` has null for the batch; several inputs come as several shapes. */
  build(_inputShape: any): void {}

  /** The mask of the output, by default the mask of the input where the layer supports masking. */
  computeMask(_inputs: any, mask: any): any {
    return this.supportsMasking ? mask : undefined;
  }

  getConfig(): Record<string, unknown> {
    const config: Record<string, unknown> = {
      name: this.name,
      trainable: this.#trainable,
      dtype: this.dtype,
    };
    if (this.activityRegularizer) config.activityRegularizer = this.activityRegularizer;
    return config;
  }

  get className(): string {
    return classNameOf(this);
  }

  /** False freezes the layer: its weights are not trained, batch normalization uses its moving averages. */
  get trainable(): boolean {
    return this.#trainable;
  }

  set trainable(value: boolean) {
    this.#trainable = value;
    for (const layer of this.sublayers()) layer.trainable = value;
  }

  /** The symbolic tensors (or trees of them) that the layer was first called with. */
  get input(): any {
    return this.#firstCall('input').inputs;
  }

  /** What the layer's first call on symbolic tensors gave: the end of a model of features, for example. */
  get output(): any {
    return this.#firstCall('output').outputs;
  }

  #firstCall(property: string) {
    return (
      firstCallOf(this) ??
      fail(
        `${this.name}.${property}`,
        'the layer has not been called on a symbolic tensor; use it in a model that starts with input() or inputShape',
      )
    );
  }

  /**
   * The layers that this one is made of: every property that is a layer or holds layers, in arrays, plain
   * objects, Maps or Sets. Private fields (#) cannot be seen.
   */
  sublayers(): Layer[] {
    const found = new Set<Layer>();
    for (const value of Object.values(this)) collectLayers(value, found);
    return [...found];
  }

  /** All weights: own trainable ones, own others, then those of the sublayers. */
  get weights(): Variable[] {
    return [...new Set([...this.ownWeights, ...this.sublayers().flatMap((l) => l.weights)])];
  }

  get trainableWeights(): Variable[] {
    if (!this.#trainable) return [];
    const own = this.ownWeights.filter((v) => v.trainable);
    return [...new Set([...own, ...this.sublayers().flatMap((l) => l.trainableWeights)])];
  }

  get nonTrainableWeights(): Variable[] {
    const trained = new Set(this.trainableWeights);
    return this.weights.filter((v) => !trained.has(v));
  }

  /** The layer's own weights, without those of sublayers, in the order in which files store them. */
  get ownWeights(): Variable[] {
    return [...this.#own.trained, ...this.#own.fixed];
  }

  /** Numbers in all weights together. */
  /**
   * What {@link addLoss} and activity regularizers gave when the layer was last called from outside of
   * layers, and the penalties on weights: for training steps of one's own, which add them to the loss.
   */
  get losses(): Tensor[] {
    const inside = (layer: Layer): Tensor[] => [
      ...(addedLosses.get(layer) ?? []),
      ...layer.sublayers().flatMap(inside),
    ];
    return [...inside(this), ...this.regularizationLosses()];
  }

  /**
   * The shape (or shapes) of the output for inputs of a shape, null for the batch. A layer that is not built
   * yet remains so.
   */
  computeOutputShape(inputShape: any): any {
    const layer = this.built ? this : copyOf<Layer>(this);
    return traced(() => shapeTree(layer.call(placeholders(inputShape, this.dtype)))).result;
  }

  /** Numbers in all weights together. */
  countParams(): number {
    return this.weights.reduce((n, v) => n + v.size, 0);
  }

  /** A new weight. Call it in `build`. */
  addWeight(options: WeightOptions): Variable {
    expectOptions(`${this.name}.addWeight`, options, weightOptions);
    if (!Array.isArray(options.shape)) {
      fail(
        `${this.name}.addWeight`,
        `the shape is ${describeValue(options.shape)}; expected { name, shape: [...] }`,
      );
    }
    const dtype = options.dtype ?? this.dtype;
    const initializer = initializers.get(
      options.initializer ??
        (dtype === 'float32' || dtype === 'float64' ? 'glorotUniform' : 'zeros'),
    );
    if (options.shape.some((d) => !Number.isInteger(d) || d < 0)) {
      fail(
        `${this.name}.addWeight`,
        `the shape of '${options.name}' is [${options.shape.join(', ')}]; expected whole numbers. Is an axis of the layer's input unknown?`,
      );
    }
    const initial =
      currentFirstValues()?.(options.shape, dtype, `${this.name}/${options.name}`) ??
      initializer.initialize(options.shape, dtype);
    const variable = new Variable(initial, {
      name: options.name,
      trainable: options.trainable ?? true,
    });
    setWeightRules(variable, {
      regularizer: regularizers.get(options.regularizer),
      constraint: constraints.get(options.constraint),
      owner: this,
    });
    this.#own[variable.trainable ? 'trained' : 'fixed'].push(variable);
    return variable;
  }

  /** Adds a scalar to the loss of the training step that is being traced. */
  addLoss(loss: Tensor): void {
    currentCall()?.losses.push(loss);
  }

  /** Penalties on weights: by default those that are trainable, of this layer and its sublayers. */
  regularizationLosses(weights: readonly Variable[] = this.trainableWeights): Tensor[] {
    return weights.flatMap((v) => {
      const penalty = regularizerOf(v);
      return penalty ? [penalty.penalty(v.value)] : [];
    });
  }

  /** The values of all weights, in the order of `weights`. */
  getWeights(): Promise<NDArray[]> {
    return Promise.all(this.weights.map((v) => v.ndarray()));
  }

  /** Replaces the values of all weights; shapes are checked before anything changes. */
  setWeights(values: readonly (NDArray | NestedArray | Tensor)[]): void {
    const { weights } = this;
    if (values.length !== weights.length) {
      fail(
        `${this.name}.setWeights`,
        `received ${values.length} arrays; the layer has ${weights.length} weights${this.built ? '' : ' (it is not built yet: call it on an input first)'}`,
      );
    }
    const arrays = values.map((value, i) => {
      if (isTensor(value)) return value;
      const array = toArray(value, weights[i].dtype);
      if (!sameShape(array.shape, weights[i].shape)) {
        fail(
          `${this.name}.setWeights`,
          `array ${i} is ${formatShape(array.shape)}; the weight '${weights[i].name}' is ${formatShape(weights[i].shape)}`,
        );
      }
      return array;
    });
    arrays.forEach((array, i) => {
      weights[i].assign(array);
    });
  }

  #invoke(own: (x: any, o: CallOptions) => any, inputs: any, options: CallOptions): any {
    const tensors = leavesOf(inputs, isTensor);
    if (tensors.length === 0) {
      fail(
        `${this.name}.call`,
        `received ${Array.isArray(inputs) ? 'an array without tensors' : typeof inputs}; expected a tensor; wrap values with tensor(...)`,
      );
    }
    const outer = currentCall();
    const training = options.training ?? outer?.training ?? false;
    const mask = options.mask ?? maskOfInputs(inputs);
    const context = { training, losses: outer?.losses ?? [], layer: this };
    if (!outer) {
      for (const layer of withSublayers(this)) addedLosses.delete(layer);
      addedLosses.set(this, context.losses);
    }
    const outputs = withinCall(context, () => {
      try {
        this.#ensureBuilt(inputs);
        const result = own(this.#cast(inputs, tensors), { ...options, training, mask });
        return this.#checked(result);
      } catch (error) {
        throw locate(error, this);
      }
    });
    if (outer?.layer) warnOfHidden(this, outer.layer as Layer);
    this.#afterCall(inputs, outputs, mask, context.losses);
    this.outputShape ??= batchless(shapeTree(outputs));
    return recordConnection(this, inputs, outputs, options);
  }

  /** What `call` returned, if it can be the output of a layer. */
  #checked(outputs: unknown): any {
    if (leavesOf(outputs, isTensor).length > 0) return outputs;
    const promised = outputs instanceof Promise ? '; call must not be async' : '';
    return fail(
      `${this.name}.call`,
      `returned ${promised ? 'a promise' : describeValue(outputs)}; expected a tensor, several in an array, or several by name${promised}`,
    );
  }

  #ensureBuilt(inputs: any): void {
    if (this.built) return;
    const shape = shapeTree(inputs);
    this.build(shape);
    this.buildShape = shape;
    this.built = true;
  }

  /** The inputs with floats in the layer's dtype. */
  #cast(inputs: any, tensors: readonly Tensor[]): any {
    const { dtype } = this;
    const isOther = (t: Tensor) => isFloat(t.dtype) && t.dtype !== dtype;
    if (!this.autocast || !isFloat(dtype) || !tensors.some(isOther)) return inputs;
    return mapTree(inputs, isTensor, (t) => (isOther(t) ? withMask(t.cast(dtype), t) : t));
  }

  #afterCall(inputs: any, outputs: any, mask: any, losses: Tensor[]): void {
    const outputMask = this.computeMask(inputs, mask);
    if (isTensor(outputs) && outputMask !== undefined && outputMask !== null)
      setMask(outputs, outputMask);
    if (this.activityRegularizer) {
      for (const output of leavesOf(outputs, isTensor)) {
        const penalty = this.activityRegularizer.penalty(output);
        // Keras divides by the batch size, so that the penalty does not grow with it.
        losses.push(penalty.div(batchSizeOf(output)));
      }
    }
  }
}

/** The losses that were added in the last call from outside of layers, by the layer that was called. */
const addedLosses = new WeakMap<Layer, Tensor[]>();

function withSublayers(layer: Layer, found = new Set<Layer>()): Set<Layer> {
  if (found.has(layer)) return found;
  found.add(layer);
  for (const inner of layer.sublayers()) withSublayers(inner, found);
  return found;
}

function batchSizeOf(x: Tensor): number {
  const n = x.node.shape[0] ?? 1;
  return n === BATCH ? 1 : n;
}

/** The tensor with the mask of another. */
export function withMask(tensor: Tensor, other: Tensor): Tensor {
  const mask = getMask(other);
  if (mask) setMask(tensor, mask);
  return tensor;
}

function collectLayers(value: unknown, into: Set<Layer>): void {
  if (value instanceof Layer) into.add(value);
  else if (Array.isArray(value) || value instanceof Set) {
    for (const v of value) collectLayers(v, into);
  } else if (value instanceof Map) for (const v of value.values()) collectLayers(v, into);
  else if (isRecord(value)) for (const v of Object.values(value)) collectLayers(v, into);
}

/** For each layer, those among the layers that it is made of which have been seen in a call. */
const seenInside = new WeakMap<Layer, WeakSet<Layer>>();

/** Tells once when a layer with weights is called by one that does not know it. */
function warnOfHidden(layer: Layer, caller: Layer): void {
  let seen = seenInside.get(caller);
  if (!seen) {
    seen = new WeakSet();
    seenInside.set(caller, seen);
  }
  if (seen.has(layer)) return;
  seen.add(layer);
  if (layer === caller || layer.weights.length === 0 || isInside(layer, caller)) return;
  console.warn(
    `layer '${layer.name}' is called by '${caller.name}', which cannot see it: its weights are neither trained nor saved with it; keep it in a property that is not private (#)`,
  );
}

function isInside(layer: Layer, other: Layer): boolean {
  const sublayers = other.sublayers();
  return sublayers.includes(layer) || sublayers.some((s) => isInside(layer, s));
}

/** Marks an error with the layer in which it arose, once. */
function locate(error: unknown, layer: Layer): unknown {
  if (error instanceof NablaError && !error.message.includes(' (layer ')) {
    return new NablaError(`${error.message} (layer '${layer.name}')`, { cause: error });
  }
  return error;
}

function maskOfInputs(inputs: any): any {
  if (isTensor(inputs)) return getMask(inputs);
  if (!Array.isArray(inputs)) return undefined;
  const masks = inputs.map((x) => (isTensor(x) ? getMask(x) : undefined));
  return masks.some((m) => m !== undefined) ? masks : undefined;
}
