/** What a command works with; the tests give their own. */
import type { SignalSource } from './interrupt.ts';
import type { Registry } from './registry.ts';
import type { Environment, OutputStream } from './terminal.ts';

export interface CommandContext {
  stdout: OutputStream;
  stderr: OutputStream;
  environment: Environment;
  registry: Registry;
  signals: SignalSource;
  /** Milliseconds, from any start. */
  clock: () => number;
}
