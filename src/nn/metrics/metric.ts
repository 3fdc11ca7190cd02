import { allocate, type DType } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import { formatShape } from '../../graph/shape.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { Variable } from '../../tensor/variable.ts';
import { getMask } from '../layers/mask.ts';
import { snakeCaseClass, uniqueName } from '../names.ts';
import { divideNoNaN, matchRanks } from '../rank.ts';
import { type Configurable, classNameOf } from '../registry.ts';

/** What every metric takes; each has options of its own besides. */
export interface MetricOptions {
  readonly name?: string | null;
  readonly dtype?: DType | null;
}

/**
 * A metric gathers evidence over batches in variables and gives a result at any time. Updates and
 * results are tensors, so both are part of the compiled step; nothing is read back in between.
 *
 * A metric of your own adds variables in its constructor, assigns them in `updateState` and computes
 * `result` from them; where a mean over samples will do, pass a function of labels and predictions.
 */
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

  /** State of the metric: zeros at first and after each reset. Call it in the constructor. */
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

/** All axes of x from one on. */
const axesFrom = (x: Tensor, first: number): number[] =>
  Array.from({ length: Math.max(x.rank - first, 0) }, (_, i) => i + first);

/**
 * Values and weights with one number a sample each: what lies behind the first axis is reduced. Values
 * with more axes than the weights lose the surplus first (Keras's rule).
 */
function samplewise(
  values: Tensor,
  sampleWeight: Tensor | undefined,
  dtype: DType,
  reduce: (x: Tensor, axes: number[]) => Tensor,
): [values: Tensor, weights: Tensor | undefined] {
  const mask = getMask(values);
  const reduced = (x: Tensor, first: number): Tensor => {
    const axes = axesFrom(x, first);
    return axes.length > 0 ? reduce(x, axes) : x;
  };
  let v: Tensor = values.cast(dtype);
  if (!sampleWeight) return [reduced(v, 1), undefined];
  let weight: Tensor = combineWeights(mask?.cast(dtype), sampleWeight.cast(dtype))!;
  [v, weight] = matchRanks(v, weight);
  if (weight.rank > v.rank) {
    fail(
      'metric',
      `sample weights are ${formatShape(weight.node.shape)}, the values ${formatShape(v.node.shape)}; expected one weight a sample or a value`,
    );
  }
  v = reduced(v, weight.rank);
  const spread = ops.onesLike(v).mul(weight);
  return [reduced(v.mul(spread), 1), reduced(spread, 1)];
}

/** The product of two weights, or the one that there is; one with a number a sample counts for all its positions. */
function combineWeights(a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined {
  if (!a || !b) return a ?? b;
  let [x, y] = matchRanks(a, b);
  while (x.rank > y.rank) y = ops.expandDims(y, -1);
  while (y.rank > x.rank) x = ops.expandDims(x, -1);
  return x.mul(y);
}

/** The number of samples of a batch; 1 for a scalar. */
function sampleCount(values: Tensor): Tensor | number {
  if (values.rank === 0) return 1;
  return values.shape[0] ?? ops.onesLike(values).sum();
}

/** `sum(w v)` over everything seen. */
export class Sum extends Metric {
  static readonly className: string = 'Sum';
  readonly total: Variable;

  constructor(options: MetricOptions = {}) {
    super({ ...options, name: options.name ?? 'sum' });
    this.total = this.addVariable('total', []);
  }

  updateState(values: Tensor, sampleWeight?: Tensor): void {
    const [v] = samplewise(values, sampleWeight, this.dtype, (x, axes) => x.sum(axes));
    this.total.assignAdd(v.sum());
  }

  result(): Tensor {
    return this.total.value;
  }
}

/** `sum(w v) / sum(w)` over everything seen. */
export class Mean extends Metric {
  static readonly className: string = 'Mean';
  readonly total: Variable;
  readonly count: Variable;

  constructor(options: MetricOptions = {}) {
    super({ ...options, name: options.name ?? 'mean' });
    this.total = this.addVariable('total', []);
    this.count = this.addVariable('count', []);
  }

  updateState(values: Tensor, sampleWeight?: Tensor): void {
    const [v, w] = samplewise(values, sampleWeight, this.dtype, (x, axes) => x.mean(axes));
    this.total.assignAdd(v.sum());
    this.count.assignAdd(w ? w.sum() : sampleCount(v));
  }

  result(): Tensor {
    return divideNoNaN(this.total.value, this.count.value);
  }
}

/** The mean of a function of labels and predictions. */
export abstract class MeanOfFunction extends Mean {
  /** One value a sample (and position). */
  protected abstract values(yTrue: Tensor, yPred: Tensor): Tensor;

  override updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    const mask = getMask(yPred)?.cast(this.dtype);
    const weight = combineWeights(mask, sampleWeight?.cast(this.dtype));
    super.updateState(this.values(yTrue, yPred), weight);
  }
}
