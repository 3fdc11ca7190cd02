import { CsvParser } from '../../../src/data/csv.ts';
import { DOMAIN, MAX_CLASSES, MAX_POINTS, type Points, pointsOf, rowsOf } from './points.ts';

/** Data of the user's as comma-separated text: two columns of numbers and a label, in any order of rows. */

export type CsvErrorCode = 'empty' | 'columns' | 'noNumbers' | 'classes' | 'syntax' | 'tooBig';

export class CsvError extends Error {
  readonly code: CsvErrorCode;
  readonly detail: string;

  constructor(code: CsvErrorCode, detail = '') {
    super(`csv: ${code} ${detail}`.trim());
    this.code = code;
    this.detail = detail;
  }
}

export interface CsvData {
  readonly problem: 'classification' | 'regression';
  readonly points: Points;
  /** Names of the classes in the order of their numbers; empty for regression. */
  readonly classNames: readonly string[];
  /** Rows that were left out because a cell was not a number. */
  readonly skipped: number;
  /** Rows beyond the most that are kept. */
  readonly cut: number;
  /** Whether the columns were scaled to fit the square. */
  readonly scaled: boolean;
}

const MAX_TEXT = 2_000_000;

function parseRecords(text: string): string[][] {
  if (text.length > MAX_TEXT) throw new CsvError('tooBig', String(text.length));
  const head = text.slice(0, 2000);
  const delimiter = [',', ';', '\t']
    .map((d) => ({ d, n: head.split(d).length }))
    .sort((a, b) => b.n - a.n)[0].d;
  try {
    const parser = new CsvParser({ delimiter });
    return [...parser.push(text), ...parser.end()];
  } catch (error) {
    throw new CsvError('syntax', error instanceof Error ? error.message : String(error));
  }
}

/** A cell as a number; decimal commas count when the text is separated by something else. */
function numberOf(cell: string | undefined): number {
  const text = cell?.trim() ?? '';
  if (!/^[+-]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?$/i.test(text)) return Number.NaN;
  const value = Number(text.replace(',', '.'));
  return Math.abs(value) <= 1e12 ? value : Number.NaN;
}

/** Brings a column into [-5, 5] if it does not fit the square. */
function intoSquare(values: number[]): boolean {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const inside = low >= -DOMAIN && high <= DOMAIN && high - low > 0.5;
  if (inside) return false;
  const span = high - low || 1;
  values.forEach((v, i) => {
    values[i] = high === low ? 0 : ((v - low) / span) * 10 - 5;
  });
  return true;
}

/**
 * Reads two numeric columns and a label. Labels that are words, or at most six different whole numbers,
 * are classes; others are values to predict, scaled to [-1, 1]. Throws a {@link CsvError}.
 */
export function readCsv(text: string): CsvData {
  const records = parseRecords(text).filter((r) => r.some((c) => c.trim() !== ''));
  if (records.length === 0) throw new CsvError('empty');
  const header = Number.isNaN(numberOf(records[0][0])) || Number.isNaN(numberOf(records[0][1]));
  const rows = header ? records.slice(1) : records;
  if (rows.length === 0) throw new CsvError('empty');
  if (rows.every((r) => r.length < 3)) throw new CsvError('columns', String(rows[0].length));
  const usable = rows.filter(
    (r) =>
      !Number.isNaN(numberOf(r[0])) && !Number.isNaN(numberOf(r[1])) && (r[2] ?? '').trim() !== '',
  );
  if (usable.length < 2) throw new CsvError('noNumbers');
  const kept = usable.slice(0, MAX_POINTS);
  const labels = kept.map((r) => r[2].trim());
  const values = labels.map(numberOf);
  const distinct = [...new Set(labels)];
  const numeric = values.every((v) => !Number.isNaN(v));
  const whole = numeric && values.every(Number.isInteger);
  const classify = !numeric || (whole && distinct.length <= MAX_CLASSES);
  if (classify && (distinct.length < 2 || distinct.length > MAX_CLASSES)) {
    throw new CsvError('classes', String(distinct.length));
  }
  const x = kept.map((r) => numberOf(r[0]));
  const y = kept.map((r) => numberOf(r[1]));
  const scaledX = intoSquare(x);
  const scaledY = intoSquare(y);
  const classNames = classify
    ? distinct.sort((a, b) => (whole ? Number(a) - Number(b) : a < b ? -1 : 1))
    : [];
  const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const scaleLabel = !classify && largest > 1 ? 1 / largest : 1;
  const label = classify
    ? labels.map((l) => classNames.indexOf(l))
    : values.map((v) => v * scaleLabel);
  return {
    problem: classify ? 'classification' : 'regression',
    points: pointsOf(kept.map((_, i) => [x[i], y[i], label[i]])),
    classNames,
    skipped: rows.length - usable.length,
    cut: usable.length - kept.length,
    scaled: scaledX || scaledY || scaleLabel !== 1,
  };
}

export function writeCsv(points: Points): string {
  const digits = (v: number) => String(Number(v.toFixed(5)));
  const lines = rowsOf(points).map((row) => row.map(digits).join(','));
  return `x,y,label\n${lines.join('\n')}\n`;
}
