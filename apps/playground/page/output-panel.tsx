import { contours } from 'd3-contour';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { divergingTable, HeatMap } from '../../ui/charts/heat-map.ts';
import { LineChart } from '../../ui/charts/line-chart.tsx';
import { Button, Check, Segments, Slider } from '../../ui/controls/controls.tsx';
import { formatFixed, formatNumber } from '../../ui/format.ts';
import { css } from '../../ui/theme.ts';
import type { Metrics } from '../core/metrics.ts';
import { DOMAIN, MAX_POINTS, type Points, pointsOf, rowsOf } from '../core/points.ts';
import type { Frame } from '../core/protocol.ts';
import { datasetOf, isMulticlass } from '../core/state.ts';
import type { Translate } from '../i18n/index.ts';
import { useController, useFrame, useOnFrame, useShared } from './context.ts';
import { ownPoints, pointColour } from './data-panel.tsx';
import { Timing } from './transport.tsx';

/** What comes out: the big heat map with the points, the losses and how good it is. */

const SIZE = 300;
/** Canvas pixels for each pixel of the page. */
const RATIO = Math.min(2, globalThis.devicePixelRatio || 1);
const toPixel = (v: number): number => ((v + DOMAIN) / (2 * DOMAIN)) * SIZE;

function drawPoints(
  c: CanvasRenderingContext2D,
  points: Points,
  colour: (label: number) => string,
  ring: string,
  test: boolean,
): void {
  const { x, y, label } = points;
  const radius = x.length > 900 ? 2.4 : 3.3;
  c.lineWidth = 1;
  for (let i = 0; i < x.length; i++) {
    c.beginPath();
    c.arc(toPixel(x[i]), SIZE - toPixel(y[i]), radius, 0, 2 * Math.PI);
    c.fillStyle = colour(label[i]);
    c.fill();
    c.strokeStyle = test ? 'rgb(0 0 0 / 75%)' : ring;
    c.stroke();
  }
}

/** The line between the classes, from the output's levels. */
function drawBoundary(c: CanvasRenderingContext2D, frame: Frame, colour: string, classes: number) {
  const { output, outputSize: n } = frame;
  if (!output) return;
  const plane = n * n;
  const count = classes > 2 ? classes : 1;
  c.strokeStyle = colour;
  c.lineWidth = 1.5;
  const scale = SIZE / n;
  for (let k = 0; k < count; k++) {
    const values = new Array<number>(plane);
    for (let i = 0; i < plane; i++) {
      if (count === 1) {
        values[i] = output[i] - 127.5;
      } else {
        let other = 0;
        for (let j = 0; j < count; j++) {
          if (j !== k && output[j * plane + i] > other) other = output[j * plane + i];
        }
        values[i] = output[k * plane + i] - other;
      }
    }
    const [shape] = contours().size([n, n]).thresholds([0])(values);
    for (const polygon of shape.coordinates) {
      for (const ring of polygon) {
        c.beginPath();
        let pen = false;
        for (const [x, y] of ring) {
          // Along the edge of the picture is no boundary.
          const edge = x <= 0.51 || y <= 0.51 || x >= n - 0.51 || y >= n - 0.51;
          if (pen && !edge) c.lineTo(x * scale, y * scale);
          else c.moveTo(x * scale, y * scale);
          pen = !edge;
        }
        c.stroke();
      }
    }
  }
}

/** Accuracy or R2 in a few characters. */
export function scoreText(metrics: Metrics, t: Translate): string {
  if (metrics.kind === 'regression') return `R² ${formatFixed(metrics.r2, 3)}`;
  const { accuracy } = metrics;
  return t('right', { share: Number.isFinite(accuracy) ? formatFixed(accuracy * 100, 1) : '–' });
}

export function Confusion(props: {
  readonly metrics: Metrics;
  readonly title: string;
}): JSX.Element | null {
  const { palette, controller } = useShared();
  const { metrics } = props;
  if (metrics.kind !== 'classification') return null;
  const { classes, confusion } = metrics;
  const names = Array.from({ length: classes }, (_, i) => controller.classNames[i] ?? String(i));
  return (
    <table class="confusion" data-name="confusion">
      <caption>{props.title}</caption>
      <thead>
        <tr>
          <td />
          {names.map((n, i) => (
            <th key={n} scope="col">
              <span class="class-dot" style={{ background: css(palette.classes[i]) }} /> {n}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {names.map((n, i) => {
          const row = confusion.slice(i * classes, (i + 1) * classes);
          const total = row.reduce((a, b) => a + b, 0);
          return (
            <tr key={n}>
              <th scope="row">
                <span class="class-dot" style={{ background: css(palette.classes[i]) }} /> {n}
              </th>
              {row.map((count, k) => (
                <td
                  key={k}
                  style={{
                    background: css(
                      i === k ? palette.positive : palette.negative,
                      total > 0 ? (0.3 * count) / total : 0,
                    ),
                  }}
                >
                  {count}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

interface Brush {
  readonly label: number;
  readonly erase: boolean;
  readonly size: number;
}

export function LossChart(props: { readonly height: number }): JSX.Element {
  const { t, palette } = useShared();
  const controller = useController();
  const frame = useFrame(100);
  const [log, setLog] = useState(false);
  const [score, setScore] = useState(false);
  const { history: h, pinned } = controller;
  const scoreName = controller.state.problem === 'classification' ? t('accuracy') : 'R²';
  const series = [
    { name: t('test'), x: h.epoch, y: score ? h.testScore : h.test, color: palette.series[1] },
    { name: t('train'), x: h.epoch, y: score ? h.trainScore : h.train, color: palette.series[0] },
    ...(pinned
      ? [
          {
            name: t('pinnedTest'),
            x: pinned.history.epoch,
            y: score ? pinned.history.testScore : pinned.history.test,
            color: palette.series[3],
            dashed: true,
          },
        ]
      : []),
  ];
  return (
    <div class="loss-chart">
      <div class="legend">
        {series.map((s) => (
          <span class="key" key={s.name}>
            <span class={`stroke${s.dashed ? ' dashed' : ''}`} style={{ borderColor: s.color }} />
            {s.name}
          </span>
        ))}
        <span class="spring" />
        <Button
          label={t('logScale')}
          small
          pressed={log}
          name="log-scale"
          disabled={score}
          onClick={() => setLog(!log)}
        />
        <Button
          label={score ? t('loss') : scoreName}
          small
          name="score"
          onClick={() => setScore(!score)}
        />
      </div>
      <LineChart
        label={score ? scoreName : t('lossChart')}
        xLabel={t('epoch')}
        series={series}
        palette={palette}
        height={props.height}
        logY={log && !score}
        version={frame?.epoch ?? 0}
      />
    </div>
  );
}

export function OutputPanel(): JSX.Element {
  const { t, palette, hovered, selected, role } = useShared();
  const controller = useController();
  const { state, layout } = controller;
  const shown = (part: string) => !state.hide.includes(part);
  const mapCanvas = useRef<HTMLCanvasElement>(null);
  const map = useRef<HeatMap | undefined>(undefined);
  const lines = useRef<HTMLCanvasElement>(null);
  const points = useRef<HTMLCanvasElement>(null);
  const numbers = useFrame(100);
  const [brush, setBrush] = useState<Brush | undefined>();
  const stroke = useRef<[number, number, number][] | undefined>(undefined);
  const [at, setAt] = useState<readonly [number, number] | undefined>();
  const own = datasetOf(state) === 'own';
  const classes = state.problem === 'classification' ? state.classes : 0;
  const multi = isMulticlass(state);
  const look = hovered ?? selected;
  const lastStage = (layout?.stages.length ?? 1) - 1;
  const single = look && !(look.stage === lastStage && !multi) ? look : undefined;

  useOnFrame(
    (frame) => {
      map.current ??= new HeatMap(mapCanvas.current!);
      const table = divergingTable(palette, state.discretize);
      if (single) {
        const levels =
          single.stage < 0 ? layout?.featureMaps[single.unit] : frame.maps?.[single.stage];
        const n = frame.mapSize;
        const offset = single.stage < 0 ? 0 : single.unit * n * n;
        if (levels && levels.length >= offset + n * n) {
          map.current.draw(levels, n, offset, table);
          return;
        }
      }
      if (!frame.output) return;
      if (multi) {
        if (frame.output.length !== classes * frame.outputSize ** 2) return;
        map.current.drawClasses(frame.output, frame.outputSize, classes, palette, state.discretize);
      } else {
        map.current.draw(frame.output, frame.outputSize, 0, table);
      }
    },
    [palette, state.discretize, single?.stage, single?.unit, multi, classes, layout],
  );

  useOnFrame(
    (frame) => {
      const c = lines.current!.getContext('2d')!;
      c.setTransform(RATIO, 0, 0, RATIO, 0, 0);
      c.clearRect(0, 0, SIZE, SIZE);
      if (!state.boundary || state.problem === 'regression' || single) return;
      drawBoundary(
        c,
        frame,
        palette.dark ? 'rgb(255 255 255 / 85%)' : 'rgb(20 26 40 / 70%)',
        state.classes,
      );
    },
    [palette, state.boundary, state.problem, state.classes, single?.stage, single?.unit],
  );

  useEffect(() => {
    const c = points.current!.getContext('2d')!;
    c.setTransform(RATIO, 0, 0, RATIO, 0, 0);
    c.clearRect(0, 0, SIZE, SIZE);
    if (!layout) return;
    const colour = (label: number) => pointColour(state, palette, label);
    const bright =
      state.problem === 'regression' ? 'rgb(255 255 255 / 35%)' : 'rgb(10 14 22 / 85%)';
    const ring = palette.dark ? bright : 'rgb(255 255 255 / 90%)';
    if (state.showTestData) drawPoints(c, layout.test, colour, ring, true);
    drawPoints(c, layout.train, colour, ring, false);
  }, [layout, palette, state.showTestData, state.problem]);

  const position = (event: PointerEvent): [number, number] => {
    const box = points.current!.getBoundingClientRect();
    const unit = (v: number) => Math.min(1, Math.max(0, v)) * 2 * DOMAIN - DOMAIN;
    return [
      unit((event.clientX - box.left) / box.width),
      -unit((event.clientY - box.top) / box.height),
    ];
  };
  const dab = (event: PointerEvent) => {
    if (!brush || !stroke.current) return;
    const [x, y] = position(event);
    if (brush.erase) {
      stroke.current = stroke.current.filter(
        ([px, py]) => Math.hypot(px - x, py - y) > 0.25 + brush.size * 0.25,
      );
    } else {
      const count = brush.size === 0 ? 1 : 2 + brush.size;
      for (let i = 0; i < count; i++) {
        const angle = Math.random() * 2 * Math.PI;
        const r = Math.sqrt(Math.random()) * brush.size * 0.25;
        const clamp = (v: number) => Math.min(DOMAIN, Math.max(-DOMAIN, v));
        stroke.current.push([
          clamp(x + r * Math.cos(angle)),
          clamp(y + r * Math.sin(angle)),
          brush.label,
        ]);
      }
      stroke.current = stroke.current.slice(-MAX_POINTS);
    }
    const c = points.current!.getContext('2d')!;
    c.clearRect(0, 0, SIZE, SIZE);
    drawPoints(
      c,
      pointsOf(stroke.current),
      (l) => pointColour(state, palette, l),
      'rgb(255 255 255 / 90%)',
      false,
    );
  };
  const put = (list: [number, number, number][]) =>
    controller.set({
      points: pointsOf(list),
      ...(state.problem === 'regression' ? { regDataset: 'own' } : { dataset: 'own' }),
    });
  /** New points are mixed among the others, so that both parts get some. */
  const mixed = (list: [number, number, number][]): [number, number, number][] => {
    const out = [...list];
    for (let i = out.length - 1; i > 0; i--) {
      const j = Math.floor(Math.random() * (i + 1));
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  };
  const values = state.problem === 'regression' ? [-1, -0.5, 0, 0.5, 1] : [];
  const labels =
    state.problem === 'regression' ? values : Array.from({ length: classes }, (_, i) => i);
  const labelName = (l: number): string =>
    state.problem === 'regression' ? String(l) : (controller.classNames[l] ?? String(l));

  return (
    <section class="panel output-panel" role={role} aria-labelledby="output-heading">
      <div class="panel-head">
        <h2 id="output-heading">{t('output')}</h2>
        <Timing />
      </div>
      <div class="losses">
        {(['test', 'train'] as const).map((part) => {
          const loss = part === 'test' ? numbers?.testLoss : numbers?.trainLoss;
          const metrics = part === 'test' ? numbers?.testMetrics : numbers?.trainMetrics;
          return (
            <div class="metric" key={part}>
              <span class="name">
                <span
                  class="stroke"
                  style={{ borderColor: palette.series[part === 'test' ? 1 : 0] }}
                />
                {t(`${part}Loss`)}
              </span>
              <span class="value" data-name={`${part}-loss`}>
                {formatFixed(loss ?? 0, 3)}
              </span>
              <span class="note" data-name={`${part}-score`}>
                {metrics ? scoreText(metrics, t) : ''}
              </span>
            </div>
          );
        })}
      </div>
      <div
        class={`heat${brush ? ' drawing' : ''}`}
        role="img"
        aria-label={t('heatMapLabel', {
          train: layout?.train.x.length ?? 0,
          test: layout?.test.x.length ?? 0,
        })}
      >
        <canvas ref={mapCanvas} width={100} height={100} class="map" />
        <canvas ref={lines} width={SIZE * RATIO} height={SIZE * RATIO} />
        <canvas
          ref={points}
          width={SIZE * RATIO}
          height={SIZE * RATIO}
          class="points"
          data-name="points"
          onPointerMove={(e) => {
            setAt(position(e));
            if (e.buttons & 1) dab(e);
          }}
          onPointerLeave={() => setAt(undefined)}
          onPointerDown={(e) => {
            if (!brush) return;
            e.currentTarget.setPointerCapture(e.pointerId);
            stroke.current = rowsOf(ownPoints(controller));
            dab(e);
          }}
          onPointerUp={() => {
            const list = stroke.current;
            stroke.current = undefined;
            if (list && brush) put(mixed(list));
          }}
        />
        <span class="axis top">6</span>
        <span class="axis bottom">−6</span>
        <span class="axis right">6</span>
        {layout?.train.x.length === 0 && !at && (
          <span class="empty" role="status">
            {t('noPoints')}
          </span>
        )}
        {single && (
          <span class="looking">
            {single.stage < 0
              ? layout?.features[single.unit]?.label
              : single.stage === lastStage
                ? t('outputN', { n: single.unit + 1 })
                : t('neuronName', { layer: single.stage + 1, n: single.unit + 1 })}
          </span>
        )}
        {at && (
          <span class="at">
            x {formatFixed(at[0], 1)} · y {formatFixed(at[1], 1)}
          </span>
        )}
      </div>
      {multi ? (
        <div class="legend classes">
          {labels.map((l) => (
            <span class="key" key={l}>
              <span class="class-dot" style={{ background: css(palette.classes[l]) }} />
              {labelName(l)}
            </span>
          ))}
        </div>
      ) : (
        <div class="scale" aria-hidden="true">
          <span>−1</span>
          <span
            class="bar"
            style={{
              background: `linear-gradient(90deg, ${css(palette.negative)}, ${css(palette.neutral)}, ${css(palette.positive)})`,
            }}
          />
          <span>1</span>
        </div>
      )}
      <div class="checks">
        {shown('showTestData') && (
          <Check
            label={t('showTestData')}
            name="showTestData"
            checked={state.showTestData}
            onChange={(showTestData) => controller.set({ showTestData, lesson: state.lesson })}
          />
        )}
        {shown('discretize') && (
          <Check
            label={t('discretize')}
            name="discretize"
            checked={state.discretize}
            onChange={(discretize) => controller.set({ discretize, lesson: state.lesson })}
          />
        )}
        {state.problem === 'classification' && (
          <Check
            label={t('boundary')}
            name="boundary"
            checked={state.boundary}
            onChange={(boundary) => controller.set({ boundary, lesson: state.lesson })}
          />
        )}
      </div>
      {shown('ownData') && (
        <div class="paint">
          <Button
            label={brush ? t('paintDone') : t('paint')}
            icon="brush"
            small
            name="paint"
            pressed={brush !== undefined}
            onClick={() =>
              setBrush(brush ? undefined : { label: labels.at(-1) ?? 1, erase: false, size: 2 })
            }
          />
          {brush && (
            <>
              <Segments
                label={t('paintWith')}
                name="paint-label"
                value={brush.erase ? 'erase' : String(brush.label)}
                options={[
                  ...labels.map((l) => ({
                    value: String(l),
                    label: labelName(l),
                    swatch: pointColour(state, palette, l),
                  })),
                  { value: 'erase', label: t('erase') },
                ]}
                onChange={(v) =>
                  setBrush({
                    ...brush,
                    erase: v === 'erase',
                    label: v === 'erase' ? brush.label : Number(v),
                  })
                }
              />
              <Slider
                label={t('brushSize')}
                value={brush.size}
                min={0}
                max={5}
                onChange={(size) => setBrush({ ...brush, size })}
              />
              <Button label={t('clearPoints')} small name="clear-points" onClick={() => put([])} />
            </>
          )}
          {own && (
            <span class="note">
              {t('pointCount', { n: formatNumber(state.points?.x.length ?? 0) })}
            </span>
          )}
        </div>
      )}
    </section>
  );
}
