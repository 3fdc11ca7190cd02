import { describe, expect, it } from 'vitest';
import { initializers } from '../../src/nn/initializers/index.ts';
import { computeFans, type Initializer } from '../../src/nn/initializers/initializer.ts';
import { setRandomSeed } from '../../src/tensor/random.ts';

/** What the numbers have to be like; the draws themselves are our own. */

interface Moments {
  readonly mean: number;
  readonly variance: number;
  readonly low: number;
  readonly high: number;
}

function moments(data: ArrayLike<number>): Moments {
  const values = Array.from(data);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  return { mean, variance, low: Math.min(...values), high: Math.max(...values) };
}

const draw = (initializer: Initializer, shape: readonly number[]) =>
  moments(initializer.initialize(shape, 'float32').data);

/** 40,000 draws: the mean is within 5 standard errors, the variance within 5 %. */
const shape = [200, 200];
function expectMoments({ mean, variance }: Moments, wantedMean: number, wantedVariance: number) {
  expect(Math.abs(mean - wantedMean)).toBeLessThan((5 * Math.sqrt(wantedVariance)) / 200);
  expect(Math.abs(variance / wantedVariance - 1)).toBeLessThan(0.05);
}

describe('fans', () => {
  it.each([
    [[], 1, 1],
    [[7], 7, 7],
    [[3, 5], 3, 5],
    [[3, 3, 4, 8], 36, 72],
    [[5, 2, 6], 10, 30],
  ])('of %j are %d and %d', (dimensions, fanIn, fanOut) => {
    expect(computeFans(dimensions)).toEqual({ fanIn, fanOut });
  });

  it('may be those of given axes, which a configuration keeps', () => {
    const axes = { inputAxes: [0, -1], outputAxes: [1] };
    expect(computeFans([3, 4, 5], axes)).toEqual({ fanIn: 15, fanOut: 4 });
    const he = initializers.deserialize({
      class_name: 'HeNormal',
      config: { seed: 7, input_axes: [0], output_axes: [1, 2] },
    });
    expectMoments(draw(he, [10, 40, 100]), 0, 2 / 10);
    expect(initializers.serialize(he).config).toEqual({
      seed: 7,
      input_axes: [0],
      output_axes: [1, 2],
    });
    expect(initializers.serialize(initializers.heNormal({ seed: 7 })).config).toEqual({ seed: 7 });
    expect(() => initializers.glorotUniform({ inputAxes: [0] })).toThrow(/go together/);
    expect(initializers.heNormal({ inputAxes: null, outputAxes: null }).inputAxes).toBeNull();
  });
});

describe('distributions', () => {
  it('normal', () => {
    expectMoments(draw(initializers.randomNormal({ mean: 2, stddev: 3, seed: 1 }), shape), 2, 9);
  });

  it('uniform', () => {
    const found = draw(initializers.randomUniform({ minval: -1, maxval: 3, seed: 1 }), shape);
    expectMoments(found, 1, 16 / 12);
    expect(found.low).toBeGreaterThanOrEqual(-1);
    expect(found.high).toBeLessThan(3);
  });

  it('normal, cut off at two standard deviations', () => {
    const found = draw(initializers.truncatedNormal({ mean: 1, stddev: 0.5, seed: 1 }), shape);
    // The variance of a unit normal within two standard deviations.
    expectMoments(found, 1, 0.25 * 0.8796256610342398 ** 2);
    expect(found.low).toBeGreaterThanOrEqual(0);
    expect(found.high).toBeLessThanOrEqual(2);
  });

  it('defaults of Keras', () => {
    expect(initializers.randomNormal().getConfig()).toEqual({ mean: 0, stddev: 0.05, seed: null });
    expect(initializers.randomUniform().getConfig()).toEqual({
      minval: -0.05,
      maxval: 0.05,
      seed: null,
    });
    expect(initializers.varianceScaling().getConfig()).toEqual({
      scale: 1,
      mode: 'fan_in',
      distribution: 'truncated_normal',
      seed: null,
    });
  });
});

describe('variance scaling', () => {
  const kernel = [3, 3, 40, 100];
  const [fanIn, fanOut] = [360, 900];
  it.each([
    ['glorotUniform', 2 / (fanIn + fanOut), true],
    ['glorotNormal', 2 / (fanIn + fanOut), false],
    ['heUniform', 2 / fanIn, true],
    ['heNormal', 2 / fanIn, false],
    ['lecunUniform', 1 / fanIn, true],
    ['lecunNormal', 1 / fanIn, false],
  ] as const)('%s', (name, variance, uniform) => {
    const found = draw(initializers[name]({ seed: 3 }), kernel);
    expectMoments(found, 0, variance);
    const limit = uniform
      ? Math.sqrt(3 * variance)
      : (2 * Math.sqrt(variance)) / 0.8796256610342398;
    expect(Math.max(-found.low, found.high)).toBeLessThanOrEqual(limit * (1 + 1e-6));
    expect(found.high).toBeGreaterThan(0.97 * limit);
  });

  it('counts outputs with fanOut, and leaves the tails with untruncatedNormal', () => {
    const wide = initializers.varianceScaling({
      scale: 3,
      mode: 'fanOut',
      distribution: 'untruncatedNormal',
      seed: 1,
    });
    const found = draw(wide, kernel);
    expectMoments(found, 0, 3 / fanOut);
    expect(found.high).toBeGreaterThan(3 * Math.sqrt(3 / fanOut));
  });

  it.each([
    [{ scale: 0 }, /scale is 0; expected a positive number/],
    [{ mode: 'fan' as any }, /mode is 'fan'; expected 'fanIn', 'fanOut' or 'fanAvg'/],
    [{ distribution: 'gamma' as any }, /distribution is 'gamma'/],
  ])('rejects %j', (options, message) => {
    expect(() => initializers.varianceScaling(options)).toThrow(message);
  });
});

describe('seeds', () => {
  it('give the same numbers from one instance, from one seed, and after setRandomSeed', () => {
    const once = initializers.heNormal();
    const values = (i: Initializer) => [...i.initialize([4, 3], 'float32').data];
    expect(values(once)).toEqual(values(once));
    expect(values(initializers.heNormal({ seed: 5 }))).toEqual(
      values(initializers.heNormal({ seed: 5 })),
    );
    expect(values(initializers.heNormal({ seed: 5 }))).not.toEqual(
      values(initializers.heNormal({ seed: 6 })),
    );
    setRandomSeed(11);
    const first = values(initializers.heNormal());
    setRandomSeed(11);
    expect(values(initializers.heNormal())).toEqual(first);
    expect(values(initializers.heNormal())).not.toEqual(first);
  });
});

describe('orthogonal', () => {
  it.each([[[6, 6]], [[20, 5]], [[5, 20]], [[3, 3, 4, 8]], [[1, 7]]])(
    '%j has orthonormal rows or columns',
    (dimensions) => {
      const { data } = initializers
        .orthogonal({ gain: 2, seed: 4 })
        .initialize(dimensions, 'float64');
      const columns = dimensions.at(-1)!;
      const rows = data.length / columns;
      const byRows = rows < columns;
      const [count, length] = byRows ? [rows, columns] : [columns, rows];
      const at = (v: number, k: number) => data[byRows ? v * columns + k : k * columns + v];
      for (let u = 0; u < count; u++) {
        for (let v = 0; v <= u; v++) {
          let dot = 0;
          for (let k = 0; k < length; k++) dot += at(u, k) * at(v, k);
          expect(dot).toBeCloseTo(u === v ? 4 : 0, 12);
        }
      }
    },
  );

  it('needs a matrix', () => {
    expect(() => initializers.orthogonal().initialize([3], 'float32')).toThrow(
      'Orthogonal: received shape [3]; expected two axes or more',
    );
  });
});

describe('without chance', () => {
  it('zeros, ones, constants and the identity', () => {
    const values = (i: Initializer, dimensions: number[]) => [
      ...i.initialize(dimensions, 'float32').data,
    ];
    expect(values(initializers.zeros(), [2])).toEqual([0, 0]);
    expect(values(initializers.ones(), [2])).toEqual([1, 1]);
    expect(values(initializers.constant({ value: 3 }), [2])).toEqual([3, 3]);
    expect(values(initializers.constant({ value: [[1], [2]] }), [2, 1])).toEqual([1, 2]);
    expect(values(initializers.identity({ gain: 2 }), [2, 3])).toEqual([2, 0, 0, 0, 2, 0]);
    expect(() => initializers.constant({ value: [1, 2] }).initialize([3], 'float32')).toThrow(
      /2 values do not fill/,
    );
    expect(() => initializers.identity().initialize([3], 'float32')).toThrow(/expected a matrix/);
  });

  it('waves of the short-time Fourier transform, windowed', () => {
    const kernel = (options: Parameters<typeof initializers.stft>[0]) =>
      initializers.stft(options).initialize([4, 1, 3], 'float64').data;
    // 4 points: cos and sin of -pi/2 t f.
    const cosines = [1, 1, 1, 1, 0, -1, 1, -1, 1, 1, 0, -1];
    kernel({ side: 'real', window: null }).forEach((v, i) => {
      expect(v).toBeCloseTo(cosines[i], 12);
    });
    const sines = [0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0];
    kernel({ side: 'imag', window: null }).forEach((v, i) => {
      expect(v).toBeCloseTo(sines[i], 12);
    });
    // The symmetric Hann window of 4 samples is 0, 3/4, 3/4, 0; the periodic one 0, 1/2, 1, 1/2.
    const first = (data: ArrayLike<number>) => [0, 3, 6, 9].map((i) => data[i]);
    const windowed = (periodic: boolean, scaling: 'density' | 'spectrum' | null) =>
      first(kernel({ side: 'real', periodic, scaling }));
    const close = (a: number[], b: number[]) => {
      for (const [i, v] of a.entries()) expect(v).toBeCloseTo(b[i], 12);
    };
    close(windowed(false, null), [0, 0.75, 0.75, 0]);
    close(windowed(true, 'spectrum'), [0, 0.25, 0.5, 0.25]);
    close(
      windowed(true, 'density'),
      [0, 0.5, 1, 0.5].map((v) => v / Math.sqrt(1.5)),
    );
    expect(() => initializers.stft({ side: 'left' as any })).toThrow(/side is 'left'/);
    expect(() => initializers.stft({ side: 'real', window: 'han' as any })).toThrow(
      /window is 'han'/,
    );
  });
});
