import { contours } from 'd3-contour';
import { scaleLinear } from 'd3-scale';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Button, Segments, Select } from '../../ui/controls/controls.tsx';
import { formatNumber } from '../../ui/format.ts';
import { css, mix, type Palette, type Rgb } from '../../ui/theme.ts';
import type { Layout, Surface, WeightAddress } from '../core/protocol.ts';
import type { Translate } from '../i18n/index.ts';
import { useController, useShared } from './context.ts';

/** The loss over two weights: as a map with contours, or as a landscape to turn. */

interface Choice {
  readonly label: string;
  readonly address: WeightAddress;
}

function choicesOf(layout: Layout, t: Translate): Choice[] {
  const out: Choice[] = [];
  layout.stages.forEach(({ units }, stage) => {
    const inputs = stage === 0 ? layout.features.length : layout.stages[stage - 1].units;
    const where = stage === layout.stages.length - 1 ? t('output') : t('layerN', { n: stage + 1 });
    for (let unit = 0; unit < units && out.length < 400; unit++) {
      for (let input = 0; input < inputs; input++) {
        const from = stage === 0 ? layout.features[input].label : String(input + 1);
        out.push({ label: `${where}: ${from} → ${unit + 1}`, address: { stage, unit, input } });
      }
      out.push({
        label: `${where}: ${t('bias')} ${unit + 1}`,
        address: { stage, unit, input: 'bias' },
      });
    }
  });
  return out;
}

const SIZE = 41;
const lowColour = (p: Palette): Rgb => (p.dark ? [38, 70, 128] : [42, 94, 176]);
const highColour = (p: Palette): Rgb => (p.dark ? [250, 196, 120] : [253, 226, 178]);

/** Losses grow fast; their logarithm shows valley and slope together. */
function heights(surface: Surface): { h: Float32Array; low: number; high: number } {
  const h = surface.loss.map((v) => (Number.isFinite(v) ? Math.log(v + 1e-4) : Number.NaN));
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const v of h) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return { h: h.map((v) => (Number.isNaN(v) ? high : v)), low, high: high > low ? high : low + 1 };
}

const colourAt = (p: Palette, t: number): Rgb => mix(lowColour(p), highColour(p), t);

function drawMap(c: CanvasRenderingContext2D, s: Surface, p: Palette, w: number, h: number): void {
  const { h: z, low, high } = heights(s);
  const left = 46;
  const bottom = 30;
  const x = scaleLinear()
    .domain(s.rangeA)
    .range([left, w - 8]);
  const y = scaleLinear()
    .domain(s.rangeB)
    .range([h - bottom, 8]);
  c.clearRect(0, 0, w, h);
  const levels = 16;
  const thresholds = Array.from({ length: levels }, (_, i) => low + ((high - low) * i) / levels);
  const shapes = contours().size([s.size, s.size]).thresholds(thresholds)([...z]);
  const px = (gx: number) =>
    left + (Math.min(s.size - 1, Math.max(0, gx - 0.5)) / (s.size - 1)) * (w - 8 - left);
  const py = (gy: number) =>
    h - bottom - (Math.min(s.size - 1, Math.max(0, gy - 0.5)) / (s.size - 1)) * (h - bottom - 8);
  shapes.forEach((shape, i) => {
    c.beginPath();
    for (const polygon of shape.coordinates) {
      for (const ring of polygon) {
        ring.forEach(([gx, gy], k) => {
          if (k === 0) c.moveTo(px(gx), py(gy));
          else c.lineTo(px(gx), py(gy));
        });
        c.closePath();
      }
    }
    c.fillStyle = css(colourAt(p, i / (levels - 1)));
    c.fill();
    c.strokeStyle = p.dark ? 'rgb(0 0 0 / 35%)' : 'rgb(255 255 255 / 55%)';
    c.lineWidth = 0.8;
    c.stroke();
  });
  c.fillStyle = p.muted;
  c.font = '11px system-ui, sans-serif';
  c.textAlign = 'center';
  for (const t of x.ticks(5)) c.fillText(formatNumber(t), x(t), h - 12);
  c.textAlign = 'right';
  for (const t of y.ticks(5)) c.fillText(formatNumber(t), left - 6, y(t) + 4);
  c.lineWidth = 2;
  c.strokeStyle = p.dark ? '#ffffff' : '#10151f';
  c.lineJoin = 'round';
  c.beginPath();
  s.path.forEach(([a, b], i) => {
    if (i === 0) c.moveTo(x(a), y(b));
    else c.lineTo(x(a), y(b));
  });
  c.stroke();
  const dot = ([a, b]: readonly [number, number, number], colour: string) => {
    c.beginPath();
    c.arc(x(a), y(b), 5, 0, 2 * Math.PI);
    c.fillStyle = colour;
    c.fill();
    c.strokeStyle = '#ffffff';
    c.stroke();
  };
  if (s.path.length > 0) {
    dot(s.path[0], '#8a93a3');
    dot(s.path.at(-1)!, '#d4362b');
  }
}

function drawLandscape(
  c: CanvasRenderingContext2D,
  s: Surface,
  p: Palette,
  w: number,
  h: number,
  turn: number,
  tilt: number,
): void {
  const { h: z, low, high } = heights(s);
  c.clearRect(0, 0, w, h);
  const n = s.size;
  const scale = Math.min(w / 3.4, h / 2.75);
  const [cosT, sinT] = [Math.cos(turn), Math.sin(turn)];
  const [cosP, sinP] = [Math.cos(tilt), Math.sin(tilt)];
  const project = (u: number, v: number, height: number): [number, number, number] => {
    const rx = u * cosT - v * sinT;
    const ry = u * sinT + v * cosT;
    const up = (height - 0.5) * 0.9;
    return [w / 2 + rx * scale * 1.15, h * 0.5 + (ry * sinP - up * cosP) * scale, ry];
  };
  const level = (v: number) => (v - low) / (high - low);
  const at = (i: number) => (2 * i) / (n - 1) - 1;
  const corner = (i: number, j: number) => project(at(i), -at(j), level(z[j * n + i]));
  const faces: { depth: number; points: [number, number, number][]; t: number }[] = [];
  for (let j = 0; j + 1 < n; j++) {
    for (let i = 0; i + 1 < n; i++) {
      const points = [corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1)];
      const depth = points.reduce((a, q) => a + q[2], 0);
      const t =
        (level(z[j * n + i]) +
          level(z[j * n + i + 1]) +
          level(z[(j + 1) * n + i]) +
          level(z[(j + 1) * n + i + 1])) /
        4;
      faces.push({ depth, points, t });
    }
  }
  faces.sort((a, b) => a.depth - b.depth);
  for (const { points, t } of faces) {
    c.beginPath();
    points.forEach(([x, y], k) => {
      if (k === 0) c.moveTo(x, y);
      else c.lineTo(x, y);
    });
    c.closePath();
    c.fillStyle = css(colourAt(p, t));
    c.fill();
    c.strokeStyle = p.dark ? 'rgb(0 0 0 / 22%)' : 'rgb(255 255 255 / 32%)';
    c.lineWidth = 0.6;
    c.stroke();
  }
  const where = ([a, b, l]: readonly [number, number, number]) => {
    const u = ((a - s.rangeA[0]) / (s.rangeA[1] - s.rangeA[0])) * 2 - 1;
    const v = ((b - s.rangeB[0]) / (s.rangeB[1] - s.rangeB[0])) * 2 - 1;
    return project(u, -v, level(Math.log(l + 1e-4)) + 0.015);
  };
  c.lineWidth = 2.5;
  c.strokeStyle = p.dark ? '#ffffff' : '#10151f';
  c.beginPath();
  s.path.forEach((point, i) => {
    const [x, y] = where(point);
    if (i === 0) c.moveTo(x, y);
    else c.lineTo(x, y);
  });
  c.stroke();
  const last = s.path.at(-1);
  if (last) {
    const [x, y] = where(last);
    c.beginPath();
    c.arc(x, y, 5.5, 0, 2 * Math.PI);
    c.fillStyle = '#d4362b';
    c.fill();
    c.strokeStyle = '#ffffff';
    c.stroke();
  }
}

export function SurfaceTab(): JSX.Element {
  const { t, palette } = useShared();
  const controller = useController();
  const { layout } = controller;
  const choices = layout ? choicesOf(layout, t) : [];
  const [a, setA] = useState(0);
  const [b, setB] = useState(1);
  const [view, setView] = useState<'map' | 'landscape'>('map');
  const [surface, setSurface] = useState<Surface | undefined>();
  const [busy, setBusy] = useState(false);
  const [angle, setAngle] = useState({ turn: 0.6, tilt: 0.75 });
  const canvas = useRef<HTMLCanvasElement>(null);
  const drag = useRef<readonly [number, number] | undefined>(undefined);
  const [width, setWidth] = useState(520);
  const height = 360;

  useEffect(() => setSurface(undefined), [layout]);
  useEffect(() => {
    const node = canvas.current;
    if (!node) return;
    const observer = new ResizeObserver(([entry]) =>
      setWidth(Math.max(240, Math.round(entry.contentRect.width))),
    );
    observer.observe(node.parentElement!);
    return () => observer.disconnect();
  }, [surface !== undefined]);
  useEffect(() => {
    if (!surface || !canvas.current) return;
    const node = canvas.current;
    const ratio = Math.min(2, devicePixelRatio || 1);
    node.width = width * ratio;
    node.height = height * ratio;
    const c = node.getContext('2d')!;
    c.scale(ratio, ratio);
    if (view === 'map') drawMap(c, surface, palette, width, height);
    else drawLandscape(c, surface, palette, width, height, angle.turn, angle.tilt);
  }, [surface, view, palette, angle, width]);

  const first = choices[Math.min(a, choices.length - 1)];
  const second = choices[Math.min(b, choices.length - 1)];
  const compute = async () => {
    if (!first || !second) return;
    setBusy(true);
    try {
      setSurface(
        await controller.request('surface', { a: first.address, b: second.address, size: SIZE }),
      );
    } catch (error) {
      controller.tell({ kind: 'error', text: 'failed', values: { message: String(error) } });
    }
    setBusy(false);
  };
  const options = choices.map(({ label }, i) => ({ value: i, label }));
  const turnBy = (turn: number, tilt: number) =>
    setAngle((old) => ({
      turn: old.turn + turn,
      tilt: Math.min(1.4, Math.max(0.15, old.tilt + tilt)),
    }));
  return (
    <div class="split">
      <div class="prose">
        <p>{t('surfaceText')}</p>
        <Select label={t('weightA')} name="surface-a" value={a} options={options} onChange={setA} />
        <Select label={t('weightB')} name="surface-b" value={b} options={options} onChange={setB} />
        <div class="button-row">
          <Button
            label={surface ? t('surfaceAgain') : t('surfaceRun')}
            kind="primary"
            name="surface"
            disabled={busy || a === b}
            onClick={compute}
          />
          <Segments
            label={t('surfaceView')}
            name="surface-view"
            value={view}
            options={[
              { value: 'map', label: '2D' },
              { value: 'landscape', label: '3D' },
            ]}
            onChange={setView}
          />
        </div>
        {surface && (
          <p class="note">
            {t('surfacePath', {
              points: surface.path.length,
              loss: formatNumber(surface.path.at(-1)?.[2] ?? Number.NaN),
            })}
          </p>
        )}
      </div>
      {surface && (
        <div class="surface">
          <canvas
            ref={canvas}
            role="img"
            tabIndex={0}
            data-name="surface"
            aria-label={t('surfaceLabel', { a: first?.label ?? '', b: second?.label ?? '' })}
            style={{ height: `${height}px` }}
            onPointerDown={(e) => {
              drag.current = [e.clientX, e.clientY];
              e.currentTarget.setPointerCapture(e.pointerId);
            }}
            onPointerMove={(e) => {
              if (!drag.current || view === 'map') return;
              turnBy((e.clientX - drag.current[0]) / 120, (e.clientY - drag.current[1]) / 160);
              drag.current = [e.clientX, e.clientY];
            }}
            onPointerUp={() => {
              drag.current = undefined;
            }}
            onKeyDown={(e) => {
              const by = {
                ArrowLeft: [-0.15, 0],
                ArrowRight: [0.15, 0],
                ArrowUp: [0, -0.1],
                ArrowDown: [0, 0.1],
              }[e.key];
              if (!by || view === 'map') return;
              e.preventDefault();
              turnBy(by[0], by[1]);
            }}
          />
        </div>
      )}
    </div>
  );
}
