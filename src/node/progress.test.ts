import { describe, expect, it } from 'vitest';
import { type ProgressOptions, ProgressRenderer } from './progress.ts';
import { createStyle, displayWidth } from './terminal.ts';

function setUp(options: Partial<ProgressOptions> = {}, columns: number | null = 120) {
  const written: string[] = [];
  const time = { now: 0 };
  const stream = {
    isTTY: columns !== null,
    columns: columns ?? undefined,
    write: (text: string) => {
      written.push(text);
    },
  };
  const clock = (): number => time.now;
  const progress = new ProgressRenderer({ stream, clock, ...options });
  /** What stands on the screen, line by line. */
  const screen = (): string[] => {
    const lines = [''];
    // Erasing to the end of the line changes nothing here: "\r" has already cleared it.
    const text = written.join('').replaceAll('\x1b[K', '');
    for (const part of text.split(/(\r|\n)/)) {
      if (part === '\n') lines.push('');
      else if (part === '\r') lines[lines.length - 1] = '';
      else lines[lines.length - 1] += part;
    }
    return lines;
  };
  return { progress, written, time, screen, stream };
}

describe('on a terminal', () => {
  it('shows bar, steps, rate, time left, loss and accuracy on one line', () => {
    const { progress, time, screen } = setUp();
    progress.begin({ epochs: 2, steps: 10, samplesPerStep: 100 });
    time.now = 5000; // the first step compiles and counts neither for the rate nor for the rest
    progress.update(1, { loss: 2 });
    for (let step = 2; step <= 5; step++) {
      time.now += 100;
      progress.update(step, { loss: 1 / step, accuracy: 0.5 });
    }
    expect(screen()).toEqual([
      'Epoch 1/2  ━━━━━━━━━━━━────────────   5/10  1.00k samples/s  ETA 1.5s  loss 0.2000  accuracy 0.5000',
    ]);
  });

  it('draws at most ten times a second', () => {
    const { progress, time, written } = setUp();
    progress.begin({ epochs: 1, steps: 1000, samplesPerStep: 1 });
    for (let step = 1; step <= 1000; step++) {
      time.now += 1;
      progress.update(step, { loss: 1 });
    }
    expect(written).toHaveLength(10);
  });

  it('leaves one line per epoch and no bar', () => {
    const { progress, time, screen } = setUp();
    progress.begin({ epochs: 2, steps: 2, samplesPerStep: 50, samplesPerEpoch: 75 });
    for (const epoch of [1, 2]) {
      for (const step of [1, 2]) {
        time.now += 500;
        progress.update(step, { loss: 1 / epoch });
      }
      time.now += 200;
      progress.endEpoch({ loss: 1 / epoch, valLoss: 2 });
    }
    progress.finish();
    expect(screen()).toEqual([
      'Epoch 1/2  1.2s  50 samples/s  loss 1.0000  valLoss 2.0000',
      'Epoch 2/2  1.2s  75 samples/s  loss 0.5000  valLoss 2.0000',
      '',
    ]);
  });

  it.each([120, 80, 60, 40, 24, 5])('fits into %i columns', (columns) => {
    const { progress, time, screen } = setUp({ style: createStyle(true) }, columns);
    progress.begin({ epochs: 100, steps: 600, samplesPerStep: 100 });
    for (const step of [1, 2, 300]) {
      time.now += 1000;
      progress.update(step, { loss: 1, accuracy: 0.5, precision: 0.5, recall: 0.5 });
    }
    const [line] = screen();
    expect(displayWidth(line)).toBeLessThan(Math.max(20, columns));
    expect(line).toContain('Epoch   1/100');
    expect(line.includes('loss')).toBe(columns >= 40);
  });

  it('keeps other lines apart from the bar', () => {
    const { progress, time, screen } = setUp();
    progress.begin({ epochs: 1, steps: 4, samplesPerStep: 1 });
    time.now = 1000;
    progress.update(1, { loss: 1 });
    progress.writeLine('saved');
    const [first, bar] = screen();
    expect(first).toBe('saved');
    expect(bar).toMatch(/^Epoch 1\/1 .* 1\/4/);
    progress.finish();
    expect(screen()).toEqual(['saved', '']);
  });

  it('counts steps where their number is unknown', () => {
    const { progress, time, screen } = setUp();
    progress.begin({ epochs: 1, samplesPerStep: 10 });
    time.now = 1000;
    progress.update(1, {});
    time.now = 2000;
    progress.update(2, { loss: 1 });
    expect(screen()).toEqual(['Epoch 1/1  step 2  10 samples/s  loss 1.0000']);
  });

  it('draws with ASCII where asked', () => {
    const { progress, time, screen } = setUp({ unicode: false });
    progress.begin({ epochs: 1, steps: 2, samplesPerStep: 1 });
    time.now = 1000;
    progress.update(1, {});
    expect(screen()[0]).toContain('============............');
  });
});

describe('in a log', () => {
  it('writes one plain line per epoch', () => {
    const { progress, time, written } = setUp({}, null);
    progress.begin({ epochs: 11, steps: 2, samplesPerStep: 500, initialEpoch: 9 });
    for (let epoch = 9; epoch < 11; epoch++) {
      for (const step of [1, 2]) {
        time.now += 1000;
        progress.update(step, { loss: 1 });
      }
      progress.endEpoch({ loss: 0.5, accuracy: 0.9 });
    }
    progress.finish();
    expect(written).toEqual([
      'Epoch 10/11  2.0s  500 samples/s  loss 0.5000  accuracy 0.9000\n',
      'Epoch 11/11  2.0s  500 samples/s  loss 0.5000  accuracy 0.9000\n',
    ]);
  });

  it('spaces the lines of a long run, with the first and the last', () => {
    const { progress, written } = setUp({}, null);
    progress.begin({ epochs: 1001, steps: 1, samplesPerStep: 1 });
    for (let epoch = 0; epoch < 1001; epoch++) progress.endEpoch({ loss: 1 });
    const epochs = written.map((line) => Number(/Epoch +(\d+)/.exec(line)?.[1]));
    expect(epochs.slice(0, 3)).toEqual([1, 21, 42]);
    expect(epochs.at(-1)).toBe(1001);
    expect(epochs.length).toBeLessThanOrEqual(60);
  });
});

it('writes nothing in quiet mode', () => {
  for (const columns of [100, null]) {
    const { progress, time, written } = setUp({ quiet: true }, columns);
    progress.begin({ epochs: 1, steps: 1, samplesPerStep: 1 });
    time.now = 1000;
    progress.update(1, { loss: 1 });
    progress.writeLine('text');
    progress.endEpoch({ loss: 1 });
    progress.finish();
    expect(written).toEqual([]);
  }
});
