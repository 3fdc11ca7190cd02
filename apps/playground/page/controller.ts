import type { Catalog } from '../core/catalog.ts';
import type {
  Frame,
  FromWorker,
  Layout,
  RequestName,
  Requests,
  RunSnapshot,
  ToWorker,
  WeightAddress,
} from '../core/protocol.ts';
import { type PlaygroundState, sanitize } from '../core/state.ts';

/**
 * Between the page and its worker: the state as set, the last frame, the history of losses. Components
 * re-render on {@link subscribe}; what moves sixty times a second listens to {@link onFrame} instead.
 */

export interface History {
  readonly epoch: number[];
  readonly train: number[];
  readonly test: number[];
  readonly trainScore: number[];
  readonly testScore: number[];
}

export interface PinnedRun {
  readonly state: PlaygroundState;
  readonly frame: Frame;
  readonly history: History;
  readonly layout: Layout;
}

export interface Notice {
  readonly kind: 'info' | 'warning' | 'error';
  /** A key of the dictionary. */
  readonly text: string;
  readonly values?: Readonly<Record<string, string | number>>;
}

const MAX_HISTORY = 2400;

const emptyHistory = (): History => ({
  epoch: [],
  train: [],
  test: [],
  trainScore: [],
  testScore: [],
});

/** Accuracy or R2. */
export function scoreOf(metrics: Frame['trainMetrics']): number {
  return metrics.kind === 'classification' ? metrics.accuracy : metrics.r2;
}

export class Controller {
  state: PlaygroundState;
  catalog: Catalog | undefined;
  layout: Layout | undefined;
  frame: Frame | undefined;
  playing = false;
  history: History = emptyHistory();
  /** Of the last frame that brought them. */
  distributions: Frame['distributions'];
  pinned: PinnedRun | undefined;
  notice: Notice | undefined;
  classNames: readonly string[] = [];
  /** Why the worker could not be started or failed. */
  failure: string | undefined;
  readonly #worker: Worker;
  readonly #listeners = new Set<() => void>();
  readonly #frameListeners = new Set<(frame: Frame) => void>();
  readonly #pending = new Map<
    number,
    { resolve: (value: any) => void; reject: (error: Error) => void }
  >();
  #nextRequest = 1;
  #scheduled = false;
  #waiting: Frame | undefined;
  #started: Promise<void>;
  #watch = { distributions: false, visible: true };
  /** Frames drawn, for measuring. */
  drawnFrames = 0;

  constructor(state: PlaygroundState, worker: Worker) {
    this.state = state;
    this.#worker = worker;
    let ready: () => void = () => {};
    this.#started = new Promise((resolve) => {
      ready = resolve;
    });
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === 'ready') {
        this.catalog = data.catalog;
        this.state = sanitize(this.state, data.catalog);
        this.#send({ type: 'configure', state: this.state });
        ready();
        this.#changed();
      } else {
        this.#receive(data);
      }
    };
    worker.onerror = (event) => {
      this.failure = event.message || 'worker';
      this.#changed();
    };
  }

  get ready(): Promise<void> {
    return this.#started;
  }

  dispose(): void {
    this.#worker.terminate();
    this.#listeners.clear();
    this.#frameListeners.clear();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onFrame(listener: (frame: Frame) => void): () => void {
    this.#frameListeners.add(listener);
    return () => this.#frameListeners.delete(listener);
  }

  /** Changes settings; the worker decides whether the run goes on or starts again. */
  set(changes: Partial<PlaygroundState>): void {
    this.state = sanitize({ ...this.state, lesson: '', ...changes }, this.catalog);
    this.notice = undefined;
    if (this.catalog) this.#send({ type: 'configure', state: this.state });
    this.#changed();
  }

  /** Replaces everything, as a link or a session does. */
  load(state: unknown, snapshot?: RunSnapshot): void {
    this.state = sanitize(state, this.catalog);
    this.playing = false;
    this.#send({ type: 'pause' });
    this.#send({ type: 'configure', state: this.state, ...(snapshot ? { snapshot } : {}) });
    this.#changed();
  }

  tell(notice: Notice | undefined): void {
    this.notice = notice;
    this.#changed();
  }

  play(): void {
    if (this.frame?.trouble) return;
    this.playing = true;
    this.#send({ type: 'play' });
    this.#changed();
  }

  pause(): void {
    this.playing = false;
    this.#send({ type: 'pause' });
    this.#changed();
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  step(unit: 'epoch' | 'batch'): void {
    this.playing = false;
    this.#send({ type: 'step', unit });
    this.#changed();
  }

  reset(): void {
    this.playing = false;
    this.#send({ type: 'pause' });
    if (!this.state.keepWeights) {
      const seed = 1 + Math.floor(Math.random() * 999_999);
      this.state = { ...this.state, seed };
    }
    this.#send({ type: 'reset', state: this.state });
    this.notice = undefined;
    this.#changed();
  }

  edit(address: WeightAddress, value: number): void {
    this.#send({ type: 'edit', address, value });
  }

  watch(changes: Partial<{ distributions: boolean; visible: boolean }>): void {
    this.#watch = { ...this.#watch, ...changes };
    this.#send({ type: 'watch', ...this.#watch });
  }

  request<N extends RequestName>(name: N, input: Requests[N]['in']): Promise<Requests[N]['out']> {
    const id = this.#nextRequest++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#send({ type: 'request', id, name, in: input });
    });
  }

  pin(): void {
    const { state, frame, history, layout } = this;
    if (!frame || !layout) return;
    const copy = Object.fromEntries(
      Object.entries(history).map(([key, values]) => [key, [...values]]),
    ) as unknown as History;
    this.pinned = { state, frame, history: copy, layout };
    this.#changed();
  }

  unpin(): void {
    this.pinned = undefined;
    this.#changed();
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #receive(message: Exclude<FromWorker, { type: 'ready' }>): void {
    switch (message.type) {
      case 'layout':
        this.layout = message.layout;
        if (message.reset) {
          this.history = emptyHistory();
          this.#waiting = undefined;
        }
        this.#changed();
        break;
      case 'frame':
        this.#waiting = message.frame;
        this.#schedule();
        break;
      case 'answer':
        this.#pending.get(message.id)?.resolve(message.out);
        this.#pending.delete(message.id);
        break;
      case 'failed':
        if (message.id !== undefined) {
          this.#pending.get(message.id)?.reject(new Error(message.message));
          this.#pending.delete(message.id);
        } else {
          this.playing = false;
          this.tell({ kind: 'error', text: 'failed', values: { message: message.message } });
        }
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      const frame = this.#waiting;
      this.#waiting = undefined;
      if (!frame) return;
      const before = this.frame;
      this.frame = frame;
      if (frame.distributions) this.distributions = frame.distributions;
      this.#note(frame);
      this.drawnFrames++;
      for (const listener of this.#frameListeners) listener(frame);
      this.#send({ type: 'drawn' });
      if (this.playing && !frame.playing && (frame.trouble || frame.stopped)) this.playing = false;
      const turned =
        before?.trouble !== frame.trouble ||
        before?.playing !== frame.playing ||
        before?.stopped !== frame.stopped ||
        before === undefined;
      if (turned) this.#changed();
    });
  }

  #note(frame: Frame): void {
    const h = this.history;
    const last = h.epoch.length - 1;
    const epoch = frame.epoch;
    if (last >= 0 && epoch <= h.epoch[last]) {
      if (epoch < h.epoch[last]) return;
      h.train[last] = frame.trainLoss;
      h.test[last] = frame.testLoss;
      h.trainScore[last] = scoreOf(frame.trainMetrics);
      h.testScore[last] = scoreOf(frame.testMetrics);
      return;
    }
    h.epoch.push(epoch);
    h.train.push(frame.trainLoss);
    h.test.push(frame.testLoss);
    h.trainScore.push(scoreOf(frame.trainMetrics));
    h.testScore.push(scoreOf(frame.testMetrics));
    if (h.epoch.length < MAX_HISTORY) return;
    for (const values of Object.values(h) as number[][]) {
      const kept = values.filter((_, i) => i % 2 === 0 || i === values.length - 1);
      values.splice(0, values.length, ...kept);
    }
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
