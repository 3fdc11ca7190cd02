import { damaged, decodeText, refuse } from './bytes.ts';

/**
 * JSON as Python writes it: NaN, Infinity and -Infinity stand for themselves, which strict JSON has no
 * words for. Nesting is bounded, because what reads the result is recursive.
 */

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

const DEPTH = 200;

/** Replaces Python's words for special numbers by numbers that overflow or by marked strings. */
function withoutSpecials(text: string): { text: string; specials: boolean } {
  if (!/NaN|Infinity/.test(text)) return { text, specials: false };
  let specials = false;
  // Strings are matched whole, so that the same letters inside of them stay.
  const replaced = text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity|NaN/g, (token) => {
    if (token[0] === '"') return token;
    specials = true;
    if (token === 'NaN') return '"\\u0000NaN"';
    return token[0] === '-' ? '-1e999' : '1e999';
  });
  return { text: replaced, specials };
}

function expectShallow(text: string, format: string): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 92) i++;
      else if (c === 34) inString = false;
    } else if (c === 34) inString = true;
    else if (c === 123 || c === 91) {
      if (++depth > DEPTH) {
        refuse(format, `its JSON is nested more than ${DEPTH} deep, which no model needs`);
      }
    } else if (c === 125 || c === 93) depth--;
  }
}

/** The value of JSON text; `what` names it in errors. */
export function parseJson(text: string, format: string, what: string): Json {
  expectShallow(text, format);
  const prepared = withoutSpecials(text);
  try {
    return JSON.parse(prepared.text, (_key, value) =>
      prepared.specials && value === '\u0000NaN' ? Number.NaN : value,
    );
  } catch (error) {
    return damaged(format, `${what} is not JSON (${(error as Error).message})`);
  }
}

export function parseJsonBytes(bytes: Uint8Array, format: string, what: string): Json {
  return parseJson(decodeText(bytes, format, what), format, what);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Settings that Keras refuses if they are integers. */
const floats = new Set(['learning_rate', 'momentum', 'beta', 'threshold']);

function formatEntry([key, value]: [string, unknown]): string {
  const isFloat = floats.has(key) && Number.isInteger(value) && Math.abs(value as number) < 1e21;
  return `${formatJson(key)}: ${isFloat ? `${value}.0` : formatJson(value)}`;
}

/** JSON text that Python's json module reads back: special numbers by name, characters beyond ASCII escaped. */
export function formatJson(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number') {
    if (Number.isNaN(value)) return 'NaN';
    if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
    return JSON.stringify(value);
  }
  if (typeof value === 'string') {
    return JSON.stringify(value).replace(
      /[\u007f-\uffff]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  }
  if (Array.isArray(value)) return `[${value.map(formatJson).join(', ')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .map(formatEntry);
    return `{${entries.join(', ')}}`;
  }
  return JSON.stringify(value);
}
