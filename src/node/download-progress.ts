/** One line on a terminal for all the files of a data set that are on their way. */
import {
  createStyle,
  formatDuration,
  formatShort,
  type OutputStream,
  type Style,
} from './terminal.ts';

export interface DownloadProgressOptions {
  stream: OutputStream;
  style?: Style;
  /** Draw the bar with box characters rather than ASCII. */
  unicode?: boolean;
  /** Milliseconds, from any start. */
  clock?: () => number;
}

const redrawMs = 100;
const barWidth = 24;

interface Size {
  received: number;
  total: number | undefined;
}

/** Writes nothing where the stream is not a terminal. */
export class DownloadProgress {
  readonly #options: DownloadProgressOptions;
  readonly #style: Style;
  readonly #files = new Map<string, Size>();
  #running = 0;
  #startedAt = 0;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #lineShown = false;

  constructor(options: DownloadProgressOptions) {
    this.#options = options;
    this.#style = options.style ?? createStyle(false);
  }

  /** A file of the data set `name` begins; call `update` as it arrives, and `end` whatever came of it. */
  begin(
    name: string,
    file: string,
  ): { update: (received: number, total: number | undefined) => void; end: () => void } {
    if (this.#running++ === 0) {
      this.#files.clear();
      this.#startedAt = this.#now();
    }
    return {
      update: (received, total) => {
        this.#files.set(file, { received, total });
        this.#draw(name);
      },
      end: () => {
        if (--this.#running === 0) this.#erase();
      },
    };
  }

  #now(): number {
    return (this.#options.clock ?? (() => performance.now()))();
  }

  #draw(name: string): void {
    const now = this.#now();
    const { stream } = this.#options;
    if (!stream.isTTY || now - this.#drawnAt < redrawMs) return;
    this.#drawnAt = now;
    stream.write(`\r${this.#line(name, (now - this.#startedAt) / 1000)}\x1b[K`);
    this.#lineShown = true;
  }

  #line(name: string, seconds: number): string {
    let received = 0;
    let total: number | undefined = 0;
    for (const file of this.#files.values()) {
      received += file.received;
      total = total === undefined || file.total === undefined ? undefined : total + file.total;
    }
    const rate = seconds > 0 ? received / seconds : 0;
    const of = total === undefined ? '' : ` of ${formatShort(total)}B`;
    const parts = [`${this.#style.bold(name)}`, `${formatShort(received)}B${of}`];
    if (rate > 0) parts.push(`${formatShort(rate)}B/s`);
    if (total !== undefined && total > 0) {
      parts.splice(1, 0, this.#bar(received / total));
      if (rate > 0) parts.push(`ETA ${formatDuration(Math.max(0, total - received) / rate)}`);
    }
    return parts.join('  ');
  }

  #bar(done: number): string {
    const [full, rest] = (this.#options.unicode ?? true) ? ['━', '─'] : ['=', '.'];
    const filled = Math.round(barWidth * Math.min(1, done));
    return this.#style.green(full.repeat(filled)) + this.#style.dim(rest.repeat(barWidth - filled));
  }

  #erase(): void {
    if (this.#lineShown) this.#options.stream.write('\r\x1b[K');
    this.#lineShown = false;
  }
}
