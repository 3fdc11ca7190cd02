import type { JSX } from 'preact';
import { Button } from '../../ui/controls/controls.tsx';
import { formatNumber } from '../../ui/format.ts';
import { DEAD, SATURATED } from '../core/protocol.ts';
import { type Key, lookUp } from '../i18n/index.ts';
import { useController, useFrame, useShared } from './context.ts';

/** What has gone wrong and why, and what a command has to say. */
export function Notices(): JSX.Element {
  const { t } = useShared();
  const controller = useController();
  const frame = useFrame(300);
  const { notice, failure } = controller;
  const trouble = frame?.trouble;
  const health = (frame?.health ?? []).flatMap((units, stage) =>
    units.map((h, unit) => ({ h, stage, unit })),
  );
  const dead = health.filter(({ h }) => h === DEAD);
  const saturated = health.filter(({ h }) => h === SATURATED);
  const total = health.length;
  const nameAll = (list: typeof dead) =>
    list
      .slice(0, 6)
      .map(({ stage, unit }) => `${stage + 1}.${unit + 1}`)
      .join(', ') + (list.length > 6 ? ' …' : '');
  const calm = Math.max(1e-5, (trouble?.learningRate ?? 0) / 10);
  return (
    <div class="notices">
      <div role="alert">
        {failure && <div class="notice error">{t('workerFailed', { message: failure })}</div>}
        {trouble && (
          <div class="notice error" data-name="diverged">
            <div>
              <strong>{t('diverged.title')}</strong>{' '}
              {t('diverged.text', {
                epoch: trouble.epoch,
                weight: formatNumber(trouble.largestWeight, 3),
                rate: trouble.learningRate,
              })}
            </div>
            <Button
              label={t('diverged.fix', { rate: formatNumber(calm) })}
              small
              name="fix-rate"
              onClick={() => {
                controller.set({ learningRate: Number(calm.toPrecision(3)) });
                controller.reset();
              }}
            />
          </div>
        )}
      </div>
      <div role="status">
        {notice && (
          <div class={`notice ${notice.kind}`} data-name="notice">
            <span>{lookUp(t, '', notice.text, notice.values)}</span>
            <Button
              label={t('close')}
              icon="close"
              iconOnly
              small
              kind="quiet"
              onClick={() => controller.tell(undefined)}
            />
          </div>
        )}
        {frame?.stopped && !frame.playing && (
          <div class="notice info">{t(`stopped.${frame.stopped}` as Key)}</div>
        )}
        {dead.length > 0 && !trouble && (
          <div class="notice warning" data-name="dead">
            {t('dead', { count: dead.length, total, list: nameAll(dead) })}
          </div>
        )}
        {saturated.length > total / 2 && !trouble && (
          <div class="notice warning" data-name="saturated">
            {t('saturated', { count: saturated.length, total, list: nameAll(saturated) })}
          </div>
        )}
      </div>
    </div>
  );
}
