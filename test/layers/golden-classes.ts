import { Wrapper, type WrapperOptions } from '../../src/nn/layers/core/wrapper.ts';
import { layers } from '../../src/nn/layers/index.ts';
import {
  type CallOptions,
  Layer,
  type LayerOptions,
  type TensorShape,
} from '../../src/nn/layers/layer.ts';
import { ops } from '../../src/tensor/lift.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import type { Variable } from '../../src/tensor/variable.ts';

/** Layers that Keras's tests define for themselves and that recorded calls are made of. */

interface CellOptions extends LayerOptions {
  readonly units: number;
}

/** Sums of x K + s R over `count` states s, each of which becomes its summand. */
abstract class SumCell extends Layer {
  readonly units: number;
  readonly count: number;
  kernel!: Variable;
  recurrent: Variable[] = [];

  constructor(options: CellOptions, count: number) {
    super(options);
    this.units = options.units;
    this.count = count;
  }

  get stateSize(): number | number[] {
    return this.count === 1 ? this.units : new Array<number>(this.count).fill(this.units);
  }

  override build(inputShape: TensorShape): void {
    const { units, count } = this;
    this.kernel = this.addWeight({ name: 'kernel', shape: [inputShape.at(-1)!, units] });
    this.recurrent = Array.from({ length: count }, (_, i) =>
      this.addWeight({
        name: count === 1 ? 'recurrent_kernel' : `recurrent_kernel_${i + 1}`,
        shape: [units, units],
      }),
    );
  }

  call([x, ...states]: Tensor[]): Tensor[] {
    const input = ops.matmul(x, this.kernel.value);
    const next = this.recurrent.map((r, i) => input.add(ops.matmul(states[i], r.value)));
    return [next.reduce((a, b) => a.add(b)), ...next];
  }

  override getConfig() {
    return { ...super.getConfig(), units: this.units };
  }
}

export class OneStateRNNCell extends SumCell {
  static readonly className = 'OneStateRNNCell';
  constructor(options: CellOptions) {
    super(options, 1);
  }
}

export class TwoStatesRNNCell extends SumCell {
  static readonly className = 'TwoStatesRNNCell';
  constructor(options: CellOptions) {
    super(options, 2);
  }
}

/** A layer whose output is zero where its mask is false. */
export class MaskedDense extends Wrapper {
  static override readonly className = 'MaskedDense';

  constructor(options: WrapperOptions) {
    super({ ...options, layer: options.layer ?? layers.dense({ units: 1, useBias: false }) });
    this.supportsMasking = true;
  }

  override call(x: Tensor, { mask }: CallOptions = {}): Tensor {
    const y: Tensor = this.layer.call(x);
    return mask ? y.mul(ops.cast(ops.expandDims(mask, -1), y.dtype)) : y;
  }
}

/** Layers that take several tensors in a list. */
export const takesList = new Set([
  'Add',
  'Average',
  'Concatenate',
  'Dot',
  'Maximum',
  'Minimum',
  'Multiply',
  'Subtract',
  'Attention',
  'AdditiveAttention',
]);
