import { Callback, type Logs } from './callback.ts';

export interface RemoteMonitorOptions {
  /** Address of the server. */
  readonly root?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How a request is sent; the platform's `fetch` by default. */
  readonly send?: (
    url: string,
    body: string,
    headers: Readonly<Record<string, string>>,
  ) => Promise<void>;
}

/**
 * Sends the numbers of each epoch as JSON to a server. A server that does not answer is reported once
 * and does not disturb training.
 */
export class RemoteMonitor extends Callback {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #send: NonNullable<RemoteMonitorOptions['send']>;
  #failed = false;

  constructor(options: RemoteMonitorOptions = {}) {
    super();
    this.#url = (options.root ?? 'http://localhost:9000') + (options.path ?? '/publish/epoch/end/');
    this.#headers = { 'content-type': 'application/json', ...options.headers };
    this.#send = options.send ?? post;
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    try {
      await this.#send(this.#url, JSON.stringify({ epoch, ...logs }), this.#headers);
    } catch (error) {
      if (!this.#failed)
        console.warn(
          `remoteMonitor: ${this.#url} does not take the numbers (${error}); training goes on`,
        );
      this.#failed = true;
    }
  }
}

async function post(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const fetch = (
    globalThis as {
      fetch?: (url: string, init: object) => Promise<{ ok: boolean; status: number }>;
    }
  ).fetch;
  if (!fetch) throw new Error('this platform has no fetch');
  const response = await fetch(url, { method: 'POST', body, headers });
  if (!response.ok) throw new Error(`status ${response.status}`);
}
