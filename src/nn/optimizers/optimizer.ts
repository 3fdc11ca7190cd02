import { allocate, type DType, type TypedArray } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import { variableGradients } from '../../tensor/grad.ts';
import { jit } from '../../tensor/jit.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { Variable } from '../../tensor/variable.ts';
import { snakeCaseClass } from '../names.ts';
import { describeValue } from '../options.ts';
import {
  type Configurable,
  classNameOf,
  isSerialized,
  registries,
  serializeFunction,
} from '../registry.ts';
import { schedules } from '../schedules/index.ts';
import { LearningRateSchedule } from '../schedules/schedule.ts';
import { constraintOf } from '../weight-rules.ts';
import { type ClipOptions, checkedClip, clipGradients } from './clip.ts';
import type { DecayExclusions, LearningRate, OptimizerOptions, RateFunction } from './options.ts';

export type { OptimizerOptions } from './options.ts';

/** Names that Keras gives to optimizers and that are not their class in snake_case. */
const kerasNames: Readonly<Record<string, string | undefined>> = {
  RMSprop: 'rmsprop',
  AdamW: 'adamw',
  ScheduleFreeAdamW: 'schedule_free_adamw',
};

/**
 * An optimizer turns gradients into updates. It is written on tensors, so an update is part of the
 * compiled training step; its memory (moments, counters) is variables, so it is saved and resumed.
 *
 * The order in a step is Keras's: unscale the gradients, clip, decay the weights, update, average the
 * weights, project them, count.
 *
 * Every operation on tensors of the weights' size is a pass over memory. Updates are therefore written
 * such that scalars (learning rate, bias corrections) are joined before they meet a weight.
 */
export abstract class Optimizer implements Configurable {
  /** Options that are not in its configuration. @internal */
  static readonly options: readonly string[] = ['decay'];
  readonly name: string;
  /** Counts calls of `apply` (int32 scalar). */
  readonly stepCounter: Variable;
  readonly schedule: LearningRateSchedule | RateFunction | undefined;
  readonly weightDecay: number | null;
  readonly useEma: boolean;
  readonly emaMomentum: number;
  readonly emaOverwriteFrequency: number | null;
  readonly lossScaleFactor: number | null;
  readonly gradientAccumulationSteps: number | null;
  readonly clip: ClipOptions;
  /** The variables it was built for, in order. */
  trainableVariables: readonly Variable[] = [];
  readonly #rate: Variable | undefined;
  /** The last rate that was set, for when the variable's value is not at hand. */
  #lastRate = Number.NaN;
  readonly #slots = new Map<string, Map<Variable, Variable>>();
  readonly #ordered: Variable[] = [];
  readonly #known = new Set<Variable>();
  #excluded: (variable: Variable) => boolean = () => false;
  #built = false;
  /** Compiled steps of {@link minimize}, by loss function. */
  readonly #steps = new WeakMap<() => Tensor, () => Promise<Tensor>>();

  constructor(options: OptimizerOptions, defaultRate: number) {
    const className = classNameOf(this);
    this.name = options.name ?? kerasNames[className] ?? snakeCaseClass(className);
    const rate = rateOf(className, options, defaultRate);
    if (typeof rate === 'number') {
      expectRate(className, rate);
      this.#lastRate = rate;
      this.#rate = counter('learning_rate', rate, 'float32');
    } else {
      this.schedule = rate;
    }
    this.stepCounter = counter('iteration', 0, 'int32');
    this.weightDecay = options.weightDecay ?? null;
    this.useEma = options.useEma ?? false;
    this.emaMomentum = options.emaMomentum ?? 0.99;
    this.emaOverwriteFrequency = options.emaOverwriteFrequency ?? null;
    this.lossScaleFactor = options.lossScaleFactor ?? null;
    this.gradientAccumulationSteps = options.gradientAccumulationSteps || null;
    this.clip = checkedClip(className, options);
    if (this.useEma && !(this.emaMomentum >= 0 && this.emaMomentum <= 1)) {
      fail(className, `emaMomentum is ${this.emaMomentum}; expected a number from 0 to 1`);
    }
    if (this.useEma) expectWhole(className, 'emaOverwriteFrequency', this.emaOverwriteFrequency, 1);
    expectWhole(className, 'gradientAccumulationSteps', this.gradientAccumulationSteps, 2);
  }

  /** Options from a configuration; older versions of Keras wrote some under other names. */
  static fromConfig(this: new (options: any) => any, config: Record<string, any>): Optimizer {
    const { lr, jitCompile: _, isLegacyOptimizer: __, ...options } = config;
    return new this(lr === undefined ? options : { learningRate: lr, ...options });
  }

  /** The change of one variable, by assigning it and the optimizer's own slots. */
  protected abstract update(gradient: Tensor, variable: Variable, learningRate: Tensor): void;

  /** Makes the slots, with {@link addSlots}. */
  protected createSlots(_variables: readonly Variable[]): void {}

  /** Runs once a step before the updates; for quantities that all variables share. */
  protected beginStep(): void {}

  /** The share of the learning rate by which a weight shrinks at each step. */
  protected decayOf(_variable: Variable): number | null {
    return this.weightDecay;
  }

  /** The options that differ from class to class; `getConfig` adds the common ones. */
  protected abstract ownConfig(): Record<string, unknown>;

  /** The number of updates made (int32 scalar). */
  get iterations(): Tensor {
    const count: Tensor = this.stepCounter.value;
    const steps = this.gradientAccumulationSteps;
    return steps === null ? count : ops.floorDivide(count, steps);
  }

  /** The number of the update that is being made, from 1 (float32 scalar). */
  protected get localStep(): Tensor {
    return this.iterations.add(1).cast('float32');
  }

  /** The learning rate of the present step, a scalar. Schedules count every step, also those that only accumulate. */
  get rate(): Tensor {
    if (this.#rate) return this.#rate.value;
    const step: Tensor = this.stepCounter.value;
    const rate =
      this.schedule instanceof LearningRateSchedule
        ? this.schedule.call(step)
        : this.schedule!(step);
    return typeof rate === 'number' ? ops.full([], rate).cast('float32') : rate;
  }

  /** The learning rate as it was set, or the schedule; {@link getLearningRate} has a schedule's number. */
  get learningRate(): number | LearningRateSchedule | RateFunction {
    if (this.schedule) return this.schedule;
    const stored = this.#configuredRate() as number;
    return stored === Math.fround(this.#lastRate) ? this.#lastRate : stored;
  }

  /** Sets the learning rate from the next step on; an error when a schedule governs it. */
  set learningRate(value: number) {
    expectRate(classNameOf(this), value);
    if (!this.#rate) {
      fail(
        classNameOf(this),
        'a schedule sets the learning rate; build the optimizer with a number to change it',
      );
    }
    this.#lastRate = value;
    this.#rate.assign(value);
  }

  /** The present learning rate, as a number. */
  async getLearningRate(): Promise<number> {
    return this.rate.item();
  }

  /** All state in the order of Keras's files: iteration, learning rate, then the slots. */
  get variables(): Variable[] {
    return [this.stepCounter, ...(this.#rate ? [this.#rate] : []), ...this.#ordered];
  }

  /** Makes the slots for these variables; called by the first step. */
  build(variables: readonly Variable[]): void {
    if (this.#built) return;
    this.#built = true;
    this.trainableVariables = [...variables];
    for (const v of variables) this.#known.add(v);
    // As in Keras's files: all averages, then all accumulators.
    if (this.useEma) this.addSlots(variables, ['average']);
    if (this.gradientAccumulationSteps) this.addSlots(variables, ['gradient_accumulator']);
    this.createSlots(variables);
  }

  /** Leaves weights out of weight decay: listed ones, or those whose names match. Call it before the first step. */
  excludeFromWeightDecay({ variables = [], names = [] }: DecayExclusions): void {
    if (this.#built) {
      fail(
        `${classNameOf(this)}.excludeFromWeightDecay`,
        'the optimizer has made steps already; call it before',
      );
    }
    const listed = new Set<object>(variables);
    this.#excluded = (v) =>
      listed.has(v) ||
      names.some((n) => (typeof n === 'string' ? v.name.includes(n) : n.test(v.name)));
  }

  /** One variable of the same shape for each name and trainable variable, interleaved as Keras stores them. */
  protected addSlots(variables: readonly Variable[], names: readonly string[], initial = 0): void {
    for (const v of variables) for (const name of names) this.addSlot(name, v, v.shape, initial);
  }

  /** One variable that belongs to a trainable one. */
  protected addSlot(
    name: string,
    variable: Variable,
    shape: readonly number[],
    initial: number | TypedArray = 0,
  ): Variable {
    const slot = this.addVariable(`${variable.name}_${name}`, shape, initial, variable.dtype);
    if (!this.#slots.has(name)) this.#slots.set(name, new Map());
    this.#slots.get(name)!.set(variable, slot);
    return slot;
  }

  /** Further state that is saved with the optimizer. */
  protected addVariable(
    name: string,
    shape: readonly number[],
    initial: number | TypedArray = 0,
    dtype: DType = 'float32',
  ): Variable {
    const data = allocate(
      dtype,
      shape.reduce((p, d) => p * d, 1),
    );
    if (typeof initial === 'number') data.fill(initial);
    else data.set(initial);
    const variable = new Variable({ data, shape, dtype }, { name, trainable: false });
    this.#ordered.push(variable);
    return variable;
  }

  /** The slot of a variable. */
  protected slot(name: string, variable: Variable): Variable {
    return this.#slots.get(name)!.get(variable)!;
  }

  /** Whether a variable has a slot of this name. */
  protected hasSlot(name: string, variable: Variable): boolean {
    return this.#slots.get(name)?.has(variable) ?? false;
  }

  /** Runs `update` and keeps what it assigns to `variables` only where `condition` (bool scalar) is true. */
  protected conditionally(
    condition: Tensor,
    variables: readonly Variable[],
    update: () => void,
  ): void {
    const before = variables.map((v) => v.value as Tensor);
    update();
    variables.forEach((v, i) => {
      const after: Tensor = v.value;
      if (after.node !== before[i].node) v.assign(ops.where(condition, after, before[i]));
    });
  }

  /** What to differentiate in place of the loss, so that `apply` finds the gradients it expects. */
  scaleLoss(loss: Tensor): Tensor {
    return this.lossScaleFactor ? loss.mul(this.lossScaleFactor) : loss;
  }

  /**
   * One step: the gradients (of the loss as {@link scaleLoss} gives it), one for each variable, become
   * updates. A variable whose gradient is null stays as it is. Inside a trace the step is part of it.
   */
  apply(gradients: readonly (Tensor | null)[], variables: readonly Variable[]): void {
    this.build(variables);
    for (const v of variables) {
      if (!this.#known.has(v)) {
        fail(
          classNameOf(this),
          `'${v.name}' is not among the variables of the first step; use one optimizer for each set of variables, a new one after unfreezing layers`,
        );
      }
    }
    const changed = variables.filter((_, i) => gradients[i] !== null);
    const scale = this.lossScaleFactor;
    const unscaled = gradients
      .filter((g) => g !== null)
      .map((g): Tensor => (scale ? g.mul(1 / scale) : g));
    if (this.gradientAccumulationSteps) {
      this.#accumulate(unscaled, changed, this.gradientAccumulationSteps);
    } else {
      this.#updateAll(unscaled, changed);
    }
    if (this.useEma) this.#average();
    for (const v of changed) {
      const constraint = constraintOf(v);
      if (constraint) v.assign(constraint.project(v.value));
    }
    this.stepCounter.assignAdd(1);
  }

  /** One step on a scalar loss of the variables. Returns the loss before the step. */
  async minimize(loss: () => Tensor, variables: readonly Variable[]): Promise<number> {
    this.build(variables);
    let step = this.#steps.get(loss);
    if (!step) {
      const scaled = () => this.scaleLoss(loss());
      step = jit(() => {
        const { value, grads } = variableGradients(scaled, variables);
        // The factor cancels; a loss is not computed twice for it.
        const factor = this.scaleLoss(ops.ones([]));
        this.apply(grads, variables);
        return value.div(factor);
      });
      this.#steps.set(loss, step);
    }
    return (await step()).item();
  }

  /** Replaces the weights by their moving averages (with `useEma`). */
  finalizeVariableValues(variables: readonly Variable[]): void {
    if (!this.useEma) return;
    for (const v of variables) v.assign(this.slot('average', v).value);
  }

  getConfig(): Record<string, unknown> {
    return {
      name: this.name,
      learningRate: this.#configuredRate(),
      weightDecay: this.weightDecay,
      clipnorm: this.clip.clipnorm ?? null,
      globalClipnorm: this.clip.globalClipnorm ?? null,
      clipvalue: this.clip.clipvalue ?? null,
      useEma: this.useEma,
      emaMomentum: this.emaMomentum,
      emaOverwriteFrequency: this.emaOverwriteFrequency,
      lossScaleFactor: this.lossScaleFactor,
      gradientAccumulationSteps: this.gradientAccumulationSteps,
      ...this.ownConfig(),
    };
  }

  #configuredRate(): unknown {
    if (typeof this.schedule === 'function') {
      return serializeFunction(registries.schedules.nameOf(this.schedule));
    }
    if (!this.#rate) return this.schedule;
    const buffer = this.#rate.peek();
    return buffer instanceof Promise ? this.#lastRate : (buffer.data?.[0] ?? this.#lastRate);
  }

  #updateAll(gradients: readonly Tensor[], variables: readonly Variable[]): void {
    const clipped = clipGradients(gradients, this.clip);
    const { rate } = this;
    for (const v of variables) {
      const decay = this.decayOf(v);
      if (decay && !this.#excluded(v)) v.assign(v.value.sub(v.value.mul(rate.mul(decay))));
    }
    this.beginStep();
    variables.forEach((v, i) => {
      this.update(clipped[i], v, rate);
    });
  }

  /** Sums the gradients; on every n-th step updates with their mean and starts again. */
  #accumulate(gradients: readonly Tensor[], variables: readonly Variable[], n: number): void {
    const due = ops.equal(ops.mod(this.stepCounter.value.add(1), n), 0);
    const slots = variables.map((v) => this.slot('gradient_accumulator', v));
    const sums = slots.map((slot, i) => slot.value.add(gradients[i]) as Tensor);
    this.conditionally(due, [...this.variables, ...variables], () => {
      const means = sums.map((s) => s.mul(1 / n));
      this.#updateAll(means, variables);
    });
    slots.forEach((slot, i) => {
      slot.assign(ops.where(due, 0, sums[i]));
    });
  }

  #average(): void {
    const step = this.iterations;
    // The first average is the weights themselves.
    const momentum = ops.notEqual(step, 0).cast('float32').mul(this.emaMomentum);
    const rest = ops.subtract(1, momentum);
    const every = this.emaOverwriteFrequency;
    const due = every && ops.equal(ops.mod(step.add(1), every), 0);
    for (const v of this.trainableVariables) {
      const slot = this.slot('average', v);
      const average = slot.value.mul(momentum).add(v.value.mul(rest));
      slot.assign(average);
      if (due) v.assign(ops.where(due, average, v.value));
    }
  }
}

/** The rate that the options ask for: a number, or what computes one. */
function rateOf(
  className: string,
  { learningRate, decay }: OptimizerOptions,
  fallback: number,
): number | LearningRateSchedule | RateFunction {
  const given: LearningRate = learningRate ?? fallback;
  const rate = isSerialized(given) ? schedules.get(given) : given;
  const isRate =
    typeof rate === 'number' || typeof rate === 'function' || rate instanceof LearningRateSchedule;
  if (!isRate) {
    fail(
      className,
      `learningRate is ${describeValue(rate)}; expected a number, a schedule, or a function of the step`,
    );
  }
  if (!decay) return rate;
  if (typeof rate !== 'number') {
    fail(className, 'decay is given together with a schedule; a schedule decays by itself');
  }
  return schedules.inverseTimeDecay({
    initialLearningRate: rate,
    decaySteps: 1,
    decayRate: decay,
  });
}

function expectRate(className: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0)) {
    fail(className, `learningRate is ${value}; expected a finite number of 0 or more`);
  }
}

function expectWhole(className: string, option: string, value: number | null, least: number): void {
  if (value !== null && !(Number.isInteger(value) && value >= least)) {
    fail(className, `${option} is ${value}; expected a whole number of ${least} or more`);
  }
}

/** A hyperparameter in [0, 1), such as the decay of a moving average. */
export function expectDecay(className: string, option: string, value: number): number {
  if (!(value >= 0 && value < 1)) {
    fail(className, `${option} is ${value}; expected a number from 0 to less than 1`);
  }
  return value;
}

function counter(name: string, initial: number, dtype: 'float32' | 'int32'): Variable {
  const data = dtype === 'int32' ? Int32Array.of(initial) : Float32Array.of(initial);
  return new Variable({ data, shape: [], dtype }, { name, trainable: false });
}
