import { fail } from '../../../graph/errors.ts';
import { customGradient } from '../../../tensor/grad.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { Variable } from '../../../tensor/variable.ts';
import { initializers } from '../../initializers/index.ts';
import { Wrapper, type WrapperOptions } from '../core/wrapper.ts';
import type { CallOptions } from '../layer.ts';

export interface SpectralNormalizationOptions extends WrapperOptions {
  /** Steps of the power iteration in each training step; 1 by default. */
  readonly powerIterations?: number;
}

/**
 * Divides the weights of a layer by their largest singular value before each training step, which bounds
 * how much the layer can stretch differences (Miyato et al. 2018). The value is estimated by power
 * iteration on the kernel as a matrix [rest, last axis]; what is learned is the divided kernel.
 */
export class SpectralNormalization extends Wrapper {
  static override readonly className = 'SpectralNormalization';
  readonly powerIterations: number;
  vectorU!: Variable;

  constructor(options: SpectralNormalizationOptions) {
    super(options);
    this.powerIterations = options.powerIterations ?? 1;
    if (!(Number.isInteger(this.powerIterations) && this.powerIterations > 0)) {
      fail(
        'spectralNormalization',
        `powerIterations is ${options.powerIterations}; expected a whole number of 1 or more`,
      );
    }
  }

  override build(inputShape: any): void {
    super.build(inputShape);
    this.vectorU = this.addWeight({
      name: 'vector_u',
      shape: [1, this.#kernel.shape.at(-1)!],
      initializer: initializers.truncatedNormal({ stddev: 0.02 }),
      trainable: false,
    });
  }

  /** The weight of the layer that is divided. */
  get #kernel(): Variable {
    const { kernel, embeddings } = this.layer as { kernel?: unknown; embeddings?: unknown };
    for (const weight of [kernel, embeddings]) if (weight instanceof Variable) return weight;
    return fail(
      'spectralNormalization',
      `the layer '${this.layer.name}' (${this.layer.className}) has neither a kernel nor embeddings`,
    );
  }

  /** Keras counts the kernel among the wrapper's own weights, before the vector. */
  override get ownWeights(): Variable[] {
    return this.built || this.vectorU ? [this.#kernel, ...super.ownWeights] : super.ownWeights;
  }

  override call(inputs: any, options: CallOptions = {}): any {
    if (options.training) this.#divide();
    return super.call(inputs, options);
  }

  #divide(): void {
    const kernel = this.#kernel;
    const w: Tensor = kernel.value;
    const matrix = ops.stopGradient(ops.reshape(w, [-1, kernel.shape.at(-1)!]));
    let u: Tensor = this.vectorU.value;
    let v: Tensor = u;
    for (let i = 0; i < this.powerIterations; i++) {
      v = unit(ops.matmul(u, ops.transpose(matrix)));
      u = unit(ops.matmul(v, matrix));
    }
    const sigma = ops.matmul(ops.matmul(v, matrix), ops.transpose(u)).reshape([]);
    // A kernel of nothing but zeros has no direction to stretch.
    const zero = ops.all(ops.equal(matrix, 0));
    const divided = ops.where(zero, w, w.div(ops.where(zero, 1, sigma)));
    this.vectorU.assign(ops.where(zero, this.vectorU.value, u));
    // The divided kernel is the weight from here on, so its gradient is the weight's.
    kernel.assign(customGradient(() => ({ value: divided, gradient: (dy) => dy }))(w));
  }

  override getConfig() {
    return { ...super.getConfig(), powerIterations: this.powerIterations };
  }
}

const unit = (x: Tensor): Tensor => ops.normalize(x, null);
