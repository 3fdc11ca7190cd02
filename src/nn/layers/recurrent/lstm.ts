import type { DType } from '../../../graph/dtype.ts';
import type { NDArray } from '../../../graph/ndarray.ts';
import type { Shape } from '../../../graph/shape.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { Initializer } from '../../initializers/initializer.ts';
import type { CallOptions, TensorShape } from '../layer.ts';
import {
  featuresOf,
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
import { lstmRule } from './rules.ts';
import { cellOptions, stepShape } from './simple-rnn.ts';

export interface LSTMCellOptions extends GatedCellOptions {
  /** Whether the forget gate's bias starts at 1 (Jozefowicz et al. 2015); true by default. */
  readonly unitForgetBias?: boolean;
}

/** The bias of four gates i, f, c, o with ones for f. */
export class ForgetBias extends Initializer {
  readonly base: Initializer;

  constructor(base: Initializer) {
    super();
    this.base = base;
  }

  initialize([size]: readonly number[], dtype: DType): NDArray {
    const units = size / 4;
    const first = this.base.initialize([units], dtype);
    const rest = this.base.initialize([2 * units], dtype);
    const { data } = this.base.initialize([size], dtype);
    data.set(first.data as never, 0);
    data.fill(1, units, 2 * units);
    data.set(rest.data as never, 2 * units);
    return { data, shape: [size], dtype };
  }

  getConfig(): Record<string, unknown> {
    return { base: this.base };
  }
}

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997; forget gate Gers et al. 2000). Of the four
 * parts of x W + h' U + b, in this order, i = s(.), f = s(.), g = a(.), o = s(.); the carry is
 * c = f c' + i g and the output h = o a(c). States: [h, c].
 */
export class LSTMCell extends GatedCell {
  static readonly className = 'LSTMCell';
  protected readonly gates = 4;
  readonly stateSize: readonly [number, number];
  readonly unitForgetBias: boolean;

  constructor(options: LSTMCellOptions) {
    super(options);
    this.stateSize = [this.units, this.units];
    this.unitForgetBias = options.unitForgetBias ?? true;
  }

  override build(inputShape: TensorShape | TensorShape[]): void {
    const features = featuresOf(this, stepShape(inputShape));
    const { units } = this;
    this.addKernels([features, 4 * units], [units, 4 * units]);
    const { initializer } = this.biasRules;
    this.addBias([4 * units], this.unitForgetBias ? new ForgetBias(initializer) : initializer);
  }

  call(inputs: unknown, options: CallOptions = {}): Tensor[] {
    const [x, ...states] = stepInputs(this, inputs, 2);
    return oneStep(this.prepare(x.node.shape, options), x, states);
  }

  prepare(step: Shape, { training }: CallOptions): PreparedCell {
    const drop = this.inputMasks(step, training);
    const dropState = this.stateMasks(step[0], training);
    const recurrent = this.recurrentKernel.value as Tensor;
    return {
      project: (sequence) => [this.#project(sequence, drop)],
      step: ([x], [h, c]) => {
        const z = x.add(productByGate(h, dropState, recurrent));
        return this.#advance(parts(z, 4), c);
      },
    };
  }

  wholeSequence(sequence: Tensor, options: WholeSequenceOptions): WholeSequence | undefined {
    const { training } = options;
    if (!this.followsRule(training)) return undefined;
    const drop = this.inputMasks(sequence.node.shape.slice(1), training);
    const projected = this.#project(sequence, drop);
    return runRule(lstmRule, [projected], [this.recurrentKernel.value], options);
  }

  /** The part of all steps that does not depend on the states, [steps, batch, 4 units]. */
  #project(sequence: Tensor, drop: readonly (Tensor | undefined)[]): Tensor {
    const product = productByGate(sequence, drop, this.kernel.value);
    return this.bias ? product.add(this.bias.value) : product;
  }

  #advance([zi, zf, zc, zo]: readonly Tensor[], carry: Tensor): Tensor[] {
    const gate = this.recurrentActivation;
    const c = gate(zf)
      .mul(carry)
      .add(gate(zi).mul(this.activation(zc)));
    const h = gate(zo).mul(this.activation(c));
    return [h, h, c];
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      unitForgetBias: this.unitForgetBias,
    };
  }
}

export interface LSTMOptions extends LSTMCellOptions, RecurrentOptions {}

/** A long short-term memory: [batch, steps, features] to [batch, units]. See {@link LSTMCell} and {@link RNN}. */
export class LSTM extends RecurrentLayer<LSTMCell> {
  static override readonly className = 'LSTM';
  /** Options that are not in its configuration. @internal */
  static readonly options: readonly string[] = GatedCell.options;

  constructor(options: LSTMOptions) {
    super(options, new LSTMCell(cellOptions(options, 'lstm_cell')));
  }
}
