import { classificationDatasets, regressionDatasets } from './datasets.ts';
import { builtinFeatures, MAX_FORMULAS } from './features.ts';
import { parseFormula } from './formula.ts';
import { DOMAIN, MAX_CLASSES, MAX_POINTS, type Points, pointsOf, rowsOf } from './points.ts';

/**
 * Everything a person can set, as one plain value. It travels in the URL, in saved sessions and to the
 * worker. Whatever comes from outside goes through {@link sanitize}: each field is taken if it is what it
 * should be and replaced by its default if not.
 */

export interface LayerState {
  readonly units: number;
  /** Undefined follows the common activation. */
  readonly activation?: string;
  /** Share of the outputs dropped in training. */
  readonly dropout: number;
  readonly batchNorm: boolean;
}

export type Problem = 'classification' | 'regression';
export type LossKind = 'squared' | 'crossentropy';
export type Regularization = 'none' | 'L1' | 'L2' | 'L1L2';
export type Speed = 'auto' | 'slow' | 'classic' | 'fast' | 'max';

export interface PlaygroundState {
  readonly problem: Problem;
  readonly dataset: string;
  readonly regDataset: string;
  readonly classes: number;
  /** Percent. */
  readonly noise: number;
  /** Percent of the points that train. */
  readonly percTrainData: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly features: readonly string[];
  readonly formulas: readonly string[];
  readonly layers: readonly LayerState[];
  readonly activation: string;
  readonly initializer: string;
  readonly loss: LossKind;
  readonly learningRate: number;
  readonly regularization: Regularization;
  readonly regularizationRate: number;
  readonly optimizer: string;
  /** Options of the optimizer that differ from its defaults. */
  readonly optimizerOptions: Readonly<Record<string, number | boolean>>;
  /** A learning rate schedule, '' for none. */
  readonly schedule: string;
  readonly decaySteps: number;
  readonly decayRate: number;
  /** Of the initial weights and shuffles. */
  readonly seed: number;
  readonly dataSeed: number;
  /** Reset goes back to the same initial weights. */
  readonly keepWeights: boolean;
  readonly speed: Speed;
  /** Stop after so many epochs; 0 never. */
  readonly stopEpoch: number;
  /** Stop when the test loss is at most this; 0 never. */
  readonly stopLoss: number;
  readonly showTestData: boolean;
  readonly discretize: boolean;
  readonly boundary: boolean;
  /** Parts of the page that are hidden, for classrooms. */
  readonly hide: readonly string[];
  readonly lesson: string;
  /** The user's own points, when the data set is 'own'. */
  readonly points: Points | undefined;
}

export const MAX_LAYERS = 10;
export const MAX_UNITS = 16;
export const MAX_BATCH = 512;

/** The steps of the original's controls. */
export const learningRates = [1e-5, 1e-4, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
export const regularizationRates = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
export const regularizations: readonly Regularization[] = ['none', 'L1', 'L2', 'L1L2'];
export const speeds: readonly Speed[] = ['auto', 'slow', 'classic', 'fast', 'max'];

/** What can be hidden, in the order of the page. */
export const hideable = [
  'lessons',
  'playButton',
  'stepButton',
  'resetButton',
  'speed',
  'learningRate',
  'activation',
  'regularization',
  'optimizer',
  'problem',
  'dataset',
  'percTrainData',
  'noise',
  'batchSize',
  'ownData',
  'features',
  'layers',
  'showTestData',
  'discretize',
  'analysis',
  'session',
] as const;

export const defaultState: PlaygroundState = {
  problem: 'classification',
  dataset: 'circle',
  regDataset: 'plane',
  classes: 2,
  noise: 0,
  percTrainData: 50,
  batchSize: 10,
  shuffle: false,
  features: ['x', 'y'],
  formulas: [],
  layers: [
    { units: 4, dropout: 0, batchNorm: false },
    { units: 2, dropout: 0, batchNorm: false },
  ],
  activation: 'tanh',
  initializer: 'classic',
  loss: 'squared',
  learningRate: 0.03,
  regularization: 'none',
  regularizationRate: 0,
  optimizer: 'sgd',
  optimizerOptions: {},
  schedule: '',
  decaySteps: 1000,
  decayRate: 0.5,
  seed: 13,
  dataSeed: 1,
  keepWeights: false,
  speed: 'auto',
  stopEpoch: 0,
  stopLoss: 0,
  showTestData: false,
  discretize: false,
  boundary: true,
  hide: [],
  lesson: '',
  points: undefined,
};

/** The names that the library offers, so that a state can be checked against them. */
export interface Names {
  readonly activations: readonly string[];
  readonly initializers: readonly string[];
  readonly optimizers: readonly {
    readonly name: string;
    readonly options: Readonly<Record<string, number | boolean>>;
  }[];
  readonly schedules: readonly string[];
}

const isRecord = (v: unknown): v is Record<string, unknown> =>
  typeof v === 'object' && v !== null && !Array.isArray(v);

function number(v: unknown, low: number, high: number, otherwise: number): number {
  const value = typeof v === 'string' && v.trim() !== '' ? Number(v) : v;
  return typeof value === 'number' && value >= low && value <= high ? value : otherwise;
}

function integer(v: unknown, low: number, high: number, otherwise: number): number {
  const value = number(v, low, high, otherwise);
  return Number.isInteger(value) ? value : Math.min(high, Math.max(low, Math.round(value)));
}

function flag(v: unknown, otherwise: boolean): boolean {
  if (v === true || v === 'true') return true;
  if (v === false || v === 'false') return false;
  return otherwise;
}

function oneOf<T extends string>(v: unknown, allowed: readonly T[], otherwise: T): T {
  return allowed.includes(v as T) ? (v as T) : otherwise;
}

/** A name that may be in a catalogue that is not known yet. */
const plausible = (v: unknown): v is string =>
  typeof v === 'string' && /^[a-zA-Z][a-zA-Z0-9]{0,39}$/.test(v);

function named(v: unknown, known: readonly string[] | undefined, otherwise: string): string {
  if (!plausible(v)) return otherwise;
  if (!known) return v;
  return known.find((name) => name.toLowerCase() === v.toLowerCase()) ?? otherwise;
}

const list = (v: unknown): unknown[] => (Array.isArray(v) ? v : []);

function layerOf(v: unknown, names: Names | undefined): LayerState {
  const r = isRecord(v) ? v : {};
  const own = named(r.activation, names?.activations, '');
  return {
    units: integer(r.units, 1, MAX_UNITS, 1),
    ...(own === '' ? {} : { activation: own }),
    dropout: number(r.dropout, 0, 0.9, 0),
    batchNorm: flag(r.batchNorm, false),
  };
}

function formulasOf(v: unknown): string[] {
  const valid = list(v).filter((text): text is string => {
    if (typeof text !== 'string') return false;
    try {
      parseFormula(text);
      return true;
    } catch {
      return false;
    }
  });
  return [...new Set(valid)].slice(0, MAX_FORMULAS);
}

function columnOf(v: unknown): ArrayLike<unknown> {
  return Array.isArray(v) || ArrayBuffer.isView(v) ? (v as unknown as ArrayLike<unknown>) : [];
}

function sanitizePoints(v: unknown, problem: Problem, classes: number): Points | undefined {
  if (!isRecord(v)) return undefined;
  const [x, y, label] = [columnOf(v.x), columnOf(v.y), columnOf(v.label)];
  const rows: [number, number, number][] = [];
  for (let i = 0; i < Math.min(x.length, MAX_POINTS); i++) {
    const [a, b, c] = [x[i], y[i], label[i]];
    if (typeof a !== 'number' || typeof b !== 'number' || typeof c !== 'number') continue;
    if (!(Math.abs(a) <= 4 * DOMAIN && Math.abs(b) <= 4 * DOMAIN && Math.abs(c) <= 100)) continue;
    const ok = problem === 'regression' || (Number.isInteger(c) && c >= 0 && c < classes);
    if (ok) rows.push([a, b, c]);
  }
  return pointsOf(rows);
}

function optionsOf(
  v: unknown,
  known: Readonly<Record<string, number | boolean>> | undefined,
): Record<string, number | boolean> {
  const out: Record<string, number | boolean> = {};
  if (!isRecord(v)) return out;
  for (const [key, value] of Object.entries(v).slice(0, 20)) {
    if (!plausible(key)) continue;
    const like = known && Object.hasOwn(known, key) ? known[key] : undefined;
    if (known && like === undefined) continue;
    if (typeof value === 'boolean' && (!known || typeof like === 'boolean')) out[key] = value;
    if (typeof value !== 'number' || !(Math.abs(value) <= 1e6)) continue;
    if (!known || typeof like === 'number') out[key] = value;
  }
  return out;
}

/** A valid state from anything at all. With `names`, names are checked against the library's. */
export function sanitize(input: unknown, names?: Names): PlaygroundState {
  const d = defaultState;
  const r = isRecord(input) ? input : {};
  const problem = oneOf(r.problem, ['classification', 'regression'] as const, d.problem);
  const classes = problem === 'regression' ? 2 : integer(r.classes, 2, MAX_CLASSES, d.classes);
  const featureIds = builtinFeatures.map((f) => f.id);
  const formulas = formulasOf(r.formulas);
  const features = Array.isArray(r.features)
    ? featureIds.filter((id) => (r.features as unknown[]).includes(id))
    : [...d.features];
  const optimizer = named(
    r.optimizer,
    names?.optimizers.map((o) => o.name),
    d.optimizer,
  );
  return {
    problem,
    dataset: oneOf(r.dataset, [...classificationDatasets, 'own'], d.dataset),
    regDataset: oneOf(r.regDataset, [...regressionDatasets, 'own'], d.regDataset),
    classes,
    noise: integer(r.noise, 0, 100, d.noise),
    percTrainData: integer(r.percTrainData, 10, 90, d.percTrainData),
    batchSize: integer(r.batchSize, 1, MAX_BATCH, d.batchSize),
    shuffle: flag(r.shuffle, d.shuffle),
    features: features.length + formulas.length > 0 ? features : [...d.features],
    formulas,
    layers: Array.isArray(r.layers)
      ? r.layers.slice(0, MAX_LAYERS).map((layer) => layerOf(layer, names))
      : [...d.layers],
    activation: named(r.activation, names?.activations, d.activation),
    initializer:
      r.initializer === 'classic'
        ? 'classic'
        : named(r.initializer, names?.initializers, d.initializer),
    loss: oneOf(r.loss, ['squared', 'crossentropy'] as const, d.loss),
    learningRate: number(r.learningRate, 1e-7, 100, d.learningRate),
    regularization: oneOf(r.regularization, regularizations, d.regularization),
    regularizationRate: number(r.regularizationRate, 0, 10, d.regularizationRate),
    optimizer,
    optimizerOptions: optionsOf(
      r.optimizerOptions,
      names?.optimizers.find((o) => o.name === optimizer)?.options,
    ),
    schedule: r.schedule === '' ? '' : named(r.schedule, names?.schedules, d.schedule),
    decaySteps: integer(r.decaySteps, 1, 1_000_000, d.decaySteps),
    decayRate: number(r.decayRate, 0, 10, d.decayRate),
    seed: integer(r.seed, -(2 ** 31), 2 ** 31 - 1, d.seed),
    dataSeed: integer(r.dataSeed, -(2 ** 31), 2 ** 31 - 1, d.dataSeed),
    keepWeights: flag(r.keepWeights, d.keepWeights),
    speed: oneOf(r.speed, speeds, d.speed),
    stopEpoch: integer(r.stopEpoch, 0, 10_000_000, d.stopEpoch),
    stopLoss: number(r.stopLoss, 0, 100, d.stopLoss),
    showTestData: flag(r.showTestData, d.showTestData),
    discretize: flag(r.discretize, d.discretize),
    boundary: flag(r.boundary, d.boundary),
    hide: hideable.filter((h) => list(r.hide).includes(h)),
    lesson: plausible(r.lesson) ? r.lesson : '',
    points: sanitizePoints(r.points, problem, classes),
  };
}

/** The name of the data set that is in use. */
export const datasetOf = (s: PlaygroundState): string =>
  s.problem === 'regression' ? s.regDataset : s.dataset;

/** Several numbers come out: one a class. */
export const isMulticlass = (s: PlaygroundState): boolean =>
  s.problem === 'classification' && s.classes > 2;

/** State as JSON can hold it. */
export function plainState(s: PlaygroundState): Record<string, unknown> {
  const { points, ...rest } = s;
  if (!points) return rest;
  const rows = rowsOf(points);
  const column = (k: number) => rows.map((r) => Number(r[k].toFixed(5)));
  return { ...rest, points: { x: column(0), y: column(1), label: column(2) } };
}
