import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { textFile, writeZip, ZipArchive } from './zip.ts';

const date = new Date(2024, 1, 3);
const files = [textFile('config.json', '{"a":1}'), textFile('deep/file.txt', 'words '.repeat(500))];

/** Bytes with the last occurrence of a text replaced by one of equal length. */
function renamed(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  return Uint8Array.from(Buffer.from(text.replaceAll(from, to), 'latin1'));
}

describe('zip archives', () => {
  it('hold files', async () => {
    const archive = new ZipArchive(await writeZip(files, date));
    expect(archive.names).toEqual(['config.json', 'deep/file.txt']);
    for (const { name, bytes } of files) expect(await archive.read(name)).toEqual(bytes);
    expect(archive.has('other')).toBe(false);
    await expect(archive.read('other')).rejects.toThrow(/no 'other'.*'config.json'/);
  });

  it('hold deflated files', async () => {
    const bytes = zipSync({ a: [strToU8('words '.repeat(500)), { level: 9 }] });
    const archive = new ZipArchive(bytes);
    expect(new TextDecoder().decode(await archive.read('a'))).toBe('words '.repeat(500));
  });

  it.each(['../config.js', '/etc/passwds', 'C:/autoexecs', 'a/../../bcde', 'a\\..\\bcdefgh'])(
    'with the name %s are refused',
    async (name) => {
      const bytes = await writeZip([textFile('a-safe-name!', 'x')], date);
      expect(() => new ZipArchive(renamed(bytes, 'a-safe-name!', name))).toThrow(
        /points outside of the archive/,
      );
    },
  );

  it('with two files of one name are refused', async () => {
    const bytes = await writeZip([textFile('one', 'x'), textFile('two', 'y')], date);
    expect(() => new ZipArchive(renamed(bytes, 'two', 'one'))).toThrow(/twice/);
  });

  it('that unpack to far more than they are take no memory', async () => {
    const bytes = zipSync({ bomb: [new Uint8Array(2 ** 24), { level: 9 }] });
    // The size stands in the list at the end: four gigabytes instead of sixteen megabytes.
    const view = new DataView(bytes.buffer);
    const at = Buffer.from(bytes).lastIndexOf('PK\x01\x02', undefined, 'latin1') + 24;
    expect(view.getUint32(at, true)).toBe(2 ** 24);
    view.setUint32(at, 0xfffffff0, true);
    expect(() => new ZipArchive(bytes)).toThrow(/cannot hold|more memory/);
    view.setUint32(at, 2 ** 24 - 5, true);
    await expect(new ZipArchive(bytes).read('bomb')).rejects.toThrow(/checksum|unpacked/);
  });

  it('that are damaged say so', async () => {
    const bytes = await writeZip(files, date);
    expect(() => new ZipArchive(bytes.subarray(0, bytes.length - 30))).toThrow(/cut short/);
    const changed = bytes.slice();
    changed[45] ^= 1;
    await expect(new ZipArchive(changed).read('config.json')).rejects.toThrow(/checksum/);
  });
});
