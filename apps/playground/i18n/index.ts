import { en } from './en.ts';
import { es } from './es.ts';

export type Language = 'en' | 'es';
export type Key = keyof typeof en;
export type Translate = (key: Key, values?: Readonly<Record<string, string | number>>) => string;

export const languages: readonly { readonly id: Language; readonly name: string }[] = [
  { id: 'en', name: 'English' },
  { id: 'es', name: 'Español' },
];

const dictionaries: Readonly<Record<Language, Readonly<Record<Key, string>>>> = { en, es };

/** Texts with {names} replaced by values. */
export function translator(language: Language): Translate {
  const texts = dictionaries[language];
  return (key, values = {}) =>
    texts[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

/** The first language of the reader's that there is. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const found = languages.find((l) => tag.toLowerCase().startsWith(l.id));
    if (found) return found.id;
  }
  return 'en';
}

/** A text whose key is put together at run time; the name itself where there is none. */
export function lookUp(
  t: Translate,
  prefix: string,
  name: string,
  values?: Readonly<Record<string, string | number>>,
): string {
  const key = `${prefix}${name}`;
  return Object.hasOwn(en, key) ? t(key as Key, values) : name;
}
