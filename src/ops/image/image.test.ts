import { describe, expect, it } from 'vitest';
import { constant, evaluate } from '../../../test/evaluate.ts';
import { gradients } from '../../autodiff/grad.ts';
import * as build from '../build.ts';
import {
  affineTransform,
  cropImages,
  equalizeHistogramLocally,
  extractPatches3d,
  gaussianBlur,
  hsvToRgb,
  padImages,
  resize,
  rgbToGrayscale,
  rgbToHsv,
  sobelEdges,
  ssim,
} from './index.ts';

const flat = (value: any): number[] => (Array.isArray(value) ? value.flatMap(flat) : [value]);

describe('resize', () => {
  it('lets every pixel count with antialias', () => {
    const x = constant([[[0], [1], [2], [3]]]);
    const [first, second] = flat(evaluate(resize(x, [1, 2], { antialias: true })));
    // Weights .75, .75, .25 of the pixels that exist, divided by their sum.
    expect(first).toBeCloseTo(1.25 / 1.75, 6);
    expect(second).toBeCloseTo(3 - 1.25 / 1.75, 6);
  });

  it('treats layouts alike and refuses what is no image', () => {
    const x = constant([
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    const y = evaluate(resize(x, [4, 2], { dataFormat: 'channelsFirst' }));
    expect(flat(y)).toEqual([1, 2, 1.5, 2.5, 2.5, 3.5, 3, 4]);
    expect(() => resize(constant([1, 2]), [1, 1])).toThrow(/resize: received \[2\]; expected/);
    expect(() => resize(x, [0, 2])).toThrow(/a size is 0/);
    expect(() => resize(x, [1, 1], { interpolation: 'area' as 'nearest' })).toThrow(/'area'/);
  });
});

describe('affineTransform', () => {
  const x = constant([
    [
      [[1], [2]],
      [[3], [4]],
    ],
    [
      [[5], [6]],
      [[7], [8]],
    ],
  ]);

  it('has one map for all images or one for each', () => {
    const exchange = [0, 1, 0, 1, 0, 0, 0, 0];
    const identity = [1, 0, 0, 0, 1, 0, 0, 0];
    expect(flat(evaluate(affineTransform(x, constant(exchange))))).toEqual([
      1, 3, 2, 4, 5, 7, 6, 8,
    ]);
    expect(flat(evaluate(affineTransform(x, constant([identity, exchange]))))).toEqual([
      1, 2, 3, 4, 5, 7, 6, 8,
    ]);
    expect(() => affineTransform(x, constant([1, 2]))).toThrow(/expected \[8\] or \[batch, 8\]/);
  });

  it('divides by the projection', () => {
    // At x = 1 the divisor is 2, so the place is 1 / 2.
    const map = constant([1, 0, 0, 0, 1, 0, 1, 0]);
    expect(flat(evaluate(affineTransform(x, map))).slice(0, 2)).toEqual([1, 1.5]);
  });

  it('sends gradients back to where values came from', () => {
    const map = constant([1, 0, 0.25, 0, 1, 0, 0, 0]);
    const y = affineTransform(x, map, { fillMode: 'nearest' });
    const [gradient] = gradients([build.sum(y)], [x]);
    expect(flat(evaluate(gradient!))).toEqual([0.75, 1.25, 0.75, 1.25, 0.75, 1.25, 0.75, 1.25]);
  });
});

describe('colours', () => {
  const pixels = constant([
    [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0.5, 0.25, 0.125],
      [0.2, 0.2, 0.2],
      [0, 0, 0],
    ],
  ]);

  it('have hue, saturation and value', () => {
    const hsv = flat(evaluate(rgbToHsv(pixels)));
    const expected = [0, 1, 1, 1 / 3, 1, 1, 2 / 3, 1, 1, 1 / 18, 0.75, 0.5, 0, 0, 0.2, 0, 0, 0];
    hsv.forEach((v, i) => {
      expect(v).toBeCloseTo(expected[i], 6);
    });
  });

  it('come back from them', () => {
    const back = flat(evaluate(hsvToRgb(rgbToHsv(pixels))));
    flat(evaluate(pixels)).forEach((v, i) => {
      expect(back[i]).toBeCloseTo(v, 6);
    });
  });

  it('have a brightness', () => {
    expect(flat(evaluate(rgbToGrayscale(pixels)))[3]).toBeCloseTo(0.14945 + 0.14675 + 0.01425, 6);
  });
});

describe('gaussianBlur', () => {
  it('spreads a pixel by the weights of a Gaussian', () => {
    const x = constant(
      [
        [0, 0, 0],
        [0, 1, 0],
        [0, 0, 0],
      ].map((row) => row.map((v) => [v])),
    );
    const y = flat(evaluate(gaussianBlur(x, [3, 3], [1, 1])));
    const side = Math.exp(-0.5) / (1 + 2 * Math.exp(-0.5));
    expect(y[0]).toBeCloseTo(side * side, 6);
    expect(y[4]).toBeCloseTo((1 - 2 * side) ** 2, 6);
  });
});

describe('frames', () => {
  const x = constant([
    [[1], [2], [3]],
    [[4], [5], [6]],
  ]);

  it('are padded with zeros, to a size where one is asked for', () => {
    const padded = padImages(x, { top: 1, targetHeight: 4, left: 2 });
    expect(padded.shape).toEqual([4, 5, 1]);
    expect(flat(evaluate(padded)).slice(5, 15)).toEqual([0, 0, 1, 2, 3, 0, 0, 4, 5, 6]);
    expect(padImages(x, { bottom: 1, dataFormat: 'channelsFirst' }).shape).toEqual([2, 4, 1]);
  });

  it('are cut off', () => {
    expect(flat(evaluate(cropImages(x, { top: 1, right: 2 })))).toEqual([4]);
    expect(flat(evaluate(cropImages(x, { left: 1, targetWidth: 1 })))).toEqual([2, 5]);
    expect(() => cropImages(x, { targetHeight: 3 })).toThrow('cropImages: rows');
    expect(() => padImages(x, { top: 1, bottom: 1, targetHeight: 3 })).toThrow('for 3');
  });
});

/** The numbers are what Keras 3.15.1 (PyTorch) gives for the same images. */
describe('windows over images, as Keras has them', () => {
  const numbers = (count: number, shift = 0) =>
    Float32Array.from({ length: count }, (_, i) => ((i * i * 7 + i * 3 + shift) % 11) / 10);
  const a = build.literal(numbers(120), [2, 6, 5, 2], 'float32');
  const b = build.literal(numbers(120, 4), [2, 6, 5, 2], 'float32');
  const close = (values: readonly number[]) => values.map((v) => expect.closeTo(v, 5));

  it('ssim', () => {
    expect(evaluate(ssim(a, b, 1, { filterSize: 3 }))).toEqual(close([0.013231, 0.01323]));
    const options = { filterSize: 5, filterSigma: 1, k1: 0.02, k2: 0.05 };
    expect(evaluate(ssim(a, b, 2, options))).toEqual(close([0.053982, 0.053982]));
    const [one, other] = [a, b].map((x) => build.reshape(build.sliceAxis(x, 0, 0, 1), [6, 5, 2]));
    expect(evaluate(ssim(one, other, 1, { filterSize: 4 }))).toBeCloseTo(0.019052, 5);
    expect(evaluate(ssim(a, a, 1, { filterSize: 5 }))).toEqual(close([1, 1]));
    const first = build.transpose(a, [0, 3, 1, 2]);
    const second = build.transpose(b, [0, 3, 1, 2]);
    const turned = ssim(first, second, 1, { filterSize: 3, dataFormat: 'channelsFirst' });
    expect(evaluate(turned)).toEqual(close([0.013231, 0.01323]));
    // At its largest the slope is 0.
    const slope = gradients([build.sum(ssim(a, a, 1, { filterSize: 3 }))], [a])[0]!;
    expect(flat(evaluate(slope))).toEqual(close(new Array(120).fill(0)));
    expect(() => ssim(a, b)).toThrow('ssim: images are 6 by 5; expected 11 by 11 or more');
    expect(() => ssim(a, one)).toThrow('ssim: received [2, 6, 5, 2] and [6, 5, 2]');
  });

  it('sobelEdges', () => {
    const x = build.literal(numbers(12), [1, 3, 4, 1], 'float32');
    const edges = sobelEdges(x);
    expect(edges.shape).toEqual([1, 3, 4, 1, 2]);
    const expected = [
      0.9, 2.3, 1.5, 0.5, 1.6, -1.0, 0.8, -0.8, 1.0, 1.6, -0.7, 0.1, -1.0, -0.8, -0.9, -1.7, -0.9,
      0.3, -1.5, -0.9, -1.6, -0.2, -0.8, -1.4,
    ];
    expect(flat(evaluate(edges))).toEqual(close(expected));
    const turned = sobelEdges(build.reshape(x, [1, 1, 3, 4]), 'channelsFirst');
    expect(turned.shape).toEqual([1, 1, 3, 4, 2]);
    expect(flat(evaluate(turned))).toEqual(close(expected));
  });

  it('extractPatches3d', () => {
    const count = (shape: number[]) =>
      build.reshape(build.iota([shape.reduce((p, d) => p * d, 1)], 0, 'float32'), shape);
    const one = extractPatches3d(count([3, 3, 3, 2]), 2, { strides: 1 });
    expect(one.shape).toEqual([2, 2, 2, 16]);
    expect(flat(evaluate(one)).slice(80, 96)).toEqual([
      20, 21, 22, 23, 26, 27, 28, 29, 38, 39, 40, 41, 44, 45, 46, 47,
    ]);
    const batch = extractPatches3d(count([1, 4, 4, 4, 1]), [2, 4, 2]);
    expect(batch.shape).toEqual([1, 2, 1, 2, 16]);
    expect(flat(evaluate(batch)).slice(-16)).toEqual([
      34, 35, 38, 39, 42, 43, 46, 47, 50, 51, 54, 55, 58, 59, 62, 63,
    ]);
    expect(() => extractPatches3d(build.filled([3, 3], 0), 2)).toThrow(
      'extractPatches3d: received [3, 3]',
    );
  });

  it('equalizeHistogramLocally', () => {
    const values = Float32Array.from({ length: 30 }, (_, i) => (i * i * 7) % 256);
    const x = build.literal(values, [1, 5, 6, 1], 'float32');
    expect(flat(evaluate(equalizeHistogramLocally(x, 0, [2, 2])))).toEqual(
      [
        0.0, 31.875, 53.125004, 79.6875, 154.0625, 191.25, 255.0, 95.625, 196.5625, 63.75, 212.5,
        127.5, 228.4375, 151.701385, 115.69445, 46.927082, 0.0, 236.111115, 194.791656, 208.958344,
        236.996521, 15.052084, 60.208336, 150.520844, 173.541672, 52.534721, 120.515053, 214.270828,
        112.25116, 255.0,
      ].map((v) => expect.closeTo(v, 3)),
    );
    // Tiles of 16 pixels, so that the limit is a whole number of them.
    const repeated = Float32Array.from({ length: 56 }, (_, i) => ((i * i * 7) % 37) * 6);
    const y = build.literal(repeated, [1, 7, 8, 1], 'float32');
    const both = build.concatenate([y, build.sub(255, y)], 3);
    const limited = evaluate(equalizeHistogramLocally(both, 16, [2, 2]));
    expect(flat(limited).slice(48, 80)).toEqual(
      [
        244.9121, 25.6763, 64.2214, 197.6691, 210.7449, 58.0789, 226.1081, 37.838, 103.4543,
        160.713, 41.7113, 222.8113, 88.7946, 179.2811, 218.5247, 47.7837, 159.474, 100.8004, 9.8901,
        245.1551, 149.5838, 118.6277, 184.7107, 82.2883, 49.7502, 206.6638, 0.0, 255.0, 53.1681,
        203.334, 205.2305, 56.3104,
      ].map((v) => expect.closeTo(v, 3)),
    );
  });
});
