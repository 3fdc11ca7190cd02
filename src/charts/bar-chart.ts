/** Bar charts: one number per name, as horizontal bars, so that names of any length can be read. */

import { scaleBand, scaleLinear } from 'd3-scale';
import { NablaError } from '../graph/errors.ts';
import {
  type Box,
  bottomMargin,
  extent,
  horizontalAxis,
  ticksOf,
  tickText,
  widen,
} from './axes.ts';
import { element, fitText, label, textWidth } from './svg.ts';
import { fontSize, picture, seriesColor, titleHeight } from './theme.ts';

export interface Bar {
  name: string;
  value: number;
  /** What is written at the end of the bar; the value by default. */
  text?: string;
  /** Ends of an error bar: the spread over several runs. */
  low?: number;
  high?: number;
  /** Drawn in the second colour, to stand out. */
  highlight?: boolean;
}

export interface BarChartOptions {
  title: string;
  valueLabel: string;
  bars: readonly Bar[];
  description?: string;
  /** Pixels; 720 by default. The height follows from the number of bars. */
  width?: number;
}

/**
 * A bar chart as a standalone SVG document. Bars start at zero.
 * @throws NablaError when a value is not finite.
 */
export function barChart(options: BarChartOptions): string {
  const { title, valueLabel, bars, width = 720 } = options;
  for (const { name, value } of bars) {
    if (!Number.isFinite(value)) {
      throw new NablaError(`barChart: the value of "${name}" is ${value}; values are finite`);
    }
  }
  const textOf = (bar: Bar): string => bar.text ?? tickText(Number(bar.value.toPrecision(4)));
  const nameRoom = Math.min(
    width * 0.4,
    Math.max(0, ...bars.map((b) => textWidth(b.name, fontSize.tick))),
  );
  const textRoom = Math.max(0, ...bars.map((b) => textWidth(textOf(b), fontSize.tick)));
  const step = 32;
  const box: Box = {
    left: 24 + nameRoom + 12,
    top: titleHeight + 10,
    width: width - nameRoom - 60,
    height: Math.max(1, bars.length) * step,
  };
  const ends = bars.flatMap((b) => [b.value, b.low ?? b.value, b.high ?? b.value]);
  const domain = widen(extent([[0], ends]) ?? [0, 1]);
  // Room for the text lies inside the plot, on the side where bars end.
  const before = domain[0] < 0 ? textRoom + 14 : 0;
  const after = domain[1] > 0 ? textRoom + 14 : 0;
  const x = scaleLinear(domain, [box.left + before, box.left + box.width - after]);
  const y = scaleBand(
    bars.map((_, i) => String(i)),
    [box.top, box.top + box.height],
  ).padding(0.3);
  const thickness = y.bandwidth();

  const parts = bars.map((bar, i) => {
    const top = y(String(i)) ?? box.top;
    const middle = top + thickness / 2;
    const [from, to] = [x(Math.min(0, bar.value)), x(Math.max(0, bar.value))];
    const negative = bar.value < 0;
    const drawn = [
      label(fitText(bar.name, nameRoom, fontSize.tick), {
        x: box.left - 10,
        y: middle + 4,
        'text-anchor': 'end',
      }),
      element('rect', {
        x: from,
        y: top,
        width: to - from,
        height: thickness,
        rx: 2,
        fill: seriesColor(bar.highlight ? 1 : 0),
      }),
    ];
    let end = negative ? from : to;
    if (bar.low !== undefined || bar.high !== undefined) {
      const [low, high] = [x(bar.low ?? bar.value), x(bar.high ?? bar.value)];
      const stroke = { stroke: 'var(--ink)', 'stroke-width': 1.5 };
      drawn.push(
        element('line', { x1: low, x2: high, y1: middle, y2: middle, ...stroke }),
        element('line', { x1: low, x2: low, y1: middle - 4, y2: middle + 4, ...stroke }),
        element('line', { x1: high, x2: high, y1: middle - 4, y2: middle + 4, ...stroke }),
      );
      end = negative ? Math.min(end, low) : Math.max(end, high);
    }
    drawn.push(
      label(textOf(bar), {
        class: 'number',
        x: end + (negative ? -7 : 7),
        y: middle + 4,
        'text-anchor': negative ? 'end' : 'start',
      }),
    );
    return drawn.join('');
  });
  const zero = element('line', {
    class: 'axis',
    x1: x(0),
    x2: x(0),
    y1: box.top,
    y2: box.top + box.height,
  });
  const ticks = ticksOf(x, 6);
  return picture({
    width,
    height: box.top + box.height + bottomMargin + 8,
    title,
    description:
      options.description ??
      `Bar chart of ${valueLabel}: ${bars.map((b) => `${b.name} ${textOf(b)}`).join(', ')}.`,
    body: [horizontalAxis(box, { scale: x, ticks, label: valueLabel }, true), ...parts, zero].join(
      '',
    ),
  });
}
