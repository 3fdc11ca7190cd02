/** Tables of text for models: which line names the columns, which columns are taken, and their numbers. */
import { basename } from 'node:path';
import { parseCsvRecords } from '../data/csv.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { readText } from './text-files.ts';
import { quoted, UsageError, unknownName } from './usage-error.ts';

/** A table of text with the names of its columns; their numbers from 1 where it has none. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The name of its file. */
  readonly name: string;
  readonly hasHeader: boolean;
}

export interface TableOptions {
  /** Whether the first line names the columns; told from its values by default. */
  readonly header?: boolean;
}

const isNumber = (text: string): boolean =>
  text.trim() !== '' && Number.isFinite(Math.fround(Number(text)));

/** What other programs write where a value is missing. */
const isMissing = (text: string): boolean =>
  /^(|n\/?a|nan|null|none|nil|missing|\?|-+|\.)$/i.test(text.trim());

/** The separator that the first line has most of, outside of quotes. */
function separatorOf(text: string): string {
  const [line] = text.replace(/"[^"]*"/g, '').split(/[\r\n]/, 1);
  const counts = [',', ';', '\t'].map((s) => [line.split(s).length, s] as const);
  return counts.reduce((best, one) => (one[0] > best[0] ? one : best))[1];
}

/** Numbers that go up by one from zero or one, as programs number columns. */
function isNumbering(fields: readonly string[]): boolean {
  const numbers = fields.filter(isNumber).map(Number);
  return numbers.length > 1 && numbers[0] <= 1 && numbers.every((n, i) => n === numbers[0] + i);
}

/**
 * Whether the first line names the columns: it has no number in it, or numbers its columns beside a name
 * that has a number below.
 */
function looksLikeHeader([first, second]: readonly (readonly string[])[]): boolean {
  if (!first.some(isNumber)) return first.some((text) => !isMissing(text));
  const isName = (text: string, i: number): boolean =>
    !isNumber(text) && !isMissing(text) && isNumber(second?.[i] ?? '');
  return first.some(isName) && isNumbering(first);
}

async function readRecords(path: string, name: string): Promise<string[][]> {
  let text: string;
  try {
    text = await readText(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined) throw error;
    throw new UsageError(`${name} is not text in UTF-8; save it as CSV in UTF-8`);
  }
  if (text.trim() === '') throw new UsageError(`${name} is empty; expected rows of values`);
  try {
    return parseCsvRecords(text, { delimiter: separatorOf(text) });
  } catch (error) {
    throw new UsageError(`${name}: ${(error as Error).message.replace(/^csv: /, '')}`);
  }
}

/** The table in a text file; fields are separated by commas, semicolons or tabs. */
export async function readTable(path: string, { header }: TableOptions = {}): Promise<Table> {
  const name = basename(path);
  const records = await readRecords(path, quoted(name));
  const [first] = records;
  const uneven = records.findIndex((r) => r.length !== first.length);
  if (uneven >= 0) {
    throw new UsageError(
      `${quoted(name)}: row ${uneven + 1} has ${records[uneven].length} fields, the first has ${first.length}; give every row the same number`,
    );
  }
  const hasHeader = header ?? looksLikeHeader(records);
  const rows = hasHeader ? records.slice(1) : records;
  if (rows.length === 0) {
    throw new UsageError(
      `${quoted(name)} has a line of names, ${quoted(first.join(', '))}, and no rows of values${header ? '' : '; --no-header takes the first line for values'}`,
    );
  }
  const columns = first.map((text, i) => (hasHeader && text.trim()) || String(i + 1));
  return { columns, rows, name, hasHeader };
}

/** Every column of a table. */
export const allColumns = ({ columns }: Table): number[] => columns.map((_, i) => i);

/**
 * The places of columns that are named or numbered from 1: `height,width`, `2`, `1-4`. A name comes before
 * a number.
 */
export function findColumns({ columns, name }: Table, wanted: string): number[] {
  if (columns.includes(wanted.trim())) return [columns.indexOf(wanted.trim())];
  return wanted.split(',').flatMap((part) => {
    const text = part.trim();
    const column = columns.indexOf(text);
    if (column >= 0) return [column];
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
    const [low, high] = [Number(from), Number(to)];
    if (low >= 1 && high <= columns.length && low <= high) {
      return Array.from({ length: high - low + 1 }, (_, i) => low - 1 + i);
    }
    throw unknownName(`column of ${basename(name)}`, text, columns);
  });
}

/** Whether a column has something else than numbers and gaps. */
export function isText({ rows }: Table, column: number): boolean {
  return rows.some((row) => !isNumber(row[column]) && !isMissing(row[column]));
}

function complain({ columns, hasHeader }: Table, text: string, row: number, column: number) {
  const where = `row ${row + 1}, column ${hasHeader ? quoted(columns[column]) : column + 1}`;
  if (isMissing(text)) {
    const what = text.trim() === '' ? 'is empty' : `says ${quoted(text.trim())}`;
    return `${where} ${what}; fill it in, or leave the row out`;
  }
  const wayOut = /^\s*-?\d+,\d+\s*$/.test(text)
    ? 'write decimals with a point'
    : Number.isNaN(Number(text))
      ? 'columns of text can be left out with --columns'
      : 'it is out of the range of 32 bits';
  return `${where} holds ${quoted(text)}, expected a number; ${wayOut}`;
}

/** Columns of a table as numbers, [rows, columns]. */
export function tableNumbers(table: Table, which: readonly number[] = allColumns(table)): NDArray {
  const { rows, name } = table;
  const data = new Float32Array(rows.length * which.length);
  rows.forEach((row, i) => {
    which.forEach((column, k) => {
      if (!isNumber(row[column])) {
        throw new UsageError(`${quoted(name)}: ${complain(table, row[column], i, column)}`);
      }
      data[i * which.length + k] = Number(row[column]);
    });
  });
  return { data, shape: [rows.length, which.length], dtype: 'float32' };
}

/** A column of names of classes as their numbers, and the classes in the order of those. */
export function tableClasses(
  table: Table,
  column: number,
  labels: readonly string[] = [],
): { readonly array: NDArray; readonly names: readonly string[] } {
  const texts = table.rows.map((row) => row[column].trim());
  const empty = texts.indexOf('');
  if (empty >= 0) {
    throw new UsageError(`${quoted(table.name)}: ${complain(table, '', empty, column)}`);
  }
  const names = labels.length > 0 ? labels : [...new Set(texts)].sort();
  const numbers = new Map(names.map((name, i) => [name, i]));
  const data = Int32Array.from(texts, (text) => {
    const found = numbers.get(text);
    if (found === undefined) throw unknownName('class', text, names);
    return found;
  });
  return { array: { data, shape: [data.length], dtype: 'int32' }, names };
}
