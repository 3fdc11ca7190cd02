/** Colours that canvases need as values: the same as tokens.css, and the scales of data. */

export interface Palette {
  readonly dark: boolean;
  readonly surface: string;
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  /** Below zero, zero, above zero. */
  readonly negative: Rgb;
  readonly neutral: Rgb;
  readonly positive: Rgb;
  readonly classes: readonly Rgb[];
  readonly series: readonly string[];
}

export type Rgb = readonly [number, number, number];

const classesLight: Rgb[] = [
  [240, 138, 36],
  [47, 120, 196],
  [24, 150, 107],
  [184, 72, 148],
  [138, 118, 10],
  [104, 92, 214],
];
const classesDark: Rgb[] = [
  [255, 159, 74],
  [86, 158, 236],
  [64, 196, 148],
  [226, 128, 194],
  [212, 190, 70],
  [156, 148, 255],
];

const light: Palette = {
  dark: false,
  surface: '#ffffff',
  ink: '#1b2130',
  muted: '#566074',
  grid: '#e6e9ef',
  negative: classesLight[0],
  neutral: [238, 240, 244],
  positive: classesLight[1],
  classes: classesLight,
  series: ['#2f78c4', '#d4680b', '#0f8a61', '#a8327d'],
};

const dark: Palette = {
  dark: true,
  surface: '#1a1e26',
  ink: '#e8ebf1',
  muted: '#a4aebf',
  grid: '#2b3240',
  negative: classesDark[0],
  neutral: [36, 42, 53],
  positive: classesDark[1],
  classes: classesDark,
  series: ['#6fb1f2', '#ffa35c', '#4fd3a2', '#ec8fc6'],
};

export const paletteFor = (isDark: boolean): Palette => (isDark ? dark : light);

export const css = ([r, g, b]: Rgb, alpha = 1): string => `rgb(${r} ${g} ${b} / ${alpha})`;

export const mix = (a: Rgb, b: Rgb, t: number): Rgb => [
  Math.round(a[0] + (b[0] - a[0]) * t),
  Math.round(a[1] + (b[1] - a[1]) * t),
  Math.round(a[2] + (b[2] - a[2]) * t),
];

/** The colour of a value: -1 negative, 0 neutral, 1 positive. */
export function diverging(palette: Palette, value: number): Rgb {
  const t = Math.min(1, Math.abs(value));
  return mix(palette.neutral, value < 0 ? palette.negative : palette.positive, t);
}

export type ThemeChoice = 'auto' | 'light' | 'dark';

const darkQuery = (): MediaQueryList => matchMedia('(prefers-color-scheme: dark)');

/** Calls back now and whenever the reader's scheme changes. Returns how to stop. */
export function watchScheme(callback: (isDark: boolean) => void): () => void {
  const query = darkQuery();
  const listener = () => callback(query.matches);
  query.addEventListener('change', listener);
  listener();
  return () => query.removeEventListener('change', listener);
}

export const reducedMotion = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;
