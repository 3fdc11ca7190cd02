import type { Speed } from './state.ts';

/**
 * How fast epochs pass. 'auto' begins at the original's 60 a second and doubles until it is as fast as
 * it goes: the first strokes can be followed, and a long training does not take long.
 */

const fixed: Readonly<Record<Speed, number>> = {
  auto: 60,
  slow: 5,
  classic: 60,
  fast: 600,
  max: Number.POSITIVE_INFINITY,
};

const DOUBLING_SECONDS = 0.8;

export class Pace {
  #speed: Speed = 'auto';
  #started = 0;
  #last = 0;
  #due = 0;

  /** Training begins, or goes on after a pause, at `now` (milliseconds). */
  start(speed: Speed, now: number): void {
    this.#speed = speed;
    this.#started = now;
    this.#last = now;
    this.#due = 1;
  }

  /** Changes the speed of a training that runs. */
  change(speed: Speed, now: number): void {
    if (speed !== this.#speed) this.start(speed, now);
  }

  /** Epochs a second at `now`. */
  rate(now: number): number {
    if (this.#speed !== 'auto') return fixed[this.#speed];
    return fixed.auto * 2 ** ((now - this.#started) / 1000 / DOUBLING_SECONDS);
  }

  /** How many epochs are due. At full speed as many as there is time for. */
  due(now: number): number {
    const rate = this.rate(now);
    if (rate === Number.POSITIVE_INFINITY) return rate;
    // After a break in which nothing ran, at most a tenth of a second is caught up.
    this.#due += (rate * Math.min(100, now - this.#last)) / 1000;
    this.#last = now;
    return Math.floor(this.#due);
  }

  done(epochs: number): void {
    if (Number.isFinite(this.#due)) this.#due = Math.max(0, this.#due - epochs);
  }

  /** What could not be done in time is not caught up. */
  forget(): void {
    this.#due = Math.min(this.#due, 1);
  }
}
