import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { divergingTable, HeatMap } from '../../ui/charts/heat-map.ts';
import { Button, Check, NumberField, Select } from '../../ui/controls/controls.tsx';
import { formatFixed } from '../../ui/format.ts';
import { css, diverging } from '../../ui/theme.ts';
import { builtinFeatures, MAX_FORMULAS } from '../core/features.ts';
import { FormulaError, parseFeature } from '../core/formula.ts';
import { DOMAIN } from '../core/points.ts';
import { DEAD, type Frame, SATURATED, type WeightAddress } from '../core/protocol.ts';
import { type LayerState, MAX_LAYERS, MAX_UNITS } from '../core/state.ts';
import { type Key, lookUp } from '../i18n/index.ts';
import { type NodeAddress, sameNode, useController, useOnFrame, useShared } from './context.ts';
import { Inspector } from './inspector.tsx';
import { drawLinks, type Geometry, linkAt } from './links.ts';
import { LossChart } from './output-panel.tsx';

/** The features, the neurons and the weights between them. */

interface Card {
  readonly address: WeightAddress;
  readonly x: number;
  readonly y: number;
  readonly editing: boolean;
}

const NEURONS_A_FRAME = 24;
/** Where there are many weights, drawing them all takes long: milliseconds to wait for each. */
const MANY_LINKS = 300;
const WAIT_A_LINK = 0.3;

/** Pixels of a neuron's picture, so that the tallest layer fits. */
function nodeSize(tallest: number, layers: number): number {
  const byHeight = tallest <= 8 ? 52 : tallest <= 12 ? 36 : 27;
  return Math.min(byHeight, layers > 7 ? 34 : layers > 5 ? 44 : 52);
}

function Neuron(props: {
  readonly node: NodeAddress;
  readonly label: string;
  readonly unused?: boolean;
  readonly onActivate: () => void;
  readonly pressed: boolean;
}): JSX.Element {
  const { palette, hover, hovered, controller, t } = useShared();
  const { node, label, unused } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const map = useRef<HeatMap | undefined>(undefined);
  const bias = useRef<HTMLSpanElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const drawn = useRef(false);
  const draw = (frame: Frame | undefined) => {
    map.current ??= new HeatMap(canvas.current!);
    const { layout } = controller;
    if (node.stage < 0) {
      const levels = layout?.featureMaps[node.unit];
      if (levels) map.current.draw(levels, layout.mapSize, 0, divergingTable(palette, false));
      return;
    }
    const levels = frame?.maps?.[node.stage];
    // A frame may arrive when the neuron has just been taken away.
    if (!frame || !levels || !bias.current || !button.current) return;
    // Of many neurons a few are drawn at a time while it trains.
    const turns = Math.max(
      1,
      Math.ceil(frame.health.reduce((n, h) => n + h.length, 0) / NEURONS_A_FRAME),
    );
    const own = node.stage * 5 + node.unit;
    if (frame.playing && drawn.current && (controller.drawnFrames + own) % turns !== 0) return;
    drawn.current = true;
    const n = frame.mapSize * frame.mapSize;
    if (levels.length < (node.unit + 1) * n) return;
    map.current.draw(levels, frame.mapSize, node.unit * n, divergingTable(palette, false));
    const b = frame.weights[node.stage]?.bias[node.unit] ?? 0;
    bias.current.style.background = css(diverging(palette, b));
    const health = frame.health[node.stage]?.[node.unit];
    button.current.dataset.health = health === DEAD ? 'dead' : health === SATURATED ? 'flat' : '';
  };
  useOnFrame(draw, [palette, node.stage, node.unit, controller.layout]);
  return (
    <button
      ref={button}
      type="button"
      class={`neuron${unused ? ' unused' : ''}${sameNode(hovered, node) ? ' hovered' : ''}`}
      aria-label={label}
      aria-pressed={props.pressed}
      data-node={`${node.stage}.${node.unit}`}
      onClick={props.onActivate}
      onPointerEnter={(e) => {
        const bias = controller.frame?.weights[node.stage]?.bias[node.unit];
        if (bias !== undefined) e.currentTarget.title = `${t('bias')} ${formatFixed(bias, 3)}`;
        hover(node);
      }}
      onPointerLeave={() => hover(undefined)}
      onFocus={() => hover(node)}
      onBlur={() => hover(undefined)}
    >
      <canvas ref={canvas} width={32} height={32} />
      {node.stage >= 0 && <span class="bias" ref={bias} />}
    </button>
  );
}

function FormulaField(): JSX.Element {
  const { t, controller } = useShared();
  const [text, setText] = useState('');
  const [error, setError] = useState('');
  const add = () => {
    try {
      parseFeature(text, DOMAIN);
      controller.set({ formulas: [...controller.state.formulas, text.trim()] });
      setText('');
      setError('');
    } catch (e) {
      const code = e instanceof FormulaError ? e.code : 'unexpected';
      const detail = e instanceof FormulaError ? e.detail : '';
      const position = e instanceof FormulaError ? e.position + 1 : 1;
      setError(t(`formula.${code}` as Key, { detail, position }));
    }
  };
  return (
    <form
      class="formula"
      onSubmit={(e) => {
        e.preventDefault();
        add();
      }}
    >
      <label class="visually-hidden" for="formula">
        {t('formula')}
      </label>
      <input
        id="formula"
        name="formula"
        class="input"
        placeholder="sin(x)*y"
        value={text}
        maxLength={120}
        autocomplete="off"
        spellcheck={false}
        aria-invalid={error !== ''}
        aria-describedby="formula-error"
        onInput={(e) => setText(e.currentTarget.value)}
      />
      <button
        type="submit"
        class="button small icon"
        aria-label={t('formulaAdd')}
        name="formula-add"
      >
        +
      </button>
      <p id="formula-error" class="field-error" role="alert">
        {error}
      </p>
    </form>
  );
}

function LayerOptions(props: {
  readonly index: number;
  readonly layer: LayerState;
  readonly change: (layer: LayerState) => void;
  readonly remove: () => void;
}): JSX.Element {
  const { t, controller, role } = useShared();
  const { layer, change, index, remove } = props;
  const names = controller.catalog?.activations ?? [];
  return (
    <section class="layer-options" role={role} aria-label={t('layerOptions', { n: index + 1 })}>
      <span class="layer-title">{t('layerN', { n: index + 1 })}</span>
      <Select
        label={t('activation')}
        name={`layer-activation-${index}`}
        value={layer.activation ?? ''}
        options={[
          { value: '', label: t('asAll') },
          ...names.map((a) => ({ value: a, label: lookUp(t, 'activation.', a) })),
        ]}
        onChange={(a) => {
          const { activation: _, ...rest } = layer;
          change(a === '' ? rest : { ...rest, activation: a });
        }}
      />
      <NumberField
        label={t('dropout')}
        name={`layer-dropout-${index}`}
        value={layer.dropout}
        min={0}
        max={0.9}
        step={0.1}
        onChange={(dropout) => change({ ...layer, dropout })}
      />
      <Check
        label={t('batchNorm')}
        name={`layer-norm-${index}`}
        checked={layer.batchNorm}
        onChange={(batchNorm) => change({ ...layer, batchNorm })}
      />
      <Button label={t('removeThisLayer')} icon="minus" small onClick={remove} />
    </section>
  );
}

export function NetworkPanel(): JSX.Element {
  const shared = useShared();
  const { t, palette, motion, selected, select, hovered, role } = shared;
  const controller = useController();
  const { state, layout } = controller;
  const shown = (part: string) => !state.hide.includes(part);
  const diagram = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const geometry = useRef<Geometry>({ width: 0, height: 0, from: [], to: [] });
  const [card, setCard] = useState<Card | undefined>();
  const [open, setOpen] = useState<number | undefined>();
  const [measured, setMeasured] = useState(0);
  const stages = layout?.stages ?? [];
  const features = layout?.features ?? [];
  const classes = stages.at(-1)?.units ?? 1;
  const tallest = Math.max(1, ...state.layers.map((l) => l.units), classes);
  const size = nodeSize(tallest, state.layers.length);

  const measure = () => {
    const root = diagram.current;
    const node = canvas.current;
    if (!root || !node) return;
    // The canvas itself must not keep the diagram wide or tall.
    node.style.width = '0';
    node.style.height = '0';
    const box = root.getBoundingClientRect();
    const width = root.scrollWidth;
    const height = root.scrollHeight;
    const from: { x: number; y: number }[][] = [];
    const to: { x: number; y: number }[][] = [];
    const nodes = root.querySelectorAll<HTMLElement>('[data-link]');
    for (const element of nodes) {
      const [stage, unit] = element.dataset.link!.split('.').map(Number);
      const own = element.getBoundingClientRect();
      const y = own.top + own.height / 2 - box.top + root.scrollTop;
      const left = own.left - box.left + root.scrollLeft;
      from[stage + 1] ??= [];
      from[stage + 1][unit] = { x: left + own.width + 2, y };
      if (stage >= 0) {
        to[stage] ??= [];
        to[stage][unit] = { x: left - 2, y };
      }
    }
    geometry.current = { width, height, from, to };
    const ratio = Math.min(2, devicePixelRatio || 1);
    node.style.width = `${width}px`;
    node.style.height = `${height}px`;
    if (node.width !== width * ratio || node.height !== height * ratio) {
      node.width = width * ratio;
      node.height = height * ratio;
      node.getContext('2d')!.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    setMeasured((n) => n + 1);
  };
  useLayoutEffect(measure, [layout, size, open, state.hide]);
  useEffect(() => {
    const observer = new ResizeObserver(measure);
    observer.observe(diagram.current!);
    return () => observer.disconnect();
  }, []);

  const linksDrawn = useRef(0);
  useLayoutEffect(() => {
    linksDrawn.current = 0;
  }, [palette, measured, card, selected, hovered]);
  useOnFrame(
    (frame) => {
      const now = performance.now();
      const links = frame.weights.reduce((n, w) => n + w.kernel.length, 0);
      const wait = links > MANY_LINKS ? links * WAIT_A_LINK : 0;
      const waits = frame.playing && now - linksDrawn.current < wait;
      if (waits) return;
      linksDrawn.current = now;
      const node = selected ?? (hovered && hovered.stage >= -1 ? hovered : undefined);
      drawLinks(canvas.current!.getContext('2d')!, geometry.current, frame.weights, {
        palette,
        steps: frame.steps,
        motion,
        highlight: card?.address,
        node,
      });
    },
    [palette, motion, measured, card, selected, hovered],
  );

  const weightOf = ({ stage, unit, input }: WeightAddress): number => {
    const w = controller.frame?.weights[stage];
    if (!w) return 0;
    return input === 'bias' ? w.bias[unit] : w.kernel[input * w.bias.length + unit];
  };
  const nodeName = (stage: number, unit: number): string => {
    if (stage < 0) return features[unit]?.label ?? '';
    if (stage === stages.length - 1) {
      return classes > 1 ? t('outputN', { n: unit + 1 }) : t('output');
    }
    return t('neuronName', { layer: stage + 1, n: unit + 1 });
  };
  const pointer = (event: PointerEvent): { x: number; y: number } => {
    const root = diagram.current!;
    const box = root.getBoundingClientRect();
    return {
      x: event.clientX - box.left + root.scrollLeft,
      y: event.clientY - box.top + root.scrollTop,
    };
  };
  const find = (event: PointerEvent) => {
    if ((event.target as HTMLElement).closest('button, input, select, .card')) return undefined;
    const { x, y } = pointer(event);
    return linkAt(geometry.current, controller.frame?.weights ?? [], x, y);
  };

  const setLayers = (layers: LayerState[]) => {
    setCard(undefined);
    controller.set({ layers });
  };
  const changeLayer = (i: number, layer: LayerState) =>
    setLayers(state.layers.map((l, k) => (k === i ? layer : l)));
  const count = state.layers.length;
  const unusedFeatures = builtinFeatures.filter((f) => !state.features.includes(f.id));
  const toggle = (id: string) => {
    const on = state.features.includes(id);
    const next = on ? state.features.filter((f) => f !== id) : [...state.features, id];
    if (next.length + state.formulas.length === 0) {
      controller.tell({ kind: 'warning', text: 'lastFeature' });
      return;
    }
    controller.set({ features: next });
  };
  const positionOf = (id: string) => features.findIndex((f) => f.id === id);

  return (
    <section class="panel network-panel" role={role} aria-labelledby="network-heading">
      <div class="panel-head">
        <h2 id="network-heading">{t('network')}</h2>
        <span class="note">{t('parameters', { n: layout?.parameters ?? 0 })}</span>
        {shown('layers') && (
          <div class="layer-count">
            <Button
              label={t('removeLayer')}
              icon="minus"
              iconOnly
              small
              name="remove-layer"
              disabled={count === 0}
              onClick={() => setLayers(state.layers.slice(0, -1))}
            />
            <span data-name="layer-count">
              {count === 1 ? t('oneLayer') : t('nLayers', { n: count })}
            </span>
            <Button
              label={t('addLayer')}
              icon="plus"
              iconOnly
              small
              name="add-layer"
              disabled={count >= MAX_LAYERS}
              onClick={() =>
                setLayers([...state.layers, { units: 2, dropout: 0, batchNorm: false }])
              }
            />
          </div>
        )}
      </div>
      <div
        class={`diagram${card && !card.editing ? ' over-link' : ''}`}
        ref={diagram}
        style={{ '--node': `${size}px`, '--gap': state.layers.length > 5 ? '10px' : '22px' }}
        onPointerMove={(e) => {
          if (card?.editing) return;
          const address = find(e);
          if (address) setCard({ address, ...pointer(e), editing: false });
          else if (card) setCard(undefined);
        }}
        onPointerLeave={() => {
          if (!card?.editing) setCard(undefined);
        }}
        onPointerDown={(e) => {
          if ((e.target as HTMLElement).closest('.card')) return;
          const address = find(e);
          setCard(address ? { address, ...pointer(e), editing: true } : undefined);
        }}
      >
        <canvas ref={canvas} class="links" />
        <div class="columns">
          <div class="column features-column">
            <div class="column-head">{t('features')}</div>
            {features.map((f, unit) => (
              <div class="feature on" key={f.id} data-link={`-1.${unit}`}>
                <span class="feature-name" title={f.label}>
                  {f.label}
                </span>
                <Neuron
                  node={{ stage: -1, unit }}
                  label={t('featureOn', { name: f.label })}
                  pressed={true}
                  onActivate={() => {
                    if (!shown('features')) return;
                    if (f.id.startsWith('=')) {
                      const formulas = state.formulas.filter((x) => `=${x}` !== f.id);
                      if (formulas.length + state.features.length > 0) controller.set({ formulas });
                    } else {
                      toggle(f.id);
                    }
                  }}
                />
              </div>
            ))}
            {shown('features') &&
              unusedFeatures
                .filter((f) => positionOf(f.id) < 0)
                .map((f) => (
                  <div class="feature" key={f.id}>
                    <span class="feature-name">{f.label}</span>
                    <button
                      type="button"
                      class="neuron unused"
                      data-feature={f.id}
                      aria-label={t('featureOff', { name: f.label })}
                      aria-pressed={false}
                      onClick={() => toggle(f.id)}
                    >
                      <span aria-hidden="true">+</span>
                    </button>
                  </div>
                ))}
            {shown('features') && state.formulas.length < MAX_FORMULAS && <FormulaField />}
          </div>
          {stages.slice(0, -1).map((stage, i) => {
            const layer = state.layers[i];
            return (
              <div class="column" key={i} data-stage={i}>
                <div class="column-head">
                  {shown('layers') && layer ? (
                    <>
                      <div class="unit-count">
                        <Button
                          label={t('removeNeuron', { n: i + 1 })}
                          icon="minus"
                          iconOnly
                          small
                          kind="quiet"
                          name={`remove-neuron-${i}`}
                          disabled={layer.units <= 1}
                          onClick={() => changeLayer(i, { ...layer, units: layer.units - 1 })}
                        />
                        <span title={t('nNeurons', { n: stage.units })}>{stage.units}</span>
                        <Button
                          label={t('addNeuron', { n: i + 1 })}
                          icon="plus"
                          iconOnly
                          small
                          kind="quiet"
                          name={`add-neuron-${i}`}
                          disabled={layer.units >= MAX_UNITS}
                          onClick={() => changeLayer(i, { ...layer, units: layer.units + 1 })}
                        />
                      </div>
                      <button
                        type="button"
                        class="layer-name"
                        name={`layer-options-${i}`}
                        aria-expanded={open === i}
                        title={t('layerOptions', { n: i + 1 })}
                        onClick={() => setOpen(open === i ? undefined : i)}
                      >
                        {lookUp(t, 'activation.', stage.activation)}
                        {stage.batchNorm ? ' · BN' : ''}
                        {stage.dropout > 0 ? ` · ${stage.dropout}` : ''}
                        <span class="visually-hidden">, {t('layerOptions', { n: i + 1 })}</span>
                      </button>
                    </>
                  ) : (
                    <span>{lookUp(t, 'activation.', stage.activation)}</span>
                  )}
                </div>
                {Array.from({ length: stage.units }, (_, unit) => (
                  <div class="unit" key={unit} data-link={`${i}.${unit}`}>
                    <Neuron
                      node={{ stage: i, unit }}
                      label={nodeName(i, unit)}
                      pressed={sameNode(selected, { stage: i, unit })}
                      onActivate={() =>
                        select(
                          sameNode(selected, { stage: i, unit }) ? undefined : { stage: i, unit },
                        )
                      }
                    />
                  </div>
                ))}
              </div>
            );
          })}
          <div class="column output-column">
            <div class="column-head">
              {t('output')}
              <span class="sub">{lookUp(t, 'activation.', stages.at(-1)?.activation ?? '')}</span>
            </div>
            {Array.from({ length: classes }, (_, unit) => {
              const node = { stage: stages.length - 1, unit };
              return (
                <div class="unit" key={unit} data-link={`${node.stage}.${unit}`}>
                  <Neuron
                    node={node}
                    label={nodeName(node.stage, unit)}
                    pressed={sameNode(selected, node)}
                    onActivate={() => select(sameNode(selected, node) ? undefined : node)}
                  />
                  {classes > 1 && (
                    <span
                      class="class-dot"
                      style={{ background: css(palette.classes[unit]) }}
                      aria-hidden="true"
                    />
                  )}
                </div>
              );
            })}
          </div>
        </div>
        {card && (
          <div
            class="card"
            style={{
              left: `${Math.max(4, Math.min(card.x + 12, geometry.current.width - 190))}px`,
              top: `${card.y + 12}px`,
            }}
          >
            <div class="card-title">
              {nodeName(
                card.address.stage - 1,
                card.address.input === 'bias' ? 0 : card.address.input,
              )}{' '}
              → {nodeName(card.address.stage, card.address.unit)}
            </div>
            {card.editing ? (
              <NumberField
                label={t('weight')}
                name="weight"
                value={weightOf(card.address)}
                onChange={(v) => {
                  controller.edit(card.address, v);
                  setCard(undefined);
                }}
              />
            ) : (
              <div>
                {t('weight')} <b>{formatFixed(weightOf(card.address), 3)}</b>
                <div class="note">{t('clickToEdit')}</div>
              </div>
            )}
          </div>
        )}
      </div>
      {open !== undefined && state.layers[open] && (
        <LayerOptions
          index={open}
          layer={state.layers[open]}
          change={(layer) => changeLayer(open, layer)}
          remove={() => {
            setOpen(undefined);
            setLayers(state.layers.filter((_, k) => k !== open));
          }}
        />
      )}
      {selected ? (
        <Inspector node={selected} nodeName={nodeName} />
      ) : (
        <p class="hint">{t('networkHint')}</p>
      )}
      <LossChart height={150} />
    </section>
  );
}
