import { allocate, type DType } from '../../graph/dtype.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { Variable } from '../../tensor/variable.ts';
import { getMask } from '../layers/mask.ts';
import { snakeCaseClass, uniqueName } from '../names.ts';
import { divideNoNaN, matchRanks } from '../rank.ts';
import { type Configurable, classNameOf } from '../registry.ts';

/**
 * A metric gathers evidence over batches in variables and gives a result at any time. Updates and
 * results are tensors, so both are part of the compiled step; nothing is read back in between.
 */

export interface MetricOptions {
  readonly name?: string;
  readonly dtype?: DType;
}

export abstract class Metric implements Configurable {
  readonly name: string;
  readonly dtype: DType;
  readonly variables: Variable[] = [];

  constructor(options: MetricOptions = {}) {
    this.name = options.name ?? uniqueName(snakeCaseClass(classNameOf(this)));
    this.dtype = options.dtype ?? 'float32';
  }

  /** Takes a batch in. */
  abstract updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void;

  /** The metric of all batches since the last reset. */
  abstract result(): Tensor;

  /** Forgets all batches. */
  resetState(): void {
    for (const v of this.variables) v.assign(0);
  }

  getConfig(): Record<string, unknown> {
    return { name: this.name, dtype: this.dtype };
  }

  protected addVariable(
    name: string,
    shape: readonly number[],
    dtype: DType = this.dtype,
  ): Variable {
    const size = shape.reduce((p, d) => p * d, 1);
    const variable = new Variable(
      { data: allocate(dtype, size), shape, dtype },
      { name: `${this.name}/${name}`, trainable: false },
    );
    this.variables.push(variable);
    return variable;
  }
}

/** `sum(w v) / sum(w)` over everything seen. */
export class Mean extends Metric {
  static readonly className: string = 'Mean';
  readonly total: Variable;
  readonly count: Variable;

  constructor(options: MetricOptions = {}) {
    super(options);
    this.total = this.addVariable('total', []);
    this.count = this.addVariable('count', []);
  }

  updateState(values: Tensor, sampleWeight?: Tensor): void {
    const [total, count] = weightedSum(values.cast(this.dtype), sampleWeight);
    this.total.assignAdd(total);
    this.count.assignAdd(count);
  }

  result(): Tensor {
    return divideNoNaN(this.total.value, this.count.value);
  }
}

/** `sum(w v)` and `sum(w)`; weights without the last axes of the values are spread over them. */
export function weightedSum(values: Tensor, sampleWeight?: Tensor): [Tensor, Tensor] {
  if (!sampleWeight) return [values.sum(), ops.onesLike(values).sum()];
  let weight: Tensor = sampleWeight.cast(values.dtype);
  let v = values;
  [v, weight] = matchRanks(values, weight);
  // Where weights have fewer axes, the values are averaged over the missing ones, as in Keras.
  if (weight.rank < v.rank) {
    const axes = Array.from({ length: v.rank - weight.rank }, (_, i) => i + weight.rank);
    v = v.mean(axes);
  }
  return [v.mul(weight).sum(), ops.onesLike(v).mul(weight).sum()];
}

/** The mean of a function of labels and predictions. */
export abstract class MeanOfFunction extends Mean {
  /** One value a sample (and position). */
  protected abstract values(yTrue: Tensor, yPred: Tensor): Tensor;

  override updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    const values = this.values(yTrue, yPred);
    const mask = getMask(yPred);
    super.updateState(values, combine(mask?.cast(values.dtype), sampleWeight?.cast(values.dtype)));
  }
}

function combine(a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined {
  if (!a || !b) return a ?? b;
  const [x, y] = matchRanks(a, b);
  return x.mul(y);
}
