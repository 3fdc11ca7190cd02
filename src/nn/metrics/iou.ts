import { isFloat } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { Metric, type MetricOptions } from './metric.ts';

/**
 * Intersection over union of the samples (or pixels) of a class in labels and in predictions (Jaccard
 * 1901): `TP / (TP + FP + FN)`, from a confusion matrix.
 */

const EPSILON = 1e-7;

export interface MeanIoUOptions extends MetricOptions {
  readonly numClasses: number;
  /** Samples with this label do not count. */
  readonly ignoreClass?: number | null;
  /** Whether labels are class numbers, rather than one value a class along `axis`. */
  readonly sparseYTrue?: boolean;
  /** Whether predictions are class numbers, rather than one value a class along `axis`. */
  readonly sparseYPred?: boolean;
  /** The axis of the classes. */
  readonly axis?: number;
}

export interface IoUOptions extends MeanIoUOptions {
  /** The classes to average over. */
  readonly targetClassIds: readonly number[];
}

/** The mean intersection over union of some classes. */
export class IoU extends Metric {
  static readonly className: string = 'IoU';
  readonly numClasses: number;
  readonly targetClassIds: readonly number[];
  readonly ignoreClass: number | null;
  readonly sparseYTrue: boolean;
  readonly sparseYPred: boolean;
  readonly axis: number;
  /** Whether the dtype was asked for; else floating-point weights decide it. */
  readonly #fixed: boolean;
  #matrix: Variable | undefined;

  /** Counts are int32 by default, and exact for any number of pixels; weights make them float32. */
  constructor(options: IoUOptions) {
    super({ ...options, dtype: options.dtype ?? 'int32' });
    this.#fixed = (options.dtype ?? null) !== null;
    this.numClasses = options.numClasses;
    this.targetClassIds = [...(options.targetClassIds ?? [])];
    this.ignoreClass = options.ignoreClass ?? null;
    this.sparseYTrue = options.sparseYTrue ?? true;
    this.sparseYPred = options.sparseYPred ?? true;
    this.axis = options.axis ?? -1;
    if (!(Number.isInteger(this.numClasses) && this.numClasses >= 1)) {
      fail('IoU', `numClasses is ${this.numClasses}; expected a whole number of 1 or more`);
    }
    const ids = this.targetClassIds;
    if (ids.length === 0 || ids.some((id) => !(id >= 0 && id < this.numClasses))) {
      fail(
        'IoU',
        `targetClassIds are [${ids.join(', ')}]; expected numbers from 0 to ${this.numClasses - 1}`,
      );
    }
  }

  updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    const numbers = (x: Tensor, sparse: boolean): Tensor =>
      ops.reshape((sparse ? x : ops.argmax(x, this.axis)).cast('int32'), [-1]);
    const labels = numbers(yTrue, this.sparseYTrue);
    const predictions = numbers(yPred, this.sparseYPred);
    const weighted = sampleWeight !== undefined && isFloat(sampleWeight.dtype);
    const dtype = this.#fixed || !weighted ? this.dtype : 'float32';
    const classes = this.numClasses;
    this.#matrix ??= this.addVariable('total_confusion_matrix', [classes, classes], dtype);
    const ones = ops.onesLike(labels).cast(this.#matrix.dtype);
    const given = sampleWeight?.cast(this.#matrix.dtype);
    let counts = given ? ones.mul(given.rank > 1 ? ops.reshape(given, [-1]) : given) : ones;
    if (this.ignoreClass !== null) {
      counts = counts.mul(ops.notEqual(labels, this.ignoreClass).cast(counts.dtype));
    }
    // What is no class on either side has no place in the matrix, and is left out.
    const known = (x: Tensor) => ops.logicalAnd(ops.greaterEqual(x, 0), ops.less(x, classes));
    const place = ops.where(
      ops.logicalAnd(known(labels), known(predictions)),
      labels.mul(classes).add(predictions),
      -1,
    );
    const cells = ops.segmentSum(counts, place, classes * classes);
    this.#matrix.assignAdd(ops.reshape(cells, [classes, classes]));
  }

  result(): Tensor {
    if (!this.#matrix) return ops.zeros([]);
    const matrix: Tensor = this.#matrix.value.cast('float32');
    const chosen = (x: Tensor): Tensor => ops.take(x, this.targetClassIds);
    const hits = ops.diagonal(matrix);
    const union = chosen(matrix.sum(0).add(matrix.sum(1)).sub(hits));
    // Classes that occur in neither labels nor predictions do not count.
    const occurring = ops.greater(union, 1e-9).cast('float32').sum();
    return chosen(hits).div(union.add(EPSILON)).sum().div(occurring.add(EPSILON));
  }

  override getConfig(): Record<string, unknown> {
    const { numClasses, targetClassIds, ignoreClass, sparseYTrue, sparseYPred, axis } = this;
    return {
      ...super.getConfig(),
      numClasses,
      targetClassIds,
      ignoreClass,
      sparseYTrue,
      sparseYPred,
      axis,
    };
  }
}

export interface BinaryIoUOptions extends MetricOptions {
  /** Class 0, class 1, or both. */
  readonly targetClassIds?: readonly number[];
  /** Scores from it up are class 1. */
  readonly threshold?: number;
}

/** The intersection over union of two classes that a threshold divides. */
export class BinaryIoU extends IoU {
  static override readonly className = 'BinaryIoU';
  readonly threshold: number;

  constructor(options: BinaryIoUOptions = {}) {
    super({ ...options, numClasses: 2, targetClassIds: options.targetClassIds ?? [0, 1] });
    this.threshold = options.threshold ?? 0.5;
  }

  override updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    super.updateState(yTrue, ops.greaterEqual(yPred.cast('float32'), this.threshold), sampleWeight);
  }

  override getConfig() {
    const { name, dtype, targetClassIds, threshold } = this;
    return { name, dtype, targetClassIds, threshold };
  }
}

/** The mean intersection over union of all classes. */
export class MeanIoU extends IoU {
  static override readonly className: string = 'MeanIoU';

  constructor(options: MeanIoUOptions) {
    const all = Array.from({ length: options.numClasses }, (_, i) => i);
    super({ ...options, targetClassIds: all });
  }

  override getConfig() {
    const { targetClassIds: _, ...config } = super.getConfig();
    return config;
  }
}

export type OneHotIoUOptions = Omit<IoUOptions, 'sparseYTrue'>;
export type OneHotMeanIoUOptions = Omit<MeanIoUOptions, 'sparseYTrue'>;

/** {@link IoU} of labels with one value a class. */
export class OneHotIoU extends IoU {
  static override readonly className = 'OneHotIoU';

  constructor(options: OneHotIoUOptions) {
    super({ ...options, sparseYTrue: false, sparseYPred: options.sparseYPred ?? false });
  }

  override getConfig() {
    const { sparseYTrue: _, ...config } = super.getConfig();
    return config;
  }
}

/** {@link MeanIoU} of labels with one value a class. */
export class OneHotMeanIoU extends MeanIoU {
  static override readonly className = 'OneHotMeanIoU';

  constructor(options: OneHotMeanIoUOptions) {
    super({
      ...options,
      sparseYTrue: false,
      sparseYPred: options.sparseYPred ?? false,
    } as MeanIoUOptions);
  }

  override getConfig() {
    const { sparseYTrue: _, ...config } = super.getConfig();
    return config;
  }
}
