/**
 * The frame of a plot: scales that cover the data, grid lines, ticks with readable numbers, labels.
 */
import { type ScaleLinear, type ScaleLogarithmic, scaleLinear, scaleLog } from 'd3-scale';
import { element, label, textWidth } from './svg.ts';
import { fontSize } from './theme.ts';

/** A rectangle in pixels, from the top left corner of the picture. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export type Scale = ScaleLinear<number, number> | ScaleLogarithmic<number, number>;

/** Smallest and largest finite value (finite and positive with `positive`); undefined without any. */
export function extent(
  arrays: Iterable<ArrayLike<number>>,
  positive = false,
): [number, number] | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const values of arrays) {
    for (let i = 0; i < values.length; i++) {
      const v = values[i];
      if (!Number.isFinite(v) || (positive && v <= 0)) continue;
      if (v < low) low = v;
      if (v > high) high = v;
    }
  }
  return low <= high ? [low, high] : undefined;
}

/** A domain around one value or none, so that a scale always has a length. */
export function widen([low, high]: [number, number], log = false): [number, number] {
  if (low < high) return [low, high];
  if (log) return [low / 2, high * 2];
  const pad = low === 0 ? 1 : Math.abs(low) * 0.1;
  return [low - pad, high + pad];
}

/** A vertical scale over `domain`, rounded outwards to whole ticks. */
export function valueScale(
  domain: [number, number] | undefined,
  range: [number, number],
  log = false,
): Scale {
  const widened = widen(domain ?? (log ? [0.1, 1] : [0, 1]), log);
  const scale = log ? scaleLog(widened, range) : scaleLinear(widened, range);
  return scale.nice();
}

/**
 * Tick positions, about `count` of them. With `whole` only whole numbers (epochs, steps). A
 * logarithmic scale of several decades gets its powers of ten, thinned where they are many.
 */
export function ticksOf(scale: Scale, count: number, whole = false): number[] {
  const [low, high] = scale.domain();
  if ('base' in scale) {
    const powers = scale.ticks(count).filter((t) => Math.abs(Math.log10(t) % 1) < 1e-9);
    if (powers.length < 3) return scaleLinear([low, high], [0, 1]).ticks(count);
    const stride = Math.ceil(powers.length / Math.max(count, 2));
    return powers.filter((_, i) => i % stride === 0);
  }
  const ticks = scale.ticks(count);
  return whole ? ticks.filter(Number.isInteger) : ticks;
}

/** `value` as a chart writes it: 0.25, 12,500, 2M, 1e-7. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  let text: string;
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) {
    text = value
      .toExponential(2)
      .replace(/\.?0+e/, 'e')
      .replace('e+', 'e');
  } else if (size >= 1e6) {
    text = `${Number((value / 1e6).toPrecision(4))}M`;
  } else {
    const rounded = Number(value.toPrecision(6));
    text = size >= 10_000 ? rounded.toLocaleString('en-US') : String(rounded);
  }
  return text.replace(/^-/, '−');
}

/** The texts of an axis: as many decimals on each tick as the finest of them needs. */
export function tickTexts(ticks: readonly number[]): string[] {
  const texts = ticks.map(tickText);
  if (!texts.every((t) => /^−?\d+(\.\d+)?$/.test(t)) || texts.length < 2) return texts;
  const steps = ticks.slice(1).map((t, i) => t - ticks[i]);
  const even = steps.every((s) => Math.abs(s - steps[0]) < 1e-9 * Math.abs(steps[0]) + 1e-12);
  if (!even) return texts; // the powers of ten of a logarithmic axis
  const decimals = Math.max(...texts.map((t) => t.split('.')[1]?.length ?? 0));
  return ticks.map((t) => t.toFixed(decimals).replace(/^-/, '−'));
}

/** Room in pixels that tick numbers and the turned label of a vertical axis need on the left. */
export function leftMargin(ticks: readonly number[], axisLabel: string): number {
  const widest = Math.max(0, ...tickTexts(ticks).map((t) => textWidth(t, fontSize.tick)));
  return Math.ceil(widest) + 12 + (axisLabel === '' ? 4 : 22);
}

/** Room in pixels that tick numbers and the label of a horizontal axis need below the plot. */
export const bottomMargin = 44;

export interface AxisOptions {
  scale: Scale;
  ticks: readonly number[];
  label: string;
}

/** Vertical axis at the left edge of `box`: grid lines across it, numbers, a turned label. */
export function verticalAxis(box: Box, { scale, ticks, label: name }: AxisOptions): string {
  const right = box.left + box.width;
  const texts = tickTexts(ticks);
  const parts = ticks.map((t, i) => {
    const y = scale(t);
    return (
      element('line', { class: 'grid', x1: box.left, x2: right, y1: y, y2: y }) +
      label(texts[i], { class: 'tick', x: box.left - 8, y: y + 4, 'text-anchor': 'end' })
    );
  });
  if (name !== '') {
    const x = box.left - leftMargin(ticks, name) + 12;
    const y = box.top + box.height / 2;
    const transform = `translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(-90)`;
    parts.push(label(name, { class: 'axis-label', transform, 'text-anchor': 'middle' }));
  }
  return parts.join('');
}

/** Horizontal axis at the bottom edge of `box`: the axis line, numbers, a label below. */
export function horizontalAxis(
  box: Box,
  { scale, ticks, label: name }: AxisOptions,
  grid = false,
): string {
  const bottom = box.top + box.height;
  const texts = tickTexts(ticks);
  const parts = ticks.map((t, i) => {
    const x = scale(t);
    const mark = grid
      ? element('line', { class: 'grid', x1: x, x2: x, y1: box.top, y2: bottom })
      : element('line', { class: 'axis', x1: x, x2: x, y1: bottom, y2: bottom + 5 });
    return mark + label(texts[i], { class: 'tick', x, y: bottom + 19, 'text-anchor': 'middle' });
  });
  parts.push(
    element('line', {
      class: 'axis',
      x1: box.left,
      x2: box.left + box.width,
      y1: bottom,
      y2: bottom,
    }),
  );
  if (name !== '') {
    const x = box.left + box.width / 2;
    parts.push(label(name, { class: 'axis-label', x, y: bottom + 38, 'text-anchor': 'middle' }));
  }
  return parts.join('');
}
