/** Data sets from text files, read as a stream. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { CsvRecord, CsvStreamOptions } from '../data/csv-stream.ts';
import { Dataset } from '../data/dataset.ts';
import { type CsvOptions, parseCsv, type Table } from '../data/table.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { type ClassFolderOptions, listClassFolders } from './dataset-folders.ts';

/** The lines of a UTF-8 file, without their line breaks. */
export function datasetFromTextFile(path: string): Dataset<string> {
  return Dataset.fromGenerator(async function* () {
    let rest = '';
    for await (const chunk of createReadStream(path, { encoding: 'utf8' })) {
      const lines = (rest + chunk).split(/\r?\n/);
      rest = lines.pop() as string;
      yield* lines;
    }
    if (rest !== '') yield rest;
  });
}

/** The records of a CSV file of any size, as `Dataset.fromCSV` gives them. */
export function datasetFromCSVFile(
  path: string,
  options: CsvStreamOptions = {},
): Dataset<CsvRecord> {
  return Dataset.fromCSV(() => createReadStream(path, { encoding: 'utf8' }), options);
}

/** A whole CSV file as columns. */
export async function readCSV(path: string, options: CsvOptions = {}): Promise<Table> {
  return parseCsv(await readFile(path, 'utf8'), options);
}

export interface TextExample {
  text: string;
  /** Class number, int32 []. */
  y: NDArray;
}

/** The UTF-8 texts of `directory/<class>/*.txt`, one example a file, read when their turn comes. */
export async function datasetFromTextFolder(
  directory: string,
  options: ClassFolderOptions = {},
): Promise<{ dataset: Dataset<TextExample>; classNames: string[]; paths: string[] }> {
  const { shuffle = true, seed } = options;
  const { paths, labels, classNames } = await listClassFolders(directory, ['.txt'], {}, options);
  const rows = Dataset.fromArrays({ path: paths, y: labels });
  const files = shuffle ? rows.shuffle(paths.length, seed) : rows;
  const dataset = files.map(async ({ path, y }) => ({ text: await readFile(path, 'utf8'), y }));
  return { dataset, classNames, paths };
}
