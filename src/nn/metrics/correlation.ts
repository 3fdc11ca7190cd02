import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { matchPair } from '../rank.ts';
import { MeanOfFunction } from './metric.ts';
import type { AxisOptions } from './regression.ts';

/** How labels and predictions vary together. */

const EPSILON = 1e-7;

/** Pearson's coefficient along an axis: 1 where predictions rise with the labels along a straight line. */
export function pearsonCorrelation(yTrue: Tensor, yPred: Tensor, { axis = -1 } = {}): Tensor {
  const [labels, predictions] = matchPair(yTrue, yPred);
  const standard = (x: Tensor) => {
    const deviation = x.sub(x.mean(axis, true));
    return deviation.div(ops.std(deviation, axis, true).add(EPSILON));
  };
  return standard(labels).mul(standard(predictions)).mean(axis);
}

/** Lin's concordance coefficient along an axis: 1 only where predictions equal the labels (Lin 1989). */
export function concordanceCorrelation(yTrue: Tensor, yPred: Tensor, { axis = -1 } = {}): Tensor {
  const [labels, predictions] = matchPair(yTrue, yPred);
  const [a, b] = [labels.mean(axis, true), predictions.mean(axis, true)];
  const spread = ops.var(labels, axis, true).add(ops.var(predictions, axis, true));
  const norm = spread.add(a.sub(b).square()).add(EPSILON);
  return labels.sub(b).mul(predictions.sub(b)).mul(2).div(norm).mean(axis);
}

/** {@link pearsonCorrelation} */
export class PearsonCorrelation extends MeanOfFunction {
  static override readonly className = 'PearsonCorrelation';
  readonly axis: number;

  constructor(options: AxisOptions = {}) {
    super({ ...options, name: options.name ?? 'pearson_correlation' });
    this.axis = options.axis ?? -1;
  }

  protected values(yTrue: Tensor, yPred: Tensor): Tensor {
    return pearsonCorrelation(yTrue, yPred, this);
  }

  override getConfig() {
    return { ...super.getConfig(), axis: this.axis };
  }
}

/** {@link concordanceCorrelation} */
export class ConcordanceCorrelation extends MeanOfFunction {
  static override readonly className = 'ConcordanceCorrelation';
  readonly axis: number;

  constructor(options: AxisOptions = {}) {
    super({ ...options, name: options.name ?? 'concordance_correlation' });
    this.axis = options.axis ?? -1;
  }

  protected values(yTrue: Tensor, yPred: Tensor): Tensor {
    return concordanceCorrelation(yTrue, yPred, this);
  }

  override getConfig() {
    return { ...super.getConfig(), axis: this.axis };
  }
}
