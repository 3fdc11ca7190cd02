/** Scatter plots: points in groups, with a line through them or the regions a classifier sees. */

import { scaleLinear } from 'd3-scale';
import {
  symbol,
  symbolCircle,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
  symbolWye,
} from 'd3-shape';
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
import { legend } from './legend.ts';
import { element } from './svg.ts';
import { picture, seriesColor, titleHeight } from './theme.ts';

/** Points that share a color and a mark. */
export interface PointGroup {
  name: string;
  x: ArrayLike<number>;
  /** As long as `x`. Points with a coordinate that is not finite are left out. */
  y: ArrayLike<number>;
}

/** What class a classifier gives each cell of a grid over the plane. */
export interface ClassRegions {
  xDomain: readonly [number, number];
  yDomain: readonly [number, number];
  columns: number;
  rows: number;
  /** `classes[r * columns + c]`: the index of a group; row 0 is at the smallest y. */
  classes: ArrayLike<number>;
}

/** What {@link scatter} draws. */
export interface ScatterOptions {
  title: string;
  xLabel: string;
  yLabel: string;
  groups: readonly PointGroup[];
  /** A straight line y = intercept + slope · x over the whole width. */
  line?: { slope: number; intercept: number; name?: string };
  regions?: ClassRegions;
  description?: string;
  /** Pixels; 640 by 480 by default. */
  width?: number;
  height?: number;
}

const shapes = [
  symbolCircle,
  symbolTriangle,
  symbolSquare,
  symbolDiamond,
  symbolStar,
  symbolWye,
] as const;

function marker(group: number, area: number): string {
  return symbol(shapes[group % shapes.length], area).digits(2)() ?? '';
}

/** Runs of equal class in a row become one rectangle. */
function regionMarkup(
  regions: ClassRegions,
  x: (v: number) => number,
  y: (v: number) => number,
): string {
  const { xDomain, yDomain, columns, rows, classes } = regions;
  const stepX = (xDomain[1] - xDomain[0]) / columns;
  const stepY = (yDomain[1] - yDomain[0]) / rows;
  const parts: string[] = [];
  for (let r = 0; r < rows; r++) {
    const top = y(yDomain[0] + (r + 1) * stepY);
    const height = y(yDomain[0] + r * stepY) - top;
    for (let c = 0; c < columns; ) {
      const group = classes[r * columns + c];
      let end = c + 1;
      while (end < columns && classes[r * columns + end] === group) end++;
      const left = x(xDomain[0] + c * stepX);
      const width = x(xDomain[0] + end * stepX) - left;
      parts.push(element('rect', { x: left, y: top, width, height, fill: seriesColor(group) }));
      c = end;
    }
  }
  return element('g', { opacity: '0.18', 'shape-rendering': 'crispEdges' }, ...parts);
}

/** The two ends of a straight line where it leaves the plot; undefined where it never enters. */
function clipLine(
  { slope, intercept }: { slope: number; intercept: number },
  [x0, x1]: number[],
  [y0, y1]: number[],
): [number, number][] | undefined {
  let [from, to] = [x0, x1];
  if (slope === 0) {
    if (intercept < y0 || intercept > y1) return undefined;
  } else {
    const crossings = [(y0 - intercept) / slope, (y1 - intercept) / slope].sort((a, b) => a - b);
    from = Math.max(from, crossings[0]);
    to = Math.min(to, crossings[1]);
  }
  return from < to
    ? [
        [from, intercept + slope * from],
        [to, intercept + slope * to],
      ]
    : undefined;
}

/**
 * A scatter plot as a standalone SVG document; each group has its own colour and marker shape.
 * @throws NablaError when coordinates or regions differ in length from what they claim.
 */
export function scatter(options: ScatterOptions): string {
  const { title, xLabel, yLabel, groups, line, regions, width = 640, height = 480 } = options;
  for (const g of groups) {
    if (g.x.length !== g.y.length) {
      throw new NablaError(
        `scatter: group "${g.name}" has ${g.x.length} x values and ${g.y.length} y values; give as many of both`,
      );
    }
  }
  if (regions && regions.classes.length !== regions.columns * regions.rows) {
    throw new NablaError(
      `scatter: regions of ${regions.columns} × ${regions.rows} need ${regions.columns * regions.rows} classes, received ${regions.classes.length}`,
    );
  }
  const total = groups.reduce((sum, g) => sum + g.x.length, 0);
  const xDomain = regions ? [...regions.xDomain] : widen(extent(groups.map((g) => g.x)) ?? [0, 1]);
  const yDomain = regions?.yDomain ?? extent(groups.map((g) => g.y));
  const makeY = (range: [number, number]) =>
    regions ? scaleLinear([...regions.yDomain], range) : valueScale(yDomain && [...yDomain], range);
  const yTicks = ticksOf(makeY([1, 0]), 6);
  const left = 20 + leftMargin(yTicks, yLabel);
  const plotWidth = width - left - 24;
  const area = total > 2000 ? 9 : total > 500 ? 20 : 42;
  const entries = groups.map((g, i) => ({
    name: g.name,
    swatch: element('path', { d: marker(i, 60), fill: seriesColor(i) }),
  }));
  if (line?.name !== undefined) {
    entries.push({
      name: line.name,
      swatch: element('line', { class: 'line', x1: -11, x2: 11, stroke: 'var(--ink)' }),
    });
  }
  const key = legend(entries.length > 1 ? entries : [], left, titleHeight + 4, plotWidth);
  const top = titleHeight + 10 + key.height;
  const box: Box = { left, top, width: plotWidth, height: height - top - bottomMargin - 8 };
  const inset = regions ? 0 : 10;
  const x = scaleLinear(xDomain, [left + inset, left + plotWidth - inset]);
  const y = makeY([top + box.height, top]);

  const points = groups.map((g, i) => {
    const d = marker(i, area);
    const marks: string[] = [];
    for (let k = 0; k < g.x.length; k++) {
      if (!Number.isFinite(g.x[k]) || !Number.isFinite(g.y[k])) continue;
      const transform = `translate(${x(g.x[k]).toFixed(1)} ${y(g.y[k]).toFixed(1)})`;
      marks.push(element('path', { d, transform }));
    }
    return element(
      'g',
      {
        fill: seriesColor(i),
        'fill-opacity': total > 200 && !regions ? '0.65' : undefined,
        stroke: total > 500 ? undefined : 'var(--surface)',
        'stroke-width': 0.8,
      },
      ...marks,
    );
  });
  let drawnLine = '';
  const ends = line && clipLine(line, xDomain, y.domain());
  if (ends) {
    const [[x1, y1], [x2, y2]] = ends.map(([a, b]) => [x(a), y(b)]);
    drawnLine = element('line', { class: 'line', x1, x2, y1, y2, stroke: 'var(--ink)' });
  }
  return picture({
    width,
    height,
    title,
    description:
      options.description ??
      `Scatter plot of ${yLabel} over ${xLabel}: ${groups.map((g) => `${g.name} (${g.x.length} points)`).join(', ')}.`,
    body: [
      key.markup,
      verticalAxis(box, { scale: y, ticks: yTicks, label: yLabel }),
      regions ? regionMarkup(regions, x, y) : '',
      horizontalAxis(box, { scale: x, ticks: ticksOf(x, 7), label: xLabel }),
      ...points,
      drawnLine,
    ].join(''),
  });
}
