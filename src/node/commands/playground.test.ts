import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { main } from '../cli.ts';

const built = existsSync(
  fileURLToPath(new URL('../../../dist/apps/playground/index.html', import.meta.url)),
);

/** Runs the command, calls `then` with what it printed first, and sends Ctrl-C. */
async function run(args: string[], then: (output: string) => Promise<void>) {
  const signals = new EventEmitter();
  let text = '';
  const stream = {
    write: (part: string) => {
      text += part;
      return true;
    },
    isTTY: false,
  };
  const ended = main(['playground', ...args], {
    stdout: stream,
    stderr: stream,
    signals,
  } as Parameters<typeof main>[1]);
  const early = await Promise.race([
    ended,
    new Promise<undefined>((done) => {
      const look = () => (text.includes('\n') ? done(undefined) : setTimeout(look, 5));
      look();
    }),
  ]);
  if (early === undefined) await then(text);
  signals.emit('SIGINT');
  return { code: await ended, text };
}

describe('nabla playground', () => {
  it.runIf(built)('serves the page until Ctrl-C (skipped without npm run build)', async () => {
    const { code } = await run(['--port', '0'], async (text) => {
      const url = /http:\S+/.exec(text)![0];
      expect(await (await fetch(url)).text()).toContain('<nabla-playground');
      expect((await fetch(`${url}nabla-playground.js`)).status).toBe(200);
    });
    expect(code).toBe(0);
  });

  it('refuses a port that is none', async () => {
    const { code, text } = await run(['--port', '70000'], async () => {});
    expect(code).toBe(2);
    expect(text).toContain('65535');
  });
});
