import { expect, it } from 'vitest';
import { csvText } from './csv.ts';

it('writes one line per row and quotes what needs it', () => {
  const rows = [
    [1, 0.1, true, undefined],
    ['a,b', 'say "x"', 'two\nlines', ' edge'],
  ];
  expect(csvText(['a', 'b', 'c', 'd'], rows)).toBe(
    'a,b,c,d\n1,0.1,true,\n"a,b","say ""x""","two\nlines"," edge"\n',
  );
});

it('keeps all digits of a number', () => {
  const values = [1 / 3, 1e-300, -0.1, Number.NaN];
  const cells = csvText(['x'], [values]).split('\n')[1].split(',');
  expect(cells.map(Number)).toEqual(values);
});
