import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { NDArray } from '../graph/ndarray.ts';
import { readNpy, readNpz, writeNpy } from './npy.ts';

const python = '/usr/bin/python3';
const hasNumpy = spawnSync(python, ['-c', 'import numpy']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'nabla-npy-'));
afterAll(() => rmSync(folder, { recursive: true }));

const arrays: Record<string, NDArray> = {
  floats: { data: Float32Array.of(1, -2.5, 1e30, Number.NaN), shape: [2, 2], dtype: 'float32' },
  doubles: { data: Float64Array.of(1 / 3), shape: [], dtype: 'float64' },
  integers: { data: Int32Array.of(1, -2, 3), shape: [3, 1], dtype: 'int32' },
  truths: { data: Uint8Array.of(1, 0), shape: [2], dtype: 'bool' },
  nothing: { data: new Float32Array(0), shape: [0, 4], dtype: 'float32' },
};

describe('.npy', () => {
  it.each(Object.entries(arrays))('holds %s', (_name, array) => {
    expect(readNpy(writeNpy(array))).toEqual(array);
  });

  it('refuses Python objects, and what is damaged', () => {
    const header = (text: string) => {
      const padded = text.padEnd(117, ' ');
      return Uint8Array.from(Buffer.from(`\x93NUMPY\x01\x00\x76\x00${padded}\n`, 'latin1'));
    };
    expect(() =>
      readNpy(header("{'descr': '|O', 'fortran_order': False, 'shape': (3,), }")),
    ).toThrow(/pickle|objects/);
    expect(() =>
      readNpy(header("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }")),
    ).toThrow(/npy/);
    const bytes = writeNpy(arrays.floats);
    expect(() => readNpy(bytes.subarray(0, bytes.length - 1))).toThrow(/npy/);
  });

  it.skipIf(!hasNumpy)(
    'is what NumPy reads and writes (skipped without python3-numpy)',
    async () => {
      for (const [name, array] of Object.entries(arrays)) {
        writeFileSync(join(folder, `${name}.npy`), writeNpy(array));
      }
      const code = `
import numpy as np
a = np.load('floats.npy'); assert a.shape == (2, 2) and a.dtype == 'f4' and a[0, 1] == -2.5
assert np.load('doubles.npy') == 1 / 3 and np.load('integers.npy').tolist() == [[1], [-2], [3]]
assert np.load('truths.npy').tolist() == [True, False] and np.load('nothing.npy').shape == (0, 4)
f = np.arange(6, dtype='f8').reshape(2, 3)
np.savez('plain.npz', a=f, b=np.asfortranarray(f), c=f.astype('>i2'), d=np.array(True))
np.savez_compressed('packed.npz', half=f.astype('f2'), long=f.astype('i8'))`;
      execFileSync(python, ['-c', code], { cwd: folder });
      const plain = await readNpz(readFileSync(join(folder, 'plain.npz')));
      expect([...plain.keys()]).toEqual(['a', 'b', 'c', 'd']);
      for (const name of ['a', 'b', 'c']) {
        expect(Array.from(plain.get(name)!.data)).toEqual([0, 1, 2, 3, 4, 5]);
        expect(plain.get(name)!.shape).toEqual([2, 3]);
      }
      expect(plain.get('d')).toEqual({ data: Uint8Array.of(1), shape: [], dtype: 'bool' });
      const packed = await readNpz(readFileSync(join(folder, 'packed.npz')));
      expect(packed.get('half')!.dtype).toBe('float32');
      expect(packed.get('long')!.dtype).toBe('int32');
    },
  );
});
