import { scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { formatNumber } from '../format.ts';
import type { Palette } from '../theme.ts';

/**
 * A chart of lines with axes: hover or arrow keys read values, dragging zooms along x, double click or
 * Escape shows everything again. Drawn on a canvas, so that it can follow a running training.
 */

export interface Series {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly color: string;
  readonly dashed?: boolean;
}

export interface LineChartProps {
  readonly label: string;
  readonly xLabel: string;
  readonly series: readonly Series[];
  readonly palette: Palette;
  readonly height: number;
  readonly logX?: boolean;
  readonly logY?: boolean;
  /** Vertical marks, such as a suggested value. */
  readonly marks?: readonly { readonly x: number; readonly label: string }[];
  /** Changes whenever the numbers do; arrays may be appended to in place. */
  readonly version: number;
}

const margin = { left: 46, right: 10, top: 10, bottom: 34 };

function extent(lists: readonly (readonly number[])[], positive: boolean): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const values of lists) {
    for (const v of values) {
      if (!Number.isFinite(v) || (positive && v <= 0)) continue;
      if (v < low) low = v;
      if (v > high) high = v;
    }
  }
  if (low > high) return positive ? [0.1, 1] : [0, 1];
  if (low < high) return [low, high];
  return positive ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
}

/** The position in a rising list that is nearest to a value. */
function nearest(values: readonly number[], value: number): number {
  let low = 0;
  let high = values.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle;
    else high = middle;
  }
  return Math.abs(values[high] - value) < Math.abs(values[low] - value) ? high : low;
}

export function LineChart(props: LineChartProps) {
  const { label, xLabel, series, palette, height, logX = false, logY = false, marks } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(320);
  const [zoom, setZoom] = useState<readonly [number, number] | undefined>();
  const [cursor, setCursor] = useState<number | undefined>();
  const drag = useRef<number | undefined>(undefined);
  const hint = useId();

  useEffect(() => {
    const node = canvas.current!;
    const observer = new ResizeObserver(([entry]) => {
      setWidth(Math.max(160, Math.round(entry.contentRect.width)));
    });
    observer.observe(node.parentElement!);
    return () => observer.disconnect();
  }, []);

  const whole = extent(
    series.map((s) => s.x),
    logX,
  );
  const domainX = zoom ?? whole;
  const shown = series.map((s) =>
    s.y.filter((_, i) => s.x[i] >= domainX[0] && s.x[i] <= domainX[1]),
  );
  const rangeY = extent(shown, logY);
  if (!logY && rangeY[0] > 0 && rangeY[0] < 0.5 * rangeY[1]) rangeY[0] = 0;
  const toX = (logX ? scaleLog() : scaleLinear())
    .domain(domainX)
    .range([margin.left, width - margin.right]);
  const toY = (logY ? scaleLog() : scaleLinear())
    .domain(rangeY)
    .range([height - margin.bottom, margin.top])
    .nice(4);

  useEffect(() => {
    const node = canvas.current;
    if (!node) return;
    const ratio = Math.min(2, devicePixelRatio || 1);
    node.width = width * ratio;
    node.height = height * ratio;
    node.style.height = `${height}px`;
    const c = node.getContext('2d')!;
    c.scale(ratio, ratio);
    c.clearRect(0, 0, width, height);
    c.font = '11px system-ui, sans-serif';
    c.lineWidth = 1;
    c.textBaseline = 'middle';
    c.textAlign = 'right';
    const ticksY = logY
      ? toY.ticks(5).filter((t) => Math.abs(Math.log10(t) % 1) < 1e-9 || toY.ticks(5).length < 5)
      : toY.ticks(4);
    for (const t of ticksY) {
      const y = Math.round(toY(t)) + 0.5;
      c.strokeStyle = palette.grid;
      c.beginPath();
      c.moveTo(margin.left, y);
      c.lineTo(width - margin.right, y);
      c.stroke();
      c.fillStyle = palette.muted;
      c.fillText(formatNumber(t), margin.left - 7, y);
    }
    c.textAlign = 'center';
    const ticksX = logX
      ? toX.ticks(5).filter((t) => Math.abs(Math.log10(t) % 1) < 1e-9)
      : toX.ticks(Math.max(2, Math.floor(width / 90)));
    for (const t of ticksX) c.fillText(formatNumber(t), toX(t), height - margin.bottom + 12);
    c.fillText(xLabel, (margin.left + width - margin.right) / 2, height - 8);
    c.save();
    c.beginPath();
    c.rect(margin.left, margin.top - 4, width - margin.left - margin.right, height - margin.bottom);
    c.clip();
    for (const mark of marks ?? []) {
      c.strokeStyle = palette.muted;
      c.setLineDash([3, 3]);
      c.beginPath();
      c.moveTo(toX(mark.x), margin.top);
      c.lineTo(toX(mark.x), height - margin.bottom);
      c.stroke();
      c.setLineDash([]);
    }
    for (const s of series) {
      const draw = line<number>()
        .defined((v, i) => Number.isFinite(v) && (!logY || v > 0) && (!logX || s.x[i] > 0))
        .x((_, i) => toX(s.x[i]))
        .y((v) => toY(v))
        .context(c);
      c.strokeStyle = s.color;
      c.lineWidth = 2;
      c.lineJoin = 'round';
      c.setLineDash(s.dashed ? [5, 4] : []);
      c.beginPath();
      draw(s.y as number[]);
      c.stroke();
    }
    c.setLineDash([]);
    if (cursor !== undefined) {
      c.strokeStyle = palette.muted;
      c.lineWidth = 1;
      c.beginPath();
      c.moveTo(toX(cursor), margin.top);
      c.lineTo(toX(cursor), height - margin.bottom);
      c.stroke();
      for (const s of series) {
        if (s.x.length === 0) continue;
        const i = nearest(s.x, cursor);
        if (!Number.isFinite(s.y[i])) continue;
        c.fillStyle = s.color;
        c.beginPath();
        c.arc(toX(s.x[i]), toY(s.y[i]), 3.5, 0, 2 * Math.PI);
        c.fill();
      }
    }
    c.restore();
  });

  const positionOf = (event: PointerEvent): number => {
    const box = canvas.current!.getBoundingClientRect();
    return toX.invert(
      Math.min(width - margin.right, Math.max(margin.left, event.clientX - box.left)),
    );
  };
  const longest = series.reduce<readonly number[]>((a, s) => (s.x.length > a.length ? s.x : a), []);

  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event;
    if (key === 'Escape') {
      setZoom(undefined);
      setCursor(undefined);
    } else if (key === 'ArrowLeft' || key === 'ArrowRight') {
      event.preventDefault();
      if (longest.length === 0) return;
      const at = cursor === undefined ? longest.length - 1 : nearest(longest, cursor);
      const step = Math.max(1, Math.round(longest.length / 60));
      const next = at + (key === 'ArrowLeft' ? -step : step);
      setCursor(longest[Math.min(longest.length - 1, Math.max(0, next))]);
    } else if (key === '+' || key === '-') {
      const middle = cursor ?? (domainX[0] + domainX[1]) / 2;
      const factor = key === '+' ? 0.5 : 2;
      const low = Math.max(whole[0], middle - (middle - domainX[0]) * factor);
      const high = Math.min(whole[1], middle + (domainX[1] - middle) * factor);
      setZoom(low <= whole[0] && high >= whole[1] ? undefined : [low, high]);
    }
  };

  const values = series
    .filter((s) => s.x.length > 0)
    .map((s) => ({ s, v: s.y[cursor === undefined ? s.y.length - 1 : nearest(s.x, cursor)] }));
  const summary = values.map(({ s, v }) => `${s.name} ${formatNumber(v)}`).join(', ');

  return (
    <div class="chart">
      <canvas
        ref={canvas}
        role="img"
        tabIndex={0}
        aria-label={`${label}. ${summary}`}
        aria-describedby={hint}
        onPointerMove={(e) => setCursor(positionOf(e))}
        onPointerLeave={() => setCursor(undefined)}
        onPointerDown={(e) => {
          drag.current = positionOf(e);
        }}
        onPointerUp={(e) => {
          const to = positionOf(e);
          const from = drag.current;
          drag.current = undefined;
          if (from === undefined || Math.abs(toX(from) - toX(to)) < 8) return;
          setZoom(from < to ? [from, to] : [to, from]);
        }}
        onDblClick={() => setZoom(undefined)}
        onKeyDown={onKeyDown}
        onBlur={() => setCursor(undefined)}
      />
      <span id={hint} class="visually-hidden">
        {xLabel}: ← → · zoom: + − · Esc
      </span>
      {cursor !== undefined && values.length > 0 && (
        <div
          class="tip"
          style={
            toX(cursor) > width / 2
              ? { left: `${margin.left + 4}px` }
              : { right: `${margin.right + 4}px` }
          }
        >
          <div>
            {xLabel} {formatNumber(longest[nearest(longest, cursor)])}
          </div>
          {values.map(({ s, v }) => (
            <div key={s.name}>
              <span style={{ color: s.color }}>●</span> {s.name} {formatNumber(v)}
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
