import type { Workload } from '../workloads.ts';
import { adam, uniform } from '../workloads.ts';
import { OnnxGraph } from './onnx-writer.ts';

/** An array that every step reads and replaces: the graph's input `name`, its output `name'`. */
export interface State {
  name: string;
  shape: readonly number[];
  initial: Float32Array;
  /**
   * Only the node that makes the new array reads the old one, element by element, so that both may be
   * the same memory.
   */
  inPlace: boolean;
}

/** A whole training step as an ONNX model: x, y and the state go in, the loss and new state come out. */
export interface TrainingGraph {
  model: Uint8Array;
  state: readonly State[];
}

export const nextName = (name: string): string => `${name}'`;

/** Collects the state of a training step while its graph is written. */
export class TrainingGraphWriter extends OnnxGraph {
  readonly #state: State[] = [];
  readonly #random = uniform(7);
  readonly #workload: Workload;

  constructor(workload: Workload) {
    super();
    this.#workload = workload;
    this.input('x', [workload.batch, ...workload.input], workload.words ? 'int32' : 'float32');
    this.input('y', [workload.batch, workload.classes]);
  }

  #declare(
    name: string,
    shape: readonly number[],
    initial: Float32Array,
    inPlace: boolean,
  ): string {
    this.#state.push({ name, shape, initial, inPlace });
    this.output(nextName(name), shape);
    return this.input(name, shape);
  }

  /** Weights with Glorot's uniform start, as in Keras. */
  weights(name: string, shape: readonly number[]): string {
    const size = shape.reduce((product, d) => product * d, 1);
    const [fanIn, fanOut] = [...shape.slice(-2)] as [number, number];
    const field = size / (fanIn * fanOut);
    const limit = Math.sqrt(6 / (field * (fanIn + fanOut)));
    const initial = Float32Array.from({ length: size }, () => limit * (2 * this.#random() - 1));
    return this.#declare(name, shape, initial, false);
  }

  zeros(name: string, shape: readonly number[], { inPlace = false } = {}): string {
    const size = shape.reduce((product, d) => product * d, 1);
    return this.#declare(name, shape, new Float32Array(size), inPlace);
  }

  /** Ones, such as the factors of a normalization. */
  factors(name: string, shape: readonly number[]): string {
    const size = shape.reduce((product, d) => product * d, 1);
    return this.#declare(name, shape, new Float32Array(size).fill(1), false);
  }

  /** 1 where `x` is above zero, else 0, in one pass: a sigmoid of straight lines, infinitely steep. */
  positive(x: string): string {
    return this.op('HardSigmoid', [x], { alpha: { float: 1e38 }, beta: { float: 0 } });
  }

  /** The gradient before a relu whose result was `h`. */
  maskRelu(gradient: string, h: string): string {
    return this.op('Mul', [gradient, this.positive(h)]);
  }

  /** Logarithm of a probability that may have been rounded to nothing (Keras's epsilon). */
  #log(p: string): string {
    return this.op('Log', [this.op('Max', [p, this.constant(1e-7)])]);
  }

  /** Softmax and categorical cross entropy: names the loss, returns the gradient before the softmax. */
  softmaxLoss(logits: string): string {
    const p = this.op('Softmax', [logits], { axis: 1 });
    const total = this.sum(this.op('Mul', ['y', this.#log(p)]));
    this.op('Mul', [total, this.constant(-1 / this.#workload.batch)], {}, '', 'loss');
    this.output('loss', []);
    return this.#overBatch(this.op('Sub', [p, 'y']));
  }

  /** Sigmoid and binary cross entropy, likewise. */
  sigmoidLoss(logits: string): string {
    const p = this.op('Sigmoid', [logits]);
    const hit = this.op('Mul', ['y', this.#log(p)]);
    const one = this.constant(1);
    const miss = this.op('Mul', [this.op('Sub', [one, 'y']), this.#log(this.op('Sub', [one, p]))]);
    const total = this.sum(this.op('Add', [hit, miss]));
    this.op('Mul', [total, this.constant(-1 / this.#workload.batch)], {}, '', 'loss');
    this.output('loss', []);
    return this.#overBatch(this.op('Sub', [p, 'y']));
  }

  #overBatch(x: string): string {
    return this.op('Mul', [x, this.constant(1 / this.#workload.batch)]);
  }

  /** Plain gradient descent of one parameter. */
  descend(name: string, gradient: string): void {
    const change = this.op('Mul', [gradient, this.constant(this.#workload.learningRate)]);
    this.op('Sub', [name, change], {}, '', nextName(name));
  }

  /** The same for a dense layer's weights, in the product that makes their gradient x^T d. */
  descendDense(name: string, x: string, d: string): void {
    const alpha = { float: -this.#workload.learningRate };
    const attributes = { transA: 1, alpha, beta: { float: 1 } };
    this.op('Gemm', [x, d, name], attributes, '', nextName(name));
  }

  #rate: string | undefined;

  /** Adam's rate of this step: the learning rate, corrected for moments that started at zero. */
  #adamRate(): string {
    if (this.#rate !== undefined) return this.#rate;
    const one = this.constant(1);
    const left = ([adam.beta1, adam.beta2] as const).map((beta, i) => {
      const power = this.op(
        'Mul',
        [this.factors(`p${i}`, []), this.constant(beta)],
        {},
        '',
        nextName(`p${i}`),
      );
      return this.op('Sub', [one, power]);
    });
    const ratio = this.op('Div', [this.op('Sqrt', [left[1] as string]), left[0] as string]);
    this.#rate = this.op('Mul', [ratio, this.constant(this.#workload.learningRate)]);
    return this.#rate;
  }

  /** Adam's update of one parameter, written down as in the paper. */
  adam(name: string, shape: readonly number[], gradient: string): void {
    const { beta1, beta2, epsilon } = adam;
    const moment = (slot: string, beta: number, value: string): string => {
      const kept = this.op('Mul', [
        this.zeros(slot, shape, { inPlace: true }),
        this.constant(beta),
      ]);
      const added = this.op('Mul', [value, this.constant(1 - beta)]);
      return this.op('Add', [kept, added], {}, '', nextName(slot));
    };
    const m = moment(`m-${name}`, beta1, gradient);
    const v = moment(`v-${name}`, beta2, this.op('Mul', [gradient, gradient]));
    const scale = this.op('Add', [this.op('Sqrt', [v]), this.constant(epsilon)]);
    const change = this.op('Div', [this.op('Mul', [m, this.#adamRate()]), scale]);
    this.op('Sub', [name, change], {}, '', nextName(name));
  }

  /** Sum over the rows of a matrix: a product with ones, which is quicker than a reduction. */
  sumRows(x: string, rows: number, columns: number): string {
    const sums = this.op('MatMul', [this.ones(1, rows), this.reshape(x, rows, columns)]);
    return this.reshape(sums, columns);
  }

  finish(): TrainingGraph {
    return { model: this.build(), state: this.#state };
  }
}
