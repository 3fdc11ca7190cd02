/** CSV as a stream of records, for files larger than memory. `parseCsv` reads a whole text into columns. */
import { CsvParser, type CsvParserOptions } from './csv.ts';
import { checkFieldCount, columnNames, defaultMissing, parseNumber } from './table.ts';

/** The text, or a function that yields its chunks, from the beginning at each call. */
export type CsvText = string | (() => Iterable<string> | AsyncIterable<string>);

export interface CsvStreamOptions extends CsvParserOptions {
  /** True (the default) when the first record holds the names; else the names. */
  header?: boolean | readonly string[];
  /** Type of a column by its name. A column that is not named here may change its type from record to record. */
  types?: Readonly<Record<string, 'number' | 'text'>>;
  /** Fields that mean "missing", after trimming; as for `parseCsv` by default. */
  missing?: readonly string[];
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
  const parser = new CsvParser(options);
  let names: string[] | undefined;
  let count = 0;
  const readAll = function* (records: string[][]): Generator<CsvRecord> {
    for (const record of records) {
      count++;
      if (names === undefined) {
        names = columnNames([record], header);
        if (header === true) continue;
      }
      checkFieldCount(record, names, count);
      yield Object.fromEntries(
        names.map((name, c) => [name, readField(name, record[c], types[name], missing, count)]),
      );
    }
  };
  for await (const chunk of typeof text === 'string' ? [text] : text()) {
    yield* readAll(parser.push(chunk));
  }
  yield* readAll(parser.end());
}

function readField(
  name: string,
  field: string,
  type: 'number' | 'text' | undefined,
  missing: ReadonlySet<string>,
  record: number,
): number | string | null {
  if (missing.has(field.trim())) return type === 'text' ? null : Number.NaN;
  if (type === 'text') return field;
  const number = parseNumber(field);
  if (number === undefined && type === 'number') {
    throw new Error(
      `csv: record ${record}, column "${name}": ${JSON.stringify(field)} is not a number; list it in missing, or declare the column 'text'`,
    );
  }
  return number ?? field;
}
