import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { pathOf } from '../weight-rules.ts';
import { filled, updateMoments } from './moments.ts';
import { expectDecay, Optimizer, type OptimizerOptions } from './optimizer.ts';

export interface MuonOptions extends OptimizerOptions {
  /** Adam's decays, for the weights that are not matrices. */
  readonly adamBeta1?: number;
  readonly adamBeta2?: number;
  readonly epsilon?: number;
  readonly adamWeightDecay?: number | null;
  /** Adam's learning rate over that of the matrices. */
  readonly adamLrRatio?: number;
  /** Regular expressions; weights whose `layer/name` matches one are left to Adam. */
  readonly excludeLayers?: readonly string[] | null;
  /** Leave embeddings to Adam. */
  readonly excludeEmbeddings?: boolean;
  /** Coefficients of the polynomial that orthogonalizes. */
  readonly muonA?: number;
  readonly muonB?: number;
  readonly muonC?: number;
  readonly momentum?: number;
  /** How often the polynomial is applied. */
  readonly nsSteps?: number;
  readonly nesterov?: boolean;
  /** The root mean square of a step of a square matrix, at a rate of 1; null leaves steps as they are. */
  readonly rmsRate?: number | null;
}

/**
 * Muon (Jordan et al. 2024): steps along the momentum of a weight matrix, made orthogonal, so that all
 * directions move alike. Scaled as by Liu et al. 2025; other weights, embeddings included, use Adam.
 */
export class Muon extends Optimizer {
  static readonly className = 'Muon';
  readonly options: Required<Omit<MuonOptions, keyof OptimizerOptions>>;
  readonly #excludedLayers: readonly RegExp[];

  constructor(options: MuonOptions = {}) {
    super({ ...options, weightDecay: defaultDecay(options.weightDecay) }, 0.001);
    this.options = {
      adamBeta1: expectDecay('Muon', 'adamBeta1', options.adamBeta1 ?? 0.9),
      adamBeta2: expectDecay('Muon', 'adamBeta2', options.adamBeta2 ?? 0.999),
      epsilon: options.epsilon ?? 1e-7,
      adamWeightDecay: defaultDecay(options.adamWeightDecay),
      adamLrRatio: options.adamLrRatio ?? 1,
      excludeLayers: options.excludeLayers ?? [],
      excludeEmbeddings: options.excludeEmbeddings ?? true,
      muonA: options.muonA ?? 3.4445,
      muonB: options.muonB ?? -4.775,
      muonC: options.muonC ?? 2.0315,
      momentum: options.momentum ?? 0.95,
      nsSteps: options.nsSteps ?? 5,
      nesterov: options.nesterov ?? true,
      rmsRate: options.rmsRate === undefined ? 0.2 : options.rmsRate,
    };
    const { nsSteps, excludeLayers } = this.options;
    if (!(Number.isInteger(nsSteps) && nsSteps >= 0)) {
      fail('Muon', `nsSteps is ${nsSteps}; expected a whole number of 0 or more`);
    }
    this.#excludedLayers = (excludeLayers ?? []).map((pattern) => new RegExp(pattern));
  }

  protected override createSlots(variables: readonly Variable[]): void {
    for (const v of variables) {
      this.addSlot('momentum', v, v.shape);
      if (this.#usesAdam(v)) this.addSlot('velocity', v, v.shape);
    }
  }

  protected override decayOf(variable: Variable): number | null {
    return this.#usesAdam(variable) ? this.options.adamWeightDecay : this.weightDecay;
  }

  protected update(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    if (this.hasSlot('velocity', variable)) this.#adam(gradient, variable, learningRate);
    else this.#muon(gradient, variable, learningRate);
  }

  protected ownConfig() {
    return { ...this.options };
  }

  #usesAdam(variable: Variable): boolean {
    const path = pathOf(variable);
    return (
      variable.shape.length !== 2 ||
      (this.options.excludeEmbeddings && path.toLowerCase().includes('embedding')) ||
      this.#excludedLayers.some((pattern) => pattern.test(path))
    );
  }

  #muon(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const { momentum, nesterov, rmsRate } = this.options;
    const slot = this.slot('momentum', variable);
    const m: Tensor = slot.value.mul(momentum).add(gradient);
    slot.assign(m);
    const direction = this.#orthogonal(nesterov ? m.mul(momentum).add(gradient) : m, variable);
    const size = rmsRate === null ? 1 : Math.sqrt(Math.max(...variable.shape)) * rmsRate;
    variable.assign(variable.value.sub(direction.mul(learningRate.mul(size))));
  }

  /** The nearest matrix with equal singular values, by a polynomial that draws them all towards 1. */
  #orthogonal(matrix: Tensor, { shape: [rows, columns] }: Variable): Tensor {
    const { muonA: a, muonB: b, muonC: c, nsSteps } = this.options;
    const tall = rows > columns;
    let x: Tensor = tall ? matrix.transpose() : matrix;
    x = x.mul(ops.divide(1, x.square().sum().sqrt().add(1e-7)));
    for (let i = 0; i < nsSteps; i++) {
      const squared = ops.matmul(x, x.transpose());
      const polynomial = squared.mul(b).add(ops.matmul(squared, squared).mul(c));
      x = x.mul(a).add(ops.matmul(polynomial, x));
    }
    return tall ? x.transpose() : x;
  }

  #adam(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const { adamBeta1, adamBeta2, epsilon, adamLrRatio } = this.options;
    const { localStep } = this;
    const correction = filled(adamBeta2, localStep).sqrt().div(filled(adamBeta1, localStep));
    const rate = learningRate.mul(adamLrRatio).mul(correction);
    const { m, v } = updateMoments(
      gradient,
      this.slot('momentum', variable),
      this.slot('velocity', variable),
      adamBeta1,
      adamBeta2,
    );
    variable.assign(variable.value.sub(m.mul(rate).div(v.sqrt().add(epsilon))));
  }
}

function defaultDecay(given: number | null | undefined): number | null {
  return given === undefined ? 0.004 : given;
}
