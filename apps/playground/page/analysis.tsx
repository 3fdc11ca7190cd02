import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Histogram } from '../../ui/charts/histogram.tsx';
import { LineChart } from '../../ui/charts/line-chart.tsx';
import { Button, Segments, Tabs } from '../../ui/controls/controls.tsx';
import { formatNumber } from '../../ui/format.ts';
import { kerasCode, typescriptCode } from '../core/code.ts';
import type { RateSearch } from '../core/protocol.ts';
import { Compare } from './compare.tsx';
import { useController, useFrame, useShared } from './context.ts';
import { copyText, download } from './files.ts';
import { Confusion, scoreText } from './output-panel.tsx';
import { SurfaceTab } from './surface-tab.tsx';
import { WalkTab } from './walk-tab.tsx';

type Tab = 'walk' | 'quality' | 'layers' | 'surface' | 'rate' | 'compare' | 'code';

export function Analysis(): JSX.Element {
  const { t, role } = useShared();
  const [tab, setTab] = useState<Tab>('walk');
  return (
    <section class="panel analysis" role={role} aria-label={t('analysis')}>
      <Tabs
        label={t('analysis')}
        value={tab}
        options={[
          { value: 'walk', label: t('tab.walk') },
          { value: 'quality', label: t('tab.quality') },
          { value: 'layers', label: t('tab.layers') },
          { value: 'surface', label: t('tab.surface') },
          { value: 'rate', label: t('tab.rate') },
          { value: 'compare', label: t('tab.compare') },
          { value: 'code', label: t('tab.code') },
        ]}
        onChange={setTab}
      >
        {tab === 'walk' && <WalkTab />}
        {tab === 'quality' && <QualityTab />}
        {tab === 'layers' && <LayersTab />}
        {tab === 'surface' && <SurfaceTab />}
        {tab === 'rate' && <RateTab />}
        {tab === 'compare' && <Compare />}
        {tab === 'code' && <CodeTab />}
      </Tabs>
    </section>
  );
}

/** How good the predictions are, in the terms of the problem. */
function QualityTab(): JSX.Element {
  const { t } = useShared();
  const frame = useFrame(150);
  if (!frame) return <p class="hint">{t('waiting')}</p>;
  const parts = [
    { name: t('test'), loss: frame.testLoss, metrics: frame.testMetrics },
    { name: t('train'), loss: frame.trainLoss, metrics: frame.trainMetrics },
  ];
  return (
    <>
      <p class="hint">{t(frame.testMetrics.kind === 'classification' ? 'confusion' : 'r2Text')}</p>
      <div class="qualities">
        {parts.map(({ name, loss, metrics }) =>
          metrics.kind === 'classification' ? (
            <Confusion key={name} metrics={metrics} title={`${name}: ${scoreText(metrics, t)}`} />
          ) : (
            <table class="plain" key={name} data-name="regression-quality">
              <caption>{name}</caption>
              <tbody>
                <tr>
                  <th scope="row">R²</th>
                  <td>{formatNumber(metrics.r2)}</td>
                </tr>
                <tr>
                  <th scope="row">{t('meanAbsoluteError')}</th>
                  <td>{formatNumber(metrics.meanAbsoluteError)}</td>
                </tr>
                <tr>
                  <th scope="row">{t('loss')}</th>
                  <td>{formatNumber(loss)}</td>
                </tr>
              </tbody>
            </table>
          ),
        )}
      </div>
    </>
  );
}

/** Weights and gradients of each layer. */
function LayersTab(): JSX.Element {
  const { t, palette } = useShared();
  const controller = useController();
  useFrame(120);
  const last = controller.distributions;
  useEffect(() => {
    controller.watch({ distributions: true });
    return () => controller.watch({ distributions: false });
  }, [controller]);
  const stages = controller.layout?.stages ?? [];
  const largest = Math.max(...(last ?? []).map((d) => d.gradients.meanAbsolute), 1e-12);
  if (!last || last.length !== stages.length) return <p class="hint">{t('waiting')}</p>;
  return (
    <>
      <p class="hint">{t('layersHint')}</p>
      <div class="table-scroll">
        <table class="distributions" data-name="distributions">
          <thead>
            <tr>
              <th scope="col">{t('layer')}</th>
              <th scope="col">{t('weights')}</th>
              <th scope="col">{t('gradients')}</th>
              <th scope="col">{t('meanGradient')}</th>
            </tr>
          </thead>
          <tbody>
            {last.map((d, i) => {
              const share = d.gradients.meanAbsolute / largest;
              const name = i === stages.length - 1 ? t('output') : t('layerN', { n: i + 1 });
              return (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>
                    <Histogram
                      {...d.weights}
                      label={`${name}: ${t('weights')}`}
                      color={palette.series[0]}
                    />
                  </td>
                  <td>
                    <Histogram
                      {...d.gradients}
                      label={`${name}: ${t('gradients')}`}
                      color={palette.series[2]}
                    />
                  </td>
                  <td>
                    <div class="meter">
                      <span style={{ width: `${Math.max(0.5, share * 100)}%` }} />
                    </div>
                    {formatNumber(d.gradients.meanAbsolute, 2)}
                    {share < 0.01 && <span class="badge warn">{t('vanishing')}</span>}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}

function RateTab(): JSX.Element {
  const { t, palette } = useShared();
  const controller = useController();
  const [found, setFound] = useState<RateSearch | undefined>();
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    try {
      setFound(await controller.request('findRate', undefined));
    } catch (error) {
      controller.tell({ kind: 'error', text: 'failed', values: { message: String(error) } });
    }
    setBusy(false);
  };
  const suggestion = found?.suggestion;
  return (
    <div class="split">
      <div class="prose">
        <p>{t('rateText')}</p>
        <Button
          label={t('rateRun')}
          kind="primary"
          name="find-rate"
          disabled={busy}
          onClick={run}
        />
        {found && (
          <p data-name="rate-result">
            {suggestion === undefined
              ? t('rateNone')
              : t('rateFound', { rate: formatNumber(suggestion) })}
          </p>
        )}
        {suggestion !== undefined && (
          <Button
            label={t('rateUse', { rate: formatNumber(suggestion) })}
            name="use-rate"
            onClick={() => controller.set({ learningRate: suggestion })}
          />
        )}
      </div>
      {found && (
        <LineChart
          label={t('rateChart')}
          xLabel={t('learningRate')}
          series={[
            {
              name: t('loss'),
              x: found.rates,
              y: found.losses,
              color: palette.series[0],
            },
          ]}
          marks={suggestion === undefined ? [] : [{ x: suggestion, label: t('rateBest') }]}
          palette={palette}
          height={230}
          logX
          version={found.rates.length}
        />
      )}
    </div>
  );
}

function CodeTab(): JSX.Element {
  const { t } = useShared();
  const controller = useController();
  const [language, setLanguage] = useState<'typescript' | 'keras'>('typescript');
  const code =
    language === 'typescript' ? typescriptCode(controller.state) : kerasCode(controller.state);
  const weights = async () => {
    const snapshot = await controller.request('snapshot', undefined);
    download('weights.json', 'application/json', `${JSON.stringify(snapshot, undefined, 1)}\n`);
  };
  return (
    <>
      <div class="button-row">
        <Segments
          label={t('codeLanguage')}
          value={language}
          options={[
            { value: 'typescript', label: 'TypeScript (Nabla)' },
            { value: 'keras', label: 'Python (Keras)' },
          ]}
          onChange={setLanguage}
        />
        <Button
          label={t('copy')}
          small
          name="copy-code"
          onClick={async () => {
            if (await copyText(code)) controller.tell({ kind: 'info', text: 'copied' });
          }}
        />
        <Button
          label={t('saveCode')}
          icon="save"
          small
          onClick={() =>
            download(language === 'typescript' ? 'model.ts' : 'model.py', 'text/plain', code)
          }
        />
        <Button label={t('saveWeights')} icon="save" small name="save-weights" onClick={weights} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <pre class="code" tabIndex={0} data-name="code">
        {code}
      </pre>
    </>
  );
}
