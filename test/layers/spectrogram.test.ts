import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { layers } from '../../src/nn/layers/index.ts';
import { registerEngine } from '../../src/tensor/device.ts';
import { tensor } from '../../src/tensor/tensor.ts';
import { testLayer } from './harness.ts';

beforeAll(() => registerEngine('js', async () => createJsEngine()));

for (const mode of ['log', 'magnitude', 'psd', 'angle', 'stft'] as const) {
  testLayer(`STFTSpectrogram, ${mode}`, {
    make: (o) => layers.stftSpectrogram({ ...o, mode, frameLength: 6 }),
    input: [2, 14, 2],
    outputShape: [2, 3, mode === 'stft' ? 20 : 10],
    trainable: 2,
  });
}
testLayer('STFTSpectrogram, real, with axes of their own', {
  make: (o) =>
    layers.stftSpectrogram({
      ...o,
      mode: 'real',
      frameLength: 4,
      padding: 'same',
      expandDims: true,
    }),
  input: [2, 9, 3],
  outputShape: [2, 5, 3, 3],
  trainable: 1,
});
testLayer('STFTSpectrogram, imag, channels first', {
  make: (o) =>
    layers.stftSpectrogram({ ...o, mode: 'imag', frameLength: 4, dataFormat: 'channelsFirst' }),
  input: [2, 3, 8],
  outputShape: [2, 9, 3],
  trainable: 1,
});
testLayer('MelSpectrogram', {
  make: (o) =>
    layers.melSpectrogram({
      ...o,
      fftLength: 16,
      sequenceStride: 8,
      sequenceLength: 12,
      numMelBins: 4,
      samplingRate: 1000,
      powerToDb: false,
    }),
  input: [2, 40],
  outputShape: [2, 4, 6],
});

/** Power of one frame at each frequency, straight from the definition. */
function powers(frame: number[]): number[] {
  const n = frame.length;
  return Array.from({ length: n / 2 + 1 }, (_, f) => {
    const part = (wave: (x: number) => number) =>
      frame.reduce((s, v, t) => s + v * wave((2 * Math.PI * f * t) / n), 0);
    return part(Math.cos) ** 2 + part(Math.sin) ** 2;
  });
}

describe('STFTSpectrogram', () => {
  const signal = Array.from({ length: 16 }, (_, i) => Math.sin(i * 1.3) + 0.2 * i);
  const spectrum = async (options: object) =>
    (
      await layers
        .stftSpectrogram({ frameLength: 8, window: null, scaling: null, ...options })
        .call(tensor(signal, [1, 16, 1]))
        .array()
    )[0];

  it('is the Fourier transform of every frame', async () => {
    const magnitude: number[][] = await spectrum({ mode: 'magnitude' });
    const psd: number[][] = await spectrum({ mode: 'psd' });
    expect(magnitude.length).toBe(3);
    magnitude.forEach((row, i) => {
      const expected = powers(signal.slice(4 * i, 4 * i + 8));
      row.forEach((v, f) => {
        expect(v).toBeCloseTo(Math.sqrt(expected[f]), 4);
        expect(psd[i][f] / (f === 0 || f === 4 ? 1 : 2)).toBeCloseTo(expected[f], 3);
      });
    });
  });

  it('keeps channels apart', async () => {
    const [a, b] = [signal, signal.map((v) => -2 * v + 1)];
    const both = tensor(
      signal.flatMap((_, i) => [a[i], b[i]]),
      [1, 16, 2],
    );
    const layer = layers.stftSpectrogram({ frameLength: 8, mode: 'psd' });
    const [rows] = await layer.call(both).array();
    const [first] = await layer.call(tensor(a, [1, 16, 1])).array();
    const [second] = await layer.call(tensor(b, [1, 16, 1])).array();
    rows.forEach((row: number[], i: number) => {
      [...first[i], ...second[i]].forEach((v, k) => {
        expect(row[k]).toBeCloseTo(v, 4);
      });
    });
  });

  it('refuses frames that do not fit', () => {
    expect(() => layers.stftSpectrogram({ frameLength: 8, frameStep: 9 })).toThrow(/rising order/);
    expect(() => layers.stftSpectrogram({ frameLength: 8, fftLength: 4 })).toThrow(/fftLength 4/);
    expect(() => layers.stftSpectrogram({ mode: 'x' as 'log' })).toThrow(/mode is "x"/);
    expect(() => layers.stftSpectrogram({ window: 'x' as 'hann' })).toThrow(/window is 'x'/);
  });
});

describe('MelSpectrogram', () => {
  it('has one frame for each stride, and takes one sound', () => {
    const layer = layers.melSpectrogram({
      numMelBins: 8,
      samplingRate: 800,
      sequenceStride: 12,
      fftLength: 64,
    });
    expect(layer.call(tensor(new Float32Array(160), [160])).shape).toEqual([8, 14]);
    expect(layer.call(tensor(new Float32Array(320), [2, 160])).shape).toEqual([2, 8, 14]);
  });

  it('shows a tone in the band of its frequency', async () => {
    const samplingRate = 1024;
    const tone = Array.from({ length: 512 }, (_, i) => Math.sin((2 * Math.PI * 200 * i) / 1024));
    const layer = layers.melSpectrogram({
      numMelBins: 10,
      samplingRate,
      sequenceStride: 64,
      fftLength: 128,
    });
    const rows: number[][] = await layer.call(tensor(tone)).array();
    const mel = (f: number) => 2595 * Math.log10(1 + f / 700);
    const width = (mel(512) - mel(20)) / 11;
    const band = Math.round((mel(200) - mel(20)) / width) - 1;
    const middle = rows.map((row) => row[4]);
    expect(middle.indexOf(Math.max(...middle))).toBe(band);
    // Decibels reach from the loudest at most 80 down.
    const all = rows.flat();
    expect(Math.min(...all)).toBeGreaterThanOrEqual(Math.max(...all) - 80.001);
  });

  it('doubles by 6 decibels for twice the amplitude', async () => {
    const sound = Array.from({ length: 64 }, (_, i) => Math.sin(i * 0.7) + Math.cos(i * 1.9));
    const options = { numMelBins: 4, samplingRate: 1000, sequenceStride: 16, fftLength: 32 };
    const layer = layers.melSpectrogram(options);
    const once: number[][] = await layer.call(tensor(sound)).array();
    const twice: number[][] = await layer.call(tensor(sound.map((v) => 2 * v))).array();
    expect(twice[1][2] - once[1][2]).toBeCloseTo(20 * Math.log10(2), 3);
    expect(() => layers.melSpectrogram({ fftLength: 16, sequenceLength: 32 })).toThrow(
      /sequenceLength is 32/,
    );
  });
});
