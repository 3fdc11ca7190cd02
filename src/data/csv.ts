/**
 * Comma-separated values, RFC 4180: records end with CR LF, LF or CR (the last one may lack it), a field in
 * double quotes may hold the delimiter, line breaks, and quotes written twice. The parser is incremental,
 * so a file of any size streams through it in chunks cut anywhere.
 */
import { NablaError } from '../graph/errors.ts';
export interface CsvParserOptions {
  /** One character; ',' by default. */
  delimiter?: string;
}

const QUOTE = '"';

/**
 * Feed text with `push`, then call `end`; both return the records completed so far. Blank lines are
 * skipped. Errors name the line: text after a closing quote, a quoted field that is never closed.
 */
export class CsvParser {
  readonly #delimiter: string;
  #record: string[] = [];
  #field = '';
  #state: 'fieldStart' | 'plain' | 'quoted' | 'afterQuote' = 'fieldStart';
  #line = 1;
  #quoteLine = 1;
  #atStart = true;
  /** Whether the last character was a CR that ended a record: an LF behind it belongs to it. */
  #afterReturn = false;

  constructor(options: CsvParserOptions = {}) {
    this.#delimiter = options.delimiter ?? ',';
    if (this.#delimiter.length !== 1 || '"\r\n'.includes(this.#delimiter)) {
      throw new NablaError(
        `csv: delimiter is ${JSON.stringify(options.delimiter)}, expected one character other than a quote or a line break`,
      );
    }
  }

  push(chunk: string): string[][] {
    const records: string[][] = [];
    let i = 0;
    if (this.#atStart && chunk.length > 0) {
      this.#atStart = false;
      if (chunk.charCodeAt(0) === 0xfeff) i = 1; // byte order mark
    }
    while (i < chunk.length) {
      const c = chunk[i];
      if (this.#afterReturn) {
        this.#afterReturn = false;
        if (c === '\n') {
          i++;
          continue;
        }
      }
      if (this.#state === 'quoted') {
        i = this.#readQuoted(chunk, i);
      } else if (this.#state === 'afterQuote' && c === QUOTE) {
        this.#field += QUOTE;
        this.#state = 'quoted';
        i++;
      } else if (c === this.#delimiter) {
        this.#endField();
        i++;
      } else if (c === '\n' || c === '\r') {
        this.#endRecord(records);
        this.#line++;
        this.#afterReturn = c === '\r';
        i++;
      } else if (this.#state === 'afterQuote') {
        throw this.#textAfterQuote(c);
      } else if (this.#state === 'fieldStart' && c === QUOTE) {
        this.#state = 'quoted';
        this.#quoteLine = this.#line;
        i++;
      } else {
        i = this.#readPlain(chunk, i);
      }
    }
    return records;
  }

  end(): string[][] {
    if (this.#state === 'quoted') {
      throw new NablaError(
        `csv: the quoted field that begins on line ${this.#quoteLine} is never closed; add the closing quote`,
      );
    }
    const records: string[][] = [];
    this.#endRecord(records);
    return records;
  }

  #readPlain(chunk: string, from: number): number {
    this.#state = 'plain';
    let i = from;
    for (; i < chunk.length; i++) {
      const c = chunk[i];
      if (c === this.#delimiter || c === '\n' || c === '\r') break;
    }
    this.#field += chunk.slice(from, i);
    return i;
  }

  #readQuoted(chunk: string, from: number): number {
    const quote = chunk.indexOf(QUOTE, from);
    const end = quote < 0 ? chunk.length : quote;
    for (let i = chunk.indexOf('\n', from); i >= 0 && i < end; i = chunk.indexOf('\n', i + 1)) {
      this.#line++;
    }
    this.#field += chunk.slice(from, end);
    if (quote < 0) return end;
    this.#state = 'afterQuote';
    return quote + 1;
  }

  #textAfterQuote(character: string): Error {
    return new NablaError(
      `csv: line ${this.#line}: ${JSON.stringify(character)} after a closing quote, expected the delimiter ${JSON.stringify(this.#delimiter)} or the end of the line; a quote inside a quoted field is written twice`,
    );
  }

  #endField(): void {
    this.#record.push(this.#field);
    this.#field = '';
    this.#state = 'fieldStart';
  }

  #endRecord(records: string[][]): void {
    const blank = this.#record.length === 0 && this.#field === '' && this.#state !== 'afterQuote';
    this.#endField();
    if (!blank) records.push(this.#record);
    this.#record = [];
  }
}

/** All records of `text`, every field as text. */
export function parseCsvRecords(text: string, options: CsvParserOptions = {}): string[][] {
  const parser = new CsvParser(options);
  const records = parser.push(text);
  for (const record of parser.end()) records.push(record);
  return records;
}
