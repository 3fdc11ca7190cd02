import { describeValue, expectOptions } from '../../nn/options.ts';
import { Callback, type Logs } from './callback.ts';

export interface RemoteMonitorOptions {
  /** Address of the server. */
  readonly root?: string;
  readonly path?: string;
  /** Field of the form that holds the numbers as JSON; 'data' by default. */
  readonly field?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the body is the JSON itself instead of a form with one field; false by default. */
  readonly sendAsJson?: boolean;
  /** How a request is sent; the platform's `fetch`, given ten seconds, by default. */
  readonly send?: (
    url: string,
    body: string,
    headers: Readonly<Record<string, string>>,
  ) => Promise<void>;
}

const known = ['root', 'path', 'field', 'headers', 'sendAsJson', 'send'];

/** Milliseconds for an answer: training waits for it. */
const PATIENCE = 10_000;

/**
 * Sends the numbers of each epoch, with its number as `epoch`, to a server by POST, in the form of Keras's
 * callback. A server that does not answer is reported once and does not disturb training.
 */
export class RemoteMonitor extends Callback {
  readonly #url: string;
  readonly #field: string | undefined;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #send: NonNullable<RemoteMonitorOptions['send']>;
  #failed = false;

  constructor(options: RemoteMonitorOptions = {}) {
    super();
    expectOptions('remoteMonitor', options, known);
    const { root = 'http://localhost:9000', path = '/publish/epoch/end/' } = options;
    this.#url = root + path;
    this.#field = options.sendAsJson ? undefined : (options.field ?? 'data');
    const type = options.sendAsJson ? 'application/json' : 'application/x-www-form-urlencoded';
    this.#headers = { 'content-type': type, ...options.headers };
    this.#send = options.send ?? post;
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const json = JSON.stringify({ epoch, ...logs });
    const body =
      this.#field === undefined
        ? json
        : `${encodeURIComponent(this.#field)}=${encodeURIComponent(json)}`;
    try {
      await this.#send(this.#url, body, this.#headers);
    } catch (error) {
      if (!this.#failed) {
        console.warn(
          `remoteMonitor: ${this.#url} does not take the numbers (${reason(error)}); training goes on`,
        );
      }
      this.#failed = true;
    }
  }
}

/** A network error says "fetch failed" and hides why in its cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return describeValue(error);
  const { code, message } = (error.cause ?? {}) as { code?: string; message?: string };
  const why = code ?? message;
  return why ? `${error.message}: ${why}` : error.message;
}

/** What this floor uses of the platform. */
interface Platform {
  readonly fetch?: (url: string, init: object) => Promise<{ ok: boolean; status: number }>;
  readonly AbortSignal?: { timeout(milliseconds: number): unknown };
}

async function post(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const { fetch, AbortSignal } = globalThis as Platform;
  if (!fetch) throw new Error('this platform has no fetch; pass send');
  const signal = AbortSignal?.timeout(PATIENCE);
  const response = await fetch(url, { method: 'POST', body, headers, signal });
  if (!response.ok) throw new Error(`status ${response.status}`);
}
