import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumMissing } from '../chromium.ts';
import { type Bench, open, openBench, probe, ready, until } from './harness.ts';

/** The playground as its users meet it: built, served from a folder, in Chromium. */

let bench: Bench;

describe.skipIf(chromiumMissing)(`playground ${chromiumMissing ?? ''}`, () => {
  beforeAll(async () => {
    bench = await openBench();
  }, 120_000);
  afterAll(() => bench?.close());

  it('weighs less than 250 kB compressed', () => {
    expect(bench.size).toBeLessThan(250_000);
  });

  describe('trains', () => {
    const deep = 'networkShape=8,6&sinX=true&sinY=true';
    it.each<[string, string, string]>([
      ['circle', '', 'f.testLoss < 0.02'],
      ['xor', 'dataset=xor', 'f.testLoss < 0.03'],
      ['gauss', 'dataset=gauss', 'f.testLoss < 0.01'],
      ['spiral', `dataset=spiral&${deep}`, 'f.testLoss < 0.06'],
      ['plane', 'problem=regression', 'f.testLoss < 0.002 && f.testMetrics.r2 > 0.98'],
      [
        'hills',
        'problem=regression&regDataset=hills&networkShape=8,6',
        'f.testLoss < 0.015 && f.testMetrics.r2 > 0.6',
      ],
      ['and', 'dataset=and&networkShape=&learningRate=0.1', 'f.testMetrics.accuracy === 1'],
      ['or', 'dataset=or&networkShape=&learningRate=0.1', 'f.testMetrics.accuracy === 1'],
      ['XOR gate', 'dataset=gatexor&networkShape=3&learningRate=0.1', 'f.testLoss < 0.02'],
      ['line', 'dataset=line&networkShape=', 'f.testMetrics.accuracy > 0.98'],
      [
        'four classes',
        'dataset=gauss&classes=4&optimizer=adam&learningRate=0.01',
        'f.testMetrics.accuracy > 0.97',
      ],
    ])('%s to its known loss', async (_, hash, condition) => {
      const { page, errors } = await open(bench, { hash: `${hash}&speed=max` });
      await page.locator('[name=play]').click();
      await until(page, condition);
      expect(errors).toEqual([]);
      await page.context().close();
    });
  });

  it('plays, pauses, steps and resets, by button and by key', async () => {
    const { page, errors } = await open(bench);
    const start = await probe(page);
    expect(start.epoch).toBe(0);
    await page.locator('[name=step]').click();
    await until(page, 'f.epoch === 1');
    await page.locator('[name=play]').click();
    await until(page, 'f.epoch > 20');
    await page.locator('[name=play]').click();
    await until(page, '!f.playing');
    // A snapshot that was under way when the button was pressed may still arrive.
    await expect
      .poll(async () => {
        const { epoch } = await probe(page);
        const shown = await page.locator('[data-name=epoch]').textContent();
        return shown === epoch.toLocaleString('en-US');
      })
      .toBe(true);
    await page.locator('[name=reset]').click();
    await until(page, 'f.epoch === 0');
    expect((await probe(page)).weights).not.toEqual(start.weights);
    await page.evaluate(() => (document.activeElement as any)?.shadowRoot?.activeElement?.blur());
    await page.locator('h1').click();
    await page.keyboard.press('Tab');
    await page.locator('[name=more]').click();
    await page.getByLabel('Reset to the same weights').check();
    const kept = await probe(page);
    await page.locator('[name=step]').click();
    await until(page, 'f.epoch === 1');
    await page.locator('[name=step-batch]').click();
    await until(page, 'f.steps === 26');
    await page.locator('[name=reset]').click();
    await until(page, 'f.epoch === 0');
    expect((await probe(page)).weights).toEqual(kept.weights);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('follows every control', async () => {
    const { page, errors } = await open(bench);
    await page.locator('[name=more]').click();
    const choose = async (name: string, value: string, expected: Record<string, unknown>) => {
      await page.locator(`select[name="${name}"]`).selectOption(value);
      expect((await probe(page)).state).toMatchObject(expected);
      await page.locator('[name=step]').click();
      await until(page, 'f.epoch >= 1 && !f.trouble');
    };
    await choose('learningRate', '0.1', { learningRate: 0.1 });
    await choose('activation', 'relu', { activation: 'relu' });
    await choose('regularization', 'L1', { regularization: 'L1' });
    await choose('regularizationRate', '0.003', { regularizationRate: 0.003 });
    await choose('regularization', 'L1L2', { regularization: 'L1L2' });
    await choose('loss', 'crossentropy', { loss: 'crossentropy' });
    await choose('initializer', 'heNormal', { initializer: 'heNormal' });
    await choose('optimizer', 'adam', { optimizer: 'adam' });
    await choose('schedule', 'cosineDecay', { schedule: 'cosineDecay' });
    await choose('classes', '3', { classes: 3 });
    await choose('problem', 'regression', { problem: 'regression' });
    await choose('problem', 'classification', { problem: 'classification' });
    await choose('speed', 'max', { speed: 'max' });
    await page.locator('select[name=optimizer]').selectOption('sgd');
    await page.locator('input[name="o.momentum"]').fill('0.9');
    await page.locator('input[name="o.momentum"]').press('Enter');
    expect((await probe(page)).state.optimizerOptions).toEqual({ momentum: 0.9 });
    for (const [name, key] of [
      ['shuffle', 'shuffle'],
      ['showTestData', 'showTestData'],
      ['discretize', 'discretize'],
    ]) {
      await page.locator(`input[name="${name}"]`).check();
      expect((await probe(page)).state[key]).toBe(true);
    }
    for (const dataset of ['xor', 'gauss', 'spiral', 'and', 'or', 'gatexor', 'line']) {
      await page.locator(`[data-dataset="${dataset}"]`).click();
      expect((await probe(page)).state.dataset).toBe(dataset);
    }
    await page.locator('input[name=noise]').fill('25');
    await page.locator('input[name=percTrainData]').fill('80');
    await page.locator('input[name=batchSize]').fill('19');
    expect((await probe(page)).state).toMatchObject({
      noise: 25,
      percTrainData: 80,
      batchSize: 20,
    });
    const { dataSeed } = (await probe(page)).state;
    await page.locator('[name=regenerate]').click();
    expect((await probe(page)).state.dataSeed).not.toBe(dataSeed);
    await page.locator('[name=add-layer]').click();
    await page.locator('[name=add-layer]').click();
    await page.locator('[name=add-neuron-0]').click();
    await page.locator('[name=remove-neuron-1]').click();
    await page.locator('[name=layer-options-0]').click();
    await page.locator('[name=layer-activation-0]').selectOption('sigmoid');
    await page.locator('[name=layer-dropout-0]').fill('0.3');
    await page.locator('[name=layer-dropout-0]').press('Enter');
    await page.locator('[name=layer-norm-0]').check();
    await page.locator('[name=remove-layer]').click();
    expect((await probe(page)).state.layers).toEqual([
      { units: 5, activation: 'sigmoid', dropout: 0.3, batchNorm: true },
      { units: 1, dropout: 0, batchNorm: false },
      { units: 2, dropout: 0, batchNorm: false },
    ]);
    await page.locator('[data-feature=xSquared]').click();
    await page.locator('[data-node="-1.0"]').click();
    expect((await probe(page)).state.features).toEqual(['y', 'xSquared']);
    await page.locator('[name=step]').click();
    await until(page, 'f.epoch >= 1');
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('keeps its state in the URL and restores it', async () => {
    const { page } = await open(bench);
    await page.locator('[data-dataset=spiral]').click();
    await page.locator('select[name=activation]').selectOption('relu');
    await page.locator('[name=add-neuron-1]').click();
    await page.waitForFunction(() => location.hash.includes('networkShape=4%2C3'));
    const { state } = await probe(page);
    await page.reload();
    await ready(page);
    expect((await probe(page)).state).toEqual(state);
    await page.evaluate(() => {
      location.hash = '#dataset=gauss&networkShape=3&noise=40';
    });
    await until(page, "c.state.dataset === 'gauss' && f.weights.length === 2");
    expect((await probe(page)).state).toMatchObject({ noise: 40, activation: 'tanh' });
    await page.context().close();
  });

  it('survives hostile links', async () => {
    for (const hash of [
      'networkShape=1e9,-1,NaN,,,:::&noise=Infinity&dataset=__proto__&optimizer=constructor',
      'formula=alert(document.domain)&formula=<img src=x onerror=alert(1)>&activation=<b>',
      `points=${'%00'.repeat(900)}&dataset=own&classes=-3`,
      'o.__proto__=1&o.constructor=2&schedule=toString&initializer=hasOwnProperty&lesson=__proto__',
    ]) {
      const { page, errors } = await open(bench, { hash });
      page.on('dialog', () => errors.push('a dialog opened'));
      await page.locator('[name=step]').click();
      const { state } = await probe(page);
      if (state.dataset !== 'own') await until(page, 'f.epoch === 1');
      expect(errors).toEqual([]);
      await page.context().close();
    }
  });

  it('takes a CSV by dropping, pasting and opening, and refuses bad ones politely', async () => {
    const { page, errors } = await open(bench);
    const drop = (text: string) =>
      page.evaluate((content) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([content], 'points.csv', { type: 'text/csv' }));
        const event = new DragEvent('drop', {
          dataTransfer: transfer,
          bubbles: true,
          cancelable: true,
        });
        document.querySelector('nabla-playground')!.dispatchEvent(event);
      }, text);
    const notice = page.locator('[data-name=notice]');
    const rows = Array.from({ length: 60 }, (_, i) => {
      const x = (i % 10) - 4.5;
      const y = Math.floor(i / 10) - 2.5;
      return `${x},${y},${x > 0 ? 'right' : 'left'}`;
    });
    await drop(`a,b,side\n${rows.join('\n')}`);
    await notice.getByText('60 points loaded').waitFor();
    expect((await probe(page)).state).toMatchObject({ dataset: 'own', classes: 2 });
    await page.locator('[name=play]').click();
    await until(page, 'f.testMetrics.accuracy === 1');
    await page.locator('[name=play]').click();
    await drop('<script>alert(1)</script>');
    await notice.getByText('holds no rows').waitFor();
    await drop('a,b,c\nd,e,f\ng,h,i');
    await notice.getByText('are not numbers').waitFor();
    await drop('1,2,"never closed\n3,4,x');
    await notice.getByText('cannot be read').waitFor();
    await drop(Array.from({ length: 9 }, (_, i) => `${i},${i},word${i}`).join('\n'));
    await notice.getByText('9 different words').waitFor();
    expect((await probe(page)).state.points.x.length).toBe(60);
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.setData('text/plain', '1,1,-3.5\n2,2,7.25\n-3,4,1.125\n4,-4,0.5');
      document.body.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
      );
    });
    await until(page, "c.state.problem === 'regression' && c.state.points.x.length === 4");
    await page.locator('[data-name=csv-file]').setInputFiles({
      name: 'three.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('1,1,<b>one</b>\n2,2,two\n3,3,three\n-1,-1,two\n'),
    });
    await until(page, 'c.state.classes === 3');
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('paints, erases and saves points', async () => {
    const { page } = await open(bench, { hash: 'dataset=own' });
    await page.getByText('There are no training points').waitFor();
    await page.locator('[name=paint]').click();
    const canvas = page.locator('canvas.points');
    const box = (await canvas.boundingBox())!;
    const stroke = async (fromX: number, toX: number, y: number) => {
      await page.mouse.move(box.x + fromX, box.y + y);
      await page.mouse.down();
      await page.mouse.move(box.x + toX, box.y + y, { steps: 8 });
      await page.mouse.up();
    };
    await stroke(30, 120, 80);
    await until(page, 'c.state.points.x.length > 10');
    const one = (await probe(page)).state.points.label.length;
    await page.locator('[data-name=paint-label] button').first().click();
    await stroke(160, 270, 220);
    await until(page, `c.state.points.x.length > ${one}`);
    const { points } = (await probe(page)).state;
    expect(new Set(points.label)).toEqual(new Set([0, 1]));
    expect(points.x.every((v: number) => Math.abs(v) <= 6)).toBe(true);
    const download = page.waitForEvent('download');
    await page.locator('[name=csv-save]').click();
    const text = await readFile((await (await download).path())!, 'utf8');
    expect(text.trim().split('\n').length).toBe(points.x.length + 1);
    await page.locator('[data-name=paint-label] button').last().click();
    await stroke(30, 120, 80);
    await until(page, `c.state.points.x.length < ${points.x.length}`);
    await page.locator('[name=clear-points]').click();
    await until(page, 'c.state.points.x.length === 0');
    await page.context().close();
  });

  it('adds formulas as features and refuses what is none', async () => {
    const { page, errors } = await open(bench, { hash: 'networkShape=&x=true&y=true' });
    page.on('dialog', () => errors.push('a dialog opened'));
    const field = page.locator('input[name=formula]');
    const bad: [string, string][] = [
      ['alert(1)', 'not known'],
      ['x.constructor', 'not expected'],
      ['log(x)', 'Not a usable number'],
      ['sin(x', 'ends too early'],
      ['', 'Type a formula'],
    ];
    for (const [text, message] of bad) {
      await field.fill(text);
      await page.locator('[name=formula-add]').click();
      await page.locator('#formula-error', { hasText: message }).waitFor();
    }
    await field.fill('x^2 + y^2');
    await field.press('Enter');
    await until(page, 'c.layout.features.length === 3');
    await page.locator('[name=play]').click();
    await until(page, 'f.testMetrics.accuracy > 0.98');
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('shows equations and lets weights be edited, by pointer and by keyboard', async () => {
    const { page } = await open(bench);
    await page.locator('[data-node="0.1"]').focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-name=equation]').getByText('z =').first().waitFor();
    await page.locator('input[name="w-0"]').fill('2.5');
    await page.locator('input[name="w-0"]').press('Enter');
    await until(page, 'f.weights[0].kernel[1] === 2.5');
    await page.locator('input[name=bias]').fill('-1');
    await page.locator('input[name=bias]').press('Enter');
    await until(page, 'f.weights[0].bias[1] === -1');
    // The line from x to the first neuron is level: its middle is between them.
    const from = (await page.locator('[data-node="-1.0"]').boundingBox())!;
    const to = (await page.locator('[data-node="0.0"]').boundingBox())!;
    const middle = [(from.x + from.width + to.x) / 2, from.y + from.height / 2] as const;
    await page.mouse.move(middle[0], middle[1]);
    await page.locator('.card').getByText('Weight').waitFor();
    await page.mouse.click(middle[0], middle[1]);
    await page.locator('.card input').fill('-4');
    await page.locator('.card input').press('Enter');
    await until(page, 'f.weights[0].kernel[0] === -4');
    await page.context().close();
  });

  it('walks through a step, searches a rate, draws the surface, counts, compares, writes code', async () => {
    const { page, errors } = await open(bench);
    await page.locator('[name=play]').click();
    await until(page, 'f.epoch > 10');
    await page.locator('[name=walk-start]').click();
    const walk = page.locator('[data-name=walk]');
    await walk.getByText('1 of 11').waitFor();
    for (let i = 0; i < 10; i++) await page.locator('[name=walk-next]').click();
    await walk.getByText('the loss of this point goes from').waitFor();
    const before = await probe(page);
    await page.locator('[name=walk-apply]').click();
    await page.getByText('have taken this step').waitFor();
    await until(page, `f.weights[0].kernel[0] !== ${before.weights[0]}`);

    await page.locator('[data-tab=quality]').click();
    expect(await page.locator('[data-name=confusion]').count()).toBe(2);
    await page.locator('[data-tab=layers]').click();
    await page.locator('[data-name=distributions] tbody tr').nth(2).waitFor();
    await page.locator('[data-tab=surface]').click();
    await page.locator('[name=surface]').click();
    await page.locator('canvas[data-name=surface]').waitFor();
    await page.locator('[data-name=surface-view] button').last().click();
    await page.locator('canvas[data-name=surface]').focus();
    await page.keyboard.press('ArrowLeft');
    await page.locator('[data-tab=rate]').click();
    await page.locator('[name=find-rate]').click();
    await page.locator('[data-name=rate-result]').waitFor();

    await page.locator('[data-tab=compare]').click();
    await page.locator('[name=pin]').click();
    await page.locator('select[name=activation]').selectOption('relu');
    await page.locator('[name=compare], [data-name=compare]').getByText('relu').waitFor();
    await page.locator('[data-tab=code]').click();
    const code = page.locator('[data-name=code]');
    expect(await code.textContent()).toContain("activation: 'relu'");
    await page.getByRole('radio', { name: 'Python (Keras)' }).click();
    expect(await code.textContent()).toContain("layers.Dense(units=4, activation='relu'");
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('saves a session and opens it again', async () => {
    const { page } = await open(bench, { hash: 'dataset=xor&networkShape=5' });
    for (let i = 1; i <= 3; i++) {
      await page.locator('[name=step]').click();
      await until(page, `f.epoch === ${i}`);
    }
    const saved = await probe(page);
    const download = page.waitForEvent('download');
    await page.locator('[name=save]').click();
    const path = (await (await download).path())!;
    const buffer = await readFile(path);
    const { page: other } = await open(bench);
    const file = other.locator('[data-name=session-file]');
    await file.setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer });
    await until(other, 'f.epoch === 3');
    const opened = await probe(other);
    expect(opened.weights).toEqual(saved.weights);
    expect(opened.trainLoss).toBeCloseTo(saved.trainLoss, 6);
    await file.setInputFiles({
      name: 'bad.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{"kind":"nabla-playground"'),
    });
    await other.getByText('not JSON').waitFor();
    await page.context().close();
    await other.context().close();
  });

  it('says why when the loss is no number any more, and offers the way out', async () => {
    const hash = 'problem=regression&activation=relu&learningRate=10&speed=max';
    const { page } = await open(bench, { hash });
    await page.locator('[name=play]').click();
    await page.locator('[data-name=diverged]').waitFor();
    expect(await page.locator('[name=play]').isDisabled()).toBe(true);
    await page.locator('[name=fix-rate]').click();
    await until(page, '!f.trouble && c.state.learningRate === 1');
    await page.context().close();
  });

  it('marks dead neurons', async () => {
    const { page } = await open(bench, { hash: 'networkShape=3&activation=relu&seed=3' });
    await page.evaluate(() => {
      const { controller } = document.querySelector('nabla-playground') as any;
      controller.edit({ stage: 0, unit: 1, input: 'bias' }, -500);
    });
    await page.locator('[data-name=dead]', { hasText: '1.2' }).waitFor();
    await page.locator('[data-node="0.1"][data-health=dead]').waitFor();
    await page.context().close();
  });

  it('opens lessons, hides what a class should not see, speaks Spanish', async () => {
    const { page } = await open(bench, { hash: 'lesson=xorOneNeuron' });
    await page.getByText('XOR defeats one neuron').last().waitFor();
    expect((await probe(page)).state).toMatchObject({ dataset: 'gatexor', layers: [] });
    await page.locator('[name=classroom]').click();
    await page.locator('[name=noise_hide]').uncheck();
    await page.locator('[name=analysis_hide]').uncheck();
    await page.keyboard.press('Escape');
    expect(await page.locator('input[name=noise]').count()).toBe(0);
    expect(await page.locator('.analysis').count()).toBe(0);
    await page.waitForFunction(() => location.hash.includes('noise_hide=true'));
    await page.locator('select[name=language]').selectOption('es');
    await page.getByRole('heading', { name: 'Salida' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('es');
    await page.context().close();
    const { page: spanish } = await open(bench, { locale: 'es-MX' });
    await spanish.getByRole('heading', { name: 'Datos' }).waitFor();
    await spanish.context().close();
  });

  it('embeds twice on one page, each with a run of its own', async () => {
    const { page, errors } = await open(bench, { file: 'embed.html' });
    const elements = page.locator('nabla-playground');
    expect(await elements.count()).toBe(2);
    await elements.nth(1).locator('[name=play]').click();
    await page.waitForFunction(() => {
      const [, second] = document.querySelectorAll('nabla-playground') as any;
      return second.controller.frame.epoch > 30;
    });
    expect((await probe(page, 0)).epoch).toBe(0);
    expect((await probe(page, 0)).state.layers).toEqual([]);
    expect(await page.evaluate(() => location.hash)).toBe('');
    // Taken out and put back it starts anew and leaves nothing behind.
    await page.evaluate(() => {
      const second = document.querySelectorAll('nabla-playground')[1];
      const parent = second.parentElement!;
      second.remove();
      parent.append(second);
    });
    await ready(page);
    expect((await probe(page, 1)).epoch).toBe(0);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('works from a file, without a server', async () => {
    const page = await bench.browser.newPage();
    await page.goto(`${pathToFileURL(bench.folder).href}/index.html#networkShape=3`);
    await ready(page);
    await page.locator('[name=step]').click();
    await until(page, 'f.epoch === 1');
    await page.close();
  });

  it('loads ONNX Runtime only when a network is large enough to gain from it', async () => {
    const { page, errors } = await open(bench, { hash: 'dataset=gauss&percTrainData=90' });
    const loaded: string[] = [];
    page.on('request', (request) =>
      loaded.push(new URL(request.url()).pathname.split('/').at(-1)!),
    );
    await page.locator('[name=step]').click();
    await until(page, 'f.epoch === 1');
    expect(loaded).toEqual([]);
    await page.evaluate(() => {
      const { controller } = document.querySelector('nabla-playground') as any;
      const layers = Array.from({ length: 10 }, () => ({ units: 16 }));
      controller.set({
        layers,
        batchSize: 150,
        activation: 'relu',
        optimizer: 'adam',
        initializer: 'heNormal',
        learningRate: 0.003,
      });
    });
    await until(page, 'c.layout.stages.length === 11 && f.weights.length === 11', 60_000);
    expect(loaded).toEqual(['nabla-onnx.js', 'ort-wasm-simd-threaded.wasm']);
    await page.locator('[name=play]').click();
    await until(page, 'f.testMetrics.accuracy > 0.97', 60_000);
    await page.locator('[name=play]').click();
    await until(page, '!f.playing');
    // What else is computed from the weights works on as before.
    await page.locator('[name=walk-start]').click();
    await page.locator('[data-name=walk]').waitFor();
    await page.locator('[name=reset]').click();
    await until(page, 'f.epoch === 0');
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('trains at ten times the pace of a frame an epoch and keeps drawing', async () => {
    const { page } = await open(bench, { hash: 'speed=max' });
    await page.locator('[name=play]').click();
    await until(page, 'f.epoch > 3000');
    const { drawnFrames } = await probe(page);
    expect(drawnFrames).toBeGreaterThan(5);
    expect(drawnFrames).toBeLessThan(300);
    await page.context().close();
  });
});
