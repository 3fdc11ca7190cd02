import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { Button, Check, Dialog, Select } from '../../ui/controls/controls.tsx';
import type { IconName } from '../../ui/controls/icons.tsx';
import type { ThemeChoice } from '../../ui/theme.ts';
import { lessonState, lessons } from '../core/lessons.ts';
import { readSession, SessionError, writeSession } from '../core/session.ts';
import { hideable } from '../core/state.ts';
import { type Key, languages, lookUp } from '../i18n/index.ts';
import type { AppProps } from './app.tsx';
import { useController, useShared } from './context.ts';
import { copyText, download } from './files.ts';

const themes: readonly ThemeChoice[] = ['auto', 'light', 'dark'];
const themeIcons: Readonly<Record<ThemeChoice, IconName>> = {
  auto: 'half',
  light: 'sun',
  dark: 'moon',
};

export function TopBar(props: AppProps): JSX.Element {
  const { t } = useShared();
  const controller = useController();
  const [classroom, setClassroom] = useState(false);
  const file = useRef<HTMLInputElement>(null);
  const { hide, lesson } = controller.state;
  const nextTheme = themes[(themes.indexOf(props.theme) + 1) % themes.length];

  const share = async () => {
    const copied = await copyText(props.link());
    controller.tell(
      copied
        ? { kind: 'info', text: 'linkCopied' }
        : { kind: 'info', text: 'linkIs', values: { link: props.link() } },
    );
  };
  const save = async () => {
    const run = await controller.request('snapshot', undefined);
    const text = writeSession({ state: controller.state, run });
    download('playground-session.json', 'application/json', text);
  };
  const open = async (list: FileList | null) => {
    const chosen = list?.[0];
    if (!chosen) return;
    try {
      const { state, run } = readSession(await chosen.text(), controller.catalog);
      controller.load(state, run);
    } catch (error) {
      const code = error instanceof SessionError ? error.code : 'json';
      controller.tell({ kind: 'error', text: `sessionError.${code}` });
    }
  };

  return (
    <header class="top-bar">
      <div class="brand">
        <span class="mark" aria-hidden="true">
          ∇
        </span>
        <div>
          <h1>{t('title')}</h1>
          <p>{t('subtitle')}</p>
        </div>
      </div>
      <div class="actions">
        {!hide.includes('lessons') && (
          <Select
            label={t('lessons')}
            hideLabel
            name="lesson"
            value={lesson}
            options={[
              { value: '', label: t('chooseLesson') },
              ...lessons.map(({ id }) => ({ value: id, label: t(`lesson.${id}.title` as Key) })),
            ]}
            onChange={(id) => {
              const state = lessonState(id);
              if (state) controller.load({ ...state, hide });
              else controller.set({ lesson: '' });
            }}
          />
        )}
        <Button label={t('share')} icon="link" name="share" onClick={share} />
        {!hide.includes('session') && (
          <>
            <Button label={t('save')} icon="save" iconOnly name="save" onClick={save} />
            <Button
              label={t('open')}
              icon="open"
              iconOnly
              name="open"
              onClick={() => file.current!.click()}
            />
            <input
              ref={file}
              type="file"
              accept=".json,application/json"
              hidden
              data-name="session-file"
              aria-label={t('open')}
              onChange={async (e) => {
                const input = e.currentTarget;
                await open(input.files);
                input.value = '';
              }}
            />
          </>
        )}
        <Button
          label={t('classroom')}
          icon="eye"
          iconOnly
          name="classroom"
          onClick={() => setClassroom(true)}
        />
        <Select
          label={t('language')}
          hideLabel
          name="language"
          value={props.language}
          options={languages.map((l) => ({ value: l.id, label: l.name }))}
          onChange={props.onLanguage}
        />
        <Button
          label={`${t('theme')}: ${t(`theme.${props.theme}` as Key)}`}
          icon={themeIcons[props.theme]}
          iconOnly
          name="theme"
          onClick={() => props.onTheme(nextTheme)}
        />
      </div>
      {classroom && (
        <Dialog title={t('classroom')} closeLabel={t('close')} onClose={() => setClassroom(false)}>
          <p>{t('classroomText')}</p>
          <div class="check-grid">
            {hideable.map((part) => (
              <Check
                key={part}
                name={`${part}_hide`}
                label={lookUp(t, 'part.', part)}
                checked={!hide.includes(part)}
                onChange={(on) =>
                  controller.set({
                    hide: on ? hide.filter((h) => h !== part) : [...hide, part],
                    lesson,
                  })
                }
              />
            ))}
          </div>
          <div class="row-end">
            <Button label={t('share')} icon="link" kind="primary" onClick={share} />
          </div>
        </Dialog>
      )}
    </header>
  );
}
