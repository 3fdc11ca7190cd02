/** Filling in missing values: NaN in arrays and numeric columns, null in text columns. */

import { toTypedArray } from '../graph/dtype.ts';
import { NablaError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { type ArrayInput, asNDArray, rowSize } from './array.ts';
import { type Column, getColumn, type Table } from './table.ts';

export type ImputeStrategy = 'mean' | 'median' | 'mostFrequent' | 'constant';

export interface ImputeOptions {
  /** 'mean' by default. Ties of 'mostFrequent' go to the smallest value. */
  strategy?: ImputeStrategy;
  /** What 'constant' fills in. */
  fillValue?: number | string;
  /** Columns of a table to fill; every one by default. */
  columns?: readonly string[];
}

type Value = number | string;

/** Learns what to fill in from the training data (`fit`) and fills it in anywhere (`transform`). */
export class Imputer {
  readonly #options: ImputeOptions;
  /** What fills each feature of an array, or each column of a table; undefined where nothing fits and nothing was missing. */
  readonly #fills = new Map<number | string, Value | undefined>();

  constructor(options: ImputeOptions = {}) {
    if (options.strategy === 'constant' && options.fillValue === undefined) {
      throw new NablaError(
        "Imputer: the strategy 'constant' needs fillValue; pass the value to fill gaps with",
      );
    }
    this.#options = options;
  }

  /** Errors: a column with no value at all; a strategy of numbers for a text column that has gaps. */
  fit(x: ArrayInput | Table): this {
    this.#fills.clear();
    if (isTable(x)) {
      for (const name of this.#options.columns ?? x.names) {
        const column = getColumn(x, name, 'Imputer.fit');
        this.#fills.set(name, this.#fillOf(column, `column "${name}"`));
      }
      return this;
    }
    const array = asNDArray(x, 'float64', 'Imputer.fit');
    const width = rowSize(array);
    for (let c = 0; c < width; c++) {
      const values = new Float64Array(array.shape[0]);
      for (let row = 0; row < values.length; row++) values[row] = array.data[row * width + c];
      this.#fills.set(c, this.#fillOf(values, `feature ${c}`));
    }
    return this;
  }

  /** A copy of `x` without gaps; the same type, with nested arrays as float32. */
  transform(x: Table): Table;
  transform(x: ArrayInput): NDArray;
  transform(x: ArrayInput | Table): NDArray | Table;
  transform(x: ArrayInput | Table): NDArray | Table {
    if (this.#fills.size === 0)
      throw new NablaError('Imputer.transform: nothing learned yet; call fit first');
    return isTable(x) ? this.#fillTable(x) : this.#fillArray(x);
  }

  #fillTable(table: Table): Table {
    const columns: Record<string, Column> = { ...table.columns };
    for (const [key, fill] of this.#fills) {
      const name = String(key);
      const column = getColumn(table, name, 'Imputer.transform');
      columns[name] =
        column instanceof Float64Array
          ? column.map((v) => (Number.isNaN(v) ? present(fill, name) : v))
          : column.map((v) => v ?? present(fill, name));
    }
    return { ...table, columns };
  }

  #fillArray(x: ArrayInput): NDArray {
    const array = asNDArray(x, 'float32', 'Imputer.transform');
    const width = rowSize(array);
    if (width !== this.#fills.size) {
      throw new NablaError(
        `Imputer.transform: rows have ${width} features, fit saw ${this.#fills.size}`,
      );
    }
    const data = toTypedArray(array.dtype, array.data);
    for (let i = 0; i < data.length; i++) {
      if (Number.isNaN(data[i])) data[i] = this.#fills.get(i % width) as number;
    }
    return { ...array, data };
  }

  #fillOf(column: Column, what: string): Value | undefined {
    const { strategy = 'mean', fillValue } = this.#options;
    const isNumeric = column instanceof Float64Array;
    if (strategy === 'constant') {
      if ((typeof fillValue === 'number') === isNumeric) return fillValue;
      if (!hasGaps(column)) return undefined;
      throw new NablaError(
        `Imputer: fillValue ${JSON.stringify(fillValue)} does not fit ${what}, which holds ${isNumeric ? 'numbers' : 'text'}; name the columns it is for in columns`,
      );
    }
    if (isNumeric) {
      const known = column.filter((v) => !Number.isNaN(v));
      if (known.length === 0) throw new NablaError(noValue(what));
      return strategy === 'mean'
        ? known.reduce((a, b) => a + b, 0) / known.length
        : strategy === 'median'
          ? median(known)
          : mostFrequent(Array.from(known));
    }
    if (strategy === 'mostFrequent') {
      const known = column.filter((v) => v !== null);
      if (known.length === 0) throw new NablaError(noValue(what));
      return mostFrequent(known);
    }
    if (!hasGaps(column)) return undefined;
    throw new NablaError(
      `Imputer: ${what} is text and has no ${strategy}; use 'mostFrequent' or 'constant', or leave it out of columns`,
    );
  }
}

/** Fills gaps from the values of `x` itself. To treat test data like training data, keep an `Imputer`. */
export function impute(x: Table, options?: ImputeOptions): Table;
export function impute(x: ArrayInput, options?: ImputeOptions): NDArray;
export function impute(x: ArrayInput | Table, options: ImputeOptions = {}): NDArray | Table {
  return new Imputer(options).fit(x).transform(x);
}

function isTable(x: ArrayInput | Table): x is Table {
  return !Array.isArray(x) && 'columns' in x;
}

function hasGaps(column: Column): boolean {
  return column instanceof Float64Array ? column.some(Number.isNaN) : column.includes(null);
}

function present<T extends Value>(fill: Value | undefined, name: string): T {
  if (fill === undefined) {
    throw new NablaError(
      `Imputer.transform: column "${name}" has gaps, but had none in fit, and the strategy does not fit its type; use 'mostFrequent', or leave it out of columns`,
    );
  }
  return fill as T;
}

function noValue(what: string): string {
  return `Imputer: ${what} has no value to learn from; leave it out, or use the strategy 'constant'`;
}

function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function mostFrequent<T extends Value>(values: readonly T[]): T {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best = values[0];
  for (const [value, count] of counts) {
    const most = counts.get(best) as number;
    if (count > most || (count === most && value < best)) best = value;
  }
  return best;
}
