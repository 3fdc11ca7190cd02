import { fail } from '../../../graph/errors.ts';
import { multiplyDims, type Shape } from '../../../graph/shape.ts';
import { filled } from '../../../ops/build.ts';
import { type DataFormat, eachAxis } from '../../../ops/functions/windows.ts';
import { ops } from '../../../tensor/lift.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { type Activation, type ActivationSpec, activations } from '../../activations/index.ts';
import type { CallOptions, TensorShape } from '../layer.ts';
import {
  type DataFormatName,
  dataFormatConfig,
  dataFormatOf,
  expectSpatial,
  factoryName,
  type PerAxis,
  paddingNameOf,
} from '../spatial.ts';
import {
  BaseCell,
  type CellOptions,
  masked,
  oneStep,
  type PreparedCell,
  stepInputs,
} from './cell.ts';
import { below1 } from './gated.ts';
import { ForgetBias } from './lstm.ts';
import { RecurrentLayer, type RecurrentOptions } from './rnn.ts';
import { cellOptions, stepShape } from './simple-rnn.ts';

export interface ConvLSTMCellOptions extends CellOptions {
  /** Number of spatial axes; by default as many as kernelSize has numbers, or 2. */
  readonly rank?: number;
  /** Channels of states and output. */
  readonly filters: number;
  readonly kernelSize: PerAxis;
  /** Of the window over the inputs; over the states it moves by 1. */
  readonly strides?: PerAxis;
  readonly padding?: 'valid' | 'same';
  readonly dataFormat?: DataFormatName | null;
  readonly dilationRate?: PerAxis;
  readonly recurrentActivation?: ActivationSpec | null;
  readonly unitForgetBias?: boolean;
}

const GATES = 4;

/**
 * An LSTM whose products are convolutions (Shi et al. 2015): inputs and states are images, or sequences,
 * or volumes. The states have the size of a convolved input and `filters` channels.
 */
export class ConvLSTMCell extends BaseCell {
  static readonly className = 'ConvLSTMCell';
  readonly rank: number;
  readonly filters: number;
  readonly kernelSize: readonly number[];
  readonly strides: readonly number[];
  readonly padding: 'valid' | 'same';
  readonly dataFormat: DataFormat;
  readonly dilationRate: readonly number[];
  readonly recurrentActivation: Activation;
  readonly unitForgetBias: boolean;
  readonly stateSize: readonly [number, number];
  readonly outputSize: number;
  /** Shape of a state without the batch, once the input is known. */
  #stateShape: readonly number[] | undefined;

  constructor(options: ConvLSTMCellOptions) {
    super(options);
    const { kernelSize } = options;
    this.rank = options.rank ?? (typeof kernelSize === 'number' ? 2 : kernelSize.length);
    const each = (name: string, value: PerAxis) =>
      eachAxis(factoryName(this), name, value, this.rank);
    this.filters = options.filters;
    if (!(Number.isInteger(this.filters) && this.filters > 0)) {
      fail(
        factoryName(this),
        `filters is ${options.filters}; expected a whole number of 1 or more`,
      );
    }
    this.kernelSize = each('kernelSize', kernelSize);
    this.strides = each('strides', options.strides ?? 1);
    this.padding = paddingNameOf(this, options.padding, ['valid', 'same'] as const);
    this.dataFormat = dataFormatOf(this, options.dataFormat);
    this.dilationRate = each('dilationRate', options.dilationRate ?? 1);
    if (Math.max(...this.strides) > 1 && Math.max(...this.dilationRate) > 1) {
      fail(
        factoryName(this),
        'strides and dilationRate are both above 1; expected one of them to be 1',
      );
    }
    this.recurrentActivation = activations.get(
      options.recurrentActivation === undefined ? 'sigmoid' : options.recurrentActivation,
    );
    this.unitForgetBias = options.unitForgetBias ?? true;
    this.stateSize = [this.filters, this.filters];
    this.outputSize = this.filters;
  }

  override build(inputShape: TensorShape | TensorShape[]): void {
    const shape = stepShape(inputShape);
    expectSpatial(this, shape, this.rank, this.dataFormat);
    if (shape.slice(1).some((d) => d === null)) {
      fail(
        factoryName(this),
        `all sizes of a step [${shape.map((d) => d ?? '?').join(', ')}] must be known`,
      );
    }
    const channels = this.dataFormat === 'channelsLast' ? shape.at(-1)! : shape[1]!;
    this.addKernels(
      [...this.kernelSize, channels, GATES * this.filters],
      [...this.kernelSize, this.filters, GATES * this.filters],
    );
    const { initializer } = this.biasRules;
    this.addBias(
      [GATES * this.filters],
      this.unitForgetBias ? new ForgetBias(initializer) : initializer,
    );
    this.#stateShape = this.#shapeOfState(shape.slice(1) as number[]);
  }

  /** Zeros of the shape that the convolution of a step has. */
  initialState(batch: number): Tensor[] {
    const shape = this.#stateShape ?? fail(factoryName(this), 'the cell is not built yet');
    const zeros = new Tensor(filled([batch, ...shape], 0, this.dtype));
    return [zeros, zeros];
  }

  call(inputs: unknown, options: CallOptions = {}): Tensor[] {
    const [x, ...states] = stepInputs(this, inputs, 2);
    return oneStep(this.prepare(x.node.shape, options), x, states);
  }

  prepare(step: Shape, { training }: CallOptions): PreparedCell {
    const drop = this.#masks(this.dropout, step, training);
    const dropState = this.#masks(this.recurrentDropout, [step[0], ...this.#stateShape!], training);
    const kernel = this.kernel.value as Tensor;
    const recurrent = this.recurrentKernel.value as Tensor;
    const { strides, padding, dilationRate, dataFormat } = this;
    const gate = this.recurrentActivation;
    return {
      project: (sequence) => {
        const [steps, ...rest] = sequence.node.shape;
        const convolved = this.#byGate(sequence, drop, kernel, (x, w) => {
          const samples = [multiplyDims('convLstm', steps, rest[0]), ...rest.slice(1)];
          const options = { strides, padding, dilationRate, dataFormat };
          const y = ops.conv(ops.reshape(x, samples), w, options);
          return ops.reshape(y, [steps, rest[0], ...y.node.shape.slice(1)]);
        });
        return [this.bias ? convolved.add(this.#biasLike(this.bias.value)) : convolved];
      },
      step: ([x], [h, c]) => {
        const inner = this.#byGate(h, dropState, recurrent, (state, w) =>
          ops.conv(state, w, { padding: 'same', dataFormat }),
        );
        const [zi, zf, zc, zo] = this.#gates(x.add(inner));
        const carry = gate(zf)
          .mul(c)
          .add(gate(zi).mul(this.activation(zc)));
        const output = gate(zo).mul(this.activation(carry));
        return [output, output, carry];
      },
    };
  }

  /** One convolution for all gates, or one each where each has a dropout mask of its own. */
  #byGate(
    x: Tensor,
    masks: readonly (Tensor | undefined)[],
    kernel: Tensor,
    convolve: (x: Tensor, kernel: Tensor) => Tensor,
  ): Tensor {
    if (!masks[0]) return convolve(x, kernel);
    const kernels = ops.split(kernel, GATES, -1);
    const results = masks.map((m, i) => convolve(masked(x, m), kernels[i]));
    return ops.concatenate(results, this.#channelAxis);
  }

  #biasLike(bias: Tensor): Tensor {
    return this.dataFormat === 'channelsLast'
      ? bias
      : ops.reshape(bias, [-1, ...this.kernelSize.map(() => 1)]);
  }

  #gates(z: Tensor): Tensor[] {
    return ops.split(z, GATES, this.#channelAxis);
  }

  /** Where the channels are, counted from the back: the same with and without an axis of steps. */
  get #channelAxis(): number {
    return this.dataFormat === 'channelsLast' ? -1 : -this.rank - 1;
  }

  #masks(rate: number, shape: readonly number[], training: boolean | undefined) {
    return this.dropoutMasks(below1(rate), shape, GATES, training);
  }

  #shapeOfState(step: readonly number[]): number[] {
    const last = this.dataFormat === 'channelsLast';
    const space = last ? step.slice(0, -1) : step.slice(1);
    const sizes = space.map((size, i) => {
      const reach = (this.kernelSize[i] - 1) * this.dilationRate[i] + 1;
      const places = this.padding === 'same' ? size : size - reach + 1;
      return Math.ceil(places / this.strides[i]);
    });
    return last ? [...sizes, this.filters] : [this.filters, ...sizes];
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      filters: this.filters,
      kernelSize: this.kernelSize,
      strides: this.strides,
      padding: this.padding,
      dataFormat: dataFormatConfig(this.dataFormat),
      dilationRate: this.dilationRate,
      recurrentActivation: activations.serialize(this.recurrentActivation),
      unitForgetBias: this.unitForgetBias,
    };
  }
}

export interface ConvLSTMOptions extends ConvLSTMCellOptions, RecurrentOptions {}

/** {@link ConvLSTMCell} over the steps of [batch, steps, ...space, channels]. See `RNN`. */
export class ConvLSTM extends RecurrentLayer<ConvLSTMCell> {
  static override readonly className: string = 'ConvLSTM';

  constructor(options: ConvLSTMOptions) {
    super(options, new ConvLSTMCell(cellOptions(options, 'conv_lstm_cell')));
  }
}

/** A convolutional LSTM over sequences: steps of [length, channels]. */
export class ConvLSTM1D extends ConvLSTM {
  static override readonly className = 'ConvLSTM1D';

  constructor(options: ConvLSTMOptions) {
    super({ ...options, rank: 1 });
  }
}

/** A convolutional LSTM over images: steps of [height, width, channels]. */
export class ConvLSTM2D extends ConvLSTM {
  static override readonly className = 'ConvLSTM2D';

  constructor(options: ConvLSTMOptions) {
    super({ ...options, rank: 2 });
  }
}

/** A convolutional LSTM over volumes: steps of [depth, height, width, channels]. */
export class ConvLSTM3D extends ConvLSTM {
  static override readonly className = 'ConvLSTM3D';

  constructor(options: ConvLSTMOptions) {
    super({ ...options, rank: 3 });
  }
}
