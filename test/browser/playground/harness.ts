import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { buildPlayground } from '../../../scripts/build-apps.js';
import { launchChromium, type StaticServer, serve } from '../chromium.ts';

/** The built playground in Chromium, and hands to work it with. */

export interface Bench {
  readonly browser: Browser;
  readonly url: string;
  /** Where the built files lie. */
  readonly folder: string;
  /** Compressed size of the script in bytes. */
  readonly size: number;
  close(): Promise<void>;
}

export async function openBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'nabla-playground-'));
  const built = join(folder, 'some/deep folder');
  const size = await buildPlayground(built);
  const server: StaticServer = await serve({ '/': folder });
  const browser = await launchChromium();
  return {
    browser,
    size,
    folder: built,
    url: `${server.url}/some/deep%20folder/`,
    close: async () => {
      await browser.close();
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

export interface OpenOptions {
  readonly hash?: string;
  readonly file?: string;
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  readonly locale?: string;
  readonly reducedMotion?: boolean;
}

/** A page with the playground ready; what it logs as an error is kept. */
export async function open(
  bench: Bench,
  options: OpenOptions = {},
): Promise<{ page: Page; errors: string[] }> {
  const context = await bench.browser.newContext({
    viewport: { width: options.width ?? 1440, height: options.height ?? 950 },
    colorScheme: options.dark ? 'dark' : 'light',
    locale: options.locale ?? 'en-US',
    reducedMotion: options.reducedMotion ? 'reduce' : 'no-preference',
    acceptDownloads: true,
  });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  const hash = options.hash ? `#${options.hash}` : '';
  await page.goto(`${bench.url}${options.file ?? 'index.html'}${hash}`);
  await ready(page);
  return { page, errors };
}

/** Until the first frame is drawn. */
export async function ready(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [...document.querySelectorAll('nabla-playground')].every(
      (p) => (p as any).controller?.frame !== undefined,
    ),
  );
}

/** What the page itself knows of its run. */
export interface Probe {
  readonly epoch: number;
  readonly steps: number;
  readonly trainLoss: number;
  readonly testLoss: number;
  readonly accuracy: number;
  readonly r2: number;
  readonly playing: boolean;
  readonly drawnFrames: number;
  readonly trouble: string | undefined;
  readonly weights: readonly number[];
  readonly state: any;
}

export function probe(page: Page, which = 0): Promise<Probe> {
  return page.evaluate((at) => {
    const element = document.querySelectorAll('nabla-playground')[at] as any;
    const { frame, state, drawnFrames, playing } = element.controller;
    const { points, ...plain } = state;
    return {
      epoch: frame.epoch,
      steps: frame.steps,
      trainLoss: frame.trainLoss,
      testLoss: frame.testLoss,
      accuracy: frame.testMetrics.accuracy,
      r2: frame.testMetrics.r2,
      playing,
      drawnFrames,
      trouble: frame.trouble?.kind,
      weights: frame.weights.flatMap((w: any) => [...w.kernel, ...w.bias]),
      state: {
        ...plain,
        points: points && { x: [...points.x], y: [...points.y], label: [...points.label] },
      },
    };
  }, which);
}

/** Waits until a condition on the last frame of the first playground holds. */
export async function until(page: Page, condition: string, timeout = 30_000): Promise<void> {
  await page.waitForFunction(
    (text) => {
      const { controller } = document.querySelector('nabla-playground') as any;
      return new Function('c', 'f', `return ${text}`)(controller, controller.frame);
    },
    condition,
    { timeout },
  );
}
