import { describe, expect, it } from 'vitest';
import { complaint, lastJson, run } from './processes.ts';

const node = (script: string) => ({ file: process.execPath, args: ['-e', script] });
const limitMs = 20_000;

describe('processes', () => {
  it('give the JSON of their last line', async () => {
    const outcome = await run(node('console.log("loading"); console.log(`{"ms": 3}`)'), limitMs);
    expect(outcome.status).toBe(0);
    expect(lastJson(outcome)).toEqual({ ms: 3 });
  });

  it('say which error ended them', async () => {
    const outcome = await run(node('throw new TypeError("no such layer")'), limitMs);
    expect(outcome.status).toBe(1);
    expect(complaint(outcome, limitMs)).toBe('TypeError: no such layer');
  });

  it('say which signal ended them', async () => {
    const outcome = await run(
      node('process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1e6)'),
      limitMs,
    );
    expect(outcome.status).toBeUndefined();
    expect(complaint(outcome, limitMs)).toBe('crashed with SIGTERM');
  });

  it('are stopped when they take too long', async () => {
    const outcome = await run(node('setInterval(() => {}, 1e6)'), 300);
    expect(outcome.status).toBeUndefined();
    expect(complaint(outcome, 300)).toBe('stopped after 0.3 s');
  });
});
