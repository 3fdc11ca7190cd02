import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { divergingTable, HeatMap } from '../../ui/charts/heat-map.ts';
import { Button } from '../../ui/controls/controls.tsx';
import { formatFixed } from '../../ui/format.ts';
import type { Frame } from '../core/protocol.ts';
import { isMulticlass, type PlaygroundState, plainState } from '../core/state.ts';
import { lookUp } from '../i18n/index.ts';
import { useController, useFrame, useShared } from './context.ts';
import { scoreOf } from './controller.ts';
import { LossChart } from './output-panel.tsx';

/** A pinned run beside the present one. */

function Picture(props: {
  readonly frame: Frame;
  readonly state: PlaygroundState;
  readonly label: string;
}) {
  const { palette } = useShared();
  const canvas = useRef<HTMLCanvasElement>(null);
  const map = useRef<HeatMap | undefined>(undefined);
  const { frame, state } = props;
  useEffect(() => {
    map.current ??= new HeatMap(canvas.current!);
    if (!frame.output) return;
    const { output, outputSize } = frame;
    if (isMulticlass(state)) {
      if (output.length === state.classes * outputSize ** 2) {
        map.current.drawClasses(output, outputSize, state.classes, palette, state.discretize);
      }
    } else {
      map.current.draw(output, outputSize, 0, divergingTable(palette, state.discretize));
    }
  });
  return <canvas ref={canvas} class="compare-map" role="img" aria-label={props.label} />;
}

const ignored = new Set([
  'hide',
  'lesson',
  'speed',
  'points',
  'showTestData',
  'discretize',
  'boundary',
]);

/** The settings in which two runs differ, as text. */
function differences(a: PlaygroundState, b: PlaygroundState): [string, string, string][] {
  const [pa, pb] = [plainState(a), plainState(b)];
  const text = (key: string, value: unknown): string => {
    if (key === 'layers') {
      const list = value as PlaygroundState['layers'];
      return list
        .map(
          (l) =>
            `${l.units}${l.activation ? ` ${l.activation}` : ''}${l.batchNorm ? ' BN' : ''}${l.dropout ? ` ${l.dropout}` : ''}`,
        )
        .join(' · ');
    }
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  };
  return Object.keys(pa)
    .filter((key) => !ignored.has(key))
    .map((key): [string, string, string] => [key, text(key, pa[key]), text(key, pb[key])])
    .filter(([, x, y]) => x !== y);
}

export function Compare(): JSX.Element {
  const { t } = useShared();
  const controller = useController();
  const frame = useFrame(150);
  const { pinned, state } = controller;
  if (!pinned || !frame) {
    return (
      <div class="prose">
        <p>{t('compareText')}</p>
        <Button
          label={t('pin')}
          icon="pin"
          kind="primary"
          name="pin"
          disabled={!frame}
          onClick={() => controller.pin()}
        />
      </div>
    );
  }
  const rows: [string, string, string][] = [
    [t('epoch'), String(pinned.frame.epoch), String(frame.epoch)],
    [t('testLoss'), formatFixed(pinned.frame.testLoss, 4), formatFixed(frame.testLoss, 4)],
    [t('trainLoss'), formatFixed(pinned.frame.trainLoss, 4), formatFixed(frame.trainLoss, 4)],
    [
      `${t('accuracy')} / R²`,
      formatFixed(scoreOf(pinned.frame.testMetrics), 3),
      formatFixed(scoreOf(frame.testMetrics), 3),
    ],
    [
      t('time'),
      `${Math.round(pinned.frame.computeTime)} ms`,
      `${Math.round(frame.computeTime)} ms`,
    ],
    ...differences(pinned.state, state).map(([key, a, b]): [string, string, string] => [
      lookUp(t, 'setting.', key),
      a,
      b,
    ]),
  ];
  return (
    <>
      <div class="compare">
        <figure>
          <Picture frame={pinned.frame} state={pinned.state} label={t('pinnedRun')} />
          <figcaption>{t('pinnedRun')}</figcaption>
        </figure>
        <figure>
          <Picture frame={frame} state={state} label={t('presentRun')} />
          <figcaption>{t('presentRun')}</figcaption>
        </figure>
        <div class="table-scroll">
          <table class="plain" data-name="compare">
            <thead>
              <tr>
                <td />
                <th scope="col">{t('pinnedRun')}</th>
                <th scope="col">{t('presentRun')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(([name, a, b]) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{a}</td>
                  <td>{b}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
      <LossChart height={170} />
      <div class="button-row">
        <Button label={t('pinAgain')} icon="pin" small onClick={() => controller.pin()} />
        <Button label={t('pinnedSettings')} small onClick={() => controller.load(pinned.state)} />
        <Button
          label={t('unpin')}
          icon="close"
          small
          name="unpin"
          onClick={() => controller.unpin()}
        />
      </div>
    </>
  );
}
