import type { RunSnapshot } from './protocol.ts';
import { type Names, type PlaygroundState, plainState, sanitize } from './state.ts';

/** A session as a file: the settings, the points and the weights, as JSON. */

export interface Session {
  readonly state: PlaygroundState;
  readonly run: RunSnapshot | undefined;
}

export type SessionErrorCode = 'json' | 'kind' | 'tooBig';

export class SessionError extends Error {
  readonly code: SessionErrorCode;

  constructor(code: SessionErrorCode) {
    super(`session: ${code}`);
    this.code = code;
  }
}

const KIND = 'nabla-playground';
const MAX_TEXT = 5_000_000;

export function writeSession({ state, run }: Session): string {
  return `${JSON.stringify({ kind: KIND, version: 1, state: plainState(state), run })}\n`;
}

const isRecord = (v: unknown): v is Record<string, unknown> =>
  typeof v === 'object' && v !== null && !Array.isArray(v);
const numbers = (v: unknown): v is number[] =>
  Array.isArray(v) && v.length <= 100_000 && v.every((n) => typeof n === 'number');

function runOf(v: unknown): RunSnapshot | undefined {
  if (!isRecord(v) || typeof v.epoch !== 'number' || !Array.isArray(v.weights)) return undefined;
  const weights = v.weights.slice(0, 200).map((w) => {
    if (!isRecord(w) || !numbers(w.shape) || !numbers(w.values)) return undefined;
    return { name: String(w.name).slice(0, 80), shape: w.shape, values: w.values };
  });
  if (weights.some((w) => w === undefined)) return undefined;
  return { epoch: v.epoch, weights: weights as RunSnapshot['weights'] };
}

/** Throws a {@link SessionError} for what is no session; repairs what is out of range. */
export function readSession(text: string, names?: Names): Session {
  if (text.length > MAX_TEXT) throw new SessionError('tooBig');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SessionError('json');
  }
  if (!isRecord(value) || value.kind !== KIND) throw new SessionError('kind');
  return { state: sanitize(value.state, names), run: runOf(value.run) };
}
