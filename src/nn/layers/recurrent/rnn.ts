import { allocate } from '../../../graph/dtype.ts';
import { fail } from '../../../graph/errors.ts';
import type { Node } from '../../../graph/node.ts';
import { concatenate, filled, reshape, reverse, select } from '../../../ops/build.ts';
import { scan } from '../../../ops/loop.ts';
import { ops } from '../../../tensor/lift.ts';
import { isTensor, Tensor } from '../../../tensor/tensor.ts';
import { leavesOf } from '../../../tensor/tree.ts';
import { Variable } from '../../../tensor/variable.ts';
import { isSymbolicTensor } from '../connection.ts';
import { buildLayer } from '../core/wrapper.ts';
import { type CallOptions, Layer, type LayerOptions, type TensorShape } from '../layer.ts';
import { setMask } from '../mask.ts';
import { factoryName } from '../spatial.ts';
import { at, type Cell, callEachStep, initialStateOf, isCell } from './cell.ts';
import { StackedRNNCells } from './stacked.ts';

/** What every recurrent layer can be told, besides the options of its cell. */
export interface RecurrentOptions extends LayerOptions {
  /** Whether to return the outputs of all steps, [batch, steps, units], or of the last only. */
  readonly returnSequences?: boolean;
  /** Whether the last states follow the output: [output, ...states]. */
  readonly returnState?: boolean;
  /** Whether to read the sequence from its end; the outputs then come in that order. */
  readonly goBackwards?: boolean;
  /** Whether the last states are the first ones of the next batch, sample by sample. */
  readonly stateful?: boolean;
  /**
   * Whether each step is a part of the graph of its own: a little faster, and compiled the more slowly
   * the longer the sequence. By default only a few steps are.
   */
  readonly unroll?: boolean;
  /** Whether masked steps have zeros as output, instead of the output before them. */
  readonly zeroOutputForMask?: boolean;
  /** Keras 2's order [steps, batch, ...] of inputs and outputs; not supported, false only. */
  readonly timeMajor?: boolean;
}

export interface RNNOptions extends RecurrentOptions {
  /** A cell, or several on top of one another. */
  readonly cell: Cell | readonly Cell[];
}

export interface RecurrentCallOptions extends CallOptions {
  /** The states before the first step; zeros by default. They may also follow the sequence: call([x, ...states]). */
  readonly initialState?: Tensor | readonly Tensor[] | null;
  /** [batch, steps], false for padding: there the states stay as they are. */
  readonly mask?: any;
}

/** Up to here a loop costs more than it saves. */
const FEW_STEPS = 8;
/** Longer sequences loop even where `unroll` is asked for: their graphs would be too large to make. */
const MANY_STEPS = 1024;

/**
 * A cell run over a sequence [batch, steps, ...]. The number of steps must be known; the batch need not.
 * A masked step leaves the states alone and repeats the output before it (zeros at the start).
 */
export class RNN<C extends Cell = Cell> extends Layer {
  static readonly className: string = 'RNN';
  readonly cell: C;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly stateful: boolean;
  readonly unroll: boolean;
  zeroOutputForMask: boolean;
  /** Between batches of a stateful layer. */
  states: Variable[] | null = null;

  constructor(options: RNNOptions) {
    super(options);
    const { cell } = options;
    const { dtype } = this;
    const stacked = Array.isArray(cell) ? new StackedRNNCells({ cells: cell, dtype }) : cell;
    const single = stacked as C;
    if (!isCell(single)) {
      fail(
        factoryName(this),
        'cell is not a layer with a stateSize; expected a cell or a list of them',
      );
    }
    if (options.timeMajor) {
      fail(
        factoryName(this),
        'timeMajor is not supported; transpose to [batch, steps, ...] instead',
      );
    }
    this.cell = single;
    this.returnSequences = options.returnSequences ?? false;
    this.returnState = options.returnState ?? false;
    this.goBackwards = options.goBackwards ?? false;
    this.stateful = options.stateful ?? false;
    this.unroll = options.unroll ?? false;
    this.zeroOutputForMask = options.zeroOutputForMask ?? false;
    this.supportsMasking = true;
  }

  override build(inputShape: TensorShape | TensorShape[]): void {
    const shape = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as TensorShape;
    if (shape.length < 3 || typeof shape[1] !== 'number') {
      fail(
        factoryName(this),
        `received the input shape [${shape.map((d) => d ?? 'batch').join(', ')}]; expected [batch, steps, ...features] with a known number of steps`,
      );
    }
    buildLayer(this.cell, [shape[0], ...shape.slice(2)]);
    if (this.stateful) this.#createStates(shape[0]);
  }

  call(inputs: Tensor | readonly Tensor[], options: RecurrentCallOptions = {}): any {
    const [sequence, ...given] = leavesOf(inputs, isTensor);
    const mask: Tensor | undefined = leavesOf(options.mask, isTensor)[0];
    const states = [...given, ...leavesOf(options.initialState, isTensor)];
    const zeros = initialStateOf(this.cell, sequence.node.shape[0]);
    const initial = this.#initialStates(states, zeros);
    // Where steps before the first real one repeat zeros that are not the state, outputs differ from it.
    const simple = !mask || this.zeroOutputForMask || initial === zeros;
    const run =
      (simple && this.#runWhole(sequence, initial, mask, options)) ||
      this.#runSteps(sequence, initial, mask, options);
    if (this.states && !isSymbolicTensor(sequence)) {
      this.states.forEach((v, i) => {
        v.assign(run.states[i]);
      });
    }
    if (!this.returnState) return run.output;
    if (mask && this.returnSequences) setMask(run.output, mask);
    return [run.output, ...run.states];
  }

  override computeMask(_: unknown, mask: any): Tensor | undefined {
    return this.returnSequences ? leavesOf(mask, isTensor)[0] : undefined;
  }

  /** Starts the next batch from zeros, or from given states. */
  resetStates(states?: readonly Tensor[]): void {
    this.states?.forEach((v, i) => {
      v.assign(states?.[i] ?? 0);
    });
  }

  /** The same as {@link resetStates}, under Keras 3's name. */
  resetState(states?: readonly Tensor[]): void {
    this.resetStates(states);
  }

  /** All steps in one, if the cell knows how. */
  #runWhole(
    sequence: Tensor,
    states: readonly Tensor[],
    mask: Tensor | undefined,
    { training }: CallOptions,
  ): { output: Tensor; states: readonly Tensor[] } | undefined {
    const byStep = mask && stepsFirst(ops.cast(mask, 'bool'));
    const { goBackwards } = this;
    const run = this.cell.wholeSequence?.(stepsFirst(sequence), {
      states,
      mask: byStep,
      goBackwards,
      all: this.returnSequences,
      unroll: this.#unrolls(sequence.node.shape[1]),
      training,
    });
    if (!run) return undefined;
    const { outputs, states: last } = run;
    if (!byStep || !this.zeroOutputForMask) {
      return { output: outputs ? stepsFirst(outputs) : last[0], states: last };
    }
    const taken = goBackwards ? ops.flip(byStep, 0) : byStep;
    if (!outputs) {
      const real = at(taken, taken.node.shape[0] - 1);
      return { output: ops.where(ops.expandDims(real, -1), last[0], 0), states: last };
    }
    const real = ops.where(ops.expandDims(taken, -1), outputs, 0);
    return { output: stepsFirst(real), states: last };
  }

  #runSteps(
    sequence: Tensor,
    initial: readonly Tensor[],
    mask: Tensor | undefined,
    { training }: CallOptions,
  ): { output: Tensor; states: readonly Tensor[] } {
    const { cell, returnSequences } = this;
    const [batch, steps, ...rest] = sequence.node.shape;
    const shape = [batch, ...rest];
    const prepared = cell.prepare?.(shape, { training }) ?? callEachStep(cell, { training });
    const projected = prepared.project(stepsFirst(sequence));
    const realByStep = mask && stepsFirst(ops.cast(mask, 'bool'));
    const sequences = realByStep ? [...projected, realByStep] : projected;
    const own = (slices: readonly Tensor[]) => slices.slice(0, projected.length);
    /** [output, ...states] after a step; `before` is the output of the step before it, if it is needed. */
    const step = (
      slices: readonly Tensor[],
      states: readonly Tensor[],
      before: Tensor | undefined,
    ): Tensor[] => {
      const [output, ...next] = prepared.step(own(slices), states);
      if (!mask) return [output, ...next];
      const real = slices[projected.length];
      return [
        choose(real, output, (!this.zeroOutputForMask && before) || zerosLike(output)),
        ...next.map((s, i) => choose(real, s, states[i])),
      ];
    };

    if (cell.prepare && !this.#unrolls(steps)) {
      const repeats = mask !== undefined && !this.zeroOutputForMask;
      const slot = repeats || !returnSequences ? 1 : 0;
      // What the first output looks like; nothing reads it, so it is never computed.
      const [like] = prepared.step(own(sequences.map((s) => at(s, 0))), initial);
      const { carries, results } = scan(
        (before, slices) => {
          const states = before.slice(slot).map(wrap);
          const after = step(slices.map(wrap), states, repeats ? wrap(before[0]) : undefined);
          const [output, ...next] = after.map((t) => t.node);
          return {
            carries: slot ? [output, ...next] : next,
            results: returnSequences ? [output] : [],
          };
        },
        {
          carries: [...(slot ? [zerosLike(like)] : []), ...initial].map((t) => t.node),
          sequences: sequences.map((t) => t.node),
          reverse: this.goBackwards,
        },
      );
      const states = carries.slice(slot).map(wrap);
      if (!returnSequences) return { output: wrap(carries[0]), states };
      const taken = this.goBackwards ? reverse(results[0], [0]) : results[0];
      return { output: stepsFirst(wrap(taken)), states };
    }
    const outputs: Tensor[] = [];
    let states = initial;
    for (let k = 0; k < steps; k++) {
      const t = this.goBackwards ? steps - 1 - k : k;
      const slices = sequences.map((s) => at(s, t));
      const [output, ...next] = step(slices, states, outputs.at(-1));
      outputs.push(output);
      states = next;
    }
    return { output: returnSequences ? stackSteps(outputs) : outputs.at(-1)!, states };
  }

  #unrolls(steps: number): boolean {
    return steps <= (this.unroll ? MANY_STEPS : FEW_STEPS);
  }

  #initialStates(given: readonly Tensor[], zeros: readonly Tensor[]): readonly Tensor[] {
    if (given.length === 0) return this.states?.map((v) => v.value as Tensor) ?? zeros;
    if (given.length !== zeros.length) {
      fail(
        factoryName(this),
        `received ${given.length} initial states; the cell has ${zeros.length}`,
      );
    }
    return given.map((s) => ops.cast(s, this.cell.dtype));
  }

  #createStates(batch: number | null): void {
    if (batch === null) {
      fail(
        factoryName(this),
        'a stateful layer needs a known batch size; pass batchShape: [batch, steps, features] to the first layer or to input()',
      );
    }
    this.states = initialStateOf(this.cell, batch).map(({ node: { shape, dtype } }, i) => {
      const data = allocate(
        dtype,
        shape.reduce((p, d) => p * d, 1),
      );
      return new Variable({ data, shape, dtype }, { name: `rnn_state_${i}`, trainable: false });
    });
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      returnSequences: this.returnSequences,
      returnState: this.returnState,
      goBackwards: this.goBackwards,
      stateful: this.stateful,
      unroll: this.unroll,
      zeroOutputForMask: this.zeroOutputForMask,
      cell: this.cell,
    };
  }
}

/** A layer that brings its cell along: its options are those of the cell and those of {@link RNN}. */
export abstract class RecurrentLayer<C extends Cell> extends RNN<C> {
  constructor(options: RecurrentOptions, cell: C) {
    super({ ...options, cell });
  }

  get units(): number {
    return (this.cell as unknown as { units: number }).units;
  }

  override getConfig(): Record<string, unknown> {
    const { cell: _, ...config } = super.getConfig();
    const { name, trainable, dtype, ...own } = this.cell.getConfig();
    return { ...config, ...own };
  }
}

const wrap = (node: Node): Tensor => new Tensor(node);
const zerosLike = ({ node }: Tensor): Tensor => wrap(filled(node.shape, 0, node.dtype));

/** [batch, steps, ...] to [steps, batch, ...] and back. */
export function stepsFirst(x: Tensor): Tensor {
  return ops.swapaxes(x, 0, 1);
}

/** The outputs of all steps as [batch, steps, ...]. */
function stackSteps(outputs: readonly Tensor[]): Tensor {
  const steps = outputs.map(({ node }) => reshape(node, [1, ...node.shape]));
  return stepsFirst(new Tensor(concatenate(steps, 0)));
}

/** `x` for the samples where `real` [batch] is true, else `other`. */
function choose(real: Tensor, x: Tensor, other: Tensor): Tensor {
  const { node } = real;
  const spread = reshape(node, [node.shape[0], ...x.node.shape.slice(1).map(() => 1)]);
  return new Tensor(select(spread, x.node, other.node));
}
