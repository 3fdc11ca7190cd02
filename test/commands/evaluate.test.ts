import { mkdirSync, readFileSync } from 'node:fs';
import { layers, losses, sequential, tensor } from 'nabla';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeNpy } from '../../src/formats/npy.ts';
import { writeZip } from '../../src/formats/zip.ts';
import { readExamples } from '../../src/node/labelled-data.ts';
import {
  makeBranches,
  makeChance,
  makeClassifier,
  makeMean,
  makeSum,
  npy,
  png,
  redJpeg,
  Workplace,
} from './harness.ts';

/** `nabla evaluate`: labels in every form that people have them, and what classifiers are asked. */

let place: Workplace;

// The model takes these for 0, 1, 2, 0: it is right on the first three.
const rows = ['9,0,0,0', '0,9,0,0', '0,0,9,0', '9,0,0,0'];
const numbers = [0, 1, 2, 1];
const names = ['cat', 'dog', 'owl', 'dog'];
const samples = Float32Array.from(rows.flatMap((row) => row.split(',').map(Number)));

beforeAll(async () => {
  place = await Workplace.create();
  await (await makeClassifier()).save(place.path('net.keras'));
  await (await makeClassifier()).save(place.path('net.onnx'));
  await (await makeSum()).save(place.path('sum.keras'));
  await (await makeChance()).save(place.path('chance.keras'));
  await (await makeBranches()).save(place.path('branches.keras'));
  await makeMean(3).save(place.path('colour.keras'));
  place.write('x.csv', `a,b,c,d\n${rows.join('\n')}\n`);
  place.write('x.npy', writeNpy({ data: samples, shape: [4, 4], dtype: 'float32' }));
  const table = (last: string, of: readonly unknown[]) =>
    `a,b,c,d,${last}\n${rows.map((row, i) => `${row},${of[i]}`).join('\n')}\n`;
  place.write('numbers.csv', table('kind', numbers));
  place.write('names.csv', table('kind', names));
  place.write(
    'hot.csv',
    table(
      'k0,k1,k2',
      numbers.map((n) => [0, 1, 2].map((k) => Number(k === n))),
    ),
  );
  place.write('kinds.csv', `kind\n${names.join('\n')}\n`);
  place.write('kinds-only.csv', `${names.join('\n')}\n`);
  place.write('y.npy', npy('<i8', [4], BigInt64Array.from(numbers.map(BigInt))));
  place.write(
    'hot.npy',
    npy('<f8', [4, 3], Float64Array.from(numbers.flatMap((n) => [0, 1, 2].map((k) => +(k === n))))),
  );
});
afterAll(() => place.remove());

const ok = (...args: Parameters<Workplace['ok']>) => place.ok(...args);
const refused = (...args: Parameters<Workplace['refused']>) => place.refused(...args);

describe('a classifier', () => {
  it.each([
    'numbers.csv',
    'names.csv',
    'names.csv --labels cat,dog,owl',
    'names.csv --target kind',
    'hot.csv --target k0,k1,k2',
    'hot.csv --target 5-7',
    'numbers.csv --columns 1-4 --target 5',
    'x.csv @y.npy',
    'x.csv @kinds.csv',
    'x.npy @y.npy',
    'x.npy @hot.npy',
    'x.npy @kinds-only.csv --no-header',
  ])('with %s', async (data) => {
    const {
      samples: count,
      accuracy,
      confusionMatrix,
      classes,
    } = JSON.parse(await ok(`evaluate @net.keras @${data} --json`));
    expect({ count, accuracy, confusionMatrix }).toEqual({
      count: 4,
      accuracy: 0.75,
      confusionMatrix: [
        [1, 0, 0],
        [1, 1, 0],
        [0, 0, 1],
      ],
    });
    expect(classes.map((c: any) => [c.precision, c.recall, c.support])).toEqual([
      [0.5, 1, 1],
      [1, 0.5, 2],
      [1, 1, 1],
    ]);
  });

  it('is shown in tables that line up, with the names of its classes', async () => {
    const text = await ok('evaluate @net.keras @names.csv');
    expect(text).toBe(
      [
        'samples    loss  accuracy',
        '───────  ──────  ────────',
        '      4  4.5000    0.7500',
        '',
        'class  precision  recall      f1  samples',
        '─────  ─────────  ──────  ──────  ───────',
        'cat       0.5000  1.0000  0.6667        1',
        'dog       1.0000  0.5000  0.6667        2',
        'owl       1.0000  1.0000  1.0000        1',
        '',
        'true \\ predicted  cat  dog  owl',
        '────────────────  ───  ───  ───',
        'cat                 1    0    0',
        'dog                 1    1    0',
        'owl                 0    0    1',
        '',
        'classes in alphabetical order: 0 cat, 1 dog, 2 owl (--labels gives another)',
        '',
      ].join('\n'),
    );
  });

  it('leaves out a matrix that the terminal has no room for', async () => {
    const text = await ok('evaluate @net.keras @names.csv', { columns: 30 });
    expect(text).not.toContain('predicted  cat');
    expect(text).toContain('too wide to show; --json gives it');
  });

  it('of one chance has two classes', async () => {
    place.write('c.csv', 'x,is\n3,yes\n-3,no\n2,no\n');
    const { accuracy, confusionMatrix } = JSON.parse(
      await ok('evaluate @chance.keras @c.csv --json'),
    );
    expect(accuracy).toBeCloseTo(2 / 3, 6);
    expect(confusionMatrix).toEqual([
      [1, 1],
      [0, 1],
    ]);
  });

  it('of one logit has the same two classes', async () => {
    const net = sequential([layers.dense({ units: 1, inputShape: [1] })]);
    net.compile({ optimizer: 'sgd', loss: losses.binaryCrossentropy({ fromLogits: true }) });
    await net.layers[0].setWeights([tensor([[1]]), tensor([0])]);
    await net.save(place.path('logit.keras'));
    // 0.2 is above 0, but not above 1/2.
    place.write('l.csv', 'x,is\n0.2,1\n-3,0\n2,0\n');
    const { confusionMatrix } = JSON.parse(await ok('evaluate @logit.keras @l.csv --json'));
    expect(confusionMatrix).toEqual([
      [1, 1],
      [0, 1],
    ]);
  });

  it('that was saved without a loss is given one', async () => {
    expect(await refused('evaluate @net.onnx @numbers.csv')).toMatch(
      /saved without a loss.*--loss/,
    );
    for (const loss of ['categorical_crossentropy', 'sparseCategoricalCrossentropy']) {
      const line = `evaluate @net.onnx @numbers.csv --loss ${loss} --metrics accuracy --json`;
      expect(JSON.parse(await ok(line))).toMatchObject({ accuracy: 0.75 });
    }
  });

  it('is measured on images in folders by class', async () => {
    for (const [name, color] of [
      ['blue', [0, 0, 255]],
      ['green', [0, 255, 0]],
      ['red', [255, 0, 0]],
    ] as const) {
      mkdirSync(place.path(`images/${name}`), { recursive: true });
      place.write(`images/${name}/1.png`, png(9, 8, color));
    }
    const line =
      'evaluate @colour.keras @images --loss sparse_categorical_crossentropy --metrics accuracy';
    // The channels are red, green and blue; the folders stand in alphabetical order.
    expect(JSON.parse(await ok(`${line} --labels red,green,blue --json`)).accuracy).toBe(1);
    expect(JSON.parse(await ok(`${line} --json`)).accuracy).toBeCloseTo(1 / 3, 6);
    expect(await ok(line)).toMatch(/images: 9 × 8 resized to 8 × 8, RGB, values 0 to 1\n$/);
    place.write('images/red/2.jpg', redJpeg);
    const { accuracy, samples } = JSON.parse(await ok(`${line} --labels red,green,blue --json`));
    expect({ accuracy, samples }).toEqual({ accuracy: 1, samples: 4 });
    place.write('images/red/3.gif', 'x');
    expect(await refused(line)).toMatch(/is a GIF image; only PNG and JPEG/);
  });
});

describe('other models', () => {
  it('have their loss and metrics, and no classes', async () => {
    place.write('s.csv', '1,2,3\n1,2,5\n');
    expect(await ok('evaluate @sum.keras @s.csv')).toBe(
      'samples    loss     mae\n───────  ──────  ──────\n      2  2.0000  1.0000\n',
    );
    expect(
      JSON.parse(await ok('evaluate @sum.keras @s.csv --loss mae --metrics mse --json')),
    ).toEqual({ samples: 2, loss: 1, mse: 2 });
  });

  it('of several inputs and outputs take an archive with all of them', async () => {
    const arrays = {
      price: writeNpy({ data: Float32Array.of(1, 2), shape: [2], dtype: 'float32' }),
      word: npy('<i4', [2, 1], Int32Array.of(1, 4)),
      kind: npy('<i4', [2], Int32Array.of(0, 2)),
      size: writeNpy({ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2], dtype: 'float32' }),
    };
    const zip = (keys: (keyof typeof arrays)[]) =>
      writeZip(
        keys.map((name) => ({ name: `${name}.npy`, bytes: arrays[name] })),
        new Date(2024, 0, 1),
      );
    place.write('all.npz', await zip(['price', 'word', 'kind', 'size']));
    const report = JSON.parse(await ok('evaluate @branches.keras @all.npz --json'));
    expect(report.samples).toBe(2);
    expect(report.confusionMatrix).toHaveLength(3);
    place.write('in.npz', await zip(['word', 'size']));
    place.write('out.npz', await zip(['price', 'kind']));
    expect(JSON.parse(await ok('evaluate @branches.keras @in.npz @out.npz --json'))).toEqual(
      report,
    );
    expect(await refused('evaluate @branches.keras @in.npz')).toMatch(/no array named y/);
    place.write('one.npz', await zip(['kind']));
    expect(await refused('evaluate @branches.keras @in.npz @one.npz')).toMatch(
      /1 arrays of targets; the model has 2 outputs: kind, price/,
    );
  });
});

describe('what is typed wrongly', () => {
  beforeAll(() => {
    place.write('short.npy', npy('<i4', [2], Int32Array.of(0, 1)));
    place.write('wrong.npy', npy('<i4', [4], Int32Array.of(0, 1, 7, 0)));
    place.write('two.csv', 'a,b,c,d,kind\n9,0,0,0,cat\n0,9,0,0,dog\n');
    place.write('gap.csv', 'a,b,c,d,kind\n9,0,0,0,cat\n0,9,0,0,\n');
    place.write('column.csv', 'x\n1\n');
  });

  it.each([
    ['evaluate @net.keras', /missing required argument 'data'/],
    ['evaluate @net.keras @x.npy', /"x.npy" has no targets; give a second file/],
    [
      'evaluate @net.keras @x.npy @short.npy',
      /"x.npy" with "short.npy" gives 4 samples and 2 targets/,
    ],
    [
      'evaluate @net.keras @x.npy @wrong.npy',
      /target 3 is the class 7; the model knows the classes 0 to 2/,
    ],
    ['evaluate @net.keras @x.npy @kinds-only.csv', /4 samples and 3 targets.*--no-header/],
    [
      'evaluate @net.keras @numbers.csv --target kin',
      /unknown column of numbers.csv "kin"; did you mean "kind"/,
    ],
    ['evaluate @net.keras @numbers.csv --target a', /target 1 is the class 9/],
    [
      'evaluate @net.keras @names.csv --labels cat,dog,owls',
      /unknown class "owl"; did you mean "owls"\?/,
    ],
    ['evaluate @net.keras @two.csv', /names 2 classes \(cat, dog\), the model knows 3.*--labels/],
    ['evaluate @net.keras @gap.csv', /row 2, column "kind" is empty/],
    ['evaluate @net.keras @column.csv', /has one column; give the targets in a second file/],
    [
      'evaluate @net.keras @numbers.csv --loss mse',
      /targets are \[4, 1\], the model gives \[4, 3\]/,
    ],
    [
      'evaluate @net.keras @numbers.csv --loss msee',
      /--loss: 'msee' is not known; did you mean 'mse'/,
    ],
    [
      'evaluate @net.keras @numbers.csv --metrics acuracy',
      /--metrics: 'acuracy' is not known; did you mean 'accuracy'/,
    ],
    [
      'evaluate @net.keras @numbers.txt',
      /there is no file "@numbers.txt"; did you mean "@numbers.csv"/,
    ],
  ])('%s', async (line, message) => {
    expect(await refused(line)).toMatch(message);
  });

  it('changes nothing', () => {
    expect(readFileSync(place.path('numbers.csv'), 'utf8')).toMatch(/^a,b,c,d,kind\n9,0,0,0,0\n/);
  });
});

describe('data sets by their names', () => {
  it.each([
    [undefined, 1],
    [true, 255],
  ])('mnist has its test images, raw %s', async (rawPixels, largest) => {
    const input = { name: 'x', shape: [null, 28, 28, 1], dtype: 'float32' } as const;
    const { x, y, notes } = await readExamples('MNIST', undefined, [input], ['digit'], {
      labels: [],
      rawPixels,
    });
    expect([x[0].shape, y[0].shape]).toEqual([
      [10_000, 28, 28, 1],
      [10_000, 10],
    ]);
    let brightest = 0;
    for (const value of x[0].data) brightest = Math.max(brightest, value);
    expect(brightest).toBe(largest);
    expect(notes).toEqual([`mnist: test images, values 0 to ${largest}`]);
  });
});
