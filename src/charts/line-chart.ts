/** Line charts: one or more series over a common horizontal axis. */

import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { NablaError } from '../graph/errors.ts';
import {
  type Box,
  bottomMargin,
  extent,
  horizontalAxis,
  leftMargin,
  ticksOf,
  valueScale,
  verticalAxis,
  widen,
} from './axes.ts';
import { type LegendEntry, legend } from './legend.ts';
import { element, label } from './svg.ts';
import { picture, seriesColor, titleHeight } from './theme.ts';

/** One line. */
export interface LineSeries {
  name: string;
  x: ArrayLike<number>;
  /** As long as `x`. Values that are not finite leave a gap in the line. */
  y: ArrayLike<number>;
  dashed?: boolean;
  /** Index into the palette; the position of the series by default. */
  color?: number;
}

export interface LinePanel {
  xLabel: string;
  yLabel: string;
  series: readonly LineSeries[];
  /** Logarithmic vertical axis; values of zero or less are left out. */
  logY?: boolean;
  /** Only whole numbers on the horizontal axis (epochs, steps). */
  wholeX?: boolean;
  /** A vertical mark at `x` with a short text. */
  mark?: { x: number; text: string };
  /** A heading above the panel. */
  heading?: string;
}

/** What {@link lineChart} draws. */
export interface LineChartOptions extends LinePanel {
  title: string;
  description?: string;
  /** Pixels; 720 by 420 by default. */
  width?: number;
  height?: number;
}

/** Above this many points dots on the line hide it rather than help. */
const dotsUpTo = 30;

function lineSwatch(color: string, dashed: boolean): string {
  return element('line', {
    class: 'line',
    x1: -11,
    x2: 11,
    y1: 0,
    y2: 0,
    stroke: color,
    'stroke-dasharray': dashed ? '6 5' : undefined,
  });
}

/** The markup of one panel within `box`, which includes its axes, heading and legend. */
export function linePanel(panel: LinePanel, box: Box): string {
  const { series, logY = false, mark } = panel;
  for (const s of series) {
    if (s.x.length !== s.y.length) {
      throw new NablaError(
        `lineChart: series "${s.name}" has ${s.x.length} x values and ${s.y.length} y values; give as many of both`,
      );
    }
  }
  const colorOf = (s: LineSeries, i: number): string => seriesColor(s.color ?? i);
  const yDomain = extent(
    series.map((s) => s.y),
    logY,
  );
  const yTickCount = Math.max(3, Math.round(box.height / 60));
  const yTicksFor = (range: [number, number]) => {
    const scale = valueScale(yDomain, range, logY);
    return { scale, ticks: ticksOf(scale, yTickCount) };
  };
  const margin = leftMargin(yTicksFor([1, 0]).ticks, panel.yLabel);
  const left = box.left + margin;
  const width = box.width - margin;

  let top = box.top;
  let head = '';
  if (panel.heading !== undefined) {
    head += label(panel.heading, { class: 'panel-title', x: left, y: top + 13 });
    top += 24;
  }
  const entries: LegendEntry[] = series.map((s, i) => ({
    name: s.name,
    swatch: lineSwatch(colorOf(s, i), s.dashed ?? false),
  }));
  const key = legend(series.length > 1 ? entries : [], left, top, width);
  top += key.height + 8;
  const plot: Box = { left, top, width, height: box.top + box.height - bottomMargin - top };

  const xDomain = extent(series.map((s) => s.x)) ?? [0, 1];
  const x = scaleLinear(widen(xDomain), [left + 8, left + width - 8]);
  const { scale: y, ticks: yTicks } = yTicksFor([plot.top + plot.height, plot.top]);
  const wholeX = panel.wholeX ?? false;
  const xTicks =
    wholeX && xDomain[0] === xDomain[1]
      ? [xDomain[0]]
      : ticksOf(x, Math.max(2, Math.round(width / 70)), wholeX);

  const drawn = series.map((s, i) => {
    const stroke = colorOf(s, i);
    const shown = (v: number, at: number): boolean =>
      Number.isFinite(v) && Number.isFinite(s.x[at]) && (!logY || v > 0);
    const path = line<number>()
      .defined((v, at) => shown(v, at))
      .x((_, at) => x(s.x[at]))
      .y((v) => y(v))
      .digits(2);
    const values = Array.from(s.y);
    const curve = element('path', {
      class: 'line',
      d: path(values) ?? '',
      stroke,
      'stroke-dasharray': s.dashed ? '6 5' : undefined,
    });
    const dots =
      values.length > dotsUpTo
        ? ''
        : values
            .map((v, at) =>
              shown(v, at)
                ? element('circle', { cx: x(s.x[at]), cy: y(v), r: 2.6, fill: stroke })
                : '',
            )
            .join('');
    return curve + dots;
  });

  let markLine = '';
  let markText = '';
  if (mark !== undefined && mark.x >= xDomain[0] && mark.x <= xDomain[1]) {
    const at = x(mark.x);
    const onRight = at < left + width * 0.6;
    markLine = element('line', {
      class: 'mark',
      x1: at,
      x2: at,
      y1: plot.top,
      y2: plot.top + plot.height,
    });
    markText = label(mark.text, {
      class: 'note small',
      x: at + (onRight ? 6 : -6),
      y: plot.top + 4,
      'text-anchor': onRight ? 'start' : 'end',
    });
  }
  return [
    head,
    key.markup,
    verticalAxis(plot, { scale: y, ticks: yTicks, label: panel.yLabel }),
    horizontalAxis(plot, { scale: x, ticks: xTicks, label: panel.xLabel }),
    markLine,
    ...drawn,
    markText,
  ].join('');
}

/**
 * A line chart as a standalone SVG document.
 * @throws NablaError when the two coordinates of a series differ in length.
 */
export function lineChart(options: LineChartOptions): string {
  const { title, series, xLabel, yLabel, width = 720, height = 420 } = options;
  const names = series.map((s) => s.name).join(', ');
  return picture({
    width,
    height,
    title,
    description: options.description ?? `Line chart of ${yLabel} over ${xLabel}: ${names}.`,
    body: linePanel(options, {
      left: 20,
      top: titleHeight + 4,
      width: width - 44,
      height: height - titleHeight - 10,
    }),
  });
}
