import { describe, expect, it } from 'vitest';
import { constant, evaluate } from '../../../test/evaluate.ts';
import { gradients } from '../../autodiff/grad.ts';
import * as build from '../build.ts';
import {
  affineTransform,
  cropImages,
  gaussianBlur,
  hsvToRgb,
  padImages,
  resize,
  rgbToGrayscale,
  rgbToHsv,
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
