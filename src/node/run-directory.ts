/**
 * The folder of one run: what was asked for, where it ran and what came out. A run never writes
 * into another's folder.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainingHistory } from '../charts/learning-curves.ts';
import { writeFileAtomic, writeJsonAtomic, writeTextAtomic } from './atomic.ts';
import { type CsvValue, csvText } from './csv.ts';

/** 2025-03-01 14:05:09 local time as "20250301-140509". */
export function timeStamp(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}

/** Folders in a run's folder that begin so hold what a stopped run goes on from. */
export const backupFolder = 'backup';

export class RunDirectory {
  readonly path: string;
  /** Names of the files written so far through this object, in order. */
  readonly files: string[] = [];

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Makes `<root>/<name>-<YYYYMMDD-HHMMSS>`, with "-2", "-3", ... where that name is taken.
   * @throws the file system's error when the folder cannot be made.
   */
  static async create(root: string, name: string, date = new Date()): Promise<RunDirectory> {
    await mkdir(root, { recursive: true });
    const base = join(root, `${name}-${timeStamp(date)}`);
    for (let attempt = 1; ; attempt++) {
      const path = attempt === 1 ? base : `${base}-${attempt}`;
      try {
        await mkdir(path); // fails when it exists, so that two runs cannot get the same folder
        return new RunDirectory(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  }

  /** The folder of a run that exists, to go on with it. */
  static open(path: string): RunDirectory {
    return new RunDirectory(path);
  }

  /**
   * Path of a file in this folder, for code that writes it itself.
   * @throws RangeError when `name` is more than a file name.
   */
  file(name: string): string {
    if (!/^[\p{L}\p{N}_][\p{L}\p{N}_. -]*$/u.test(name)) {
      throw new RangeError(
        `RunDirectory: ${JSON.stringify(name)} is not a plain file name; use letters, digits, ".", "-" and "_"`,
      );
    }
    if (!this.files.includes(name)) this.files.push(name);
    return join(this.path, name);
  }

  async writeBytes(name: string, bytes: Uint8Array): Promise<void> {
    await writeFileAtomic(this.file(name), bytes);
  }

  async writeText(name: string, text: string): Promise<void> {
    await writeTextAtomic(this.file(name), text);
  }

  async writeJson(name: string, value: unknown): Promise<void> {
    await writeJsonAtomic(this.file(name), value);
  }

  async writeCsv(
    name: string,
    header: readonly string[],
    rows: Iterable<readonly CsvValue[]>,
  ): Promise<void> {
    await this.writeText(name, csvText(header, rows));
  }

  /** Removes what a stopped run would go on from. */
  async removeBackups(): Promise<void> {
    for (const name of await readdir(this.path)) {
      if (name.startsWith(backupFolder)) {
        await rm(join(this.path, name), { recursive: true, force: true });
      }
    }
  }

  /**
   * history.csv, one line per epoch, and curves.svg. A suffix goes into both names, for runs that train
   * several models.
   */
  async saveHistory(
    history: TrainingHistory,
    { title, suffix = '' }: { title?: string; suffix?: string } = {},
  ): Promise<void> {
    const names = Object.keys(history.columns);
    const rows = history.epochs.map((epoch, i) => [
      epoch,
      ...names.map((name) => history.columns[name][i]),
    ]);
    await this.writeCsv(`history${suffix}.csv`, ['epoch', ...names], rows);
    if (rows.length === 0) return; // stopped before the first epoch ended: nothing to draw
    const { learningCurves } = await import('../charts/learning-curves.ts');
    await this.writeText(`curves${suffix}.svg`, learningCurves(history, { title }));
  }

  /** confusion-matrix.csv and .svg; rows are true classes, columns predicted ones. */
  async saveConfusionMatrix(
    labels: readonly string[],
    counts: readonly ArrayLike<number>[],
    title?: string,
    suffix = '',
  ): Promise<void> {
    const { confusionMatrix } = await import('../charts/confusion-matrix.ts');
    const svg = confusionMatrix({ labels, counts, title });
    const rows = labels.map((name, i) => [name, ...Array.from(counts[i])]);
    await this.writeCsv(`confusion-matrix${suffix}.csv`, ['true \\ predicted', ...labels], rows);
    await this.writeText(`confusion-matrix${suffix}.svg`, svg);
  }
}
