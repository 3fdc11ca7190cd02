import { type Points, pointsOf, takePoints } from './points.ts';
import { RandomStream } from './random.ts';

/**
 * The data sets: the six of the original by its formulas, the same with more classes, and those of the
 * lectures (logic gates, the perceptron's line). Every one is a function of its seed.
 */

export interface DatasetOptions {
  /** 0 is clean; the controls pass 0 to 1. */
  readonly noise: number;
  /** Classes of a classification, 2 or more. Gates and the line have two. */
  readonly classes: number;
  readonly seed: number;
}

type Row = [number, number, number];
type Generator = (random: RandomStream, options: DatasetOptions) => Row[];

const CLASSIFICATION_SAMPLES = 500;
const REGRESSION_SAMPLES = 1200;
const GATE_SAMPLES = 200;

/** A disc within a ring; with more classes, rings around rings. Noise moves the label, not the point. */
const circle: Generator = (random, { noise, classes }) => {
  const radius = 5;
  const rows: Row[] = [];
  const perClass = Math.floor(CLASSIFICATION_SAMPLES / classes);
  // Two classes: radii 0 to 2.5 and 3.5 to 5. More: rings of equal width with gaps between them.
  const band = (k: number): [number, number] => {
    if (classes === 2) return k === 1 ? [0, radius * 0.5] : [radius * 0.7, radius];
    const width = radius / classes;
    return [k === 0 ? 0 : (k + 0.2) * width, (k + 0.85) * width];
  };
  const classAt = (r: number): number => {
    if (classes === 2) return r < radius * 0.5 ? 1 : 0;
    return Math.min(classes - 1, Math.floor(r / (radius / classes)));
  };
  for (let k = classes - 1; k >= 0; k--) {
    const [low, high] = band(k);
    for (let i = 0; i < perClass; i++) {
      const r = random.uniform(low, high);
      const angle = random.uniform(0, 2 * Math.PI);
      const x = r * Math.sin(angle);
      const y = r * Math.cos(angle);
      const noisyX = x + random.uniform(-radius, radius) * noise;
      const noisyY = y + random.uniform(-radius, radius) * noise;
      rows.push([x, y, classAt(Math.hypot(noisyX, noisyY))]);
    }
  }
  return rows;
};

/** Opposite quadrants; with more classes, sectors that repeat the classes in turn. */
const xor: Generator = (random, { noise, classes }) => {
  const rows: Row[] = [];
  const apart = (v: number) => v + (v > 0 ? 0.3 : -0.3);
  for (let i = 0; i < CLASSIFICATION_SAMPLES; i++) {
    const x = apart(random.uniform(-5, 5));
    const y = apart(random.uniform(-5, 5));
    const noisyX = x + random.uniform(-5, 5) * noise;
    const noisyY = y + random.uniform(-5, 5) * noise;
    if (classes === 2) {
      rows.push([x, y, noisyX * noisyY >= 0 ? 1 : 0]);
    } else {
      const turn = (Math.atan2(noisyY, noisyX) / (2 * Math.PI) + 1) % 1;
      rows.push([x, y, Math.floor(turn * 2 * classes) % classes]);
    }
  }
  return rows;
};

/** Clouds: at (2, 2) and (-2, -2); with more classes, on a circle. */
const gauss: Generator = (random, { noise, classes }) => {
  const variance = 0.5 + (noise / 0.5) * 3.5;
  const centre = (k: number): [number, number] => {
    if (classes === 2) return k === 1 ? [2, 2] : [-2, -2];
    const angle = (2 * Math.PI * k) / classes + Math.PI / 4;
    return [3.2 * Math.cos(angle), 3.2 * Math.sin(angle)];
  };
  const rows: Row[] = [];
  for (let k = classes - 1; k >= 0; k--) {
    const [cx, cy] = centre(k);
    for (let i = 0; i < Math.floor(CLASSIFICATION_SAMPLES / classes); i++) {
      rows.push([random.normal(cx, variance), random.normal(cy, variance), k]);
    }
  }
  return rows;
};

/** Arms of a spiral, one a class. */
const spiral: Generator = (random, { noise, classes }) => {
  const n = Math.floor(CLASSIFICATION_SAMPLES / classes);
  const rows: Row[] = [];
  for (let k = classes - 1; k >= 0; k--) {
    const shift = classes === 2 ? (k === 1 ? 0 : Math.PI) : (2 * Math.PI * k) / classes;
    for (let i = 0; i < n; i++) {
      const r = (i / n) * 5;
      const t = ((1.75 * i) / n) * 2 * Math.PI + shift;
      const x = r * Math.sin(t) + random.uniform(-1, 1) * noise;
      const y = r * Math.cos(t) + random.uniform(-1, 1) * noise;
      rows.push([x, y, k]);
    }
  }
  return rows;
};

const plane: Generator = (random, { noise }) => {
  const radius = 6;
  return Array.from({ length: REGRESSION_SAMPLES }, (): Row => {
    const x = random.uniform(-radius, radius);
    const y = random.uniform(-radius, radius);
    const noisyX = x + random.uniform(-radius, radius) * noise;
    const noisyY = y + random.uniform(-radius, radius) * noise;
    return [x, y, (noisyX + noisyY) / 10];
  });
};

const hillCentres: readonly Row[] = [
  [-4, 2.5, 1],
  [0, 2.5, -1],
  [4, 2.5, 1],
  [-4, -2.5, -1],
  [0, -2.5, 1],
  [4, -2.5, -1],
];

const hills: Generator = (random, { noise }) => {
  const radius = 6;
  const valueAt = (x: number, y: number): number => {
    let value = 0;
    for (const [cx, cy, sign] of hillCentres) {
      const distance = Math.hypot(x - cx, y - cy);
      const own = sign * Math.min(1, Math.max(0, 1 - distance / 2));
      if (Math.abs(own) > Math.abs(value)) value = own;
    }
    return value;
  };
  return Array.from({ length: REGRESSION_SAMPLES }, (): Row => {
    const x = random.uniform(-radius, radius);
    const y = random.uniform(-radius, radius);
    const noisyX = x + random.uniform(-radius, radius) * noise;
    const noisyY = y + random.uniform(-radius, radius) * noise;
    return [x, y, valueAt(noisyX, noisyY)];
  });
};

/** The four rows of a truth table, false at -2.5 and true at 2.5, spread by the noise. */
const gate =
  (truth: (a: boolean, b: boolean) => boolean): Generator =>
  (random, { noise }) =>
    Array.from({ length: GATE_SAMPLES }, (_, i): Row => {
      const a = (i & 1) === 1;
      const b = (i & 2) === 2;
      const spread = noise * 4;
      return [
        (a ? 2.5 : -2.5) + random.normal(0, spread),
        (b ? 2.5 : -2.5) + random.normal(0, spread),
        truth(a, b) ? 1 : 0,
      ];
    });

/** Two clouds with a straight line between them: y = x / 2 + 1. */
const line: Generator = (random, { noise }) => {
  const rows: Row[] = [];
  while (rows.length < GATE_SAMPLES) {
    const x = random.uniform(-5, 5);
    const y = random.uniform(-5, 5);
    const side = y - x / 2 - 1;
    if (Math.abs(side) < 0.5) continue;
    rows.push([x, y, side + random.uniform(-5, 5) * noise > 0 ? 1 : 0]);
  }
  return rows;
};

const classification = {
  circle,
  xor,
  gauss,
  spiral,
  and: gate((a, b) => a && b),
  or: gate((a, b) => a || b),
  gatexor: gate((a, b) => a !== b),
  line,
} satisfies Record<string, Generator>;

const regression = { plane, hills } satisfies Record<string, Generator>;

/** Data sets of which every number of classes can be made. */
export const manyClassDatasets: readonly string[] = ['circle', 'xor', 'gauss', 'spiral'];
export const classificationDatasets = Object.keys(classification);
export const regressionDatasets = Object.keys(regression);

/** A data set by name, in the order of a shuffle that its seed decides. */
export function generateDataset(name: string, options: DatasetOptions): Points {
  const all: Record<string, Generator> = { ...classification, ...regression };
  const generator = Object.hasOwn(all, name) ? all[name] : undefined;
  if (!generator) {
    throw new RangeError(`data set: '${name}' is not one of ${Object.keys(all).join(', ')}`);
  }
  const classes = manyClassDatasets.includes(name) ? options.classes : 2;
  const rows = generator(new RandomStream(options.seed, 1), { ...options, classes });
  return takePoints(pointsOf(rows), new RandomStream(options.seed, 2).permutation(rows.length));
}
