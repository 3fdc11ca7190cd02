import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Button, NumberField } from '../../ui/controls/controls.tsx';
import { formatFixed } from '../../ui/format.ts';
import { DEAD, SATURATED, type Walk } from '../core/protocol.ts';
import { lookUp } from '../i18n/index.ts';
import { type NodeAddress, useController, useFrame, useShared } from './context.ts';

/** One neuron: its equation, with the numbers of a sample, and its weights to edit. */

const number = (v: number): string => formatFixed(v, 2);
const signed = (v: number): string => (v < 0 ? '− ' : '+ ') + number(Math.abs(v));

export function Inspector(props: {
  readonly node: NodeAddress;
  readonly nodeName: (stage: number, unit: number) => string;
}): JSX.Element {
  const { t, select, role } = useShared();
  const controller = useController();
  const frame = useFrame(500);
  const [walk, setWalk] = useState<Walk | undefined>();
  const { node, nodeName } = props;
  const { layout } = controller;
  const stage = layout?.stages[node.stage];
  const weights = frame?.weights[node.stage];

  useEffect(() => {
    let current = true;
    controller.request('walk', { sample: 0, apply: false }).then(
      (w) => current && setWalk(w),
      () => current && setWalk(undefined),
    );
    return () => {
      current = false;
    };
  }, [controller, frame?.epoch, frame?.steps, layout, node.stage, node.unit]);

  if (!stage || !weights) return <div />;
  const units = stage.units;
  const inputs = weights.kernel.length / units;
  const inputName = (i: number): string =>
    node.stage === 0 ? (layout!.features[i]?.label ?? '') : `a${subscript(node.stage, i)}`;
  const rows = Array.from({ length: inputs }, (_, i) => weights.kernel[i * units + node.unit]);
  const bias = weights.bias[node.unit];
  const activation = lookUp(t, 'activation.', stage.activation);
  const worked = walk?.stages[node.stage];
  const before =
    node.stage === 0 ? walk?.inputs.map((f) => f.value) : walk?.stages[node.stage - 1]?.output;
  const health = frame?.health[node.stage]?.[node.unit];
  const fits = worked && before?.length === inputs && worked.net.length === units;
  const many = inputs > 6;
  const some = many ? [0, 1, 2, inputs - 1] : rows.map((_, i) => i);
  const terms = (write: (i: number) => string) =>
    some.map((i, k) => `${many && k === 3 ? '+ … ' : ''}${write(i)}`).join(' ');
  const first = (i: number, v: number) => (i === 0 ? number(v) : signed(v));

  return (
    <section class="inspector" role={role} aria-label={nodeName(node.stage, node.unit)}>
      <div class="panel-head">
        <h3>{nodeName(node.stage, node.unit)}</h3>
        {health === DEAD && <span class="badge danger">{t('health.dead')}</span>}
        {health === SATURATED && <span class="badge warn">{t('health.flat')}</span>}
        <Button
          label={t('close')}
          icon="close"
          iconOnly
          small
          kind="quiet"
          onClick={() => select(undefined)}
        />
      </div>
      <div class="equation" data-name="equation">
        <div>
          z = {terms((i) => `${first(i, rows[i])}·${inputName(i)}`)} {signed(bias)}
        </div>
        {stage.batchNorm && <div>ẑ = {t('normalized')}(z)</div>}
        <div>
          a = {activation}({stage.batchNorm ? 'ẑ' : 'z'})
        </div>
        {fits && (
          <>
            <div class="note">{t('forSample', { x: number(walk.x), y: number(walk.y) })}</div>
            <div>
              z ={' '}
              {terms(
                (i) => `${first(i, worked.kernel[i * units + node.unit])}·(${number(before[i])})`,
              )}{' '}
              {signed(worked.bias[node.unit])} = <b>{formatFixed(worked.net[node.unit], 3)}</b>
            </div>
            <div>
              a = <b>{formatFixed(worked.output[node.unit], 3)}</b>
            </div>
          </>
        )}
      </div>
      <div class="weight-grid">
        {rows.map((w, i) => (
          <NumberField
            key={i}
            label={`w · ${inputName(i)}`}
            title={t('weightFrom', { name: nodeName(node.stage - 1, i) })}
            name={`w-${i}`}
            value={Number(w.toFixed(4))}
            onChange={(v) => controller.edit({ stage: node.stage, unit: node.unit, input: i }, v)}
          />
        ))}
        <NumberField
          label={t('bias')}
          name="bias"
          value={Number(bias.toFixed(4))}
          onChange={(v) =>
            controller.edit({ stage: node.stage, unit: node.unit, input: 'bias' }, v)
          }
        />
      </div>
    </section>
  );
}

const digits = '₀₁₂₃₄₅₆₇₈₉';
const sub = (n: number): string => [...String(n)].map((d) => digits[Number(d)]).join('');
/** The output of unit i of a layer: a₁,₂ */
const subscript = (layer: number, unit: number): string => `${sub(layer)}.${sub(unit + 1)}`;
