/** Categories as numbers. */
import { NablaError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { type ArrayInput, asNDArray } from './array.ts';
import { type Column, getColumn, type Table } from './table.ts';

/**
 * One-hot rows of class numbers: float32 [..., classes], with `classes` the largest number plus one by
 * default. A last axis of length 1 is dropped first, as in Keras. Errors: labels that are not whole
 * numbers in 0..classes-1.
 */
export function toCategorical(labels: ArrayInput, classes?: number): NDArray {
  const { data, shape } = asNDArray(labels, 'float64', 'toCategorical');
  let largest = -1;
  for (const label of data) {
    if (!Number.isInteger(label) || label < 0 || (classes !== undefined && label >= classes)) {
      const limit = classes === undefined ? '' : ` up to ${classes - 1}`;
      throw new NablaError(
        `toCategorical: found the label ${label}, expected whole numbers from 0${limit}; number text labels with encodeLabels`,
      );
    }
    if (label > largest) largest = label;
  }
  const width = classes ?? largest + 1;
  const out = new Float32Array(data.length * width);
  for (let i = 0; i < data.length; i++) out[i * width + data[i]] = 1;
  const outer = shape.length > 1 && shape.at(-1) === 1 ? shape.slice(0, -1) : shape;
  return { data: out, shape: [...outer, width], dtype: 'float32' };
}

/**
 * Numbers labels in the sorted order of the different ones: `y` int32 [n], `classes[y[i]]` is label i. Give
 * `classes` to number test labels as the training labels were. Errors: a label that `classes` lacks.
 */
export function encodeLabels<T extends string | number>(
  labels: ArrayLike<T>,
  classes: readonly T[] = sortedUnique(Array.from(labels)),
): { y: NDArray; classes: readonly T[] } {
  const numbers = new Map(classes.map((label, i) => [label, i]));
  const data = Int32Array.from(labels, (label) => {
    const number = numbers.get(label);
    if (number === undefined) {
      throw new NablaError(
        `encodeLabels: found the label ${JSON.stringify(label)}, expected one of ${classes.join(', ')}`,
      );
    }
    return number;
  });
  return { y: { data, shape: [data.length], dtype: 'int32' }, classes };
}

export interface DummiesOptions {
  /** Columns to encode; every text column by default. */
  columns?: readonly string[];
  /** Categories of a column, to encode test data as the training data was; the sorted ones found by default. */
  categories?: Readonly<Record<string, readonly (string | number)[]>>;
  /**
   * What a value that the given `categories` lack does: 'error' (the default) stops; 'ignore' makes it a row
   * of zeros, like a missing one.
   */
  unknown?: 'error' | 'ignore';
  /** True leaves out each column's first category, which then is a row of zeros; false by default. */
  dropFirst?: boolean;
}

/**
 * The sorted categories of each column (every text column by default), for `getDummies` of later data:
 * `const categories = categoriesOf(train); getDummies(test, { categories, unknown: 'ignore' })`.
 */
export function categoriesOf(
  table: Table,
  columns: readonly string[] = textNames(table),
): Record<string, (string | number)[]> {
  return Object.fromEntries(
    columns.map((name) => {
      const values = valuesOf(table, name, 'categoriesOf');
      return [name, sortedUnique(values.filter((v) => v !== null))];
    }),
  );
}

/**
 * Replaces each column of categories by one numeric column (0 or 1) for each category, named
 * `<column>_<category>`, after the columns that stay. Missing values are 0 in all of them. Errors: a value
 * that the given `categories` lack; a name that exists already.
 */
export function getDummies(table: Table, options: DummiesOptions = {}): Table {
  const encoded = options.columns ?? textNames(table);
  const columns: Record<string, Column> = {};
  for (const name of table.names) {
    if (!encoded.includes(name)) columns[name] = table.columns[name];
  }
  for (const name of encoded) {
    const values = valuesOf(table, name, 'getDummies');
    const present = values.filter((v) => v !== null);
    const categories = options.categories?.[name] ?? sortedUnique(present);
    const unknown = present.find((value) => !categories.includes(value));
    if (unknown !== undefined && options.unknown !== 'ignore') {
      throw new NablaError(
        `getDummies: column "${name}" has the value ${JSON.stringify(unknown)}, expected one of ${categories.join(', ')}; with unknown: 'ignore' it becomes a row of zeros`,
      );
    }
    for (const category of options.dropFirst ? categories.slice(1) : categories) {
      const dummy = `${name}_${category}`;
      if (dummy in columns) {
        throw new NablaError(`getDummies: there is a column "${dummy}" already; rename it first`);
      }
      columns[dummy] = Float64Array.from(values, (value) => (value === category ? 1 : 0));
    }
  }
  return { length: table.length, names: Object.keys(columns), columns };
}

function textNames(table: Table): string[] {
  return table.names.filter((name) => !(table.columns[name] instanceof Float64Array));
}

/** The values of a column, null where one is missing. */
function valuesOf(table: Table, name: string, operation: string): (string | number | null)[] {
  return Array.from<string | number | null>(getColumn(table, name, operation)).map((v) =>
    Number.isNaN(v) ? null : v,
  );
}

function sortedUnique<T extends string | number>(values: readonly T[]): T[] {
  return [...new Set(values)].sort((a, b) => (a < b ? -1 : 1));
}
