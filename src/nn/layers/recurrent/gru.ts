import type { Shape } from '../../../graph/shape.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { CallOptions, TensorShape } from '../layer.ts';
import {
  at,
  featuresOf,
  masked,
  oneStep,
  type PreparedCell,
  parts,
  runRule,
  stepInputs,
  type WholeSequence,
  type WholeSequenceOptions,
} from './cell.ts';
import { GatedCell, type GatedCellOptions, productByGate } from './gated.ts';
import { RecurrentLayer, type RecurrentOptions } from './rnn.ts';
import { gruResetAfterRule, gruResetBeforeRule } from './rules.ts';
import { cellOptions, stepShape } from './simple-rnn.ts';

export interface GRUCellOptions extends GatedCellOptions {
  /** Whether the reset gate acts behind the product with the state (default) or before it (Keras 2.3). */
  readonly resetAfter?: boolean;
}

/**
 * Gated recurrent unit (Cho et al. 2014). With the parts z, r, h of x W + b and of h' U: z and r are
 * gates s(x + h'), the candidate is a(x + r (h' U + b')) or, reset before, a(x + (r h') U), and the new
 * state is z h' + (1 - z) candidate. With `resetAfter` the bias is [2, 3 units], for input and state.
 */
export class GRUCell extends GatedCell {
  static readonly className = 'GRUCell';
  protected readonly gates = 3;
  readonly stateSize: number;
  readonly resetAfter: boolean;

  constructor(options: GRUCellOptions) {
    super(options);
    this.stateSize = this.units;
    this.resetAfter = options.resetAfter ?? true;
  }

  override build(inputShape: TensorShape | TensorShape[]): void {
    const features = featuresOf(this, stepShape(inputShape));
    const { units } = this;
    this.addKernels([features, 3 * units], [units, 3 * units]);
    this.addBias(this.resetAfter ? [2, 3 * units] : [3 * units]);
  }

  call(inputs: unknown, options: CallOptions = {}): Tensor[] {
    const [x, ...states] = stepInputs(this, inputs, 1);
    return oneStep(this.prepare(x.node.shape, options), x, states);
  }

  prepare(step: Shape, { training }: CallOptions): PreparedCell {
    const { units } = this;
    const [inputBias, stateBias] = this.#biases();
    const drop = this.inputMasks(step, training);
    const dropState = this.stateMasks(step[0], training);
    const recurrent = this.recurrentKernel.value as Tensor;
    const gate = this.recurrentActivation;
    const project = (sequence: Tensor) => [this.#project(sequence, drop, inputBias)];
    if (this.resetAfter) {
      return {
        project,
        step: ([x], [h]) => {
          const [xz, xr, xh] = parts(x, 3);
          const inner = productByGate(h, dropState, recurrent);
          const [hz, hr, hh] = parts(stateBias ? inner.add(stateBias) : inner, 3);
          const candidate = this.activation(xh.add(gate(xr.add(hr)).mul(hh)));
          return mix(gate(xz.add(hz)), h, candidate);
        },
      };
    }
    const [recurrentGates, recurrentCandidate] = ops.split(recurrent, [2 * units], -1);
    const [maskZ, maskR = maskZ, maskH = maskZ] = dropState;
    return {
      project,
      step: ([x], [h]) => {
        const [xz, xr, xh] = parts(x, 3);
        const [hz, hr] = parts(productByGate(h, [maskZ, maskR], recurrentGates), 2);
        const reset = gate(xr.add(hr)).mul(masked(h, maskH));
        const candidate = this.activation(xh.add(ops.matmul(reset, recurrentCandidate)));
        return mix(gate(xz.add(hz)), h, candidate);
      },
    };
  }

  wholeSequence(sequence: Tensor, options: WholeSequenceOptions): WholeSequence | undefined {
    const { units } = this;
    const { training } = options;
    if (!this.followsRule(training)) return undefined;
    const [inputBias, stateBias] = this.#biases();
    // The state's bias of the gates is added to the inputs once; the candidate's stays with the state.
    const early = stateBias && ops.pad(ops.split(stateBias, [2 * units], 0)[0], [[0, units]]);
    const bias = inputBias && early ? inputBias.add(early) : inputBias;
    const drop = this.inputMasks(sequence.node.shape.slice(1), training);
    const projected = ops.split(this.#project(sequence, drop, bias), [2 * units], -1);
    const kernels = ops.split(this.recurrentKernel.value, [2 * units], -1);
    if (!this.resetAfter) return runRule(gruResetBeforeRule, projected, kernels, options);
    const late: Tensor = stateBias
      ? ops.split(stateBias, [2 * units], 0)[1]
      : ops.zeros([units], this.dtype);
    return runRule(gruResetAfterRule, projected, [...kernels, late], options);
  }

  /** The part of all steps that does not depend on the state, [steps, batch, 3 units]. */
  #project(
    sequence: Tensor,
    drop: readonly (Tensor | undefined)[],
    bias: Tensor | undefined,
  ): Tensor {
    const product = productByGate(sequence, drop, this.kernel.value);
    return bias ? product.add(bias) : product;
  }

  #biases(): [input: Tensor | undefined, state: Tensor | undefined] {
    if (!this.bias) return [undefined, undefined];
    const { value } = this.bias;
    return this.resetAfter ? [at(value, 0), at(value, 1)] : [value, undefined];
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      resetAfter: this.resetAfter,
    };
  }
}

/** z h + (1 - z) candidate, written as candidate + z (h - candidate): one product less. */
function mix(z: Tensor, h: Tensor, candidate: Tensor): Tensor[] {
  const next = candidate.add(z.mul(h.sub(candidate)));
  return [next, next];
}

export interface GRUOptions extends GRUCellOptions, RecurrentOptions {}

/** Gated recurrent units: [batch, steps, features] to [batch, units]. See {@link GRUCell} and {@link RNN}. */
export class GRU extends RecurrentLayer<GRUCell> {
  static override readonly className = 'GRU';
  /** Options that are not in its configuration. @internal */
  static readonly options: readonly string[] = GatedCell.options;

  constructor(options: GRUOptions) {
    super(options, new GRUCell(cellOptions(options, 'gru_cell')));
  }
}
