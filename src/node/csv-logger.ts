/** The numbers of every epoch as a CSV file, written as training goes on. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseCsvRecords } from '../data/csv.ts';
import { fail } from '../graph/errors.ts';
import { expectOptions } from '../nn/options.ts';
import { Callback, type CallbackState, type Logs } from '../training/callbacks/callback.ts';
import { writeTextAtomic } from './atomic.ts';
import { csvLine } from './csv.ts';

export interface CSVLoggerOptions {
  /** What stands between the numbers, one character; ',' by default. */
  readonly separator?: string;
  /** Go on with an existing file instead of replacing it. */
  readonly append?: boolean;
}

/**
 * One line an epoch: its number (from 0), then every number of the first epoch's logs in the order of their
 * names, as Keras writes them, and those of validation, even if that follows only later. A number that an epoch does not have is NA. The file is whole
 * at every moment.
 */
export class CSVLogger extends Callback {
  readonly #path: string;
  readonly #separator: string;
  readonly #append: boolean;
  /** All that the file holds. */
  #text = '';
  #columns: readonly string[] | undefined;

  constructor(path: string, options: CSVLoggerOptions = {}) {
    super();
    expectOptions('csvLogger', options, ['separator', 'append']);
    const { separator = ',', append = false } = options;
    if (typeof path !== 'string' || path === '') {
      fail('csvLogger', `the path is ${JSON.stringify(path)}; expected the name of a file`);
    }
    if (separator.length !== 1 || '"\r\n'.includes(separator)) {
      fail(
        'csvLogger',
        `separator is ${JSON.stringify(separator)}; expected one character other than a quote or a line break`,
      );
    }
    this.#path = path;
    this.#separator = separator;
    this.#append = append;
  }

  override onTrainBegin(): void {
    const goesOn = this.#append && existsSync(this.#path);
    this.#goOn(goesOn ? readFileSync(this.#path, 'utf8') : '');
  }

  /** A run that is continued keeps the lines of the epochs before, and no others. */
  override getState(): CallbackState {
    return { text: this.#text };
  }

  override setState({ text }: CallbackState): void {
    const lines = (text as string).split('\n');
    // An epoch that was stopped in the middle is gone through to its end, and has its line then.
    const { epoch, batch } = this.run.position;
    if (batch > 0 && lines.at(-2)?.startsWith(`${epoch}${this.#separator}`)) lines.splice(-2, 1);
    this.#goOn(lines.join('\n'));
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    if (this.#columns === undefined) {
      this.#columns = this.#columnsOf(logs);
      this.#text += csvLine(['epoch', ...this.#columns], this.#separator);
    }
    const numbers = this.#columns.map((name) => logs[name] ?? 'NA');
    this.#text += csvLine([epoch, ...numbers], this.#separator);
    await mkdir(dirname(this.#path), { recursive: true });
    await writeTextAtomic(this.#path, this.#text);
  }

  /** The first epoch may not be validated, where `validationFreq` says so. */
  #columnsOf(logs: Logs): string[] {
    const names = Object.keys(logs).sort();
    const later = this.run.validates && !names.some((name) => name.startsWith('val_'));
    const validated = names.filter((name) => name !== 'learning_rate');
    return later ? [...names, ...validated.map((name) => `val_${name}`)] : names;
  }

  /** Continues a file that has this text. */
  #goOn(text: string): void {
    this.#text = text === '' || text.endsWith('\n') ? text : `${text}\n`;
    const [header] = parseCsvRecords(text.split(/\r?\n/, 1)[0], { delimiter: this.#separator });
    this.#columns = header?.slice(1);
  }
}
