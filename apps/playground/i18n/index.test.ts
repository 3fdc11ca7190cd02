import { describe, expect, it } from 'vitest';
import { lessons } from '../core/lessons.ts';
import { hideable } from '../core/state.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { chooseLanguage, type Key, lookUp, translator } from './index.ts';

describe('dictionaries', () => {
  it('have the same keys and the same places for values', () => {
    expect(Object.keys(es).sort()).toEqual(Object.keys(en).sort());
    const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map((m) => m[0]).sort();
    for (const key of Object.keys(en) as Key[]) {
      expect(`${key} ${places(es[key])}`).toBe(`${key} ${places(en[key])}`);
    }
  });

  it('have a text for every lesson and every part', () => {
    for (const { id } of lessons) {
      expect(en).toHaveProperty([`lesson.${id}.title`]);
      expect(en).toHaveProperty([`lesson.${id}.text`]);
    }
    for (const part of hideable) expect(en).toHaveProperty([`part.${part}`]);
  });

  it('put values in their places and fall back to names', () => {
    const t = translator('es');
    expect(t('layerN', { n: 3 })).toBe('Capa 3');
    expect(lookUp(t, 'optimizer.', 'adam')).toBe('Adam');
    expect(lookUp(t, 'optimizer.', 'newOne')).toBe('newOne');
    expect(lookUp(t, '', 'constructor')).toBe('constructor');
    expect(chooseLanguage(['fr', 'es-AR', 'en'])).toBe('es');
    expect(chooseLanguage(['zz'])).toBe('en');
  });
});
