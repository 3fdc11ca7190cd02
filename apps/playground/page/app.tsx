import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { paletteFor, reducedMotion, type ThemeChoice, watchScheme } from '../../ui/theme.ts';
import { type Language, translator } from '../i18n/index.ts';
import { Analysis } from './analysis.tsx';
import { type NodeAddress, SharedContext } from './context.ts';
import type { Controller } from './controller.ts';
import { DataPanel } from './data-panel.tsx';
import { LessonCard } from './lesson-card.tsx';
import { NetworkPanel } from './network-panel.tsx';
import { Notices } from './notices.tsx';
import { OutputPanel } from './output-panel.tsx';
import { TopBar } from './top-bar.tsx';
import { Transport } from './transport.tsx';

export interface AppProps {
  readonly controller: Controller;
  readonly language: Language;
  readonly theme: ThemeChoice;
  readonly onLanguage: (language: Language) => void;
  readonly onTheme: (theme: ThemeChoice) => void;
  /** A link to the present state. */
  readonly link: () => string;
  readonly embedded: boolean;
}

export function App(props: AppProps): JSX.Element {
  const { controller, language, theme } = props;
  const [systemDark, setSystemDark] = useState(false);
  const [selected, select] = useState<NodeAddress | undefined>();
  const [hovered, hover] = useState<NodeAddress | undefined>();
  const [, render] = useState(0);
  useEffect(() => watchScheme(setSystemDark), []);
  useEffect(
    () =>
      controller.subscribe(() => {
        render((n) => n + 1);
        const stages = controller.layout?.stages;
        select((old) => (old && (stages?.[old.stage]?.units ?? 0) > old.unit ? old : undefined));
        hover((old) => (old && old.stage >= (stages?.length ?? 0) ? undefined : old));
      }),
    [controller],
  );
  const dark = theme === 'dark' || (theme === 'auto' && systemDark);
  const palette = paletteFor(dark);
  const t = useMemo(() => translator(language), [language]);
  const shared = {
    controller,
    palette,
    t,
    motion: !reducedMotion(),
    role: props.embedded ? ('group' as const) : undefined,
    selected,
    select,
    hovered,
    hover,
  };
  const hidden = (part: string) => controller.state.hide.includes(part);

  const onKeyDown = (event: KeyboardEvent) => {
    const target = event.composedPath()[0] as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.closest('button, a, input, select, textarea, [role="tab"], dialog, canvas')) return;
    if (event.key === ' ') {
      event.preventDefault();
      controller.toggle();
    } else if (event.key === 's') {
      controller.step('epoch');
    } else if (event.key === 'r') {
      controller.reset();
    }
  };

  return (
    <SharedContext.Provider value={shared}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: shortcuts for the whole playground */}
      <div class="playground" lang={language} onKeyDown={onKeyDown}>
        <TopBar {...props} />
        <Transport />
        <Notices />
        {!hidden('lessons') && <LessonCard />}
        <div class="panels">
          <DataPanel />
          <NetworkPanel />
          <OutputPanel />
        </div>
        {!hidden('analysis') && <Analysis />}
        <footer class="footer">{t('footer')}</footer>
      </div>
    </SharedContext.Provider>
  );
}
