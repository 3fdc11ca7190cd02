/**
 * Named columns of equal length, the form of data before it is numbers: what a CSV file, a spreadsheet or
 * a survey gives. A column is numeric (missing values are NaN) or text (missing values are null).
 */

import type { DType } from '../graph/dtype.ts';
import { allocate } from '../graph/dtype.ts';
import { NablaError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { type CsvParserOptions, parseCsvRecords } from './csv.ts';

export type NumberColumn = Float64Array;
export type TextColumn = (string | null)[];
export type Column = NumberColumn | TextColumn;

/** Named columns of one length: what a CSV file or a survey gives. */
export interface Table {
  /** Number of rows. */
  readonly length: number;
  /** Column names, in order. */
  readonly names: readonly string[];
  readonly columns: Readonly<Record<string, Column>>;
}

/** How the fields of a CSV text are read. */
export interface CsvFieldOptions extends CsvParserOptions {
  /** True (the default) when the first record holds the names; else the names. */
  header?: boolean | readonly string[];
  /** Fields that mean "missing", after trimming; '', 'NA', 'N/A', 'NaN', 'nan', 'null' and '?' by default. */
  missing?: readonly string[];
  /** What stands before the decimals; '.' by default. */
  decimal?: '.' | ',';
  /** What errors call the text: the name of its file, for instance; 'csv' by default. */
  name?: string;
}

/** An error of reading CSV, told with the name of the text. */
export function namedCsvError(error: unknown, { name }: CsvFieldOptions): unknown {
  if (name === undefined || !(error instanceof NablaError)) return error;
  return new NablaError(`${name}: ${error.message.replace(/^(csv|parseCsv): /, '')}`, {
    cause: error,
  });
}

export interface CsvOptions extends CsvFieldOptions {
  /** Type of a column by its name; other columns are numeric if every present value is a number. */
  types?: Readonly<Record<string, 'number' | 'text'>>;
}

export const defaultMissing: readonly string[] = ['', 'NA', 'N/A', 'NaN', 'nan', 'null', '?'];

const numberPattern = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?Infinity$/;

/** The number that `field` spells, in decimal notation; undefined for anything else. */
export function parseNumber(field: string, decimal: '.' | ',' = '.'): number | undefined {
  const trimmed = decimal === ',' ? withPoint(field.trim()) : field.trim();
  return numberPattern.test(trimmed) ? Number(trimmed) : undefined;
}

/** A number with a decimal comma as it is written with a point; one that has a point already is none. */
function withPoint(field: string): string {
  return field.includes('.') ? '' : field.replace(',', '.');
}

/** Errors: another decimal sign, or one that is the delimiter as well. */
export function checkDecimal({ decimal = '.', delimiter = ',' }: CsvFieldOptions): '.' | ',' {
  if ((decimal !== '.' && decimal !== ',') || decimal === delimiter) {
    throw new NablaError(
      `csv: decimal is ${JSON.stringify(decimal)} with the delimiter ${JSON.stringify(delimiter)}, expected '.' or ',', and not the delimiter; numbers with a comma come with another delimiter, such as ';'`,
    );
  }
  return decimal;
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
    expectColumnName('createTable', name);
    if (column.length !== length) {
      throw new NablaError(
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
      throw new NablaError(
        `createTable: column "${name}" mixes numbers and text; make every value one or the other`,
      );
    }
    return list as TextColumn;
  }
  return Float64Array.from(list, (v) => (v === null ? Number.NaN : (v as number)));
}

/**
 * Reads CSV text into columns. Errors: no text at all; a record with more or fewer fields than the header
 * (its number is named), a name given twice, text in a column declared numeric.
 */
export function parseCsv(text: string, options: CsvOptions = {}): Table {
  try {
    return parseTable(text, options);
  } catch (error) {
    throw namedCsvError(error, options);
  }
}

function parseTable(text: string, options: CsvOptions): Table {
  const records = parseCsvRecords(text, options);
  const names = columnNames(records, options.header ?? true);
  const first = (options.header ?? true) === true ? 1 : 0;
  const missing = new Set(options.missing ?? defaultMissing);
  const decimal = checkDecimal(options);
  checkTypes(options.types, names);
  const length = records.length - first;
  const columns: Record<string, Column> = {};
  for (let r = first; r < records.length; r++) checkFieldCount(records[r], names, r + 1);
  for (const [c, name] of names.entries()) {
    const field = (row: number): string | null => {
      const value = records[row + first][c];
      return missing.has(value.trim()) ? null : value;
    };
    columns[name] = readColumn(name, length, field, options.types?.[name], decimal);
  }
  return { length, names, columns };
}

/** Errors: a type for a column that is not there. */
export function checkTypes(types: CsvOptions['types'] = {}, names: readonly string[]): void {
  const unknown = Object.keys(types).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new NablaError(
      `csv: types names the column "${unknown}"; the columns are ${names.join(', ')}`,
    );
  }
}

/** Errors: no records to take the names from, or names given twice. */
export function columnNames(records: string[][], header: boolean | readonly string[]): string[] {
  if (Array.isArray(header)) return uniqueNames(header as readonly string[]);
  if (records.length === 0) {
    throw new NablaError(
      'csv: the text is empty, expected a line with the names of the columns; check the file, or give the names as header',
    );
  }
  if (header === true) return uniqueNames((records[0] ?? []).map((name) => name.trim()));
  return (records[0] ?? []).map((_, i) => `column${i}`);
}

function uniqueNames(names: readonly string[]): string[] {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new NablaError(
      `csv: the column name "${twice}" is given twice; give header the names to use`,
    );
  }
  names.forEach((name) => {
    expectColumnName('csv', name);
  });
  return [...names];
}

/** As a key of an object, one name would set the prototype instead. */
function expectColumnName(operation: string, name: string): void {
  if (name === '__proto__') {
    throw new NablaError(
      `${operation}: a column cannot be called "__proto__"; give it another name`,
    );
  }
}

export function checkFieldCount(record: string[], names: readonly string[], number: number): void {
  if (record.length !== names.length) {
    throw new NablaError(
      `csv: record ${number} has ${record.length} fields, expected ${names.length} (${names.join(', ')}); check its quotes and delimiters`,
    );
  }
}

function readColumn(
  name: string,
  length: number,
  field: (row: number) => string | null,
  type: 'number' | 'text' | undefined,
  decimal: '.' | ',',
): Column {
  if (type !== 'text') {
    const numbers = new Float64Array(length);
    let row = 0;
    for (; row < length; row++) {
      const value = field(row);
      const number = value === null ? Number.NaN : parseNumber(value, decimal);
      if (number === undefined) break;
      numbers[row] = number;
    }
    if (row === length) return numbers;
    if (type === 'number') {
      throw new NablaError(
        `parseCsv: column "${name}", row ${row + 1}: ${JSON.stringify(field(row))} is not a number; list it in missing, or declare the column 'text'`,
      );
    }
  }
  return Array.from({ length }, (_, row) => field(row));
}

/** The column, or an error that lists the names there are. */
export function getColumn(table: Table, name: string, operation = 'table'): Column {
  if (!table.names.includes(name)) {
    throw new NablaError(
      `${operation}: no column "${name}"; the columns are ${table.names.join(', ')}`,
    );
  }
  return table.columns[name];
}

/** The column `name` of numbers, NaN where missing. Errors: no such column; a text column. */
export function numberColumn(table: Table, name: string): NumberColumn {
  const column = getColumn(table, name, 'numberColumn');
  if (column instanceof Float64Array) return column;
  throw new NablaError(
    `numberColumn: column "${name}" is text, expected numbers; read it with textColumn, or encode it with getDummies`,
  );
}

/** The column `name` of text, null where missing. Errors: no such column; a numeric column. */
export function textColumn(table: Table, name: string): TextColumn {
  const column = getColumn(table, name, 'textColumn');
  if (!(column instanceof Float64Array)) return column;
  throw new NablaError(
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
