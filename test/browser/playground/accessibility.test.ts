import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumMissing } from '../chromium.ts';
import { type Bench, type OpenOptions, open, openBench, until } from './harness.ts';

/** axe-core over the playground in its states; it must find nothing. */

let bench: Bench;

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations: found } = await (window as any).axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return found.map(
      (v: any) =>
        `${v.id}: ${v.help}\n${v.nodes.map((n: any) => `  ${n.html.slice(0, 160)} ${n.any[0]?.message ?? ''}`).join('\n')}`,
    );
  });
}

describe.skipIf(chromiumMissing)(`accessibility ${chromiumMissing ?? ''}`, () => {
  beforeAll(async () => {
    bench = await openBench();
  }, 120_000);
  afterAll(() => bench?.close());

  it.each<[string, OpenOptions]>([
    ['light', {}],
    ['dark', { dark: true }],
    ['on a phone', { width: 390, height: 844 }],
    ['on a phone, dark', { width: 390, height: 844, dark: true }],
    ['in Spanish', { locale: 'es-ES', hash: 'lesson=xor' }],
    ['with three classes', { hash: 'dataset=spiral&classes=3&formula=sin(x)*y' }],
    ['embedded', { file: 'embed.html' }],
  ])('%s', async (_, options) => {
    const { page } = await open(bench, options);
    await page.locator('[name=step]').first().click();
    await until(page, 'f !== undefined');
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });

  it.each(['light', 'dark'])('every tab, the inspector and the dialog, %s', async (scheme) => {
    const { page } = await open(bench, { dark: scheme === 'dark' });
    await page.locator('[name=step]').click();
    await until(page, 'f.epoch === 1');
    await page.locator('[name=more]').click();
    await page.locator('[name=paint]').click();
    await page.locator('[data-node="0.0"]').click();
    await page.locator('[name=layer-options-0]').click();
    await page.locator('[name=walk-start]').click();
    await page.locator('[data-name=walk]').waitFor();
    expect(await violations(page)).toEqual([]);
    for (const tab of ['quality', 'layers', 'surface', 'rate', 'compare', 'code']) {
      await page.locator(`[data-tab=${tab}]`).click();
      if (tab === 'layers') await page.locator('[data-name=distributions]').waitFor();
      const button = { surface: 'surface', rate: 'find-rate', compare: 'pin' }[tab];
      if (button) await page.locator(`.tab-panel [name="${button}"]`).click();
      if (tab === 'surface') await page.locator('canvas[data-name=surface]').waitFor();
      if (tab === 'rate') await page.locator('[data-name=rate-result]').waitFor();
      expect(await violations(page)).toEqual([]);
    }
    await page.locator('[name=classroom]').click();
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });

  it('says so when training diverges', async () => {
    const hash = 'problem=regression&activation=relu&learningRate=10&speed=max';
    const { page } = await open(bench, { hash });
    await page.locator('[name=play]').click();
    await page.locator('[data-name=diverged]').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });

  it('can be worked by keyboard alone', async () => {
    const { page } = await open(bench);
    const focused = () =>
      page.evaluate(() => {
        const inner = document.querySelector('nabla-playground')!.shadowRoot!.activeElement;
        return inner?.getAttribute('name') ?? inner?.getAttribute('data-node') ?? '';
      });
    const seen: string[] = [];
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      seen.push(await focused());
    }
    for (const name of ['share', 'reset', 'play', 'step', 'learningRate', 'noise', '0.0', '2.0']) {
      expect(seen).toContain(name);
    }
    await page.locator('[name=play]').focus();
    await page.keyboard.press('Space');
    await until(page, 'f.epoch > 3');
    await page.keyboard.press('Space');
    await until(page, '!f.playing');
    await page.context().close();
  });

  it('holds its lines still when motion is unwelcome', async () => {
    const { page } = await open(bench, { reducedMotion: true });
    const picture = () =>
      page.evaluate(() => {
        const root = document.querySelector('nabla-playground')!.shadowRoot!;
        return (root.querySelector('canvas.links') as HTMLCanvasElement).toDataURL();
      });
    // With a rate near zero the weights stay, so only the dashes could move.
    await page.evaluate(() => {
      (document.querySelector('nabla-playground') as any).controller.set({ learningRate: 1e-7 });
    });
    await page.locator('[name=step]').click();
    await until(page, 'f.epoch === 1');
    const before = await picture();
    for (let i = 2; i <= 4; i++) {
      await page.locator('[name=step]').click();
      await until(page, `f.epoch === ${i}`);
    }
    expect(await picture()).toBe(before);
    await page.context().close();
  });
});
