import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from './icons.tsx';

/** Fields and buttons with their labels, the same on every page. */

export interface Option<T extends string | number> {
  readonly value: T;
  readonly label: string;
  /** A colour that goes with it. */
  readonly swatch?: string;
}

export function Select<T extends string | number>(props: {
  readonly label: string;
  readonly value: T;
  readonly options: readonly Option<T>[];
  readonly onChange: (value: T) => void;
  readonly row?: boolean;
  readonly hideLabel?: boolean;
  readonly name?: string;
}): JSX.Element {
  const id = useId();
  const { label, value, options, onChange, row, hideLabel, name } = props;
  const known = options.some((o) => o.value === value);
  const all = known ? options : [...options, { value, label: String(value) }];
  return (
    <div class={row ? 'field row' : 'field'}>
      <label class={hideLabel ? 'visually-hidden' : 'name'} for={id}>
        {label}
      </label>
      <select
        id={id}
        name={name}
        value={String(value)}
        onChange={(e) => {
          const found = all.find((o) => String(o.value) === e.currentTarget.value);
          if (found) onChange(found.value);
        }}
      >
        {all.map((o) => (
          <option key={o.value} value={String(o.value)}>
            {o.label}
          </option>
        ))}
      </select>
    </div>
  );
}

/** A number that is taken when the field is left or Enter is pressed. */
export function NumberField(props: {
  readonly label: string;
  readonly value: number;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number | 'any';
  readonly title?: string;
  readonly onChange: (value: number) => void;
  readonly row?: boolean;
  readonly hideLabel?: boolean;
  readonly name?: string;
}): JSX.Element {
  const { label, value, min, max, step = 'any', title, onChange, row, hideLabel, name } = props;
  const id = useId();
  const [text, setText] = useState<string | undefined>();
  const take = (raw: string) => {
    const number = Number(raw);
    setText(undefined);
    if (raw.trim() === '' || !Number.isFinite(number)) return;
    const bounded = Math.min(max ?? number, Math.max(min ?? number, number));
    if (bounded !== value) onChange(bounded);
  };
  return (
    <div class={row ? 'field row' : 'field'}>
      <label class={hideLabel ? 'visually-hidden' : 'name'} for={id}>
        {label}
      </label>
      <input
        id={id}
        name={name}
        class="input"
        type="number"
        title={title}
        min={min}
        max={max}
        step={step}
        value={text ?? String(Number(value.toPrecision(6)))}
        onInput={(e) => setText(e.currentTarget.value)}
        onChange={(e) => take(e.currentTarget.value)}
      />
    </div>
  );
}

export function Slider(props: {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly text?: string;
  readonly onChange: (value: number) => void;
  readonly name?: string;
}): JSX.Element {
  const { label, value, min, max, step = 1, text, onChange, name } = props;
  const id = useId();
  return (
    <div class="slider">
      <div class="top">
        <label for={id}>{label}</label>
        <output for={id}>{text ?? value}</output>
      </div>
      <input
        id={id}
        name={name}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={text}
        onInput={(e) => onChange(Number(e.currentTarget.value))}
      />
    </div>
  );
}

export function Check(props: {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly name?: string;
}): JSX.Element {
  return (
    <label class="check">
      <input
        type="checkbox"
        name={props.name}
        checked={props.checked}
        onChange={(e) => props.onChange(e.currentTarget.checked)}
      />
      <span>{props.label}</span>
    </label>
  );
}

export function Button(props: {
  readonly label: string;
  readonly icon?: IconName;
  readonly iconOnly?: boolean;
  readonly kind?: 'primary' | 'quiet';
  readonly small?: boolean;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly name?: string;
  readonly onClick: () => void;
}): JSX.Element {
  const { label, icon, iconOnly, kind, small, pressed, disabled, name, onClick } = props;
  const classes = ['button', kind, iconOnly && 'icon', small && 'small'].filter(Boolean).join(' ');
  return (
    <button
      type="button"
      class={classes}
      name={name}
      aria-label={iconOnly ? label : undefined}
      title={iconOnly ? label : undefined}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      {icon && <Icon name={icon} />}
      {!iconOnly && label}
    </button>
  );
}

/** A choice of few, all in sight; arrow keys move it. */
export function Segments<T extends string>(props: {
  readonly label: string;
  readonly value: T;
  readonly options: readonly Option<T>[];
  readonly onChange: (value: T) => void;
  readonly name?: string;
}): JSX.Element {
  const { label, value, options, onChange, name } = props;
  const move = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const at = options.findIndex((o) => o.value === value);
    const next = options[(at + by + options.length) % options.length];
    onChange(next.value);
    const group = (event.currentTarget as HTMLElement).children;
    (group[options.indexOf(next)] as HTMLElement).focus();
  };
  return (
    <div class="segments" role="radiogroup" aria-label={label} onKeyDown={move} data-name={name}>
      {options.map((o) => (
        // biome-ignore lint/a11y/useSemanticElements: see above
        <button
          key={o.value}
          type="button"
          role="radio"
          aria-checked={o.value === value}
          tabIndex={o.value === value ? 0 : -1}
          onClick={() => onChange(o.value)}
        >
          {o.swatch && <span class="swatch" style={{ background: o.swatch }} aria-hidden="true" />}
          {o.label}
        </button>
      ))}
    </div>
  );
}

export function Tabs<T extends string>(props: {
  readonly label: string;
  readonly value: T;
  readonly options: readonly Option<T>[];
  readonly onChange: (value: T) => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { label, value, options, onChange, children } = props;
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const at = options.findIndex((o) => o.value === value);
    const next = (at + by + options.length) % options.length;
    onChange(options[next].value);
    (list.current!.children[next] as HTMLElement).focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={move}>
        {options.map((o) => (
          <button
            key={o.value}
            type="button"
            role="tab"
            id={`${id}-${o.value}`}
            data-tab={o.value}
            aria-selected={o.value === value}
            aria-controls={`${id}-panel`}
            tabIndex={o.value === value ? 0 : -1}
            onClick={() => onChange(o.value)}
          >
            {o.label}
          </button>
        ))}
      </div>
      <div
        class="tab-panel"
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${value}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a panel without controls can be scrolled to
        tabIndex={0}
      >
        {children}
      </div>
    </>
  );
}

export function Dialog(props: {
  readonly title: string;
  readonly closeLabel: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  const node = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    node.current!.showModal();
  }, []);
  return (
    <dialog ref={node} aria-labelledby={id} onClose={props.onClose}>
      <div class="head">
        <h2 id={id}>{props.title}</h2>
        <Button
          label={props.closeLabel}
          icon="close"
          iconOnly
          kind="quiet"
          onClick={() => node.current!.close()}
        />
      </div>
      <div class="body">{props.children}</div>
    </dialog>
  );
}
