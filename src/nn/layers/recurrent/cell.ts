import { fail } from '../../../graph/errors.ts';
import type { Shape } from '../../../graph/shape.ts';
import { filled, reshape, sliceAxis } from '../../../ops/build.ts';
import { ops } from '../../../tensor/lift.ts';
import { SeedGenerator } from '../../../tensor/random.ts';
import { isTensor, Tensor } from '../../../tensor/tensor.ts';
import { leavesOf } from '../../../tensor/tree.ts';
import type { Variable } from '../../../tensor/variable.ts';
import { type Activation, type ActivationSpec, activations } from '../../activations/index.ts';
import type { ConstraintSpec } from '../../constraints.ts';
import type { InitializerSpec } from '../../initializers/index.ts';
import type { Initializer } from '../../initializers/initializer.ts';
import type { RegularizerSpec } from '../../regularizers.ts';
import { type CallOptions, Layer, type LayerOptions } from '../layer.ts';
import { factoryName } from '../spatial.ts';
import {
  type BiasOptions,
  type KernelOptions,
  rulesConfig,
  type WeightRules,
  weightRules,
} from '../weight-options.ts';
import { runSequence, type StepRule } from './sequence.ts';

/**
 * A cell is one step of a recurrence: from the input of the step and the states before it to an output
 * and the states after it. `RNN` runs a cell over a sequence.
 */

/** Sizes of a cell's states, one number for one state; cells in a stack nest theirs. */
export type StateSize = number | readonly StateSize[];

/** A cell made ready for a sequence: random masks are drawn, one for all steps. */
export interface PreparedCell {
  /**
   * What does not depend on the states, computed for all steps of [steps, batch, ...] at once: sequences
   * whose slices the steps read.
   */
  project(sequence: Tensor): readonly Tensor[];
  /** From the slices of a step and the states before it to [output, ...states]. */
  step(slices: readonly Tensor[], states: readonly Tensor[]): Tensor[];
}

/**
 * What `RNN` needs of a cell. A cell of your own is a layer with `stateSize` whose `call([x, ...states])`
 * returns `[output, ...states]`.
 */
export interface Cell extends Layer {
  readonly stateSize: StateSize;
  /** Size of the output; that of the first state by default. */
  readonly outputSize?: number;
  /** The states before the first step for a batch of `batch` samples; zeros by default. */
  initialState?(batch: number): Tensor[];
  /**
   * The cell for a sequence whose steps are of the shape `step`, [batch, ...]. A cell that has this may be
   * run in a loop, its step traced once; without it `call` makes every step a part of the graph.
   */
  prepare?(step: Shape, options: CallOptions): PreparedCell;
  /**
   * All steps at once, with a gradient of their own; undefined where the cell's options do not allow it.
   */
  wholeSequence?(sequence: Tensor, options: WholeSequenceOptions): WholeSequence | undefined;
}

export interface WholeSequenceOptions extends CallOptions {
  /** The states before the first step. */
  readonly states: readonly Tensor[];
  /** bool [steps, batch], false where the states stay as they are. */
  readonly mask: Tensor | undefined;
  readonly goBackwards: boolean;
  /** Whether the outputs of all steps are wanted. */
  readonly all: boolean;
  /** Whether to lay out all steps in the graph, instead of a loop. */
  readonly unroll: boolean;
}

export interface WholeSequence {
  /** [steps, batch, units] in the order in which the steps were taken, if all were wanted. */
  readonly outputs: Tensor | undefined;
  readonly states: readonly Tensor[];
}

/** All sizes of a cell's states in a row. */
export function flatSizes(size: StateSize): number[] {
  return typeof size === 'number' ? [size] : size.flatMap(flatSizes);
}

/** States of zeros, or what the cell gives. */
export function initialStateOf(cell: Cell, batch: number): Tensor[] {
  if (cell.initialState) return cell.initialState(batch);
  return flatSizes(cell.stateSize).map((size) => new Tensor(filled([batch, size], 0, cell.dtype)));
}

export function isCell(value: unknown): value is Cell {
  return value instanceof Layer && 'stateSize' in value;
}

/** A cell that has nothing to prepare. */
export function callEachStep(cell: Cell, options: CallOptions): PreparedCell {
  return {
    project: (sequence) => [sequence],
    step: ([x], states) => leavesOf(cell.call([x, ...states], options), isTensor),
  };
}

/** One step of a prepared cell. */
export function oneStep(cell: PreparedCell, x: Tensor, states: readonly Tensor[]): Tensor[] {
  const slices = cell.project(ops.expandDims(x, 0)).map((s) => at(s, 0));
  return cell.step(slices, states);
}

/** The inputs of a cell's call: the input of the step, then the states, however they are nested. */
export function stepInputs(cell: Layer, inputs: unknown, states: number): [Tensor, ...Tensor[]] {
  const list = leavesOf(inputs, isTensor);
  if (list.length !== states + 1) {
    fail(
      factoryName(cell),
      `received ${list.length} tensors; expected the input of a step and ${states} states: call([x, ...states])`,
    );
  }
  return list as [Tensor, ...Tensor[]];
}

export interface CellOptions extends LayerOptions, KernelOptions, BiasOptions {
  /** 'tanh' by default. */
  readonly activation?: ActivationSpec | null;
  readonly recurrentInitializer?: InitializerSpec;
  readonly recurrentRegularizer?: RegularizerSpec | null;
  readonly recurrentConstraint?: ConstraintSpec | null;
  /** Share of a step's input that is dropped in training; the same features in all steps. */
  readonly dropout?: number;
  /** Share of the state that is dropped in training where it meets the recurrent kernel. */
  readonly recurrentDropout?: number;
  readonly seed?: number | null;
}

/** What the cells of this library share: kernels for input and state, a bias, and dropout. */
export abstract class BaseCell extends Layer {
  readonly activation: Activation;
  readonly useBias: boolean;
  readonly kernelRules: WeightRules;
  readonly recurrentRules: WeightRules;
  readonly biasRules: WeightRules;
  readonly dropout: number;
  readonly recurrentDropout: number;
  readonly seed: number | null;
  readonly seedGenerator: SeedGenerator;
  kernel!: Variable;
  recurrentKernel!: Variable;
  bias: Variable | undefined;

  constructor(options: CellOptions) {
    super(options);
    this.activation = activations.get(
      options.activation === undefined ? 'tanh' : options.activation,
    );
    this.useBias = options.useBias ?? true;
    this.kernelRules = weightRules('kernel', options);
    this.recurrentRules = weightRules('recurrent', options, 'orthogonal');
    this.biasRules = weightRules('bias', options, 'zeros');
    // As in Keras, shares beyond [0, 1] count as the nearer bound.
    this.dropout = Math.min(1, Math.max(0, options.dropout ?? 0));
    this.recurrentDropout = Math.min(1, Math.max(0, options.recurrentDropout ?? 0));
    this.seed = options.seed ?? null;
    this.seedGenerator = new SeedGenerator(options.seed ?? undefined);
  }

  protected addKernels(kernel: readonly number[], recurrentKernel: readonly number[]): void {
    this.kernel = this.addWeight({
      name: 'kernel',
      shape: kernel,
      ...this.kernelRules,
    });
    this.recurrentKernel = this.addWeight({
      name: 'recurrent_kernel',
      shape: recurrentKernel,
      ...this.recurrentRules,
    });
  }

  protected addBias(
    shape: readonly number[],
    initializer: Initializer = this.biasRules.initializer,
  ): void {
    if (!this.useBias) return;
    this.bias = this.addWeight({ name: 'bias', shape, ...this.biasRules, initializer });
  }

  /** `count` random masks of zeros and 1 / (1 - rate), of one shape; none where nothing is dropped. */
  protected dropoutMasks(
    rate: number,
    shape: readonly number[],
    count: number,
    training: boolean | undefined,
  ): (Tensor | undefined)[] {
    if (!training || rate === 0) return new Array<undefined>(count).fill(undefined);
    const ones = new Tensor(filled(shape, 1, this.dtype));
    return Array.from({ length: count }, () => ops.dropout(this.seedGenerator.next(), ones, rate));
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      activation: activations.serialize(this.activation),
      useBias: this.useBias,
      ...rulesConfig('kernel', this.kernelRules),
      ...rulesConfig('recurrent', this.recurrentRules),
      ...rulesConfig('bias', this.biasRules),
      dropout: this.dropout,
      recurrentDropout: this.recurrentDropout,
      seed: this.seed,
    };
  }
}

/** x times a mask, if there is one. */
export function masked(x: Tensor, mask: Tensor | undefined): Tensor {
  return mask ? x.mul(mask) : x;
}

/** Element t of the first axis. */
export function at(x: Tensor, t: number): Tensor {
  const { node } = x;
  return new Tensor(reshape(sliceAxis(node, 0, t, t + 1), node.shape.slice(1)));
}

/** `count` equal parts of the last axis. */
export function parts(x: Tensor, count: number): Tensor[] {
  const { node } = x;
  const size = node.shape.at(-1)! / count;
  return Array.from(
    { length: count },
    (_, i) => new Tensor(sliceAxis(node, -1, i * size, (i + 1) * size)),
  );
}

/** The steps of `rule` over projected inputs [steps, batch, n]. */
export function runRule(
  rule: StepRule,
  projected: readonly Tensor[],
  weights: readonly Tensor[],
  { states, mask, goBackwards, all, unroll }: WholeSequenceOptions,
): WholeSequence {
  const nodes = (list: readonly Tensor[]) => list.map((t) => t.node);
  const result = runSequence(rule, {
    projected: nodes(projected),
    weights: nodes(weights),
    states: nodes(states),
    mask: mask?.node,
    backwards: goBackwards,
    all,
    unroll,
  });
  return {
    outputs: result.outputs && new Tensor(result.outputs),
    states: result.states.map((s) => new Tensor(s)),
  };
}

/** The number of units, checked. */
export function expectUnits(layer: object, units: number): number {
  if (!(Number.isInteger(units) && units > 0)) {
    fail(factoryName(layer), `units is ${units}; expected a whole number of 1 or more`);
  }
  return units;
}

/** The number of features of a step [batch, features]. */
export function featuresOf(layer: object, shape: readonly (number | null)[]): number {
  const features = shape.at(-1);
  if (shape.length !== 2 || typeof features !== 'number') {
    fail(
      factoryName(layer),
      `received steps of shape [${shape.map((d) => d ?? 'batch').join(', ')}]; expected [batch, features]`,
    );
  }
  return features;
}
