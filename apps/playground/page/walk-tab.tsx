import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../ui/controls/controls.tsx';
import { formatFixed } from '../../ui/format.ts';
import type { Walk } from '../core/protocol.ts';
import { lookUp, type Translate } from '../i18n/index.ts';
import { useController, useShared } from './context.ts';

/** One sample, forward and backward, a stop at a time, with the numbers of the lectures' tables. */

const n3 = (v: number): string => formatFixed(v, 3);
const n4 = (v: number): string => formatFixed(v, 4);
const paren = (v: number): string => (v < 0 ? `(${n3(v)})` : n3(v));

type Stop =
  | { readonly kind: 'input' }
  | { readonly kind: 'forward'; readonly stage: number }
  | { readonly kind: 'loss' }
  | { readonly kind: 'backward'; readonly stage: number }
  | { readonly kind: 'update'; readonly stage: number };

function stopsOf(walk: Walk): Stop[] {
  const order = walk.stages.map((_, i) => i);
  const back = [...order].reverse();
  return [
    { kind: 'input' },
    ...order.map((stage): Stop => ({ kind: 'forward', stage })),
    { kind: 'loss' },
    ...back.map((stage): Stop => ({ kind: 'backward', stage })),
    ...back.map((stage): Stop => ({ kind: 'update', stage })),
  ];
}

const stageName = (t: Translate, walk: Walk, stage: number): string =>
  stage === walk.stages.length - 1 ? t('output') : t('layerN', { n: stage + 1 });

/** The names and values of what comes into a stage. */
function inputsOf(walk: Walk, stage: number): { label: string; value: number }[] {
  if (stage === 0) return [...walk.inputs];
  return walk.stages[stage - 1].output.map((value, i) => ({ label: `a${i + 1}`, value }));
}

function Forward({ walk, stage }: { readonly walk: Walk; readonly stage: number }): JSX.Element {
  const { t } = useShared();
  const s = walk.stages[stage];
  const inputs = inputsOf(walk, stage);
  const activation = lookUp(t, 'activation.', s.activation);
  return (
    <div class="table-scroll">
      <table class="plain numbers">
        <thead>
          <tr>
            <th scope="col">{t('unit')}</th>
            <th scope="col">z = Σ w·{t('inputWord')} + b</th>
            <th scope="col">z</th>
            <th scope="col">a = {activation}(z)</th>
          </tr>
        </thead>
        <tbody>
          {s.net.map((z, k) => (
            <tr key={k}>
              <th scope="row">{k + 1}</th>
              <td class="sum">
                {inputs
                  .map(({ value }, i) => `${paren(s.kernel[i * s.net.length + k])}·${paren(value)}`)
                  .join(' + ')}{' '}
                + {paren(s.bias[k])}
              </td>
              <td>{n4(z)}</td>
              <td>
                <b>{n4(s.output[k])}</b>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Backward({ walk, stage }: { readonly walk: Walk; readonly stage: number }): JSX.Element {
  const { t } = useShared();
  const s = walk.stages[stage];
  const next = walk.stages[stage + 1];
  return (
    <>
      <p>{next ? t('walk.backHidden') : t('walk.backOutput')}</p>
      <div class="table-scroll">
        <table class="plain numbers">
          <thead>
            <tr>
              <th scope="col">{t('unit')}</th>
              {next && <th scope="col">Σ w·δ</th>}
              <th scope="col">δ = ∂L/∂z</th>
            </tr>
          </thead>
          <tbody>
            {s.delta.map((d, k) => (
              <tr key={k}>
                <th scope="row">{k + 1}</th>
                {next && (
                  <td class="sum">
                    {next.delta
                      .map((dn, j) => `${paren(next.kernel[k * next.net.length + j])}·${paren(dn)}`)
                      .join(' + ')}
                  </td>
                )}
                <td>
                  <b>{n4(d)}</b>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Update({ walk, stage }: { readonly walk: Walk; readonly stage: number }): JSX.Element {
  const { t } = useShared();
  const s = walk.stages[stage];
  const inputs = inputsOf(walk, stage);
  const units = s.net.length;
  const rows = inputs.flatMap(({ label, value }, i) =>
    s.net.map((_, k) => ({
      name: `w ${label} → ${k + 1}`,
      how: `${paren(s.delta[k])}·${paren(value)}`,
      gradient: s.kernelGradient[i * units + k],
      before: s.kernel[i * units + k],
      after: s.kernelAfter[i * units + k],
    })),
  );
  const biases = s.net.map((_, k) => ({
    name: `b ${k + 1}`,
    how: paren(s.delta[k]),
    gradient: s.biasGradient[k],
    before: s.bias[k],
    after: s.biasAfter[k],
  }));
  return (
    <>
      <p>{t('walk.updateText', { rate: walk.learningRate, optimizer: walk.optimizer })}</p>
      <div class="table-scroll">
        <table class="plain numbers">
          <thead>
            <tr>
              <th scope="col">{t('weight')}</th>
              <th scope="col">δ·{t('inputWord')}</th>
              <th scope="col">∂L/∂w</th>
              <th scope="col">{t('before')}</th>
              <th scope="col">{t('after')}</th>
            </tr>
          </thead>
          <tbody>
            {[...rows, ...biases].map((r) => (
              <tr key={r.name}>
                <th scope="row">{r.name}</th>
                <td class="sum">{r.how}</td>
                <td>{n4(r.gradient)}</td>
                <td>{n4(r.before)}</td>
                <td>
                  <b>{n4(r.after)}</b>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

export function WalkTab(): JSX.Element {
  const { t } = useShared();
  const controller = useController();
  const [sample, setSample] = useState(0);
  const [walk, setWalk] = useState<Walk | undefined>();
  const [at, setAt] = useState(0);
  const load = async (which: number, apply = false) => {
    controller.pause();
    try {
      setWalk(await controller.request('walk', { sample: which, apply }));
      setSample(which);
    } catch (error) {
      controller.tell({ kind: 'error', text: 'failed', values: { message: String(error) } });
    }
  };
  useEffect(() => {
    setWalk(undefined);
    setAt(0);
  }, [controller.layout]);
  if (!walk) {
    return (
      <div class="prose">
        <p>{t('walk.intro')}</p>
        <Button
          label={t('walk.start')}
          kind="primary"
          name="walk-start"
          onClick={() => void load(sample)}
        />
      </div>
    );
  }
  const stops = stopsOf(walk);
  const stop = stops[Math.min(at, stops.length - 1)];
  const title =
    stop.kind === 'input' || stop.kind === 'loss'
      ? t(`walk.${stop.kind}`)
      : `${t(`walk.${stop.kind}`)}: ${stageName(t, walk, stop.stage)}`;
  const output = walk.stages.at(-1)!.output;
  return (
    <div class="walk" data-name="walk">
      <div class="button-row">
        <Button
          label={t('walk.previous')}
          small
          disabled={at === 0}
          onClick={() => setAt(at - 1)}
        />
        <Button
          label={t('walk.next')}
          small
          kind="primary"
          name="walk-next"
          disabled={at >= stops.length - 1}
          onClick={() => setAt(at + 1)}
        />
        <span class="note">{t('walk.progress', { at: at + 1, of: stops.length })}</span>
        <span class="spring" />
        <Button
          label={t('walk.another')}
          small
          onClick={() => {
            setAt(0);
            void load(sample + 1);
          }}
        />
        <Button
          label={t('walk.apply')}
          small
          name="walk-apply"
          onClick={async () => {
            await load(sample, true);
            await load(sample);
            setAt(0);
            controller.tell({ kind: 'info', text: 'walk.applied' });
          }}
        />
      </div>
      <h3 aria-live="polite">{title}</h3>
      {stop.kind === 'input' && (
        <>
          <p>{t('walk.inputText', { x: n3(walk.x), y: n3(walk.y) })}</p>
          <ul class="values">
            {walk.inputs.map(({ label, value }) => (
              <li key={label}>
                {label} = <b>{n4(value)}</b>
              </li>
            ))}
            <li>
              {t('target')} = <b>{walk.target.map(n3).join(', ')}</b>
            </li>
          </ul>
        </>
      )}
      {stop.kind === 'forward' && <Forward walk={walk} stage={stop.stage} />}
      {stop.kind === 'loss' && (
        <p>
          {t('walk.lossText', {
            output: output.map(n4).join(', '),
            target: walk.target.map(n3).join(', '),
          })}{' '}
          L = <b>{n4(walk.loss)}</b>
        </p>
      )}
      {stop.kind === 'backward' && <Backward walk={walk} stage={stop.stage} />}
      {stop.kind === 'update' && <Update walk={walk} stage={stop.stage} />}
      {at === stops.length - 1 && (
        <p>{t('walk.result', { before: n4(walk.loss), after: n4(walk.lossAfter) })}</p>
      )}
    </div>
  );
}
