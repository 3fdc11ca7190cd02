import type { JSX } from 'preact';
import { Button } from '../../ui/controls/controls.tsx';
import { lessons } from '../core/lessons.ts';
import type { Key } from '../i18n/index.ts';
import { useController, useShared } from './context.ts';

/** The text of the lesson that is on. */
export function LessonCard(): JSX.Element | null {
  const { t, role } = useShared();
  const controller = useController();
  const { lesson } = controller.state;
  if (!lessons.some((l) => l.id === lesson)) return null;
  return (
    <section class="lesson panel" role={role} aria-label={t(`lesson.${lesson}.title` as Key)}>
      <div>
        <h2>{t(`lesson.${lesson}.title` as Key)}</h2>
        <p>{t(`lesson.${lesson}.text` as Key)}</p>
      </div>
      <Button
        label={t('close')}
        icon="close"
        iconOnly
        kind="quiet"
        onClick={() => controller.set({ lesson: '' })}
      />
    </section>
  );
}
