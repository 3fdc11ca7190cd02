/** CSV as a stream of records, for files larger than memory. `parseCsv` reads a whole text into columns. */
import { NablaError } from '../graph/errors.ts';
import { CsvParser } from './csv.ts';
import {
  type CsvFieldOptions,
  checkDecimal,
  checkFieldCount,
  checkTypes,
  columnNames,
  defaultMissing,
  namedCsvError,
  parseNumber,
} from './table.ts';

/** The text, or a function that yields its chunks, from the beginning at each call. */
export type CsvText = string | (() => Iterable<string> | AsyncIterable<string>);

export interface CsvStreamOptions extends CsvFieldOptions {
  /** Type of a column by its name. A column that is not named here may change its type from record to record. */
  types?: Readonly<Record<string, 'number' | 'text'>>;
}

/** Missing values are NaN, in columns declared as text null. */
export type CsvRecord = Record<string, number | string | null>;

/** Errors: as `parseCsv`, when the stream reaches them. */
export async function* csvRecords(
  text: CsvText,
  options: CsvStreamOptions = {},
): AsyncGenerator<CsvRecord> {
  const { header = true, types = {} } = options;
  const missing = new Set(options.missing ?? defaultMissing);
  const decimal = checkDecimal(options);
  const parser = new CsvParser(options);
  let names: string[] | undefined;
  let count = 0;
  const readField = (name: string, field: string, record: number): number | string | null => {
    const type = types[name];
    if (missing.has(field.trim())) return type === 'text' ? null : Number.NaN;
    if (type === 'text') return field;
    const number = parseNumber(field, decimal);
    if (number === undefined && type === 'number') {
      throw new NablaError(
        `csv: record ${record}, column "${name}": ${JSON.stringify(field)} is not a number; list it in missing, or declare the column 'text'`,
      );
    }
    return number ?? field;
  };
  const readAll = function* (records: string[][]): Generator<CsvRecord> {
    for (const record of records) {
      count++;
      if (names === undefined) {
        names = columnNames([record], header);
        checkTypes(types, names);
        if (header === true) continue;
      }
      checkFieldCount(record, names, count);
      const fields: CsvRecord = {};
      for (let c = 0; c < names.length; c++)
        fields[names[c]] = readField(names[c], record[c], count);
      yield fields;
    }
  };
  try {
    for await (const chunk of typeof text === 'string' ? [text] : text()) {
      yield* readAll(parser.push(chunk));
    }
    yield* readAll(parser.end());
    if (names === undefined) columnNames([], header);
  } catch (error) {
    throw namedCsvError(error, options);
  }
}
