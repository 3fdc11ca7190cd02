import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imagesOf, readEvents, scalarOf, textsOf } from '../formats/events/index.ts';
import { projectorConfig, vectorsText } from './projector-files.ts';
import { SummaryWriter } from './summary-writer.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nabla-summaries-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const read = async (writer: SummaryWriter) => readEvents(await readFile(writer.path!));

describe('SummaryWriter', () => {
  it('makes its file at the first flush and appends at each', async () => {
    const writer = new SummaryWriter(join(folder, 'a', 'b'));
    writer.scalar('loss', 0.5, 1);
    expect(writer.path).toBeUndefined();
    await writer.flush();
    const first = await readFile(writer.path!);
    writer.scalar('loss', 0.25, 2);
    writer.text('note', 'hello', 2);
    writer.image('dot', { data: [1], shape: [1, 1, 1, 1] }, 2);
    writer.histogram('w', [1, 2], 2);
    await writer.close();
    const second = await readFile(writer.path!);
    expect(second.subarray(0, first.length)).toEqual(first);
    const { events, damage } = await read(writer);
    expect(damage).toEqual([]);
    expect(events.map((e) => e.step)).toEqual([0, 1, 2, 2, 2, 2]);
    const values = events.flatMap((e) => e.values);
    expect(values.map((v) => v.tag)).toEqual(['loss', 'loss', 'note', 'dot', 'w']);
    expect(scalarOf(values[1])).toBe(0.25);
    expect(textsOf(values[2])).toEqual(['hello']);
    expect(imagesOf(values[3])).toMatchObject({ width: 1, height: 1 });
    const seconds = Date.now() / 1000;
    for (const { wallTime } of events) expect(Math.abs(wallTime - seconds)).toBeLessThan(600);
  });

  it('keeps the order of flushes that overlap, and never shares a file', async () => {
    const writers = [new SummaryWriter(folder), new SummaryWriter(folder)];
    const flushes: Promise<void>[] = [];
    for (let step = 0; step < 20; step++) {
      for (const writer of writers) {
        writer.scalar('x', step, step);
        flushes.push(writer.flush({ sync: step % 2 === 0 }));
      }
    }
    await Promise.all(flushes);
    expect(await readdir(folder)).toHaveLength(2);
    for (const writer of writers) {
      const steps = (await read(writer)).events.slice(1).map((e) => e.step);
      expect(steps).toEqual(Array.from({ length: 20 }, (_, i) => i));
    }
  });

  it('is read up to what a crash left, and on behind it', async () => {
    const writer = new SummaryWriter(folder);
    writer.scalar('x', 1, 1);
    await writer.flush();
    await appendFile(writer.path!, Uint8Array.of(40, 0, 0, 0, 0, 0));
    writer.scalar('x', 2, 2);
    await writer.flush();
    const { events, damage } = await read(writer);
    expect(events.slice(1).map((e) => e.step)).toEqual([1, 2]);
    expect(damage).toHaveLength(1);
  });

  it('keeps what could not be written for a later flush', async () => {
    const directory = join(folder, 'runs');
    await writeFile(directory, 'a file where the folder should be');
    const writer = new SummaryWriter(directory);
    writer.scalar('x', 1, 1);
    await expect(writer.flush()).rejects.toThrow(/EEXIST|ENOTDIR/);
    await rm(directory);
    writer.scalar('x', 2, 2);
    await writer.flush();
    const { events, damage } = await read(writer);
    expect(damage).toEqual([]);
    expect(events.map((e) => [e.step, e.fileVersion])).toEqual([
      [0, 'brain.Event:2'],
      [1, undefined],
      [2, undefined],
    ]);
  });

  it('refuses tags and steps that mean nothing', () => {
    const writer = new SummaryWriter(folder);
    expect(() => writer.scalar('', 1, 1)).toThrow(/the tag is empty/);
    expect(() => writer.scalar('x', 1, 0.5)).toThrow(/the step of 'x' is 0.5/);
  });
});

describe('projector files', () => {
  it('escapes names and leaves out what there is not', () => {
    const text = projectorConfig([
      { name: 'a"b\\c', shape: [2, 3], vectors: 'v.tsv' },
      { name: 'd', shape: [1, 1], vectors: 'w.tsv', metadata: 'm.tsv' },
    ]);
    expect(text).toContain('tensor_name: "a\\"b\\\\c"');
    expect(text.match(/embeddings \{/g)).toHaveLength(2);
    expect(text.match(/metadata_path/g)).toHaveLength(1);
  });

  it('writes vectors so that float32 comes back', () => {
    const data = Float32Array.of(0.1, -1 / 3, 1e-20, 123456.78, 0, 2);
    const text = vectorsText({ data, shape: [2, 3], dtype: 'float32' });
    const rows = text
      .trimEnd()
      .split('\n')
      .map((row) => row.split('\t').map(Number));
    expect(rows.map((r) => r.length)).toEqual([3, 3]);
    expect(Float32Array.from(rows.flat())).toEqual(data);
    expect(text).toContain('0.1\t');
  });
});
