import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Button, Select, Slider } from '../../ui/controls/controls.tsx';
import { css, diverging, type Palette } from '../../ui/theme.ts';
import { CsvError, readCsv, writeCsv } from '../core/csv.ts';
import { classificationDatasets, generateDataset, regressionDatasets } from '../core/datasets.ts';
import { DOMAIN, MAX_CLASSES, type Points, pointsOf, rowsOf } from '../core/points.ts';
import { datasetOf, MAX_BATCH, type PlaygroundState } from '../core/state.ts';
import { type Key, lookUp } from '../i18n/index.ts';
import { useController, useShared } from './context.ts';
import type { Controller } from './controller.ts';
import { download } from './files.ts';

/** The colour of a point. */
export function pointColour(state: PlaygroundState, palette: Palette, label: number): string {
  if (state.problem === 'regression') return css(diverging(palette, label));
  return css(palette.classes[label] ?? palette.neutral);
}

function Preview(props: { readonly points: Points; readonly state: PlaygroundState }): JSX.Element {
  const { palette } = useShared();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const c = canvas.current!.getContext('2d')!;
    const size = canvas.current!.width;
    c.clearRect(0, 0, size, size);
    const { x, y, label } = props.points;
    const stride = Math.max(1, Math.floor(x.length / 220));
    for (let i = 0; i < x.length; i += stride) {
      c.fillStyle = pointColour(props.state, palette, label[i]);
      const px = ((x[i] + DOMAIN) / (2 * DOMAIN)) * size;
      const py = ((DOMAIN - y[i]) / (2 * DOMAIN)) * size;
      c.beginPath();
      c.arc(px, py, 2.4, 0, 2 * Math.PI);
      c.fill();
    }
  }, [palette, props.points, props.state.problem]);
  return <canvas ref={canvas} width={112} height={112} />;
}

const previews = new Map<string, Points>();
function previewOf(name: string, classes: number): Points {
  const key = `${name}/${classes}`;
  let points = previews.get(key);
  if (!points) {
    points = generateDataset(name, { noise: 0.02, classes, seed: 4 });
    previews.set(key, points);
  }
  return points;
}

/** Reads a CSV and trains on it. */
export function takeCsv(controller: Controller, text: string): void {
  try {
    const data = readCsv(text);
    const { problem, points, classNames } = data;
    controller.classNames = classNames;
    controller.set({
      problem,
      points,
      ...(problem === 'regression'
        ? { regDataset: 'own' }
        : { dataset: 'own', classes: Math.max(2, classNames.length) }),
    });
    controller.tell({
      kind: data.skipped + data.cut > 0 ? 'warning' : 'info',
      text: data.skipped + data.cut > 0 ? 'csv.partly' : 'csv.taken',
      values: {
        points: points.x.length,
        skipped: data.skipped,
        cut: data.cut,
        scaled: data.scaled ? 1 : 0,
        problem,
      },
    });
  } catch (error) {
    const code = error instanceof CsvError ? error.code : 'syntax';
    const detail = error instanceof CsvError ? error.detail : '';
    controller.tell({ kind: 'error', text: `csvError.${code}`, values: { detail } });
  }
}

/** The points there are become the user's own, to go on from. */
export function ownPoints(controller: Controller): Points {
  const { state, layout } = controller;
  if (datasetOf(state) === 'own') return state.points ?? pointsOf([]);
  if (!layout) return pointsOf([]);
  return pointsOf([...rowsOf(layout.train), ...rowsOf(layout.test)]);
}

export function DataPanel(): JSX.Element {
  const { t, role } = useShared();
  const controller = useController();
  const { state } = controller;
  const shown = (part: string) => !state.hide.includes(part);
  const file = useRef<HTMLInputElement>(null);
  const regression = state.problem === 'regression';
  const names = regression ? regressionDatasets : classificationDatasets;
  const chosen = datasetOf(state);
  const choose = (name: string) => {
    if (name === 'own' && !state.points) controller.classNames = [];
    controller.set(
      regression
        ? { regDataset: name, ...(name === 'own' ? { points: state.points ?? pointsOf([]) } : {}) }
        : { dataset: name, ...(name === 'own' ? { points: state.points ?? pointsOf([]) } : {}) },
    );
  };
  return (
    <section class="panel data-panel" role={role} aria-labelledby="data-heading">
      <h2 id="data-heading">{t('data')}</h2>
      {shown('dataset') && (
        // biome-ignore lint/a11y/useSemanticElements: picture buttons that act as one choice
        <div class="tiles" role="group" aria-label={t('dataset')}>
          {[...names, ...(shown('ownData') ? ['own'] : [])].map((name) => (
            <button
              key={name}
              type="button"
              class="tile"
              data-dataset={name}
              aria-pressed={chosen === name}
              onClick={() => choose(name)}
            >
              {name === 'own' ? (
                state.points && state.points.x.length > 0 ? (
                  <Preview points={state.points} state={state} />
                ) : (
                  <span class="blank" aria-hidden="true">
                    +
                  </span>
                )
              ) : (
                <Preview points={previewOf(name, state.classes)} state={state} />
              )}
              <span class="caption">{lookUp(t, 'dataset.', name)}</span>
            </button>
          ))}
        </div>
      )}
      {shown('ownData') && (
        <div class="button-row">
          <Button
            label={t('csvOpen')}
            icon="open"
            small
            name="csv-open"
            onClick={() => file.current!.click()}
          />
          <Button
            label={t('csvSave')}
            icon="save"
            small
            name="csv-save"
            onClick={() => download('points.csv', 'text/csv', writeCsv(ownPoints(controller)))}
          />
          <input
            ref={file}
            type="file"
            accept=".csv,.tsv,.txt,text/csv"
            hidden
            data-name="csv-file"
            aria-label={t('csvOpen')}
            onChange={async (e) => {
              const input = e.currentTarget;
              const text = await input.files?.[0]?.text();
              if (text !== undefined) takeCsv(controller, text);
              input.value = '';
            }}
          />
        </div>
      )}
      {!regression && shown('dataset') && (
        <Select
          label={t('classes')}
          name="classes"
          value={state.classes}
          options={Array.from({ length: MAX_CLASSES - 1 }, (_, i) => ({
            value: i + 2,
            label: i === 0 ? t('classes.two') : String(i + 2),
          }))}
          onChange={(classes) => controller.set({ classes })}
        />
      )}
      {shown('percTrainData') && (
        <Slider
          label={t('percTrainData')}
          name="percTrainData"
          value={state.percTrainData}
          min={10}
          max={90}
          step={10}
          text={`${state.percTrainData}%`}
          onChange={(percTrainData) => controller.set({ percTrainData })}
        />
      )}
      {shown('noise') && chosen !== 'own' && (
        <Slider
          label={t('noise')}
          name="noise"
          value={state.noise}
          min={0}
          max={100}
          step={5}
          text={`${state.noise}%`}
          onChange={(noise) => controller.set({ noise })}
        />
      )}
      {shown('batchSize') && (
        <Slider
          label={t('batchSize')}
          name="batchSize"
          value={batchToSlider(state.batchSize)}
          min={0}
          max={40}
          text={String(state.batchSize)}
          onChange={(v) => controller.set({ batchSize: sliderToBatch(v) })}
        />
      )}
      {shown('dataset') && chosen !== 'own' && (
        <Button
          label={t('regenerate')}
          icon="dice"
          name="regenerate"
          onClick={() => controller.set({ dataSeed: 1 + Math.floor(Math.random() * 999_999) })}
        />
      )}
      <p class="hint">{t('dropHint' as Key)}</p>
    </section>
  );
}

/** 1 to 30 one by one, then in growing steps up to the most. */
const sliderToBatch = (v: number): number =>
  v < 30 ? v + 1 : Math.min(MAX_BATCH, Math.round(30 * (MAX_BATCH / 30) ** ((v - 29) / 11)));
const batchToSlider = (n: number): number =>
  n <= 30 ? n - 1 : Math.round(29 + (11 * Math.log(n / 30)) / Math.log(MAX_BATCH / 30));
