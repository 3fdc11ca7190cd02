// Measures the playground in headless Chromium: epochs and frames a second while it trains.
// The machine should have nothing else to do.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { buildPlayground } from './build-apps.js';

const cases = {
  'default network, all it can': 'speed=max',
  'default network, 60 epochs a second': 'speed=classic',
  'spiral 8-6, all it can': 'speed=max&dataset=spiral&networkShape=8,6&sinX=true&sinY=true',
  '10 layers of 16': `speed=max&networkShape=${Array(10).fill(16)}`,
};

const folder = await mkdtemp(join(tmpdir(), 'nabla-measure-'));
await buildPlayground(folder);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
for (const [name, hash] of Object.entries(cases)) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 950 } });
  await page.goto(`${pathToFileURL(folder).href}/index.html#${hash}`);
  await page.waitForFunction(() => document.querySelector('nabla-playground').controller?.frame);
  const result = await page.evaluate(async () => {
    const { controller } = document.querySelector('nabla-playground');
    const wait = (ms) => new Promise((done) => setTimeout(done, ms));
    controller.play();
    await wait(1500);
    let ticks = 0;
    let going = true;
    const tick = () => {
      ticks++;
      if (going) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    const [epoch, frames, start] = [
      controller.frame.epoch,
      controller.drawnFrames,
      performance.now(),
    ];
    await wait(5000);
    going = false;
    const seconds = (performance.now() - start) / 1000;
    return {
      epochs: (controller.frame.epoch - epoch) / seconds,
      frames: (controller.drawnFrames - frames) / seconds,
      page: ticks / seconds,
    };
  });
  console.log(
    `${name}: ${result.epochs.toFixed(0)} epochs/s, ${result.frames.toFixed(1)} drawn frames/s, page at ${result.page.toFixed(1)} frames/s`,
  );
  await page.close();
}
await browser.close();
await rm(folder, { recursive: true });
