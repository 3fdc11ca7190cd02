import { builtinFeatures } from './features.ts';
import { DOMAIN, type Points, pointsOf } from './points.ts';
import {
  defaultState,
  type LayerState,
  type Names,
  type PlaygroundState,
  type Problem,
  sanitize,
} from './state.ts';

/**
 * The state as the part of a URL after '#'. Keys are the original's where it has them, so its links open
 * here; only what differs from the defaults is written.
 */

/** The most points that a link carries; files carry more. */
export const MAX_URL_POINTS = 1000;

const simple = [
  'problem',
  'dataset',
  'regDataset',
  'classes',
  'noise',
  'percTrainData',
  'batchSize',
  'shuffle',
  'activation',
  'initializer',
  'loss',
  'learningRate',
  'regularization',
  'regularizationRate',
  'optimizer',
  'schedule',
  'decaySteps',
  'decayRate',
  'seed',
  'dataSeed',
  'keepWeights',
  'speed',
  'stopEpoch',
  'stopLoss',
  'showTestData',
  'discretize',
  'boundary',
  'lesson',
] as const satisfies readonly (keyof PlaygroundState)[];

/** A layer as '4', or with what is special to it: '4:relu:d0.2:bn'. */
function layerText({ units, activation, dropout, batchNorm }: LayerState): string {
  const parts = [String(units)];
  if (activation) parts.push(activation);
  if (dropout > 0) parts.push(`d${dropout}`);
  if (batchNorm) parts.push('bn');
  return parts.join(':');
}

function layerFrom(text: string): Record<string, unknown> {
  const [units, ...rest] = text.split(':');
  const layer: Record<string, unknown> = { units };
  for (const part of rest) {
    if (part === 'bn') layer.batchNorm = true;
    else if (/^d\d*\.?\d+$/.test(part)) layer.dropout = Number(part.slice(1));
    else layer.activation = part;
  }
  return layer;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Five characters a point: 12 bits for x and y each, 6 for the label. */
function pointsText(points: Points, problem: Problem): string {
  const level = (v: number, high: number, steps: number) =>
    Math.min(steps, Math.max(0, Math.round(((v + high) / (2 * high)) * steps)));
  let out = '';
  for (let i = 0; i < Math.min(points.x.length, MAX_URL_POINTS); i++) {
    const x = level(points.x[i], DOMAIN, 4095);
    const y = level(points.y[i], DOMAIN, 4095);
    const c = problem === 'regression' ? level(points.label[i], 1, 63) : points.label[i] & 63;
    for (const digit of [x >> 6, x & 63, y >> 6, y & 63, c]) out += alphabet[digit];
  }
  return out;
}

function pointsFrom(text: string, problem: string | undefined): Points {
  const rows: [number, number, number][] = [];
  for (let i = 0; i + 5 <= Math.min(text.length, 5 * MAX_URL_POINTS); i += 5) {
    const d = Array.from(text.slice(i, i + 5), (c) => alphabet.indexOf(c));
    if (d.some((v) => v < 0)) continue;
    const coordinate = (high: number, low: number) =>
      ((high * 64 + low) / 4095) * 2 * DOMAIN - DOMAIN;
    const label = problem === 'regression' ? (d[4] / 63) * 2 - 1 : d[4];
    rows.push([coordinate(d[0], d[1]), coordinate(d[2], d[3]), label]);
  }
  return pointsOf(rows);
}

export function encodeState(s: PlaygroundState): string {
  const out = new URLSearchParams();
  for (const key of simple) {
    if (s[key] !== defaultState[key]) out.set(key, String(s[key]));
  }
  const shape = s.layers.map(layerText).join(',');
  if (shape !== defaultState.layers.map(layerText).join(',')) out.set('networkShape', shape);
  for (const { id } of builtinFeatures) {
    const on = s.features.includes(id);
    if (on !== defaultState.features.includes(id)) out.set(id, String(on));
  }
  for (const text of s.formulas) out.append('formula', text);
  for (const [key, value] of Object.entries(s.optimizerOptions)) out.set(`o.${key}`, String(value));
  for (const key of s.hide) out.set(`${key}_hide`, 'true');
  const own = s.problem === 'regression' ? s.regDataset === 'own' : s.dataset === 'own';
  if (own && s.points) out.set('points', pointsText(s.points, s.problem));
  return out.toString();
}

/** The original's names of what goes by another name here. */
const aliases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  regDataset: { 'reg-plane': 'plane', 'reg-gauss': 'hills' },
};

/** The original's seeds are fractions; ours whole numbers. */
function seedOf(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value)) return value;
  return Number.isFinite(value) ? Math.floor(Math.abs(value % 1) * 1e6) : defaultState.seed;
}

export function decodeState(hash: string, names?: Names): PlaygroundState {
  const params = new URLSearchParams(hash.replace(/^#/, '').slice(0, 20_000));
  const raw: Record<string, unknown> = {};
  for (const key of simple) {
    const value = params.get(key);
    if (value === null) continue;
    raw[key] = Object.hasOwn(aliases, key) ? (aliases[key][value] ?? value) : value;
  }
  if (params.has('seed')) raw.seed = seedOf(params.get('seed')!);
  const shape = params.get('networkShape');
  if (shape !== null) raw.layers = shape === '' ? [] : shape.split(',').slice(0, 40).map(layerFrom);
  raw.features = builtinFeatures
    .map((f) => f.id)
    .filter((id) => {
      const value = params.get(id);
      return value === null ? defaultState.features.includes(id) : value === 'true';
    });
  raw.formulas = params.getAll('formula').slice(0, 20);
  const options: Record<string, unknown> = {};
  const hide: string[] = [];
  for (const [key, value] of params) {
    if (key.startsWith('o.')) {
      options[key.slice(2)] = value === 'true' ? true : value === 'false' ? false : Number(value);
    }
    if (key.endsWith('_hide') && value === 'true') hide.push(key.slice(0, -5));
  }
  raw.optimizerOptions = options;
  raw.hide = hide;
  const points = params.get('points');
  if (points !== null) raw.points = pointsFrom(points, params.get('problem') ?? undefined);
  return sanitize(raw, names);
}
