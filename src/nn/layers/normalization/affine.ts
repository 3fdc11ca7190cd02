import { fail } from '../../../graph/errors.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { Variable } from '../../../tensor/variable.ts';
import { type Constraint, type ConstraintSpec, constraints } from '../../constraints.ts';
import { type InitializerSpec, initializers } from '../../initializers/index.ts';
import type { Initializer } from '../../initializers/initializer.ts';
import { type Regularizer, type RegularizerSpec, regularizers } from '../../regularizers.ts';
import { Layer, type LayerOptions, type TensorShape } from '../layer.ts';
import { factoryName } from '../spatial.ts';

/** What normalizing layers share: a learned factor gamma and a learned offset beta. */
export interface AffineOptions extends LayerOptions {
  /** Added to the variance, so that it is never 0. */
  readonly epsilon?: number;
  /** Whether to add a learned offset. */
  readonly center?: boolean;
  /** Whether to multiply by a learned factor. */
  readonly scale?: boolean;
  readonly betaInitializer?: InitializerSpec;
  readonly gammaInitializer?: InitializerSpec;
  readonly betaRegularizer?: RegularizerSpec | null;
  readonly gammaRegularizer?: RegularizerSpec | null;
  readonly betaConstraint?: ConstraintSpec | null;
  readonly gammaConstraint?: ConstraintSpec | null;
}

export abstract class AffineNormalization extends Layer {
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  readonly betaInitializer: Initializer;
  readonly gammaInitializer: Initializer;
  readonly betaRegularizer: Regularizer | undefined;
  readonly gammaRegularizer: Regularizer | undefined;
  readonly betaConstraint: Constraint | undefined;
  readonly gammaConstraint: Constraint | undefined;
  gamma: Variable | undefined;
  beta: Variable | undefined;

  constructor(options: AffineOptions) {
    super(options);
    this.epsilon = options.epsilon ?? 1e-3;
    this.center = options.center ?? true;
    this.scale = options.scale ?? true;
    this.betaInitializer = initializers.get(options.betaInitializer ?? 'zeros');
    this.gammaInitializer = initializers.get(options.gammaInitializer ?? 'ones');
    this.betaRegularizer = regularizers.get(options.betaRegularizer);
    this.gammaRegularizer = regularizers.get(options.gammaRegularizer);
    this.betaConstraint = constraints.get(options.betaConstraint);
    this.gammaConstraint = constraints.get(options.gammaConstraint);
    this.supportsMasking = true;
  }

  protected addGamma(shape: readonly number[]): void {
    this.gamma = this.addWeight({
      name: 'gamma',
      shape,
      initializer: this.gammaInitializer,
      regularizer: this.gammaRegularizer,
      constraint: this.gammaConstraint,
    });
  }

  protected addBeta(shape: readonly number[]): void {
    this.beta = this.addWeight({
      name: 'beta',
      shape,
      initializer: this.betaInitializer,
      regularizer: this.betaRegularizer,
      constraint: this.betaConstraint,
    });
  }

  /** The factor and the offset as far as there are any. */
  protected get affine(): { gamma: Tensor | null; beta: Tensor | null } {
    return { gamma: this.gamma?.value ?? null, beta: this.beta?.value ?? null };
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      epsilon: this.epsilon,
      center: this.center,
      scale: this.scale,
      betaInitializer: this.betaInitializer,
      gammaInitializer: this.gammaInitializer,
      betaRegularizer: this.betaRegularizer,
      gammaRegularizer: this.gammaRegularizer,
      betaConstraint: this.betaConstraint,
      gammaConstraint: this.gammaConstraint,
    };
  }
}

/** The size of an axis of a layer's input, which has to be known. */
export function axisSize(layer: object, inputShape: TensorShape, axis: number): number {
  const size = inputShape.at(axis);
  if (typeof size !== 'number' || axis >= inputShape.length) {
    fail(
      factoryName(layer),
      `axis ${axis} of the input [${inputShape.map((d) => d ?? 'batch').join(', ')}] must have a known size`,
    );
  }
  return size;
}
