import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy, readNpz, writeNpy } from '../../src/formats/npy.ts';
import { writeZip } from '../../src/formats/zip.ts';
import {
  greyJpeg,
  makeBranches,
  makeChance,
  makeClassifier,
  makeCopies,
  makeMean,
  makeSum,
  npy,
  png,
  Workplace,
} from './harness.ts';

/** `nabla predict`: what people have at hand, and what they type wrongly. */

let place: Workplace;
const float = (values: number[], shape: number[]) =>
  writeNpy({ data: Float32Array.from(values), shape, dtype: 'float32' });

beforeAll(async () => {
  place = await Workplace.create();
  await (await makeClassifier()).save(place.path('net.keras'));
  await (await makeSum()).save(place.path('sum.keras'));
  await (await makeChance()).save(place.path('chance.keras'));
  await (await makeBranches()).save(place.path('branches.keras'));
  await (await makeCopies()).save(place.path('copies.keras'));
  await makeMean(1).save(place.path('grey.keras'));
  await makeMean(3).save(place.path('colour.keras'));
  await makeMean(3, true).save(place.path('rescaling.keras'));
});
afterAll(() => place.remove());

const ok = (...args: Parameters<Workplace['ok']>) => place.ok(...args);
const refused = (...args: Parameters<Workplace['refused']>) => place.refused(...args);

const classes = async (line: string): Promise<string[]> =>
  (await ok(line))
    .trim()
    .split('\n')
    .slice(2)
    .map((row) => row.trim().split(/\s+/)[1]);

describe('tables', () => {
  it.each([
    ['with names', 'a,b,c,d\n9,0,0,0\n0,9,0,0\n0,0,9,0\n', ['0', '1', '2']],
    ['without', '9,0,0,0\n0,9,0,0\n', ['0', '1']],
    [
      'with quotes, blanks and CR LF',
      '"a, in cm",b,c,d\r\n"9", 0 ,0,"0"\r\n0,0,9,0\r\n',
      ['0', '2'],
    ],
    ['with a byte order mark', '\ufeffa,b,c,d\n9,0,0,0\n9,0,0,0\n', ['0', '0']],
    ['with semicolons', 'a;b;c;d\n9;0;0;0\n0;0;9.5;0\n', ['0', '2']],
    ['with tabs', '9\t0\t0\t0\n0\t9\t0\t0\n', ['0', '1']],
    ['numbered by a program', 'x,0,1,2\n0,9,0,0\n9,0,0,0\n', ['1', '0']],
  ])('%s', async (_what, text, expected) => {
    place.write('t.csv', text);
    expect(await classes('predict @net.keras @t.csv')).toEqual(expected);
  });

  it('lines up, with the likeliest class of each row', async () => {
    place.write('t.csv', '9,0,0,0\n0,0,1,0\n');
    const lines = (await ok('predict @net.keras @t.csv --labels setosa,versicolor,iris'))
      .trimEnd()
      .split('\n');
    expect(lines).toEqual([
      'sample  class   probability',
      '──────  ──────  ───────────',
      '     1  setosa     100.00 %',
      '     2  iris        78.70 %',
    ]);
  });

  it('shows all classes of a single sample', async () => {
    place.write('one.csv', '0,0,1,0\n');
    expect(await ok('predict @net.keras @one.csv --labels a,b,c')).toBe(
      [
        'sample   class  probability',
        '───────  ─────  ───────────',
        'one.csv  c          78.70 %',
        'one.csv  a          10.65 %',
        'one.csv  b          10.65 %',
        '',
      ].join('\n'),
    );
  });

  it('takes the columns that are named or numbered', async () => {
    place.write('all.csv', 'id,a,b,c,d,kind\n1,9,0,0,0,x\n2,0,9,0,0,y\n');
    expect(await classes('predict @net.keras @all.csv --columns a,b,c,d')).toEqual(['0', '1']);
    expect(await classes('predict @net.keras @all.csv --columns 2-5')).toEqual(['0', '1']);
    expect(await classes('predict @net.keras @all.csv --columns 3,2,4-5')).toEqual(['1', '0']);
  });

  it('follows --header and --no-header', async () => {
    place.write('years.csv', '1,2,3,4\n9,0,0,0\n0,9,0,0\n');
    expect(await classes('predict @net.keras @years.csv')).toHaveLength(3);
    expect(await classes('predict @net.keras @years.csv --header')).toEqual(['0', '1']);
  });

  it.each([
    [
      'a label column',
      'a,b,c,d,kind\n1,2,3,4,x\n',
      /has 5 columns \(a, b, c, d, kind\), the input "\w+" of the model takes 4; name the ones to use with --columns, such as --columns 1-4/,
    ],
    [
      'too few columns',
      'a,b,c\n1,2,3\n',
      /has 3 columns \(a, b, c\).*takes 4; give a table with all of them/,
    ],
    ['text', 'a,b,c,d\n1,2,red,4\n', /row 1, column "c" holds "red", expected a number/],
    [
      'an empty field',
      'a,b,c,d\n1,2,3,4\n1,,3,4\n',
      /row 2, column "b" is empty; fill it in, or leave the row out/,
    ],
    ['a missing value', '1,2,3,4\n1,2,NA,4\n', /row 2, column 3 says "NA"; fill it in/],
    [
      'a decimal comma',
      'a;b;c;d\n1,5;2;3;4\n',
      /"1,5", expected a number; write decimals with a point/,
    ],
    [
      'a number beyond 32 bits',
      'a,b,c,d\n1,2,3,1e99\n',
      /"1e99", expected a number; it is out of the range/,
    ],
    ['a short row', 'a,b,c,d\n1,2,3\n', /row 2 has 3 fields, the first has 4/],
    ['an open quote', 'a,b,c,d\n1,2,"3,4\n', /quoted field that begins on line 2 is never closed/],
    ['names only', 'a,b,c,d\n', /line of names, "a, b, c, d", and no rows/],
    ['nothing', '', /"t.csv" is empty/],
    ['blank lines', '\n\n', /"t.csv" is empty/],
    ['another separator', '1 2 3 4\n5 6 7 8\n', /separate fields by commas|no rows of values/],
  ])('refuses %s', async (_what, text, message) => {
    place.write('t.csv', text);
    expect(await refused('predict @net.keras @t.csv')).toMatch(message);
  });

  it('refuses what is no UTF-8, and reads UTF-16 with its mark', async () => {
    place.write('t.csv', Buffer.from('größe,b,c,d\n1,2,3,4\n', 'latin1'));
    expect(await refused('predict @net.keras @t.csv')).toMatch(/"t.csv" is not text in UTF-8/);
    place.write('t.csv', Buffer.from('\ufeff9,0,0,0\n0,9,0,0\n', 'utf16le'));
    expect(await classes('predict @net.keras @t.csv')).toEqual(['0', '1']);
  });
});

describe('arrays', () => {
  const rows = [9, 0, 0, 0, 0, 9, 0, 0, 0, 0, 9, 0];
  const columns = [9, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0];
  it.each([
    ['float32', npy('<f4', [3, 4], Float32Array.from(rows))],
    ['float64', npy('<f8', [3, 4], Float64Array.from(rows))],
    ['int32', npy('<i4', [3, 4], Int32Array.from(rows))],
    ['int64', npy('<i8', [3, 4], BigInt64Array.from(rows.map(BigInt)))],
    ['uint8', npy('|u1', [3, 4], Uint8Array.from(rows))],
    ['Fortran order', npy('<f8', [3, 4], Float64Array.from(columns), true)],
    ['another shape of the same size', npy('<f4', [3, 2, 2], Float32Array.from(rows))],
  ])('%s', async (_what, bytes) => {
    place.write('a.npy', bytes);
    expect(await classes('predict @net.keras @a.npy')).toEqual(['0', '1', '2']);
  });

  it('takes a single sample without its batch, and several files together', async () => {
    place.write('a.npy', float([0, 9, 0, 0], [4]));
    place.write('b.npy', float([0, 0, 9, 0], [1, 4]));
    expect(await classes('predict @net.keras @a.npy @b.npy')).toEqual(['1', '2']);
  });

  it.each([
    [
      'another shape',
      float([1, 2, 3], [1, 3]),
      /is \[1, 3\]; the input "\w+" of the model takes \[\?, 4\]/,
    ],
    ['no rows', float([], [0, 4]), /has no samples/],
    ['one number', float([1], []), /is \[\]; the input/],
    [
      'a file that is cut short',
      float([1, 2, 3, 4], [1, 4]).subarray(0, 140),
      /"a.npy": npy: the file is damaged/,
    ],
    [
      'pickled objects',
      npy('|O', [1], Uint8Array.of(0)),
      /"a.npy": npy: it holds pickled Python objects/,
    ],
    ['text', npy('<U1', [1], Uint8Array.of(97, 0, 0, 0)), /data type 'U1' is not supported/],
    ['an empty file', new Uint8Array(0), /"a.npy" is empty/],
    ['another format', Buffer.from('hello'), /"a.npy": npy/],
  ])('refuses %s', async (_what, bytes, message) => {
    place.write('a.npy', bytes);
    expect(await refused('predict @net.keras @a.npy')).toMatch(message);
  });
});

describe('images', () => {
  const mean = async (line: string): Promise<number> =>
    Number(Object.values(JSON.parse(await ok(`${line} --json`)) as number[][][])[0][0][0]);

  it.each([
    ['grey', [51]],
    ['colour', [51, 51, 51]],
    ['opacity', [51, 51, 51, 128]],
    ['grey and opacity', [51, 128]],
  ])('of %s, of any size, from 0 to 1', async (_what, color) => {
    place.write('i.png', png(20, 12, color));
    for (const net of ['grey', 'colour']) {
      expect(await mean(`predict @${net}.keras @i.png`)).toBeCloseTo(0.2, 5);
      expect(await mean(`predict @${net}.keras @i.png --raw-pixels`)).toBeCloseTo(51, 3);
    }
  });

  it.each(['i.jpg', 'i.JPEG', 'jpeg.png'])('as JPEG files, such as %s', async (name) => {
    place.write(name, greyJpeg);
    for (const net of ['grey', 'colour']) {
      expect(await mean(`predict @${net}.keras @${name}`)).toBeCloseTo(51 / 255, 5);
    }
    expect(await ok(`predict @colour.keras @${name}`)).toMatch(
      /images: 8 × 8, RGB, values 0 to 1\n$/,
    );
  });

  it('stay 0 to 255 for a model that rescales them', async () => {
    place.write('i.png', png(8, 8, [51, 51, 51]));
    expect(await mean('predict @rescaling.keras @i.png')).toBeCloseTo(0.2, 5);
    expect(await mean('predict @rescaling.keras @i.png --no-raw-pixels')).toBeCloseTo(0.2 / 255, 6);
  });

  it('says what was done to them', async () => {
    place.write('i.png', png(20, 12, [51]));
    place.write('j.png', png(8, 8, [51]));
    const lines = (await ok('predict @colour.keras @i.png @j.png')).trimEnd().split('\n');
    expect(lines.slice(-2)).toEqual([
      'images: 20 × 12 resized to 8 × 8, RGB, values 0 to 1',
      'images: 8 × 8, RGB, values 0 to 1',
    ]);
    expect(await ok('predict @rescaling.keras @j.png')).toMatch(/RGB, values 0 to 255\n$/);
  });

  it.each([
    [
      'photo.webp',
      Buffer.from('RIFF'),
      /is a WebP image; only PNG and JPEG can be read: convert it/,
    ],
    ['gif.png', Buffer.from('GIF89a'), /"gif.png" is a GIF image/],
    ['text.png', Buffer.from('hello'), /text\.png is neither a PNG nor a JPEG file/],
    ['text.jpg', Buffer.from('hello'), /text\.jpg is neither a PNG nor a JPEG file/],
    ['cut.jpg', greyJpeg.subarray(0, 100), /^cut\.jpg is damaged: it is cut off$/],
    ['empty.png', new Uint8Array(0), /"empty.png" is empty/],
    ['cut.png', png(20, 12, [1]).subarray(0, 50), /cut\.png is damaged/],
  ])('refuses %s', async (name, bytes, message) => {
    place.write(name, bytes);
    expect(await refused(`predict @grey.keras @${name}`)).toMatch(message);
  });

  it('refuses an image for a model of tables', async () => {
    place.write('i.png', png(8, 8, [1]));
    expect(await refused('predict @net.keras @i.png')).toMatch(
      /an image does not fit the input "\w+" of the model, which takes \[\?, 4\]; give a .csv or .npy/,
    );
  });
});

describe('several inputs and outputs', () => {
  const zip = (arrays: Record<string, Uint8Array>) =>
    writeZip(
      Object.entries(arrays).map(([name, bytes]) => ({ name: `${name}.npy`, bytes })),
      new Date(2024, 0, 1),
    );
  const size = float([1, 2, 3, 4], [2, 2]);
  const word = npy('<i8', [2, 1], BigInt64Array.of(1n, 4n));

  it('come from an .npz file by name, whatever the order', async () => {
    place.write('m.npz', await zip({ word, size }));
    const text = await ok('predict @branches.keras @m.npz');
    expect(text).toMatch(/^kind\nsample +class +probability\n.*\n\nprice\nsample +price\n/s);
    const { kind, price } = JSON.parse(await ok('predict @branches.keras @m.npz --json'));
    expect(kind.map((row: number[]) => row.length)).toEqual([3, 3]);
    expect(price.map((row: number[]) => row.length)).toEqual([1, 1]);
  });

  it('go to one table or archive', async () => {
    place.write('m.npz', await zip({ size, word }));
    await ok('predict @branches.keras @m.npz --out @o.csv --labels a,b,c');
    expect(readFileSync(place.path('o.csv'), 'utf8').split('\n')[0]).toBe(
      'kind_a,kind_b,kind_c,kind_class,price',
    );
    await ok('predict @branches.keras @m.npz --out @o.npz');
    const arrays = await readNpz(readFileSync(place.path('o.npz')));
    expect([...arrays].map(([name, { shape }]) => [name, shape])).toEqual([
      ['kind', [2, 3]],
      ['price', [2, 1]],
    ]);
    expect(await refused('predict @branches.keras @m.npz --out @o.npy')).toMatch(
      /the model has 2 outputs; give --out a name in .npz/,
    );
  });

  it('are refused with what is wrong', async () => {
    place.write('t.csv', '1,2,3\n');
    expect(await refused('predict @branches.keras @t.csv')).toMatch(
      /takes 2 inputs; give an .npz file with the arrays size \[\?, 2\], word \[\?, 1\]/,
    );
    place.write('m.npz', await zip({ size }));
    expect(await refused('predict @branches.keras @m.npz')).toMatch(
      /has 1 array \(size\); the model takes 2/,
    );
    place.write('m.npz', await zip({ size, word: npy('<i4', [1, 1], Int32Array.of(1)) }));
    expect(await refused('predict @branches.keras @m.npz')).toMatch(
      /different numbers of samples \(size 2, word 1\)/,
    );
    place.write('m.npz', await zip({ size, word: float([1.5, 2], [2, 1]) }));
    expect(await refused('predict @branches.keras @m.npz')).toMatch(
      /holds 1.5; the model takes whole/,
    );
    place.write('m.npz', await zip({}));
    expect(await refused('predict @branches.keras @m.npz')).toMatch(/holds no arrays/);
  });
});

describe('outputs', () => {
  beforeAll(() => place.write('x.csv', '1,2\n3,4.5\n'));

  it('are a table under the name of the output, JSON, CSV or NPY', async () => {
    expect(await ok('predict @sum.keras @x.csv')).toBe(
      'sample  sum\n──────  ───\n     1    3\n     2  7.5\n',
    );
    expect(JSON.parse(await ok('predict @sum.keras @x.csv --json'))).toEqual({ sum: [[3], [7.5]] });
    expect(await ok('predict @sum.keras @x.csv --out @s.csv')).toBe(
      '2 samples; outputs in @s.csv\n',
    );
    expect(readFileSync(place.path('s.csv'), 'utf8')).toBe('sum\n3\n7.5\n');
    await ok('predict @sum.keras @x.csv --out @s.npy');
    expect(readNpy(readFileSync(place.path('s.npy')))).toMatchObject({
      shape: [2, 1],
      data: Float32Array.of(3, 7.5),
    });
    await ok('predict @sum.keras @x.csv --out @s.json');
    expect(JSON.parse(readFileSync(place.path('s.json'), 'utf8'))).toEqual({ sum: [[3], [7.5]] });
  });

  it('name the class beside its chances', async () => {
    place.write('t.csv', '9,0,0,0\n0,0,9,0\n');
    place.write('names.txt', 'first\nsecond\nthird\n');
    await ok('predict @net.keras @t.csv --labels @names.txt --out @k.csv');
    const [header, ...rows] = readFileSync(place.path('k.csv'), 'utf8').trim().split('\n');
    expect(header).toBe('first,second,third,class');
    expect(rows.map((row) => row.split(',')[3])).toEqual(['first', 'third']);
  });

  it('of one chance are two classes where there are two names', async () => {
    place.write('c.csv', '4\n-4\n');
    expect(await classes('predict @chance.keras @c.csv --labels no,yes')).toEqual(['yes', 'no']);
    expect(await ok('predict @chance.keras @c.csv')).toMatch(/^sample +chance\n/);
  });

  it('fit the terminal, and say how many are left out', async () => {
    place.write('n.csv', '1.23456\n-2\n');
    const rows = async (columns: number) => {
      const text = await ok('predict @copies.keras @n.csv', { columns });
      return text.trimEnd().split('\n');
    };
    expect((await rows(120))[2]).toMatch(/^ +1( +1\.23456){8} +4 more$/);
    const narrow = await rows(40);
    expect(narrow[2]).toMatch(/^ +1( +1\.23456){2} +10 more$/);
    for (const line of narrow) expect(line.length).toBeLessThanOrEqual(40);
  });

  it('replace nothing unless told to', async () => {
    writeFileSync(place.path('kept.csv'), 'precious');
    expect(await refused('predict @sum.keras @x.csv --out @kept.csv')).toBe(
      '"@kept.csv" exists already; give another name, or --force to replace it',
    );
    expect(readFileSync(place.path('kept.csv'), 'utf8')).toBe('precious');
    await ok('predict @sum.keras @x.csv --out @kept.csv --force');
    expect(readFileSync(place.path('kept.csv'), 'utf8')).toBe('sum\n3\n7.5\n');
    expect(await refused('predict @sum.keras @x.csv --out @x.csv')).toMatch(
      /"@x.csv" is the file that is read/,
    );
    writeFileSync(place.path('empty.csv'), '');
    await ok('predict @sum.keras @x.csv --out @empty.csv');
  });

  it('are refused where they cannot go', async () => {
    mkdirSync(place.path('folder.csv'));
    expect(await refused('predict @sum.keras @x.csv --out @o.xyz')).toMatch(
      /known format; expected/,
    );
    expect(await refused('predict @sum.keras @x.csv --out @no/o.csv')).toBe(
      '"@no/o.csv" cannot be written: there is no folder "@no"; make it first',
    );
    expect(await refused('predict @sum.keras @x.csv --out @folder.csv')).toMatch(/is a folder/);
    expect(await refused('predict @sum.keras @x.csv --out @x.csv/o.csv')).toMatch(
      /a file, not a folder/,
    );
    expect(existsSync(place.path('no'))).toBe(false);
  });
});

describe('what is typed wrongly', () => {
  beforeAll(() => {
    place.write('x.csv', '1,2\n');
    place.write('empty.keras', '');
    place.write('text.keras', 'hello');
    place.write('gone.txt', 'a\n');
    mkdirSync(place.path('run'));
    place.write('run/model.keras', readFileSync(place.path('sum.keras')));
  });

  it.each([
    ['predict', /missing required argument 'model'.*--help/],
    ['predict @sum.keras', /missing required argument 'data'/],
    ['predict @sun.keras @x.csv', /there is no file "@sun.keras"; did you mean ".*sum.keras"\?/],
    ['predict @zzzzzzzzzzzzz @x.csv', /there is no file "@zzzzzzzzzzzzz"; check the path/],
    [
      'predict @run @x.csv',
      /is a folder without a model.json; did you mean ".*run\/model.keras"\?/,
    ],
    ['predict @sum.keras @all.csw', /there is no file "@all.csw"; did you mean "@all.csv"\?/],
    ['predict @sum.keras @run', /"run" is a folder; expected a file/],
    [
      'predict @sum.keras @gone.txt',
      /in no known format; expected .csv, .tsv, .npy, .npz, .png or .jpg/,
    ],
    ['predict @x.csv/sum.keras @x.csv', /there is no file/],
    ['predict @sum.keras @sum.keras', /is a model, not data.*after the model/],
    ['predict @net.keras @x.csv --labels a,b', /has 2 columns/],
    [
      'predict @sum.keras @x.csv --labels a,b,c',
      /--labels names 3 classes; the model has 1 output/,
    ],
    ['predict @sum.keras @x.csv --labels a,a', /--labels has "a" twice/],
    ['predict @sum.keras @x.csv --columns 1,9', /unknown column of x.csv "9"/],
    ['predict @sum.keras @x.csv --batch-size 0', /whole number of at least 1/],
    ['predict @sum.keras @x.csv --device gpux', /one of auto, cpu, gpu, js/],
  ])('%s', async (line, message) => {
    expect(await refused(line)).toMatch(message);
  });

  it.each([
    ['predict @empty.keras @x.csv', /"@empty.keras": the file is empty/],
    [
      'predict @text.keras @x.csv',
      /"@text.keras": the file is in no known format; expected .keras/,
    ],
  ])('%s: the file is at fault', async (line, message) => {
    const { stdout, stderr, exitCode } = await place.nabla(line);
    expect(stdout).toBe('');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(stderr).toMatch(message);
  });

  it('shows no stack and no colour unless asked', async () => {
    const plain = await place.nabla('predict @zzzzzzzzz @x.csv', { columns: 80 });
    expect(plain.stderr).toBe('error: there is no file "@zzzzzzzzz"; check the path\n');
    const coloured = await place.nabla('predict @zzzzzzzzz @x.csv', {
      columns: 80,
      environment: { FORCE_COLOR: '1' },
    });
    expect(coloured.stderr.startsWith('\u001b[31merror:\u001b[39m ')).toBe(true);
  });
});
