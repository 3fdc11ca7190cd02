import type { Shape } from '../../../graph/shape.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { activations } from '../../activations/index.ts';
import type { CallOptions, TensorShape } from '../layer.ts';
import {
  BaseCell,
  type CellOptions,
  expectUnits,
  featuresOf,
  masked,
  oneStep,
  type PreparedCell,
  runRule,
  stepInputs,
  type WholeSequence,
  type WholeSequenceOptions,
} from './cell.ts';
import { RecurrentLayer, type RecurrentOptions } from './rnn.ts';
import { plainActivations, simpleRule } from './rules.ts';

export interface SimpleRNNCellOptions extends CellOptions {
  /** Size of the state, which is the output. */
  readonly units: number;
}

/** The plain recurrence `h = activation(x W + h' U + b)` (Elman 1990). */
export class SimpleRNNCell extends BaseCell {
  static readonly className = 'SimpleRNNCell';
  readonly units: number;
  readonly stateSize: number;
  readonly outputSize: number;

  constructor(options: SimpleRNNCellOptions) {
    super(options);
    this.units = expectUnits(this, options.units);
    this.stateSize = this.units;
    this.outputSize = this.units;
  }

  override build(inputShape: TensorShape | TensorShape[]): void {
    const features = featuresOf(this, stepShape(inputShape));
    this.addKernels([features, this.units], [this.units, this.units]);
    this.addBias([this.units]);
  }

  call(inputs: unknown, options: CallOptions = {}): Tensor[] {
    const [x, ...states] = stepInputs(this, inputs, 1);
    return oneStep(this.prepare(x.node.shape, options), x, states);
  }

  prepare(step: Shape, { training }: CallOptions): PreparedCell {
    const drop = this.#inputMask(step, training);
    const shape = [step[0], this.units];
    const [dropState] = this.dropoutMasks(this.recurrentDropout, shape, 1, training);
    const recurrent = this.recurrentKernel.value as Tensor;
    return {
      project: (sequence) => [this.#project(sequence, drop)],
      step: ([x], [state]) => {
        const h = this.activation(x.add(ops.matmul(masked(state, dropState), recurrent)));
        return [h, h];
      },
    };
  }

  wholeSequence(sequence: Tensor, options: WholeSequenceOptions): WholeSequence | undefined {
    const name = plainActivations.find((n) => activations[n] === this.activation);
    const { training } = options;
    if (!name || (training && this.recurrentDropout > 0)) return undefined;
    const drop = this.#inputMask(sequence.node.shape.slice(1), training);
    const projected = this.#project(sequence, drop);
    return runRule(simpleRule(name), [projected], [this.recurrentKernel.value], options);
  }

  #inputMask(step: Shape, training: boolean | undefined): Tensor | undefined {
    return this.dropoutMasks(this.dropout, step, 1, training)[0];
  }

  /** The part of all steps that does not depend on the state, [steps, batch, units]. */
  #project(sequence: Tensor, drop: Tensor | undefined): Tensor {
    const product = ops.matmul(masked(sequence, drop), this.kernel.value);
    return this.bias ? product.add(this.bias.value) : product;
  }

  override getConfig() {
    return { units: this.units, ...super.getConfig() };
  }
}

/** The shape of a step's input, whether states come with it or not. */
export function stepShape(inputShape: TensorShape | TensorShape[]): TensorShape {
  return (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as TensorShape;
}

export interface SimpleRNNOptions extends SimpleRNNCellOptions, RecurrentOptions {}

/** A fully connected recurrent layer: [batch, steps, features] to [batch, units]. See {@link RNN}. */
export class SimpleRNN extends RecurrentLayer<SimpleRNNCell> {
  static override readonly className = 'SimpleRNN';

  constructor(options: SimpleRNNOptions) {
    super(options, new SimpleRNNCell(cellOptions(options, 'simple_rnn_cell')));
  }
}

/** The options of the cell of a recurrent layer among the layer's own. */
export function cellOptions<O extends CellOptions>(options: O, name: string): O {
  const { activityRegularizer: _, inputShape: __, batchShape: ___, ...rest } = options;
  return { ...rest, name } as unknown as O;
}
