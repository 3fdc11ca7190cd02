/**
 * How far a training run is. Each epoch leaves one line of its results; on a terminal a bar is drawn
 * below them again and again while an epoch runs; in quiet mode there is nothing.
 * The renderer knows nothing of models: whoever trains calls begin, update, endEpoch and finish.
 */
import {
  createStyle,
  displayWidth,
  formatDuration,
  formatMetric,
  formatShort,
  type OutputStream,
  type Style,
} from './terminal.ts';

export type Metrics = Readonly<Record<string, number>>;

export interface ProgressOptions {
  stream: OutputStream;
  /** Writes nothing at all. */
  quiet?: boolean;
  style?: Style;
  /** Draw the bar with box characters rather than ASCII. */
  unicode?: boolean;
  /** Milliseconds, from any start. */
  clock?: () => number;
}

export interface ProgressPlan {
  /** Total epochs. */
  epochs: number;
  /** Steps per epoch; undefined when the data does not say how long it is. */
  steps?: number;
  /** Samples in a full step; undefined when the data does not say. */
  samplesPerStep?: number;
  /** Samples in an epoch, when the last step is not full. */
  samplesPerEpoch?: number;
  /** Epochs already done, when a run resumes. */
  initialEpoch?: number;
  /** What is written in the place of the epoch's number. */
  label?: string;
}

/** The terminal is drawn at most ten times a second. */
const redrawMs = 100;

/** Up to this many epochs each has its line; longer runs write about half as many, evenly spaced. */
const linesUpTo = 100;

const barWidth = { wide: 24, least: 8 };
const defaultColumns = 80;

interface Field {
  text: string;
  /** Fields with a higher number are left out first on a narrow terminal. */
  rank: number;
}

export class ProgressRenderer {
  readonly #stream: OutputStream;
  readonly #quiet: boolean;
  readonly #style: Style;
  readonly #unicode: boolean;
  readonly #clock: () => number;
  #plan: ProgressPlan = { epochs: 0, samplesPerStep: 0 };
  #epoch = 0;
  #step = 0;
  #metrics: Metrics = {};
  #epochStart = 0;
  /** The time left is measured from the end of the run's first step, which compiles the model. */
  #firstStepAt: number | undefined;
  #stepsSince = 0;
  /** Where the measure of samples per second starts: the epoch, in the first one its first step. */
  #rateFrom = { at: 0, samples: 0 };
  #lastStepAt = 0;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #lineShown = false;

  constructor(options: ProgressOptions) {
    this.#stream = options.stream;
    this.#quiet = options.quiet ?? false;
    this.#style = options.style ?? createStyle(false);
    this.#unicode = options.unicode ?? true;
    this.#clock = options.clock ?? (() => performance.now());
  }

  /** Starts a run. */
  begin(plan: ProgressPlan): void {
    this.#plan = plan;
    this.#epoch = plan.initialEpoch ?? 0;
    this.#firstStepAt = undefined;
    this.#stepsSince = 0;
    this.#startEpoch();
  }

  /** After step `step` (counted from 1) of the running epoch; `metrics` are means over the epoch. */
  update(step: number, metrics: Metrics = {}): void {
    const now = this.#clock();
    if (this.#firstStepAt === undefined) {
      this.#firstStepAt = now;
      this.#rateFrom = { at: now, samples: this.#samplesAfter(step) };
    } else {
      this.#stepsSince += step - this.#step;
    }
    this.#step = step;
    this.#lastStepAt = now;
    this.#metrics = metrics;
    if (this.#quiet || !this.#stream.isTTY || now - this.#drawnAt < redrawMs) return;
    this.#drawnAt = now;
    this.#draw();
  }

  /** After the last step and the validation of an epoch. */
  endEpoch(metrics: Metrics = this.#metrics): void {
    this.#metrics = metrics;
    const finished = this.#epoch + 1;
    const { epochs, initialEpoch = 0 } = this.#plan;
    const every = epochs <= linesUpTo ? 1 : Math.ceil((2 * epochs) / linesUpTo);
    const keep = finished % every === 0 || finished === epochs || finished === initialEpoch + 1;
    if (!this.#quiet && keep) {
      this.#erase();
      this.#stream.write(`${this.#epochLine()}\n`);
    }
    this.#epoch = finished;
    this.#startEpoch();
  }

  /** Writes a line of its own; a bar on the screen moves below it. */
  writeLine(line: string): void {
    if (this.#quiet) return;
    const drawn = this.#lineShown;
    this.#erase();
    this.#stream.write(`${line}\n`);
    if (drawn) this.#draw();
  }

  /** Ends a run: an unfinished bar leaves the screen. */
  finish(): void {
    this.#erase();
  }

  #startEpoch(): void {
    this.#step = 0;
    this.#metrics = {};
    this.#epochStart = this.#clock();
    this.#lastStepAt = this.#epochStart;
    this.#rateFrom = { at: this.#epochStart, samples: 0 };
    this.#drawnAt = Number.NEGATIVE_INFINITY;
  }

  #draw(): void {
    this.#stream.write(`\r${this.#barLine()}\x1b[K`);
    this.#lineShown = true;
  }

  #erase(): void {
    if (this.#lineShown) this.#stream.write('\r\x1b[K');
    this.#lineShown = false;
  }

  #samplesAfter(step: number): number {
    const { samplesPerStep = 1, samplesPerEpoch, steps } = this.#plan;
    return step === steps && samplesPerEpoch !== undefined
      ? samplesPerEpoch
      : step * samplesPerStep;
  }

  #samplesPerSecond(): number | undefined {
    const single = this.#lastStepAt <= this.#rateFrom.at; // one step so far: nothing else to measure
    const { at, samples } = single ? { at: this.#epochStart, samples: 0 } : this.#rateFrom;
    const ms = this.#lastStepAt - at;
    return ms > 0 ? ((this.#samplesAfter(this.#step) - samples) * 1000) / ms : undefined;
  }

  /** Seconds to the end of the run, from the mean time of a step so far (validation included). */
  #secondsLeft(): number | undefined {
    const { steps, epochs } = this.#plan;
    if (steps === undefined || this.#firstStepAt === undefined || this.#stepsSince < 1) {
      return undefined;
    }
    const left = (epochs - this.#epoch) * steps - this.#step;
    return ((this.#lastStepAt - this.#firstStepAt) / this.#stepsSince / 1000) * Math.max(0, left);
  }

  #epochText(): string {
    if (this.#plan.label !== undefined) return this.#plan.label;
    const total = String(this.#plan.epochs);
    return `Epoch ${String(this.#epoch + 1).padStart(total.length)}/${total}`;
  }

  #rateText(): string | undefined {
    const rate = this.#samplesPerSecond();
    const unit = this.#plan.samplesPerStep === undefined ? 'steps/s' : 'samples/s';
    return rate === undefined ? undefined : `${formatShort(rate)} ${unit}`;
  }

  #metricFields(): Field[] {
    return Object.entries(this.#metrics).map(([name, value], i) => ({
      text: `${this.#style.dim(name)} ${formatMetric(value)}`,
      rank: i < 2 ? i : 10 + i,
    }));
  }

  #epochLine(): string {
    const seconds = (this.#clock() - this.#epochStart) / 1000;
    const fields = [formatDuration(seconds), this.#rateText()];
    for (const field of this.#metricFields()) fields.push(field.text);
    return [this.#epochText(), ...fields.filter((f) => f !== undefined)].join('  ');
  }

  #bar(width: number, done: number): string {
    const [full, rest] = this.#unicode ? ['━', '─'] : ['=', '.'];
    const filled = Math.round(width * Math.min(1, Math.max(0, done)));
    return this.#style.green(full.repeat(filled)) + this.#style.dim(rest.repeat(width - filled));
  }

  #barLine(): string {
    const { steps } = this.#plan;
    const room = Math.max(20, this.#stream.columns ?? defaultColumns) - 1; // the last column wraps
    const head = this.#style.bold(this.#epochText());
    const count =
      steps === undefined
        ? `step ${this.#step}`
        : `${String(this.#step).padStart(String(steps).length)}/${steps}`;
    const fields: Field[] = [{ text: count, rank: 2 }];
    const rate = this.#rateText();
    if (rate !== undefined) fields.push({ text: rate, rank: 4 });
    const left = this.#secondsLeft();
    if (left !== undefined) fields.push({ text: `ETA ${formatDuration(left)}`, rank: 3 });
    fields.push(...this.#metricFields());
    const widthOf = (list: readonly Field[]): number =>
      list.reduce((sum, f) => sum + displayWidth(f.text) + 2, displayWidth(head));
    const least = steps === undefined ? 0 : barWidth.least + 2;
    let shown = fields;
    while (shown.length > 0 && widthOf(shown) + least > room) {
      const last = Math.max(...shown.map((f) => f.rank));
      shown = shown.filter((f) => f.rank !== last);
    }
    const parts = [head];
    if (steps !== undefined) {
      const width = Math.min(barWidth.wide, room - widthOf(shown) - 2);
      if (width >= 3) parts.push(this.#bar(width, this.#step / Math.max(1, steps)));
    }
    return [...parts, ...shown.map((f) => f.text)].join('  ');
  }
}
