import { fail } from '../../../graph/errors.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { Variable } from '../../../tensor/variable.ts';
import type { ConstraintSpec } from '../../constraints.ts';
import type { InitializerSpec } from '../../initializers/index.ts';
import type { RegularizerSpec } from '../../regularizers.ts';
import { Layer, type LayerOptions, type TensorShape } from '../layer.ts';
import { factoryName } from '../spatial.ts';
import { rulesConfig, type WeightRules, weightRules } from '../weight-options.ts';

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
  readonly betaRules: WeightRules;
  readonly gammaRules: WeightRules;
  gamma: Variable | undefined;
  beta: Variable | undefined;

  constructor(options: AffineOptions) {
    super(options);
    this.epsilon = options.epsilon ?? 1e-3;
    this.center = options.center ?? true;
    this.scale = options.scale ?? true;
    this.betaRules = weightRules('beta', options, 'zeros');
    this.gammaRules = weightRules('gamma', options, 'ones');
    this.supportsMasking = true;
  }

  protected addGamma(shape: readonly number[]): void {
    this.gamma = this.addWeight({
      name: 'gamma',
      shape,
      ...this.gammaRules,
    });
  }

  protected addBeta(shape: readonly number[]): void {
    this.beta = this.addWeight({
      name: 'beta',
      shape,
      ...this.betaRules,
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
      ...rulesConfig('beta', this.betaRules),
      ...rulesConfig('gamma', this.gammaRules),
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
