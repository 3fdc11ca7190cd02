/** The numbers of every epoch as a CSV file, written as training goes on. */
import { existsSync, readFileSync } from 'node:fs';
import { Callback, type CallbackState, type Logs } from '../training/callbacks/callback.ts';
import { writeTextAtomic } from './atomic.ts';
import { csvText } from './csv.ts';

export interface CSVLoggerOptions {
  readonly separator?: string;
  /** Go on with an existing file instead of replacing it. */
  readonly append?: boolean;
}

/**
 * One line an epoch: its number, then every number of the first epoch's logs, by name. The file is whole
 * at every moment; numbers that appear only later are left out, missing ones are empty.
 */
export class CSVLogger extends Callback {
  readonly #path: string;
  readonly #separator: string;
  readonly #append: boolean;
  #before = '';
  #columns: string[] | undefined;
  #rows: (string | number)[][] = [];

  constructor(path: string, { separator = ',', append = false }: CSVLoggerOptions = {}) {
    super();
    this.#path = path;
    this.#separator = separator;
    this.#append = append;
  }

  override onTrainBegin(): void {
    this.#columns = undefined;
    this.#rows = [];
    this.#before = '';
    if (this.#append && existsSync(this.#path)) this.#goOn(readFileSync(this.#path, 'utf8'));
  }

  /** A run that is continued keeps the lines of the epochs before, and no others. */
  override getState(): CallbackState {
    return { text: this.#text() };
  }

  override setState({ text }: CallbackState): void {
    this.#goOn(text as string);
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    this.#columns ??= Object.keys(logs);
    this.#rows.push([epoch, ...this.#columns.map((name) => logs[name] ?? '')]);
    await writeTextAtomic(this.#path, this.#text());
  }

  /** Continues a file that has this text. */
  #goOn(text: string): void {
    this.#before = text;
    this.#rows = [];
    const [header] = text.split(/\r?\n/);
    this.#columns = header ? header.split(this.#separator).slice(1) : undefined;
  }

  #text(): string {
    if (!this.#columns) return this.#before;
    const text = csvText(['epoch', ...this.#columns], this.#rows);
    const own = this.#before ? text.slice(text.indexOf('\n') + 1) : text;
    const separated = this.#separator === ',' ? own : own.replaceAll(',', this.#separator);
    return this.#before + separated;
  }
}
