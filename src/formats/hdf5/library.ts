import { NablaError } from '../../graph/errors.ts';
import { damaged } from '../bytes.ts';
import { FORMAT } from './source.ts';

/**
 * The HDF5 library, compiled to WebAssembly by h5wasm. It is large, so it is loaded when the first file
 * needs it. It works on files of an in-memory file system, one at a time, and writes what goes wrong to
 * its standard error, which is caught here and becomes an exception.
 */

/** What h5wasm says of a type and an extent. */
export interface H5Metadata {
  /** The HDF5 class: 0 integer, 1 float, 3 text, 5 opaque, 8 enumeration, 9 variable-length. */
  readonly type: number;
  readonly size: number;
  readonly signed: boolean;
  readonly vlen: boolean;
  readonly cset?: number;
  readonly shape: readonly number[] | null;
  readonly total_size: number;
  readonly enum_type?: { readonly type: number; readonly members: Record<string, number> };
}

/** The part of h5wasm's module that is used. Pointers are numbers; handles are big integers. */
export interface H5Library {
  open(
    name: string,
    mode: number,
    trackOrder: boolean,
    lowVersion: number,
    highVersion: number,
  ): bigint;
  close_file(file: bigint): number;
  get_names(file: bigint, path: string, recursive: boolean): string[];
  get_type(file: bigint, path: string): number;
  get_attribute_names(file: bigint, path: string): string[];
  get_attribute_metadata(file: bigint, path: string, name: string): H5Metadata;
  get_attribute_data(file: bigint, path: string, name: string, pointer: bigint): number;
  get_dataset_metadata(file: bigint, path: string): H5Metadata;
  get_dataset_data(
    file: bigint,
    path: string,
    count: null,
    offset: null,
    strides: null,
    pointer: bigint,
  ): number;
  reclaim_vlen_memory(file: bigint, path: string, attribute: string, pointer: bigint): number;
  create_group(file: bigint, path: string, trackOrder: boolean): number;
  create_dataset(file: bigint, path: string, pointer: bigint, metadata: object): number;
  create_attribute(
    file: bigint,
    path: string,
    name: string,
    pointer: bigint,
    metadata: object,
  ): number;
  create_vlen_str_attribute(
    file: bigint,
    path: string,
    name: string,
    values: readonly string[],
    metadata: object,
  ): number;
  UTF8ToString(pointer: number): string;
  _malloc(size: number): number;
  _free(pointer: number): void;
  readonly HEAPU8: Uint8Array;
  readonly FS: {
    writeFile(name: string, data: Uint8Array): void;
    readFile(name: string): Uint8Array;
    unlink(name: string): void;
    getStream(descriptor: number): { stream_ops: object } | undefined;
  };
  readonly H5G_GROUP: number;
  readonly H5G_DATASET: number;
  readonly H5F_ACC_RDONLY: number;
  readonly H5F_ACC_TRUNC: number;
  readonly H5F_LIBVER_EARLIEST: number;
  readonly H5F_LIBVER_LATEST: number;
}

const STANDARD_ERROR = 2;

let loading: Promise<H5Library> | undefined;
let reported = '';

async function load(): Promise<H5Library> {
  const { ready } = await import('h5wasm');
  const library = (await ready) as unknown as H5Library;
  const stream = library.FS.getStream(STANDARD_ERROR);
  if (stream) {
    stream.stream_ops = {
      ...stream.stream_ops,
      write: (_stream: unknown, bytes: Uint8Array, offset: number, length: number): number => {
        if (reported.length < 16384) {
          reported += String.fromCharCode(...bytes.slice(offset, offset + Math.min(length, 1024)));
        }
        return length;
      },
    };
  }
  return library;
}

/** The first thing that went wrong, in the library's own words. */
function firstReason(): string {
  const reasons = [...reported.matchAll(/\(\): (.+)/g)].map((m) => m[1].trim());
  return reasons.at(-1) ?? reported.trim().slice(0, 200);
}

/** Loads the library and runs `work` with it; what the library reports as an error is thrown. */
export async function withLibrary<T>(work: (library: H5Library) => T): Promise<T> {
  loading ??= load();
  loading.catch(() => {
    loading = undefined;
  });
  const library = await loading;
  reported = '';
  let result: T;
  try {
    result = work(library);
  } catch (error) {
    if (error instanceof NablaError && reported === '') throw error;
    // After a trap its memory is in no known state: the next file gets a fresh one.
    if (error instanceof WebAssembly.RuntimeError) loading = undefined;
    return damaged(FORMAT, reported === '' ? `it cannot be read (${error})` : firstReason());
  }
  if (reported !== '') damaged(FORMAT, firstReason());
  return result;
}

/** Room in the library's memory for as long as `use` runs. */
export function withMemory<T>(library: H5Library, size: number, use: (pointer: number) => T): T {
  const pointer = library._malloc(Math.max(size, 8));
  if (pointer === 0) {
    damaged(FORMAT, `${size} bytes of values do not fit into the memory of the HDF5 library`);
  }
  try {
    return use(pointer);
  } finally {
    library._free(pointer);
  }
}
