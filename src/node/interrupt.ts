/**
 * Ctrl-C while training: the first asks the run to stop after its step, so that what it has is
 * kept; the second ends the process at once. SIGTERM (a scheduler, a container) asks the same way.
 */

/** The process, or an event emitter in its place. */
export interface SignalSource {
  on(signal: string, listener: () => void): unknown;
  off(signal: string, listener: () => void): unknown;
}

export interface InterruptOptions {
  /** Called once, at the first signal. */
  onRequest?: () => void;
  /** Called at the second; ends the process with the signal's exit code by default. */
  onAbort?: (exitCode: number) => void;
  source?: SignalSource;
  /** Milliseconds, from any start. */
  clock?: () => number;
}

/** Exit codes a shell gives to a process that these signals end: 128 plus the signal's number. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * A launcher such as npx passes on the signal that the terminal has already sent to every process
 * in the foreground, so one key press can arrive twice; within this time it counts once.
 */
const samePressMs = 300;

export class Interrupt {
  /** Whether a signal has asked the run to stop. */
  requested = false;
  /** Exit code for a run that stopped on request: 130 after Ctrl-C, 143 after SIGTERM. */
  exitCode: number = exitCodes.SIGINT;
  readonly #options: InterruptOptions;
  readonly #listeners: [string, () => void][] = [];
  #requestedAt = 0;

  constructor(options: InterruptOptions = {}) {
    this.#options = options;
  }

  /** Starts listening; a second call changes nothing. */
  install(): void {
    if (this.#listeners.length > 0) return;
    for (const [signal, code] of Object.entries(exitCodes)) {
      const listener = (): void => this.#receive(code);
      this.#listeners.push([signal, listener]);
      this.#source.on(signal, listener);
    }
  }

  /** Stops listening: signals do again what they do by default. */
  uninstall(): void {
    for (const [signal, listener] of this.#listeners.splice(0)) this.#source.off(signal, listener);
  }

  get #source(): SignalSource {
    return this.#options.source ?? process;
  }

  #receive(code: number): void {
    const now = (this.#options.clock ?? (() => performance.now()))();
    if (!this.requested) {
      this.requested = true;
      this.exitCode = code;
      this.#requestedAt = now;
      this.#options.onRequest?.();
    } else if (now - this.#requestedAt >= samePressMs) {
      (this.#options.onAbort ?? ((exitCode: number) => process.exit(exitCode)))(code);
    }
  }
}
