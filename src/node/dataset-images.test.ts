import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { png } from '../../test/support/png.ts';
import { datasetFromImageFolder } from './dataset-images.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nabla-images-'));
});
afterEach(() => rm(root, { recursive: true }));

describe('datasetFromImageFolder', () => {
  async function write(name: string, bytes: Uint8Array): Promise<void> {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeFile(join(root, name), bytes);
  }

  it('labels images by their folder and brings them to one size', async () => {
    await write('dog/one.png', png(1, 1, 3, [255, 0, 0]));
    await write('cat/one.png', png(2, 2, 1, [0, 0, 0, 0]));
    await write('cat/deep/two.PNG', png(3, 1, 1, [255, 255, 255]));
    await write('cat/notes.txt', new Uint8Array());
    await write('.hidden/x.png', new Uint8Array());
    const { dataset, classNames, paths } = await datasetFromImageFolder(root, {
      imageSize: [2, 3],
      shuffle: false,
    });
    expect(classNames).toEqual(['cat', 'dog']);
    expect(paths).toHaveLength(3);
    expect(dataset.cardinality).toBe(3);
    const [batch] = await dataset.batch(3).toArray();
    expect(batch.x.shape).toEqual([3, 2, 3, 3]);
    expect(Array.from(batch.y.data)).toEqual([0, 0, 1]);
    expect(Array.from(batch.x.data.subarray(36, 39))).toEqual([1, 0, 0]);
  });

  it('passes over hidden files and folders, and follows links', async () => {
    await write('cat/one.png', png(1, 1, 1, [0]));
    await write('cat/._one.png', new Uint8Array(4096));
    await write('cat/.cache/two.png', new Uint8Array(3));
    await symlink(join(root, 'cat', 'one.png'), join(root, 'cat', 'same.png'));
    await symlink(join(root, 'nowhere.png'), join(root, 'cat', 'lost.png'));
    await symlink(join(root, 'cat'), join(root, 'lynx'));
    const { paths, classNames } = await datasetFromImageFolder(root);
    expect(classNames).toEqual(['cat', 'lynx']);
    const names = ['cat/one.png', 'cat/same.png', 'lynx/one.png', 'lynx/same.png'];
    expect(paths).toEqual(names.map((name) => join(root, name)));
  });

  it('names the file that is damaged, and the class that has none', async () => {
    await write('a/good.png', png(1, 1, 1, [0]));
    await write('a/wrong.png', png(1, 1, 1, [0]).subarray(0, 50));
    const { dataset } = await datasetFromImageFolder(root, { shuffle: false });
    await expect(dataset.toArray()).rejects.toThrow(/map: element 1: .*wrong\.png is damaged/);
    await mkdir(join(root, 'b'));
    await expect(datasetFromImageFolder(root)).rejects.toThrow(
      'no .png or .jpg or .jpeg files for b;',
    );
  });

  it('divides files into training and validation', async () => {
    for (let i = 0; i < 10; i++) await write(`a/${i}.png`, png(1, 1, 1, [i]));
    const paths = async (subset: 'training' | 'validation'): Promise<string[]> =>
      (await datasetFromImageFolder(root, { validationSplit: 0.3, subset, seed: 5 })).paths;
    const [training, validation] = [await paths('training'), await paths('validation')];
    expect([training.length, validation.length]).toEqual([7, 3]);
    expect(new Set([...training, ...validation]).size).toBe(10);
    await expect(datasetFromImageFolder(root, { validationSplit: 0.3 })).rejects.toThrow(
      'a split needs all three',
    );
  });

  it('says what is wrong with a folder', async () => {
    await expect(datasetFromImageFolder(root)).rejects.toThrow(
      'expected one folder for each class',
    );
    await write('a/x.txt', new Uint8Array());
    await expect(datasetFromImageFolder(root)).rejects.toThrow('no .png or .jpg or .jpeg files');
    await expect(datasetFromImageFolder(root, { classNames: ['b'] })).rejects.toThrow(
      '(no b), found a',
    );
    await write('a/photo.GIF', new Uint8Array());
    await expect(datasetFromImageFolder(root)).rejects.toThrow(
      'GIF images cannot be read, only PNG and JPEG',
    );
  });
});
