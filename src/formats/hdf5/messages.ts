import { damaged, refuse } from '../bytes.ts';
import { type Datatype, readDatatype } from './datatype.ts';
import type { Message } from './header.ts';
import { messageType } from './header.ts';
import { FORMAT, type Source } from './source.ts';

/** The messages that describe values: their extent, their storage and attributes. */

/** Compressed values may take this much memory, and sixteen times the file besides. */
const UNPACKED_LIMIT = 256 * 2 ** 20;

function readDataspace(r: Source): { count: number; rank: number } {
  const version = r.u8();
  const rank = r.u8();
  const flags = r.u8();
  if (version !== 1 && version !== 2) damaged(FORMAT, `a dataspace has the version ${version}`);
  if (rank > 32) damaged(FORMAT, `a dataspace has ${rank} dimensions`);
  const kind = r.u8();
  if (version === 1) r.take(4);
  else if (kind > 2) damaged(FORMAT, `a dataspace is of the unknown kind ${kind}`);
  let count = version === 2 && kind === 2 ? 0 : 1;
  for (let i = 0; i < rank; i++) {
    count *= r.u64();
    if (!Number.isSafeInteger(count)) damaged(FORMAT, 'a dataspace has too many elements');
  }
  if (flags & 1) r.take(8 * rank);
  return { count, rank };
}

/**
 * What one file may claim in memory: values lie in the file once, so all of them together are no larger
 * than the file, whatever its structures say; compressed ones get a fixed allowance besides.
 */
export class Budget {
  #stored: number;
  #unpacked: number;

  constructor(fileSize: number) {
    this.#stored = fileSize;
    this.#unpacked = UNPACKED_LIMIT + 16 * fileSize;
  }

  spend(bytes: number): void {
    this.#stored -= bytes;
    if (this.#stored < 0)
      damaged(FORMAT, 'its values overlap: together they are larger than the file');
  }

  unpack(bytes: number): void {
    this.#unpacked -= bytes;
    if (this.#unpacked < 0) {
      refuse(
        FORMAT,
        'its compressed values are too large; write the file again without compression',
      );
    }
  }
}

/** What checks of one file share. */
export interface CheckContext {
  readonly heap: GlobalHeap;
  readonly budget: Budget;
}

/** The collections of a global heap, where variable-length values lie, each read once. */
export class GlobalHeap {
  readonly #file: Source;
  readonly #collections = new Map<number, Map<number, number>>();

  constructor(file: Source) {
    this.#file = file;
  }

  /** The size of an object in the heap; an error if it is not there. */
  sizeOf(address: number, index: number): number {
    let collection = this.#collections.get(address);
    if (!collection) {
      collection = this.#read(address);
      this.#collections.set(address, collection);
    }
    const size = collection.get(index);
    if (size === undefined) {
      damaged(
        FORMAT,
        `a text refers to the object ${index} of the heap at ${address}, which has none`,
      );
    }
    return size;
  }

  #read(address: number): Map<number, number> {
    const head = this.#file.part(address, 16);
    head.expectSignature('GCOL');
    if (head.u8() !== 1) damaged(FORMAT, `the heap at ${address} has an unknown version`);
    head.take(3);
    const size = head.u64();
    // The library allocates a collection at least this large.
    if (size < 4096) damaged(FORMAT, `the heap at ${address} has only ${size} bytes`);
    const r = this.#file.part(address, size);
    r.take(16);
    const objects = new Map<number, number>();
    while (r.remaining >= 16) {
      const index = r.u16();
      r.take(6);
      const length = r.u64();
      // Index 0 is the free space up to the end; its length counts its own head. The library would
      // step on by another length, and for ever by none.
      if (index === 0) {
        if (length !== r.remaining + 16) {
          damaged(FORMAT, `the free space of the heap at ${address} does not end with it`);
        }
        break;
      }
      if (objects.has(index)) damaged(FORMAT, `the heap at ${address} holds object ${index} twice`);
      r.take(Math.ceil(length / 8) * 8);
      objects.set(index, length);
    }
    return objects;
  }
}

/** References of variable-length values; what they hold together must fit into the file. */
function checkVariable(r: Source, count: number, type: Datatype, context: CheckContext): void {
  for (let i = 0; i < count; i++) {
    const length = r.u32();
    const address = r.u64();
    const index = r.u32();
    if (length === 0) continue;
    if (context.heap.sizeOf(address, index) !== length * type.baseSize) {
      damaged(FORMAT, `a text of ${length} bytes lies in a heap object of another size`);
    }
    context.budget.spend(length * type.baseSize);
  }
}

function checkValues(r: Source, count: number, type: Datatype, context: CheckContext): void {
  const size = count * type.size;
  if (size > r.remaining) {
    damaged(FORMAT, `an attribute of ${size} bytes lies in a message of ${r.remaining}`);
  }
  if (type.kind === 'variable') checkVariable(r, count, type, context);
}

export function checkAttribute(r: Source, context: CheckContext): void {
  const version = r.u8();
  if (version < 1 || version > 3) damaged(FORMAT, `an attribute has the version ${version}`);
  const flags = r.u8();
  if (version > 1 && flags !== 0) refuse(FORMAT, 'an attribute shares its type with others');
  const [nameSize, typeSize, spaceSize] = [r.u16(), r.u16(), r.u16()];
  if (version === 3) r.u8();
  const padded = (size: number) => (version === 1 ? Math.ceil(size / 8) * 8 : size);
  const name = r.part(r.take(padded(nameSize)), nameSize);
  if (name.terminated() + 1 !== nameSize) damaged(FORMAT, "an attribute's name is not terminated");
  const type = readDatatype(r.part(r.take(padded(typeSize)), typeSize));
  const { count } = readDataspace(r.part(r.take(padded(spaceSize)), spaceSize));
  checkValues(r, count, type, context);
}

const [DEFLATE, SHUFFLE, FLETCHER] = [1, 2, 3];

/** Whether values are stored through filters; others than those of every HDF5 library are refused. */
function readFilters(r: Source): boolean {
  const version = r.u8();
  const count = r.u8();
  if (version !== 1 && version !== 2)
    damaged(FORMAT, `a list of filters has the version ${version}`);
  if (version === 1) r.take(6);
  for (let i = 0; i < count; i++) {
    const id = r.u16();
    if (id !== DEFLATE && id !== SHUFFLE && id !== FLETCHER) {
      refuse(
        FORMAT,
        `it is compressed with the filter ${id}; only gzip and shuffle are supported: write it again with compression="gzip" or none`,
      );
    }
    const nameSize = version === 1 ? r.u16() : 0;
    r.u16(); // flags
    const values = r.u16();
    r.take(Math.ceil(nameSize / 8) * 8);
    r.take(4 * values + (version === 1 && values % 2 === 1 ? 4 : 0));
  }
  return count > 0;
}

/** Deflate shrinks by at most this factor. */
const DEFLATE_LIMIT = 1032;
/** Values that take no room in the file (all equal to a fill value) may take this much in memory. */
const FILLED_LIMIT = 1 << 20;

interface Layout {
  readonly kind: 'compact' | 'contiguous' | 'chunked';
  /** Where contiguous values begin. */
  readonly address?: number;
  /** Bytes in the file. */
  readonly stored: number;
  readonly chunkSize?: number;
  readonly rank?: number;
  readonly tree?: number;
}

function readLayout(r: Source): Layout {
  const version = r.u8();
  if (version === 1 || version === 2) return readOldLayout(r);
  if (version !== 3 && version !== 4) damaged(FORMAT, `a layout has the version ${version}`);
  const kind = r.u8();
  if (kind === 0) {
    const size = r.u16();
    r.take(size);
    return { kind: 'compact', stored: size };
  }
  if (kind === 1) {
    const address = r.address();
    const size = r.u64();
    if (address < 0) return { kind: 'contiguous', stored: 0 };
    r.part(address, size);
    return { kind: 'contiguous', stored: size, address };
  }
  if (kind !== 2 || version === 4) {
    refuse(
      FORMAT,
      'it stores values in a way that only files of HDF5 1.10 and later have; write it again with h5py\'s libver="earliest"',
    );
  }
  const rank = r.u8();
  const tree = r.address();
  const chunkSize = readChunk(r, rank);
  return { kind: 'chunked', stored: 0, chunkSize, rank, tree };
}

/** The size of a chunk in bytes: its dimensions, then the size of an element. */
function readChunk(r: Source, rank: number): number {
  if (rank < 1 || rank > 33) damaged(FORMAT, `chunks have ${rank} dimensions`);
  let size = 1;
  for (let i = 0; i < rank; i++) {
    const d = r.u32();
    if (d === 0) damaged(FORMAT, 'a chunk is empty');
    size *= d;
  }
  if (!(size < 2 ** 31)) damaged(FORMAT, `a chunk has ${size} bytes`);
  return size;
}

function readOldLayout(r: Source): Layout {
  const rank = r.u8();
  const kind = r.u8();
  r.take(5);
  if (rank > 33) damaged(FORMAT, `a layout has ${rank} dimensions`);
  if (kind === 0) {
    r.take(4 * rank);
    const size = r.u32();
    r.take(size);
    return { kind: 'compact', stored: size };
  }
  const address = r.address();
  if (kind === 2) {
    return { kind: 'chunked', stored: 0, chunkSize: readChunk(r, rank), rank, tree: address };
  }
  if (kind !== 1) damaged(FORMAT, `a layout is of the unknown kind ${kind}`);
  let size = 1;
  for (let i = 0; i < rank; i++) size *= r.u32();
  if (address < 0) return { kind: 'contiguous', stored: 0 };
  r.part(address, size);
  return { kind: 'contiguous', stored: size, address };
}

const CHUNK_TREE = 1;

/** The bytes of all chunks, found by walking the tree that holds them. */
function sumChunks(
  r: Source,
  layout: Required<Pick<Layout, 'tree' | 'rank' | 'chunkSize'>>,
  filtered: boolean,
): number {
  const seen = new Set<number>();
  let total = 0;
  const visit = (address: number, expectedLevel: number | undefined): void => {
    if (seen.has(address)) damaged(FORMAT, `the tree of chunks at ${address} runs in circles`);
    seen.add(address);
    const node = r.part(address, Math.min(r.bytes.length - address, 1 << 24));
    node.expectSignature('TREE');
    const kind = node.u8();
    const level = node.u8();
    const count = node.u16();
    if (kind !== CHUNK_TREE || (expectedLevel !== undefined && level !== expectedLevel)) {
      damaged(FORMAT, `the node at ${address} is not the expected part of a tree of chunks`);
    }
    node.take(16);
    for (let i = 0; i < count; i++) {
      const size = node.u32();
      node.take(4 + 8 * layout.rank);
      const child = node.place('a chunk');
      if (level > 0) {
        visit(child, level - 1);
        continue;
      }
      r.part(child, size);
      if (!filtered && size !== layout.chunkSize) {
        damaged(FORMAT, `a chunk has ${size} bytes; expected ${layout.chunkSize}`);
      }
      if (filtered && layout.chunkSize > (size + 64) * DEFLATE_LIMIT) {
        damaged(FORMAT, `a chunk of ${layout.chunkSize} bytes cannot come from ${size}`);
      }
      total += size;
    }
    node.take(8 + 8 * layout.rank); // the last key
  };
  visit(layout.tree, undefined);
  if (total > r.bytes.length) damaged(FORMAT, 'chunks overlap');
  return total;
}

function single(messages: readonly Message[], type: number): Source | undefined {
  const found = messages.filter((m) => m.type === type);
  if (found.length > 1) damaged(FORMAT, 'an object describes itself twice');
  return found[0]?.data;
}

/** Checks that a data set's values are in the file, whole. */
export function checkDataset(messages: readonly Message[], context: CheckContext): void {
  const typeMessage = single(messages, messageType.datatype);
  const spaceMessage = single(messages, messageType.dataspace);
  const layoutMessage = single(messages, messageType.layout);
  if (!typeMessage || !spaceMessage || !layoutMessage) {
    damaged(FORMAT, 'a data set lacks its type, its extent or its place');
  }
  const type = readDatatype(typeMessage);
  const { count, rank } = readDataspace(spaceMessage);
  const size = count * type.size;
  const filterMessage = single(messages, messageType.filters);
  const filtered = filterMessage ? readFilters(filterMessage) : false;
  const layout = readLayout(layoutMessage);
  if (layout.kind === 'chunked') {
    if (layout.rank !== rank + 1) damaged(FORMAT, 'chunks and data set differ in dimensions');
    const stored =
      layout.tree! < 0
        ? 0
        : sumChunks(
            layoutMessage,
            { tree: layout.tree!, rank: layout.rank, chunkSize: layout.chunkSize! },
            filtered,
          );
    const limit = filtered ? stored * DEFLATE_LIMIT : stored;
    if (size > limit + FILLED_LIMIT) damaged(FORMAT, `${size} bytes of values come from ${stored}`);
    context.budget.spend(stored);
    context.budget.unpack(size);
    if (type.kind === 'variable') {
      refuse(FORMAT, 'texts of variable length in chunks are not supported');
    }
  } else if (layout.stored < size) {
    const absent = layout.kind === 'contiguous' && layout.stored === 0;
    if (!absent || size > FILLED_LIMIT) {
      damaged(FORMAT, `${size} bytes of values are said to lie in ${layout.stored}`);
    }
    context.budget.unpack(size);
  } else if (type.kind === 'variable') {
    if (layout.address === undefined)
      refuse(FORMAT, 'texts in an unusual layout are not supported');
    checkVariable(layoutMessage.part(layout.address, size), count, type, context);
  }
  if (layout.kind !== 'chunked') context.budget.spend(layout.stored);
  for (const kind of [messageType.fillValue, messageType.oldFillValue]) {
    const fill = single(messages, kind);
    if (fill) checkFillValue(fill, kind, type.size);
  }
}

function checkFillValue(r: Source, kind: number, elementSize: number): void {
  let size: number | undefined;
  if (kind === messageType.oldFillValue) size = r.u32();
  else {
    const version = r.u8();
    if (version < 1 || version > 3) damaged(FORMAT, `a fill value has the version ${version}`);
    if (version === 3) {
      if (r.u8() & 0x20) size = r.u32();
    } else {
      r.take(2);
      const defined = r.u8();
      if (version === 1 || defined) size = r.u32();
    }
  }
  if (size === undefined || size === 0 || size === 0xffffffff) return;
  if (size !== elementSize)
    damaged(FORMAT, `a fill value has ${size} bytes; expected ${elementSize}`);
  r.take(size);
}
