import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { layers } from '../../src/nn/layers/index.ts';
import { registerEngine } from '../../src/tensor/device.ts';
import { tensor } from '../../src/tensor/tensor.ts';
import { type LayerSpec, testLayer } from './harness.ts';

beforeAll(() => registerEngine('js', async () => createJsEngine()));

const training = { training: true };

/** Irregular values from 0 to 255 or another range. */
const pixels =
  (low = 0, high = 255) =>
  (i: number) =>
    low + (((Math.sin(12.9898 * i + 1) * 43758.5453) % 1 ** 1) + 1) * 0.5 * (high - low);

/** A layer that draws for each image of [2, 4, 5, 3]. */
const random = (
  make: LayerSpec['make'],
  { values = pixels(), ...more }: Partial<LayerSpec> & { values?: (i: number) => number } = {},
): LayerSpec => ({
  make,
  input: { shape: [2, 4, 5, 3], values },
  outputShape: [2, 4, 5, 3],
  random: true,
  hasTrainingMode: true,
  ...more,
});

testLayer('Resizing', {
  make: (o) => layers.resizing({ ...o, height: 6, width: 3 }),
  input: [2, 4, 5, 3],
  outputShape: [2, 6, 3, 3],
});
testLayer('Resizing, channels first, with the aspect ratio kept', {
  make: (o) =>
    layers.resizing({
      ...o,
      height: 6,
      width: 3,
      interpolation: 'bicubic',
      cropToAspectRatio: true,
      dataFormat: 'channelsFirst',
    }),
  input: [2, 3, 4, 5],
  outputShape: [2, 3, 6, 3],
});
testLayer('CenterCrop', {
  make: (o) => layers.centerCrop({ ...o, height: 3, width: 2 }),
  input: [2, 4, 5, 3],
  outputShape: [2, 3, 2, 3],
});
testLayer('CenterCrop of smaller images', {
  make: (o) => layers.centerCrop({ ...o, height: 6, width: 2 }),
  input: [2, 4, 5, 3],
  outputShape: [2, 6, 2, 3],
});
testLayer('RandomCrop', {
  ...random((o) => layers.randomCrop({ ...o, height: 2, width: 3 })),
  outputShape: [2, 2, 3, 3],
});
testLayer(
  'RandomFlip',
  random((o) => layers.randomFlip(o), { input: [6, 4, 5, 3], outputShape: [6, 4, 5, 3] }),
);
testLayer(
  'RandomTranslation',
  random((o) => layers.randomTranslation({ ...o, heightFactor: 0.3, widthFactor: [0.1, 0.4] })),
);
testLayer('RandomRotation, channels first', {
  ...random((o) =>
    layers.randomRotation({ ...o, factor: 0.2, fillMode: 'constant', dataFormat: 'channelsFirst' }),
  ),
  input: [2, 3, 4, 5],
  outputShape: [2, 3, 4, 5],
});
testLayer(
  'RandomZoom',
  random((o) => layers.randomZoom({ ...o, heightFactor: 0.4, widthFactor: 0.2, fillMode: 'wrap' })),
);
testLayer(
  'RandomShear',
  random((o) => layers.randomShear({ ...o, xFactor: 0.4, yFactor: 0.2, fillMode: 'nearest' })),
);
testLayer(
  'RandomPerspective',
  random((o) => layers.randomPerspective(o)),
);
testLayer(
  'RandomElasticTransform',
  random((o) => layers.randomElasticTransform({ ...o, scale: [0.5, 1], fillMode: 'mirror' })),
);
testLayer(
  'RandomBrightness',
  random((o) => layers.randomBrightness({ ...o, factor: 0.2 })),
);
testLayer(
  'RandomContrast',
  random((o) => layers.randomContrast({ ...o, factor: [0.2, 0.4] })),
);
testLayer(
  'RandomHue',
  random((o) => layers.randomHue({ ...o, factor: 0.8, valueRange: [0, 1] }), {
    values: pixels(0.1, 0.9),
  }),
);
testLayer(
  'RandomSaturation',
  random((o) => layers.randomSaturation({ ...o, factor: [0.2, 0.7], valueRange: [0, 1] }), {
    values: pixels(0.1, 0.9),
  }),
);
testLayer(
  'RandomColorDegeneration',
  random((o) => layers.randomColorDegeneration({ ...o, factor: 0.7 })),
);
testLayer(
  'RandomColorJitter',
  random((o) =>
    layers.randomColorJitter({
      ...o,
      brightnessFactor: 0.1,
      contrastFactor: 0.1,
      saturationFactor: [0.4, 0.6],
      hueFactor: 0.2,
    }),
  ),
);
testLayer(
  'RandomSharpness',
  random((o) => layers.randomSharpness({ ...o, factor: [0.1, 0.4] })),
);
testLayer(
  'RandomInvert',
  random((o) => layers.randomInvert({ ...o, factor: [0.5, 0.5] }), {
    input: { shape: [6, 4, 5, 3], values: pixels() },
    outputShape: [6, 4, 5, 3],
  }),
);
testLayer(
  'RandomPosterization',
  random((o) => layers.randomPosterization({ ...o, factor: [1, 7] }), {
    noGradients: 'values are rounded',
  }),
);
testLayer(
  'RandomGrayscale',
  random((o) => layers.randomGrayscale(o), {
    input: { shape: [6, 4, 5, 3], values: pixels() },
    outputShape: [6, 4, 5, 3],
  }),
);
testLayer(
  'RandomGaussianBlur',
  random((o) => layers.randomGaussianBlur({ ...o, factor: [1, 1], kernelSize: [3, 5] })),
);
testLayer(
  'RandomErasing',
  random((o) => layers.randomErasing({ ...o, factor: [1, 1], scale: [0.2, 0.5] })),
);
testLayer(
  'Solarization',
  random((o) => layers.solarization({ ...o, additionFactor: 0.3, thresholdFactor: 0.5 })),
);
testLayer('AutoContrast', {
  make: (o) => layers.autoContrast(o),
  input: { shape: [2, 4, 5, 3], values: pixels(20, 180) },
  outputShape: [2, 4, 5, 3],
});
testLayer('Equalization', {
  make: (o) => layers.equalization(o),
  input: { shape: [2, 4, 5, 3], values: (i) => Math.round(pixels(20, 180)(i)) },
  outputShape: [2, 4, 5, 3],
  noGradients: 'values are counted',
});
testLayer('ContrastLimitedAdaptiveHistogramEqualization', {
  make: (o) =>
    layers.contrastLimitedAdaptiveHistogramEqualization({
      ...o,
      tileGridSize: [2, 3],
      clipLimit: 9,
    }),
  input: { shape: [2, 4, 5, 3], values: (i) => Math.round(pixels(20, 180)(i)) },
  outputShape: [2, 4, 5, 3],
  noGradients: 'values are counted',
});
testLayer(
  'MixUp',
  random((o) => layers.mixUp(o), {
    input: { shape: [4, 3, 3, 2], values: pixels() },
    outputShape: [4, 3, 3, 2],
  }),
);
testLayer(
  'CutMix',
  random((o) => layers.cutMix(o), {
    input: { shape: [4, 4, 4, 2], values: pixels() },
    outputShape: [4, 4, 4, 2],
  }),
);
testLayer(
  'RandAugment',
  random((o) => layers.randAugment(o), { noGradients: 'some changes round values' }),
);
testLayer(
  'AugMix',
  random((o) => layers.augMix({ ...o, numChains: 2, chainDepth: 1 }), {
    noGradients: 'some changes round values',
  }),
);

/** Images [1, height, width, 1] of rows. */
const picture = (rows: number[][]) => tensor(rows.flat(), [1, rows.length, rows[0].length, 1]);
const rowsOf = async (y: any): Promise<number[][]> =>
  (await y.array())[0].map((row: number[][]) => row.map(([v]) => v));

describe('Resizing', () => {
  const ramp = picture([[0, 1, 2, 3]]);
  const resize = (options: object, x = ramp) =>
    rowsOf(layers.resizing({ height: 1, width: 8, ...options }).call(x));

  it('interpolates between the centres of pixels', async () => {
    expect(await resize({})).toEqual([[0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3]]);
    expect(await resize({ interpolation: 'nearest' })).toEqual([[0, 0, 1, 1, 2, 2, 3, 3]]);
    expect(await resize({ width: 2 })).toEqual([[0.5, 2.5]]);
    // Cubic convolution with a = -3/4 a quarter before pixel 2: -.10546875, .87890625, .26171875, ...
    const cubic = (await resize({ interpolation: 'bicubic' }))[0];
    expect(cubic[3]).toBeCloseTo(0 * -0.10546875 + 0.87890625 + 2 * 0.26171875 - 3 * 0.03515625, 6);
    const lanczos = (await resize({ interpolation: 'lanczos3', width: 4 }))[0];
    expect(lanczos).toEqual([0, 1, 2, 3]);
  });

  it('lets every pixel count with antialias, as Keras on PyTorch does', async () => {
    const squares = picture([[0, 1, 4, 9, 16, 25]]);
    const expected = {
      bilinear: [1, 7, 18.85714],
      bicubic: [0.41004, 6.53053, 19.97071],
      nearest: [1, 9, 25],
    };
    for (const [interpolation, values] of Object.entries(expected)) {
      const [row] = await resize({ width: 3, interpolation, antialias: true }, squares);
      row.forEach((v, i) => {
        expect(v).toBeCloseTo(values[i], 4);
      });
    }
    expect(layers.resizing({ height: 1, width: 1, antialias: true }).getConfig()).toMatchObject({
      antialias: true,
    });
  });

  it('keeps integers whole', async () => {
    const x = tensor(Int32Array.of(0, 10), [1, 1, 2, 1], 'int32');
    const y = layers.resizing({ height: 1, width: 4 }).call(x);
    expect(y.dtype).toBe('int32');
    expect(await rowsOf(y)).toEqual([[0, 2, 8, 10]]);
    const padding = { padToAspectRatio: true, fillValue: 1.6 } as const;
    const nearest = layers.resizing({ height: 2, width: 4, interpolation: 'nearest', ...padding });
    const four = tensor(Int32Array.of(5, 6, 7, 8), [1, 2, 2, 1], 'int32');
    expect((await rowsOf(nearest.call(four)))[0]).toEqual([2, 5, 6, 2]);
  });

  it('crops or pads to the aspect ratio', async () => {
    const wide = picture([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
    const crop = { height: 2, width: 2, cropToAspectRatio: true };
    expect(await resize(crop, wide)).toEqual([
      [2, 3],
      [6, 7],
    ]);
    const pad = { height: 4, width: 4, padToAspectRatio: true, fillValue: 9 };
    expect(await resize(pad, wide)).toEqual([
      [9, 9, 9, 9],
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 9, 9, 9],
    ]);
    expect(() => layers.resizing({ ...crop, padToAspectRatio: true }).call(wide)).toThrow(
      /exclude each other/,
    );
  });

  it('takes a single image', async () => {
    const y = layers.resizing({ height: 1, width: 1 }).call(tensor([[[1], [3]]]));
    expect(await y.array()).toEqual([[[2]]]);
  });
});

describe('configurations of Keras', () => {
  it('have ranges from -1 and whole shifts', () => {
    for (const [class_name, config] of [
      ['RandomSaturation', { factor: [-0.2, 0.2] }],
      ['RandomColorDegeneration', { factor: [-0.2, 0.2] }],
      ['RandomPerspective', { factor: [1, 1], scale: 1 }],
    ] as const) {
      const layer = layers.deserialize({ class_name, config });
      expect(layer.getConfig()).toMatchObject(config);
    }
  });
});

describe('layers that move pixels', () => {
  const square = picture([
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ]);

  it('turn counter-clockwise', async () => {
    const layer = layers.randomRotation({ factor: [0.25, 0.25] });
    const rows = await rowsOf(layer.call(square, training));
    expect(rows.map((r) => r.map((v) => Math.round(v * 1e4) / 1e4))).toEqual([
      [3, 6, 9],
      [2, 5, 8],
      [1, 4, 7],
    ]);
    expect(await rowsOf(layer.call(square))).toEqual(await rowsOf(square));
  });

  it('shift down and to the right, and fill', async () => {
    const moved = (fillMode: any) =>
      rowsOf(
        layers
          .randomTranslation({
            heightFactor: 0,
            widthFactor: [2 / 3, 2 / 3],
            fillMode,
            fillValue: -1,
            interpolation: 'nearest',
          })
          .call(square, training),
      );
    expect((await moved('constant'))[0]).toEqual([-1, -1, 1]);
    expect((await moved('nearest'))[0]).toEqual([1, 1, 1]);
    expect((await moved('reflect'))[0]).toEqual([2, 1, 1]);
    expect((await moved('mirror'))[0]).toEqual([3, 2, 1]);
    expect((await moved('wrap'))[0]).toEqual([2, 3, 1]);
  });

  it('zoom out and in', async () => {
    const zoom = (f: number) =>
      rowsOf(
        layers
          .randomZoom({ heightFactor: [f, f], fillMode: 'constant', fillValue: 0 })
          .call(square, training),
      );
    expect(await zoom(1)).toEqual([
      [0, 0, 0],
      [0, 5, 0],
      [0, 0, 0],
    ]);
    expect(await zoom(-0.5)).toEqual([
      [3, 3.5, 4],
      [4.5, 5, 5.5],
      [6, 6.5, 7],
    ]);
  });

  it('flip some images and leave the others', async () => {
    const images = tensor(
      new Float32Array(40).map((_, i) => i % 2),
      [20, 1, 2, 1],
    );
    const rows = await layers
      .randomFlip({ mode: 'horizontal', seed: 3 })
      .call(images, training)
      .array();
    const first = new Set(rows.map((r: any) => r[0][0][0]));
    expect(first).toEqual(new Set([0, 1]));
  });

  it('cut out a part that is in the image', async () => {
    const x = picture([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 10, 11],
    ]);
    const layer = layers.randomCrop({ height: 2, width: 2, seed: 1 });
    for (let i = 0; i < 5; i++) {
      const [[a, b], [c, d]] = await rowsOf(layer.call(x, training));
      expect([b - a, c - a, d - c]).toEqual([1, 4, 1]);
      expect(a % 4).toBeLessThan(3);
    }
    const whole = layers.randomCrop({ height: 3, width: 3 });
    expect((await rowsOf(whole.call(x)))[0]).toEqual([0, 1, 2]);
  });

  it('leave the image as it is where perspective or elastic strength is zero', async () => {
    for (const layer of [
      layers.randomPerspective({ scale: 0 }),
      layers.randomElasticTransform({ scale: 0 }),
      layers.randomShear(),
    ]) {
      const rows = await rowsOf(layer.call(square, training));
      rows.flat().forEach((v, i) => {
        expect(v).toBeCloseTo(i + 1, 4);
      });
    }
  });
});

describe('layers that change colours', () => {
  const image = tensor([
    [
      [
        [200, 100, 50],
        [10, 20, 30],
      ],
    ],
  ]);
  const change = async (layer: any, x = image) =>
    (await layer.call(x, training).array())[0][0].map((p: number[]) =>
      p.map((v) => Math.round(v * 100) / 100),
    );

  it('brighten and stretch', async () => {
    expect(await change(layers.randomBrightness({ factor: [0.2, 0.2] }))).toEqual([
      [251, 151, 101],
      [61, 71, 81],
    ]);
    expect(await change(layers.randomBrightness({ factor: [1, 1] }))).toEqual([
      [255, 255, 255],
      [255, 255, 255],
    ]);
    const contrast = layers.randomContrast({ factor: 0 });
    expect(await change(contrast)).toEqual([
      [200, 100, 50],
      [10, 20, 30],
    ]);
  });

  it('turn hues and saturate', async () => {
    const [red] = await change(layers.randomSaturation({ factor: [0, 0] }));
    expect(red).toEqual([200, 200, 200]);
    const [same] = await change(layers.randomSaturation({ factor: [0.5, 0.5] }));
    same.forEach((v: number, i: number) => {
      expect(v).toBeCloseTo([200, 100, 50][i], 1);
    });
    // Half a turn to either side is the same: the complement.
    const [turned] = await change(layers.randomHue({ factor: [1, 1] }));
    turned.forEach((v: number, i: number) => {
      expect(v).toBeCloseTo([50, 150, 200][i], 1);
    });
    const [gray] = await change(layers.randomGrayscale({ factor: 1 }));
    expect(gray).toEqual([124.18, 124.18, 124.18]);
    const [dull] = await change(layers.randomColorDegeneration({ factor: [1, 1] }));
    expect(dull).toEqual([124.18, 124.18, 124.18]);
  });

  it('invert, posterize and solarize', async () => {
    expect((await change(layers.randomInvert({ factor: [1, 1] })))[1]).toEqual([245, 235, 225]);
    expect((await change(layers.randomPosterization({ factor: 3 })))[0]).toEqual([192, 96, 32]);
    expect((await change(layers.solarization({ thresholdFactor: [0.2, 0.2] })))[0]).toEqual([
      55, 155, 50,
    ]);
  });

  it('stretch and equalize values', async () => {
    const x = picture([
      [50, 50],
      [60, 100],
    ]);
    const stretched = await rowsOf(layers.autoContrast().call(x));
    expect(stretched.flat().map(Math.round)).toEqual([0, 0, 51, 255]);
    expect((await rowsOf(layers.equalization().call(x))).flat()).toEqual([0, 0, 128, 255]);
    const flat = picture([[7, 7]]);
    expect(await rowsOf(layers.autoContrast().call(flat))).toEqual([[7, 7]]);
    expect(await rowsOf(layers.equalization().call(flat))).toEqual([[7, 7]]);
  });
});

describe('layers that mix images', () => {
  const images = tensor(
    new Float32Array(4 * 8 * 8).map((_, i) => Math.floor(i / 64)),
    [4, 8, 8, 1],
  );
  const labels = tensor([
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ]);

  it('mix labels as the images', async () => {
    for (const layer of [layers.mixUp({ seed: 5, alpha: 1 }), layers.cutMix({ seed: 5 })]) {
      const mixed = layer.call({ images, labels }, training);
      const pictures = await mixed.images.array();
      const rows: number[][] = await mixed.labels.array();
      rows.forEach((row, i) => {
        expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
        // Image i is constant i, so the mean of a mixture is the mean of its labels.
        const mean = pictures[i].flat(2).reduce((a: number, b: number) => a + b) / 64;
        const expected = row.reduce((a, w, k) => a + w * k, 0);
        expect(Math.abs(mean - expected)).toBeLessThan(layer.className === 'MixUp' ? 1e-4 : 0.6);
      });
      const untouched = layer.call({ images, labels });
      expect(await untouched.labels.array()).toEqual(await labels.array());
    }
  });

  it('erase one rectangle', async () => {
    const layer = layers.randomErasing({
      factor: [1, 1],
      scale: [0.25, 0.25],
      fillValue: 200,
      seed: 2,
    });
    const x = tensor(new Float32Array(64), [1, 8, 8, 1]);
    const rows = await rowsOf(layer.call(x, training));
    const erased = rows.flat().filter((v) => v === 200).length;
    // Half of each side, up to how the borders fall on pixels.
    expect(erased).toBeGreaterThanOrEqual(9);
    expect(erased).toBeLessThanOrEqual(25);
    expect(rows.flat().every((v) => v === 0 || v === 200)).toBe(true);
  });
});

describe('wrong use of image layers', () => {
  it('says what was received and what was expected', () => {
    expect(() => layers.randomBrightness({ factor: 2 })).toThrow(/from -1 to 1/);
    expect(() => layers.randomFlip({ mode: 'left' as 'vertical' })).toThrow(/mode is 'left'/);
    expect(() => layers.randomZoom({ heightFactor: 0.1, fillMode: 'x' as 'wrap' })).toThrow(
      /fillMode is 'x'/,
    );
    expect(() => layers.randomHue({ factor: 0.1 }).call(tensor([[[[1, 2]]]]), training)).toThrow(
      /expected 3 channels/,
    );
    expect(() => layers.centerCrop({ height: 0, width: 2 })).toThrow(/centerCrop: the size/);
    expect(() => layers.autoContrast().call(tensor([[1]]))).toThrow(/autoContrast/);
  });
});
testLayer(
  'RandomApply',
  random(
    (o) =>
      layers.randomApply({
        ...o,
        factor: [0.5, 0.5],
        transforms: [
          layers.randomBrightness({ ...o, factor: 0.1 }),
          layers.randomFlip({ ...o, mode: 'vertical' }),
        ],
      }),
    {
      input: { shape: [6, 4, 5, 3], values: pixels() },
      outputShape: [6, 4, 5, 3],
    },
  ),
);
