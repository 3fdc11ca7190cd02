/**
 * Named columns of equal length, the form of data before it is numbers: what a CSV file, a spreadsheet or
 * a survey gives. A column is numeric (missing values are NaN) or text (missing values are null).
 */
import type { DType } from '../graph/dtype.ts';
import { allocate } from '../graph/dtype.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { type CsvParserOptions, parseCsvRecords } from './csv.ts';

export type NumberColumn = Float64Array;
export type TextColumn = (string | null)[];
export type Column = NumberColumn | TextColumn;

export interface Table {
  /** Number of rows. */
  readonly length: number;
  /** Column names, in order. */
  readonly names: readonly string[];
  readonly columns: Readonly<Record<string, Column>>;
}

export interface CsvOptions extends CsvParserOptions {
  /** True (the default) when the first record holds the names; else the names. */
  header?: boolean | readonly string[];
  /** Type of a column by its name; other columns are numeric if every present value is a number. */
  types?: Readonly<Record<string, 'number' | 'text'>>;
  /** Fields that mean "missing", after trimming; '', 'NA', 'N/A', 'NaN', 'nan', 'null' and '?' by default. */
  missing?: readonly string[];
}

export const defaultMissing: readonly string[] = ['', 'NA', 'N/A', 'NaN', 'nan', 'null', '?'];

const numberPattern = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?Infinity$/;

/** The number that `field` spells, in decimal notation; undefined for anything else. */
export function parseNumber(field: string): number | undefined {
  const trimmed = field.trim();
  return numberPattern.test(trimmed) ? Number(trimmed) : undefined;
}

/** Errors: columns of different lengths. Plain number arrays become numeric columns; null is missing. */
export function createTable(
  columns: Readonly<Record<string, Column | ArrayLike<number | null> | ArrayLike<string | null>>>,
): Table {
  const names = Object.keys(columns);
  const length = names.length > 0 ? columns[names[0]].length : 0;
  const out: Record<string, Column> = {};
  for (const name of names) {
    const column = columns[name];
    if (column.length !== length) {
      throw new Error(
        `createTable: column "${name}" has ${column.length} rows, "${names[0]}" has ${length}; columns must be equally long`,
      );
    }
    out[name] = toColumn(name, column);
  }
  return { length, names, columns: out };
}

function toColumn(name: string, values: ArrayLike<number | string | null>): Column {
  if (values instanceof Float64Array) return values;
  const list = Array.from(values);
  if (list.some((v) => typeof v === 'string')) {
    if (list.some((v) => typeof v === 'number')) {
      throw new Error(
        `createTable: column "${name}" mixes numbers and text; make every value one or the other`,
      );
    }
    return list as TextColumn;
  }
  return Float64Array.from(list, (v) => (v === null ? Number.NaN : (v as number)));
}

/**
 * Reads CSV text into columns. Errors: a record with more or fewer fields than the header (its number is
 * named), a name given twice, text in a column declared numeric.
 */
export function parseCsv(text: string, options: CsvOptions = {}): Table {
  const records = parseCsvRecords(text, options);
  const names = columnNames(records, options.header ?? true);
  const first = (options.header ?? true) === true ? 1 : 0;
  const missing = new Set(options.missing ?? defaultMissing);
  for (const name of Object.keys(options.types ?? {})) {
    if (!names.includes(name)) {
      throw new Error(
        `parseCsv: types names the column "${name}"; the columns are ${names.join(', ')}`,
      );
    }
  }
  const length = records.length - first;
  const columns: Record<string, Column> = {};
  for (let r = first; r < records.length; r++) checkFieldCount(records[r], names, r + 1);
  for (const [c, name] of names.entries()) {
    const field = (row: number): string | null => {
      const value = records[row + first][c];
      return missing.has(value.trim()) ? null : value;
    };
    columns[name] = readColumn(name, length, field, options.types?.[name]);
  }
  return { length, names, columns };
}

export function columnNames(records: string[][], header: boolean | readonly string[]): string[] {
  if (Array.isArray(header)) return uniqueNames(header as readonly string[]);
  if (header === true) return uniqueNames((records[0] ?? []).map((name) => name.trim()));
  return (records[0] ?? []).map((_, i) => `column${i}`);
}

function uniqueNames(names: readonly string[]): string[] {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new Error(`csv: the column name "${twice}" is given twice; give header the names to use`);
  }
  return [...names];
}

export function checkFieldCount(record: string[], names: readonly string[], number: number): void {
  if (record.length !== names.length) {
    throw new Error(
      `csv: record ${number} has ${record.length} fields, expected ${names.length} (${names.join(', ')}); check its quotes and delimiters`,
    );
  }
}

function readColumn(
  name: string,
  length: number,
  field: (row: number) => string | null,
  type: 'number' | 'text' | undefined,
): Column {
  if (type !== 'text') {
    const numbers = new Float64Array(length);
    let row = 0;
    for (; row < length; row++) {
      const value = field(row);
      const number = value === null ? Number.NaN : parseNumber(value);
      if (number === undefined) break;
      numbers[row] = number;
    }
    if (row === length) return numbers;
    if (type === 'number') {
      throw new Error(
        `parseCsv: column "${name}", row ${row + 1}: ${JSON.stringify(field(row))} is not a number; list it in missing, or declare the column 'text'`,
      );
    }
  }
  return Array.from({ length }, (_, row) => field(row));
}

/** The column, or an error that lists the names there are. */
export function getColumn(table: Table, name: string, operation = 'table'): Column {
  if (!table.names.includes(name)) {
    throw new Error(`${operation}: no column "${name}"; the columns are ${table.names.join(', ')}`);
  }
  return table.columns[name];
}

/** The column `name` of numbers, NaN where missing. Errors: no such column; a text column. */
export function numberColumn(table: Table, name: string): NumberColumn {
  const column = getColumn(table, name, 'numberColumn');
  if (column instanceof Float64Array) return column;
  throw new Error(
    `numberColumn: column "${name}" is text, expected numbers; read it with textColumn, or encode it with getDummies`,
  );
}

/** The column `name` of text, null where missing. Errors: no such column; a numeric column. */
export function textColumn(table: Table, name: string): TextColumn {
  const column = getColumn(table, name, 'textColumn');
  if (!(column instanceof Float64Array)) return column;
  throw new Error(
    `textColumn: column "${name}" holds numbers, expected text; read it with numberColumn, or declare it 'text' when reading the CSV`,
  );
}

/** A table of the named columns only, in that order. */
export function selectColumns(table: Table, names: readonly string[]): Table {
  const columns = Object.fromEntries(
    names.map((name) => [name, getColumn(table, name, 'selectColumns')]),
  );
  return { length: table.length, names: [...names], columns };
}

/** The rows at `indices`, in that order, for instance one fold of `kFold`. */
export function takeTableRows(table: Table, indices: ArrayLike<number>): Table {
  const columns: Record<string, Column> = {};
  for (const name of table.names) {
    const column = table.columns[name];
    columns[name] =
      column instanceof Float64Array
        ? Float64Array.from(indices, (i) => column[i])
        : Array.from(indices, (i) => column[i]);
  }
  return { length: indices.length, names: table.names, columns };
}

/** The rows without a missing value in any of `names` (every column by default). */
export function dropMissing(table: Table, names: readonly string[] = table.names): Table {
  const columns = names.map((name) => getColumn(table, name, 'dropMissing'));
  const keep: number[] = [];
  for (let row = 0; row < table.length; row++) {
    if (columns.every((c) => c[row] !== null && !Number.isNaN(c[row]))) keep.push(row);
  }
  return takeTableRows(table, keep);
}

/**
 * The numeric columns `names` (every column by default) side by side: [rows, columns]. Errors: a text
 * column; turn it into numbers with `getDummies` first.
 */
export function tableToArray(
  table: Table,
  names: readonly string[] = table.names,
  dtype: DType = 'float32',
): NDArray {
  const width = names.length;
  const data = allocate(dtype, table.length * width);
  for (const [c, name] of names.entries()) {
    const column = numberColumn(table, name);
    for (let row = 0; row < table.length; row++) data[row * width + c] = column[row];
  }
  return { data, shape: [table.length, width], dtype };
}
