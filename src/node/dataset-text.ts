/** Data sets from text files, read as a stream. */
import type { CsvRecord, CsvStreamOptions } from '../data/csv-stream.ts';
import { Dataset } from '../data/dataset.ts';
import { type CsvOptions, parseCsv, type Table } from '../data/table.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { type ClassFolderOptions, listClassFolders } from './dataset-folders.ts';
import { readText, type TextFileOptions, textChunks, textLines } from './text-files.ts';

/** The lines of a text file, without their line breaks. */
export function datasetFromTextFile(path: string, options?: TextFileOptions): Dataset<string> {
  return Dataset.fromGenerator(() => textLines(path, options));
}

/** The records of a CSV file of any size, as `Dataset.fromCSV` gives them. */
export function datasetFromCSVFile(
  path: string,
  options: CsvStreamOptions & TextFileOptions = {},
): Dataset<CsvRecord> {
  return Dataset.fromCSV(() => textChunks(path, options), { name: path, ...options });
}

/** A whole CSV file as columns. */
export async function readCSV(
  path: string,
  options: CsvOptions & TextFileOptions = {},
): Promise<Table> {
  return parseCsv(await readText(path, options), { name: path, ...options });
}

export interface TextExample {
  text: string;
  /** Class number, int32 []. */
  y: NDArray;
}

/** The texts of `directory/<class>/*.txt`, one example a file, read when their turn comes. */
export async function datasetFromTextFolder(
  directory: string,
  options: ClassFolderOptions & TextFileOptions = {},
): Promise<{ dataset: Dataset<TextExample>; classNames: string[]; paths: string[] }> {
  const { shuffle = true, seed } = options;
  const { paths, labels, classNames } = await listClassFolders(directory, ['.txt'], {}, options);
  const rows = Dataset.fromArrays({ path: paths, y: labels });
  const files = shuffle ? rows.shuffle(paths.length, seed) : rows;
  const dataset = files.map(async ({ path, y }) => ({ text: await readText(path, options), y }));
  return { dataset, classNames, paths };
}
