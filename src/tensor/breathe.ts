/**
 * Promises alone never let a program's other work have its turn: a loop that awaits computations of
 * microseconds would hold up timers, input and painting until it ends. So whatever runs computations in a
 * row pauses for one turn of the event loop now and then.
 */

/** Work goes on for about this long without a pause, in milliseconds: a frame at 60 a second. */
const SLICE = 16;

interface Platform {
  readonly setImmediate?: (callback: () => void) => unknown;
  readonly MessageChannel?: new () => {
    readonly port1: { onmessage: (() => void) | null };
    readonly port2: { postMessage(message: null): void };
  };
}

/** How to be called in the next turn. Browsers delay repeated timers by milliseconds, but not messages. */
function nextTurn(): (callback: () => void) => void {
  const { setImmediate, MessageChannel } = globalThis as Platform;
  if (setImmediate) return (callback) => void setImmediate(callback);
  if (!MessageChannel) return (callback) => void setTimeout(callback, 0);
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return (callback) => {
    waiting.push(callback);
    port2.postMessage(null);
  };
}

let schedule: ((callback: () => void) => void) | undefined;
let lastPause = 0;

/** A promise to wait for when a pause is due; undefined otherwise. */
export function breathe(): Promise<void> | undefined {
  if (performance.now() - lastPause < SLICE) return undefined;
  schedule ??= nextTurn();
  const turn = schedule;
  return new Promise((resolve) =>
    turn(() => {
      lastPause = performance.now();
      resolve();
    }),
  );
}
