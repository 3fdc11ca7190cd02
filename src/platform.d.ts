/** The few globals that every JavaScript platform has and that the core floors use. */
declare var console: {
  log(...args: unknown[]): void;
  warn(...args: unknown[]): void;
};
declare var performance: { now(): number };
declare function setTimeout(callback: () => void, milliseconds: number): unknown;
