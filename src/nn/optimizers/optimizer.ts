import { fail } from '../../graph/errors.ts';
import { variableGradients } from '../../tensor/grad.ts';
import { jit } from '../../tensor/jit.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { Variable } from '../../tensor/variable.ts';
import { snakeCaseClass, uniqueName } from '../names.ts';
import { type Configurable, classNameOf } from '../registry.ts';
import { LearningRateSchedule } from '../schedules/schedule.ts';
import { constraintOf } from '../weight-rules.ts';
import { type ClipOptions, clipGradients } from './clip.ts';

/**
 * An optimizer turns gradients into updates. It is written on tensors, so an update is part of the
 * compiled training step; its memory (moments, counters) is variables, so it is saved and resumed.
 *
 * The order in a step is Keras's: unscale the gradients, clip, decay the weights, update, average the
 * weights, project them, count.
 */

/** A number, a schedule, or a function from the step (int32 scalar) to the rate. */
export type LearningRate = number | LearningRateSchedule | ((step: Tensor) => Tensor | number);

export interface OptimizerOptions extends ClipOptions {
  readonly learningRate?: LearningRate;
  /** Shrinks the weights by this share of the learning rate at each step (decoupled decay). */
  readonly weightDecay?: number | null;
  /** Keep a moving average of the weights. */
  readonly useEma?: boolean;
  readonly emaMomentum?: number;
  /** Replace the weights by their average every so many steps. */
  readonly emaOverwriteFrequency?: number | null;
  /** Divides the gradients; for losses that were multiplied against underflow. */
  readonly lossScaleFactor?: number | null;
  /** Update only every so many steps, with the mean of the gradients. */
  readonly gradientAccumulationSteps?: number | null;
  readonly name?: string;
}

export abstract class Optimizer implements Configurable {
  readonly name: string;
  /** Counts calls of `apply` (int32 scalar). */
  readonly stepCounter: Variable;
  readonly schedule: LearningRateSchedule | ((step: Tensor) => Tensor | number) | undefined;
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
  readonly #slots = new Map<string, Variable[]>();
  readonly #ordered: Variable[] = [];
  readonly #position = new Map<Variable, number>();
  #excluded: (variable: Variable) => boolean = () => false;
  #built = false;
  /** Compiled steps of {@link minimize}, by loss function. */
  readonly #steps = new WeakMap<() => Tensor, () => Promise<Tensor>>();

  constructor(options: OptimizerOptions, defaultRate: number) {
    const className = classNameOf(this);
    this.name = options.name ?? uniqueName(snakeCaseClass(className));
    const rate = options.learningRate ?? defaultRate;
    if (typeof rate === 'number') {
      expectRate(className, rate);
      this.#rate = counter('learning_rate', rate, 'float32');
    } else {
      this.schedule = rate;
    }
    this.stepCounter = counter('iteration', 0, 'int32');
    this.weightDecay = options.weightDecay || null;
    this.useEma = options.useEma ?? false;
    this.emaMomentum = options.emaMomentum ?? 0.99;
    this.emaOverwriteFrequency = options.emaOverwriteFrequency ?? null;
    this.lossScaleFactor = options.lossScaleFactor ?? null;
    this.gradientAccumulationSteps = options.gradientAccumulationSteps ?? null;
    const { clipnorm = null, clipvalue = null, globalClipnorm = null } = options;
    const clips = [clipnorm, clipvalue, globalClipnorm].filter((c) => c !== null);
    if (clips.length > 1) {
      fail(className, 'at most one of clipnorm, clipvalue and globalClipnorm can be set');
    }
    if (clips.some((c) => !(c! > 0))) fail(className, 'a clipping limit must be a positive number');
    this.clip = { clipnorm, clipvalue, globalClipnorm };
    const steps = this.gradientAccumulationSteps;
    if (steps !== null && !(Number.isInteger(steps) && steps >= 2)) {
      fail(
        className,
        `gradientAccumulationSteps is ${steps}; expected a whole number of 2 or more`,
      );
    }
  }

  /** The change of one variable, by assigning it and the optimizer's own slots. */
  protected abstract update(gradient: Tensor, variable: Variable, learningRate: Tensor): void;

  /** Makes the slots, with {@link addSlots}. */
  protected createSlots(_variables: readonly Variable[]): void {}

  /** Runs once a step before the updates; for quantities that all variables share. */
  protected beginStep(): void {}

  /** The options that differ from class to class; `getConfig` adds the common ones. */
  protected abstract ownConfig(): Record<string, unknown>;

  /** The number of updates made (int32 scalar). */
  get iterations(): Tensor {
    const count: Tensor = this.stepCounter.value;
    const steps = this.gradientAccumulationSteps;
    return steps === null ? count : ops.floorDivide(count, steps);
  }

  /** The learning rate of the present step, a scalar. */
  get rate(): Tensor {
    if (this.#rate) return this.#rate.value;
    const step = this.iterations;
    const rate =
      this.schedule instanceof LearningRateSchedule
        ? this.schedule.call(step)
        : this.schedule!(step);
    return typeof rate === 'number' ? (ops.full([], rate) as Tensor) : rate;
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
    variables.forEach((v, i) => {
      this.#position.set(v, i);
    });
    if (this.useEma) this.addSlots(variables, ['average']);
    if (this.gradientAccumulationSteps) this.addSlots(variables, ['gradient_accumulator']);
    this.createSlots(variables);
  }

  /** Weights whose names contain one of these, or that are among these, are not decayed. */
  excludeFromWeightDecay({
    variables = [],
    names = [],
  }: {
    variables?: readonly Variable[];
    names?: readonly string[];
  }): void {
    const listed = new Set(variables);
    this.#excluded = (v) => listed.has(v) || names.some((n) => v.name.includes(n));
  }

  /** One variable of the same shape for each name and trainable variable, interleaved as Keras stores them. */
  protected addSlots(variables: readonly Variable[], names: readonly string[], initial = 0): void {
    for (const name of names) this.#slots.set(name, []);
    for (const v of variables) {
      for (const name of names) {
        this.#slots.get(name)!.push(this.addVariable(`${v.name}_${name}`, v.shape, initial));
      }
    }
  }

  /** Further state that is saved with the optimizer. */
  protected addVariable(name: string, shape: readonly number[], initial = 0): Variable {
    const size = shape.reduce((p, d) => p * d, 1);
    const data = new Float32Array(size).fill(initial);
    const variable = new Variable({ data, shape, dtype: 'float32' }, { name, trainable: false });
    this.#ordered.push(variable);
    return variable;
  }

  /** The slot of a variable. */
  protected slot(name: string, variable: Variable): Variable {
    return this.#slots.get(name)![this.#position.get(variable)!];
  }

  /** One step: the gradients, one for each variable, become updates. Inside a trace it is part of it. */
  apply(gradients: readonly Tensor[], variables: readonly Variable[]): void {
    this.build(variables);
    for (const v of variables) {
      if (!this.#position.has(v)) {
        fail(
          classNameOf(this),
          `'${v.name}' is not among the variables of the first step; use one optimizer for each set of variables`,
        );
      }
    }
    const scale = this.lossScaleFactor;
    const unscaled = scale ? gradients.map((g) => g.div(scale)) : gradients;
    if (this.gradientAccumulationSteps) {
      this.#accumulate(unscaled, variables, this.gradientAccumulationSteps);
    } else {
      this.#updateAll(unscaled, variables);
    }
    if (this.useEma) this.#average(variables);
    for (const v of variables) {
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
      step = jit(() => {
        const { value, grads } = variableGradients(loss, variables);
        this.apply(grads, variables);
        return value;
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
      learningRate: this.#rate ? this.#hostRate : this.schedule,
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

  /** The last learning rate known on the host. */
  get #hostRate(): number {
    const buffer = this.#rate!.peek();
    return buffer instanceof Promise ? Number.NaN : (buffer.data?.[0] ?? Number.NaN);
  }

  #updateAll(gradients: readonly Tensor[], variables: readonly Variable[]): void {
    const clipped = clipGradients(gradients, this.clip);
    const rate = this.rate;
    const decay = this.weightDecay;
    if (decay) {
      for (const v of variables) {
        if (!this.#excluded(v)) v.assign(v.value.sub(v.value.mul(decay).mul(rate)));
      }
    }
    this.beginStep();
    variables.forEach((v, i) => {
      this.update(clipped[i], v, rate);
    });
  }

  /** Sums the gradients; on every n-th step updates with their mean and starts again. */
  #accumulate(gradients: readonly Tensor[], variables: readonly Variable[], n: number): void {
    const sums = variables.map((v, i) =>
      this.slot('gradient_accumulator', v).value.add(gradients[i]),
    );
    const due = ops.equal(ops.mod(this.stepCounter.value.add(1), n), 0);
    const before = new Map<Variable, Tensor>();
    const outer = this.variables.concat(variables);
    for (const v of outer) before.set(v, v.value);
    this.#updateAll(
      sums.map((s) => s.div(n)),
      variables,
    );
    for (const v of outer) {
      const after = v.value;
      const old = before.get(v)!;
      if (after.node !== old.node) v.assign(ops.where(due, after, old));
    }
    variables.forEach((v, i) => {
      this.slot('gradient_accumulator', v).assign(ops.where(due, ops.zerosLike(sums[i]), sums[i]));
    });
  }

  #average(variables: readonly Variable[]): void {
    const step: Tensor = this.stepCounter.value;
    const started = ops.cast(ops.notEqual(step, 0), 'float32');
    const momentum = started.mul(this.emaMomentum);
    for (const v of variables) {
      const average = this.slot('average', v);
      average.assign(average.value.mul(momentum).add(v.value.mul(ops.subtract(1, momentum))));
    }
    const every = this.emaOverwriteFrequency;
    if (every) {
      const due = ops.equal(ops.mod(step.add(1), every), 0);
      for (const v of variables) v.assign(ops.where(due, this.slot('average', v).value, v.value));
    }
  }
}

function expectRate(className: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0)) {
    fail(className, `learningRate is ${value}; expected a finite number of 0 or more`);
  }
}

function counter(name: string, initial: number, dtype: 'float32' | 'int32'): Variable {
  const data = dtype === 'int32' ? Int32Array.of(initial) : Float32Array.of(initial);
  return new Variable({ data, shape: [], dtype }, { name, trainable: false });
}
