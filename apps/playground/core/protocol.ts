import type { Catalog } from './catalog.ts';
import type { Metrics } from './metrics.ts';
import type { Points } from './points.ts';
import type { PlaygroundState } from './state.ts';

/** What page and worker say to each other. All of it survives structured cloning. */

/** One stage's parameters: kernel row-major [inputs, units]. */
export interface StageWeights {
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/** What the page knows of the network before it trains. */
export interface Layout {
  readonly features: readonly { readonly id: string; readonly label: string }[];
  /** Hidden layers, then the output. */
  readonly stages: readonly {
    readonly units: number;
    readonly activation: string;
    readonly batchNorm: boolean;
    readonly dropout: number;
  }[];
  readonly parameters: number;
  readonly train: Points;
  readonly test: Points;
  /** Per feature, an n x n picture with levels as in {@link Frame}. */
  readonly featureMaps: readonly Uint8Array[];
  readonly mapSize: number;
}

export type UnitHealth = 0 | 1 | 2;
/** Puts out 0 for every training sample: no gradient reaches it. */
export const DEAD: UnitHealth = 1;
/** At the flat end of its activation for nearly every sample. */
export const SATURATED: UnitHealth = 2;

export interface Distribution {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
  readonly meanAbsolute: number;
}

export interface Trouble {
  readonly kind: 'diverged';
  readonly epoch: number;
  readonly largestWeight: number;
  readonly learningRate: number;
  /** Where the first value that is not finite appeared. */
  readonly where: 'loss' | 'weights';
}

export interface Frame {
  readonly epoch: number;
  readonly steps: number;
  readonly playing: boolean;
  readonly trainLoss: number;
  readonly testLoss: number;
  readonly trainMetrics: Metrics;
  readonly testMetrics: Metrics;
  readonly weights: readonly StageWeights[];
  /**
   * Per stage, units x n x n levels: 0 is -1 or less, 255 is 1 or more. Missing in frames that only
   * bring numbers.
   */
  readonly maps?: readonly Uint8Array[];
  readonly mapSize: number;
  /** The output in more detail: one channel of levels, or one a class with probabilities of 0 to 255. */
  readonly output?: Uint8Array;
  readonly outputSize: number;
  /** Per hidden stage, per unit. */
  readonly health: readonly (readonly UnitHealth[])[];
  readonly epochsPerSecond: number;
  readonly millisecondsPerEpoch: number;
  /** Milliseconds spent training since the last reset. */
  readonly computeTime: number;
  readonly learningRate: number;
  readonly trouble?: Trouble;
  readonly stopped?: 'epoch' | 'loss';
  readonly distributions?: readonly {
    readonly weights: Distribution;
    readonly gradients: Distribution;
  }[];
}

/** Where one weight is: the bias of a unit has no input. */
export interface WeightAddress {
  readonly stage: number;
  readonly unit: number;
  readonly input: number | 'bias';
}

export interface SurfaceRequest {
  readonly a: WeightAddress;
  readonly b: WeightAddress;
  readonly size: number;
}

export interface Surface {
  readonly size: number;
  readonly rangeA: readonly [number, number];
  readonly rangeB: readonly [number, number];
  /** Losses, row-major: row by b, column by a. */
  readonly loss: Float32Array;
  /** The way of training: a, b, loss. */
  readonly path: readonly (readonly [number, number, number])[];
}

export interface RateSearch {
  readonly rates: readonly number[];
  readonly losses: readonly number[];
  /** Undefined when the loss never fell. */
  readonly suggestion: number | undefined;
}

/** One training step of one sample, worked out. */
export interface Walk {
  readonly x: number;
  readonly y: number;
  readonly inputs: readonly { readonly label: string; readonly value: number }[];
  readonly target: readonly number[];
  readonly stages: readonly {
    readonly activation: string;
    readonly net: readonly number[];
    readonly output: readonly number[];
    /** The derivative of the loss by the net input. */
    readonly delta: readonly number[];
    readonly kernel: readonly number[];
    readonly bias: readonly number[];
    readonly kernelGradient: readonly number[];
    readonly biasGradient: readonly number[];
    readonly kernelAfter: readonly number[];
    readonly biasAfter: readonly number[];
  }[];
  readonly loss: number;
  readonly lossAfter: number;
  readonly learningRate: number;
  readonly optimizer: string;
}

/** What a session file keeps of a run. */
export interface RunSnapshot {
  readonly epoch: number;
  readonly weights: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly values: readonly number[];
  }[];
}

export interface Requests {
  surface: { in: SurfaceRequest; out: Surface };
  findRate: { in: undefined; out: RateSearch };
  walk: { in: { sample: number; apply: boolean }; out: Walk };
  snapshot: { in: undefined; out: RunSnapshot };
}

export type RequestName = keyof Requests;

export type ToWorker =
  | { readonly type: 'configure'; readonly state: PlaygroundState; readonly snapshot?: RunSnapshot }
  | { readonly type: 'play' }
  | { readonly type: 'pause' }
  | { readonly type: 'step'; readonly unit: 'epoch' | 'batch' }
  | { readonly type: 'reset'; readonly state: PlaygroundState }
  | { readonly type: 'drawn' }
  | { readonly type: 'watch'; readonly distributions: boolean; readonly visible: boolean }
  | { readonly type: 'edit'; readonly address: WeightAddress; readonly value: number }
  | {
      readonly type: 'request';
      readonly id: number;
      readonly name: RequestName;
      readonly in: unknown;
    };

export type FromWorker =
  | { readonly type: 'ready'; readonly catalog: Catalog }
  | { readonly type: 'layout'; readonly layout: Layout; readonly reset: boolean }
  | { readonly type: 'frame'; readonly frame: Frame }
  | { readonly type: 'answer'; readonly id: number; readonly out: unknown }
  | { readonly type: 'failed'; readonly id?: number; readonly message: string };
