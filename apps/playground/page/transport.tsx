import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button, Check, NumberField, Select } from '../../ui/controls/controls.tsx';
import { formatNumber } from '../../ui/format.ts';
import {
  isMulticlass,
  learningRates,
  regularizationRates,
  regularizations,
  speeds,
} from '../core/state.ts';
import { type Key, lookUp } from '../i18n/index.ts';
import { useController, useFrame, useShared } from './context.ts';

/** 1,234 in steady width. */
function EpochCounter(): JSX.Element {
  const { t } = useShared();
  const frame = useFrame(33);
  return (
    <div class="epoch">
      <span class="name">{t('epoch')}</span>
      <span class="count" data-name="epoch">
        {String(frame?.epoch ?? 0).replace(/\B(?=(\d{3})+$)/g, ',')}
      </span>
    </div>
  );
}

/** Steps of a control, with the value there is if it is none of them. */
function steps(values: readonly number[], value: number) {
  const all = values.includes(value) ? values : [...values, value].sort((a, b) => a - b);
  return all.map((v) => ({ value: v, label: String(v) }));
}

export function Transport(): JSX.Element {
  const { t, role } = useShared();
  const controller = useController();
  const { state, catalog, playing } = controller;
  const [more, setMore] = useState(false);
  const shown = (part: string) => !state.hide.includes(part);
  const set = controller.set.bind(controller);
  const activationNames = catalog?.activations ?? [state.activation];
  const common = ['relu', 'tanh', 'sigmoid', 'linear'];
  const others = activationNames.filter((a) => !common.includes(a));
  const optimizer = catalog?.optimizers.find((o) => o.name === state.optimizer);

  return (
    <section class="transport panel" role={role} aria-label={t('training')}>
      <div class="drive">
        {shown('resetButton') && (
          <Button
            label={t('reset')}
            icon="reset"
            iconOnly
            name="reset"
            onClick={() => controller.reset()}
          />
        )}
        {shown('playButton') && (
          <button
            type="button"
            class="play"
            name="play"
            aria-label={playing ? t('pause') : t('play')}
            title={playing ? t('pause') : t('play')}
            disabled={!!controller.frame?.trouble || controller.layout?.train.x.length === 0}
            onClick={() => controller.toggle()}
          >
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path d={playing ? 'M7 5h4v14H7zM13 5h4v14h-4z' : 'M8.500 5v14l11-7z'} />
            </svg>
          </button>
        )}
        {shown('stepButton') && (
          <Button
            label={t('step')}
            icon="step"
            iconOnly
            name="step"
            onClick={() => controller.step('epoch')}
          />
        )}
        <EpochCounter />
      </div>
      <div class="settings">
        {shown('speed') && (
          <Select
            label={t('speed')}
            name="speed"
            value={state.speed}
            options={speeds.map((s) => ({ value: s, label: t(`speed.${s}` as Key) }))}
            onChange={(speed) => set({ speed, lesson: state.lesson })}
          />
        )}
        {shown('learningRate') && (
          <Select
            label={t('learningRate')}
            name="learningRate"
            value={state.learningRate}
            options={steps(learningRates, state.learningRate)}
            onChange={(learningRate) => set({ learningRate, lesson: state.lesson })}
          />
        )}
        {shown('activation') && (
          <Select
            label={t('activation')}
            name="activation"
            value={state.activation}
            options={[...common, ...others].map((a) => ({
              value: a,
              label: lookUp(t, 'activation.', a),
            }))}
            onChange={(activation) => set({ activation })}
          />
        )}
        {shown('optimizer') && (
          <Select
            label={t('optimizer')}
            name="optimizer"
            value={state.optimizer}
            options={(catalog?.optimizers ?? []).map((o) => ({
              value: o.name,
              label: lookUp(t, 'optimizer.', o.name),
            }))}
            onChange={(name) => set({ optimizer: name, optimizerOptions: {} })}
          />
        )}
        {shown('regularization') && (
          <>
            <Select
              label={t('regularization')}
              name="regularization"
              value={state.regularization}
              options={regularizations.map((r) => ({
                value: r,
                label: t(`regularization.${r}` as Key),
              }))}
              onChange={(regularization) => set({ regularization })}
            />
            <Select
              label={t('regularizationRate')}
              name="regularizationRate"
              value={state.regularizationRate}
              options={steps(regularizationRates, state.regularizationRate)}
              onChange={(regularizationRate) => set({ regularizationRate })}
            />
          </>
        )}
        {shown('problem') && (
          <Select
            label={t('problem')}
            name="problem"
            value={state.problem}
            options={[
              { value: 'classification', label: t('classification') },
              { value: 'regression', label: t('regression') },
            ]}
            onChange={(problem) => set({ problem, points: undefined })}
          />
        )}
        <div class="more-button">
          <Button
            label={more ? t('fewer') : t('more')}
            icon="settings"
            name="more"
            pressed={more}
            onClick={() => setMore(!more)}
          />
        </div>
      </div>
      {more && (
        <div class="more">
          {shown('optimizer') && (
            <>
              {Object.entries(optimizer?.options ?? {}).map(([key, initial]) => {
                const value = state.optimizerOptions[key] ?? initial;
                const change = (v: number | boolean) => {
                  const options = { ...state.optimizerOptions, [key]: v };
                  if (v === initial) delete options[key];
                  set({ optimizerOptions: options });
                };
                return typeof initial === 'boolean' ? (
                  <Check
                    key={key}
                    name={`o.${key}`}
                    label={lookUp(t, 'option.', key)}
                    checked={value === true}
                    onChange={change}
                  />
                ) : (
                  <NumberField
                    key={key}
                    name={`o.${key}`}
                    label={lookUp(t, 'option.', key)}
                    value={Number(value)}
                    onChange={change}
                  />
                );
              })}
              <Select
                label={t('schedule')}
                name="schedule"
                value={state.schedule}
                options={[
                  { value: '', label: t('schedule.none') },
                  ...(catalog?.schedules ?? []).map((s) => ({
                    value: s,
                    label: lookUp(t, 'schedule.', s),
                  })),
                ]}
                onChange={(schedule) => set({ schedule })}
              />
              {state.schedule !== '' && (
                <>
                  <NumberField
                    label={t('decaySteps')}
                    name="decaySteps"
                    value={state.decaySteps}
                    min={1}
                    step={1}
                    onChange={(decaySteps) => set({ decaySteps })}
                  />
                  <NumberField
                    label={t('decayRate')}
                    name="decayRate"
                    value={state.decayRate}
                    min={0}
                    onChange={(decayRate) => set({ decayRate })}
                  />
                </>
              )}
            </>
          )}
          {state.problem === 'classification' && !isMulticlass(state) && (
            <Select
              label={t('loss')}
              name="loss"
              value={state.loss}
              options={[
                { value: 'squared', label: t('loss.squared') },
                { value: 'crossentropy', label: t('loss.crossentropy') },
              ]}
              onChange={(loss) => set({ loss })}
            />
          )}
          <Select
            label={t('initializer')}
            name="initializer"
            value={state.initializer}
            options={['classic', ...(catalog?.initializers ?? [])].map((i) => ({
              value: i,
              label: lookUp(t, 'initializer.', i),
            }))}
            onChange={(initializer) => set({ initializer })}
          />
          <NumberField
            label={t('seed')}
            name="seed"
            value={state.seed}
            step={1}
            onChange={(seed) => set({ seed: Math.round(seed) })}
          />
          <NumberField
            label={t('stopEpoch')}
            name="stopEpoch"
            value={state.stopEpoch}
            min={0}
            step={1}
            onChange={(stopEpoch) => set({ stopEpoch })}
          />
          <NumberField
            label={t('stopLoss')}
            name="stopLoss"
            value={state.stopLoss}
            min={0}
            onChange={(stopLoss) => set({ stopLoss })}
          />
          <Check
            label={t('keepWeights')}
            name="keepWeights"
            checked={state.keepWeights}
            onChange={(keepWeights) => set({ keepWeights })}
          />
          <Check
            label={t('shuffle')}
            name="shuffle"
            checked={state.shuffle}
            onChange={(shuffle) => set({ shuffle })}
          />
          <Button
            label={t('stepBatch')}
            icon="step"
            small
            name="step-batch"
            onClick={() => controller.step('batch')}
          />
        </div>
      )}
    </section>
  );
}

/** Speed and time, for the output panel. */
export function Timing(): JSX.Element {
  const { t } = useShared();
  const frame = useFrame(250);
  const seconds = (frame?.computeTime ?? 0) / 1000;
  return (
    <span
      class="timing"
      data-name="timing"
      data-epochs-per-second={Math.round(frame?.epochsPerSecond ?? 0)}
    >
      {t('timing', {
        rate: frame?.playing ? formatNumber(Math.round(frame.epochsPerSecond), 3) : '0',
        each: formatNumber(frame?.millisecondsPerEpoch ?? 0, 2),
        total: seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(0),
      })}
    </span>
  );
}
