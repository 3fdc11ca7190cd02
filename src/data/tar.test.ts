import { describe, expect, it } from 'vitest';
import { makeTar } from '../../test/support/make-tar.ts';
import { tarEntries } from './tar.ts';

function read(archive: Uint8Array): [string, string][] {
  return [...tarEntries(archive)].map(({ name, bytes }) => [name, new TextDecoder().decode(bytes)]);
}

describe('tarEntries', () => {
  it('reads files, and skips folders', () => {
    const archive = makeTar([
      { name: 'a/', content: '', type: '5' },
      { name: 'a/one.txt', content: 'first' },
      { name: 'two.txt', content: 'x'.repeat(513), prefix: 'a/b' },
      { name: 'empty', content: '' },
    ]);
    expect(read(archive)).toEqual([
      ['a/one.txt', 'first'],
      ['a/b/two.txt', 'x'.repeat(513)],
      ['empty', ''],
    ]);
  });

  it('takes long names in the way of GNU and of pax', () => {
    const long = 'd/'.repeat(80);
    const record = `path=${long}pax.txt\n`;
    const archive = makeTar([
      { name: '././@LongLink', content: `${long}gnu.txt\0`, type: 'L' },
      { name: 'cut', content: '1' },
      {
        name: 'PaxHeaders/x',
        content: `20 mtime=1350244992\n${record.length + 4} ${record}`,
        type: 'x',
      },
      { name: 'cut', content: '2' },
      { name: 'plain', content: '3' },
    ]);
    expect(read(archive)).toEqual([
      [`${long}gnu.txt`, '1'],
      [`${long}pax.txt`, '2'],
      ['plain', '3'],
    ]);
  });

  it('reports damage', () => {
    const archive = makeTar([{ name: 'a', content: 'x'.repeat(600) }]);
    expect(() => read(archive.subarray(0, 1000))).toThrow(
      '600 bytes, but the archive ends after 1000',
    );
    const damaged = archive.slice();
    damaged[0] ^= 1;
    expect(() => read(damaged)).toThrow('checksum is wrong');
  });
});
