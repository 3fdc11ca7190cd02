import type { DType } from '../../../graph/dtype.ts';
import type { NDArray } from '../../../graph/ndarray.ts';
import type { Shape } from '../../../graph/shape.ts';
import { concatenate } from '../../../ops/build.ts';
import { ops } from '../../../tensor/lift.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { type Activation, type ActivationSpec, activations } from '../../activations/index.ts';
import { Initializer } from '../../initializers/initializer.ts';
import type { CallOptions, TensorShape } from '../layer.ts';
import {
  BaseCell,
  type CellOptions,
  expectUnits,
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
import { RecurrentLayer, type RecurrentOptions } from './rnn.ts';
import { lstmRule } from './rules.ts';
import { cellOptions, stepShape } from './simple-rnn.ts';

export interface LSTMCellOptions extends CellOptions {
  readonly units: number;
  /** Of the gates; 'sigmoid' by default. Keras up to 2.2.4 had what is 'hardSigmoidKeras2' here. */
  readonly recurrentActivation?: ActivationSpec | null;
  /** Whether the forget gate's bias starts at 1 (Jozefowicz et al. 2015); true by default. */
  readonly unitForgetBias?: boolean;
  /** 2 (default): one dropout mask for all gates. 1: one each, as recurrent dropout always has. */
  readonly implementation?: 1 | 2;
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
export class LSTMCell extends BaseCell {
  static readonly className = 'LSTMCell';
  readonly units: number;
  readonly stateSize: readonly [number, number];
  readonly outputSize: number;
  readonly recurrentActivation: Activation;
  readonly unitForgetBias: boolean;
  readonly implementation: 1 | 2;

  constructor(options: LSTMCellOptions) {
    super(options);
    this.units = expectUnits(this, options.units);
    this.stateSize = [this.units, this.units];
    this.outputSize = this.units;
    this.recurrentActivation = activations.get(
      options.recurrentActivation === undefined ? 'sigmoid' : options.recurrentActivation,
    );
    this.unitForgetBias = options.unitForgetBias ?? true;
    this.implementation = this.recurrentDropout > 0 ? 1 : (options.implementation ?? 2);
  }

  override build(inputShape: TensorShape | TensorShape[]): void {
    const features = featuresOf(this, stepShape(inputShape));
    const { units } = this;
    this.addKernels([features, 4 * units], [units, 4 * units]);
    this.addBias(
      [4 * units],
      this.unitForgetBias ? new ForgetBias(this.biasInitializer) : this.biasInitializer,
    );
  }

  call(inputs: unknown, options: CallOptions = {}): Tensor[] {
    const [x, ...states] = stepInputs(this, inputs, 2);
    return oneStep(this.prepare(x.node.shape, options), x, states);
  }

  prepare(step: Shape, { training }: CallOptions): PreparedCell {
    const each = this.implementation === 1 ? 4 : 1;
    const drop = this.#inputMasks(step, training);
    const rate = below1(this.recurrentDropout);
    const dropState = this.dropoutMasks(rate, [step[0], this.units], each, training);
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
    const usual =
      this.activation === activations.tanh && this.recurrentActivation === activations.sigmoid;
    const { training } = options;
    if (!usual || (training && this.recurrentDropout > 0)) return undefined;
    const drop = this.#inputMasks(sequence.node.shape.slice(1), training);
    const projected = this.#project(sequence, drop);
    return runRule(lstmRule, [projected], [this.recurrentKernel.value], options);
  }

  #inputMasks(step: Shape, training: boolean | undefined): (Tensor | undefined)[] {
    const each = this.implementation === 1 ? 4 : 1;
    return this.dropoutMasks(below1(this.dropout), step, each, training);
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
      units: this.units,
      ...super.getConfig(),
      recurrentActivation: activations.serialize(this.recurrentActivation),
      unitForgetBias: this.unitForgetBias,
    };
  }
}

/** As in Keras, cells with gates drop nothing at a rate of 1. */
export function below1(rate: number): number {
  return rate < 1 ? rate : 0;
}

/** x times a kernel of several gates, where each gate has a dropout mask of its own, or all share one. */
export function productByGate(
  x: Tensor,
  masks: readonly (Tensor | undefined)[],
  kernel: Tensor,
): Tensor {
  if (masks.every((m) => m === masks[0])) return ops.matmul(masked(x, masks[0]), kernel);
  const kernels = parts(kernel, masks.length);
  const products = masks.map((m, i) => ops.matmul(masked(x, m), kernels[i]).node);
  return new Tensor(concatenate(products, -1));
}

export interface LSTMOptions extends LSTMCellOptions, RecurrentOptions {}

/** A long short-term memory: [batch, steps, features] to [batch, units]. See {@link LSTMCell} and {@link RNN}. */
export class LSTM extends RecurrentLayer<LSTMCell> {
  static override readonly className = 'LSTM';

  constructor(options: LSTMOptions) {
    super(options, new LSTMCell(cellOptions(options, 'lstm_cell')));
  }
}
