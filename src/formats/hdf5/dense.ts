import { damaged, refuse } from '../bytes.ts';
import { expectChecksum, FORMAT, lookup3, type Source, UNDEFINED } from './source.ts';

/**
 * Groups with many members and objects with many attributes keep them in a fractal heap, found through a
 * version 2 B-tree (File Format Specification 3.0, III.A.2 and III.G). Both carry checksums.
 */

interface Heap {
  readonly address: number;
  readonly idLength: number;
  readonly offsetSize: number;
  readonly lengthSize: number;
  readonly checked: boolean;
  readonly blocks: readonly DirectBlock[];
}

interface DirectBlock {
  readonly address: number;
  readonly size: number;
  /** Where the block begins in the heap's own space. */
  readonly offset: number;
}

/** Bytes that a count of at most `limit` takes. */
const widthOf = (limit: number): number => Math.floor(Math.log2(Math.max(limit, 1)) / 8) + 1;

const bytesFor = (bits: number): number => Math.ceil(bits / 8);

function readHeap(file: Source, address: number): Heap {
  const r = file.part(address, Math.min(146, file.bytes.length - address));
  r.expectSignature('FRHP');
  if (r.u8() !== 0) damaged(FORMAT, `the heap at ${address} has an unknown version`);
  const idLength = r.u16();
  const filters = r.u16();
  const checked = (r.u8() & 2) !== 0;
  const maxObject = r.u32();
  r.u64();
  r.address();
  r.u64();
  r.address();
  r.take(8 * 8);
  const width = r.u16();
  const startSize = r.u64();
  const maxDirect = r.u64();
  const heapBits = r.u16();
  r.u16();
  const root = r.address();
  const rows = r.u16();
  if (filters > 0) refuse(FORMAT, 'it has compressed groups, which model files do not');
  expectChecksum(r, address, 'a heap');
  if (width === 0 || startSize === 0 || heapBits > 64 || maxDirect < startSize || idLength < 3) {
    damaged(FORMAT, `the heap at ${address} has impossible sizes`);
  }
  const offsetSize = bytesFor(heapBits);
  const lengthSize = Math.min(
    bytesFor(Math.log2(maxDirect)),
    Math.floor(Math.log2(maxObject || 1) / 8) + 1,
  );
  const blocks: DirectBlock[] = [];
  const directRows = Math.log2(maxDirect / startSize) + 2;
  const rowSize = (row: number) => startSize * 2 ** Math.max(0, row - 1);
  const seen = new Set<number>();

  const direct = (at: number, size: number, offset: number): void => {
    const b = file.part(at, size);
    b.expectSignature('FHDB');
    if (b.u8() !== 0 || b.place('a heap') !== address || b.uint(offsetSize) !== offset) {
      damaged(FORMAT, `the block at ${at} does not belong to its heap`);
    }
    if (checked) expectBlockChecksum(file, b, at, size);
    blocks.push({ address: at, size, offset });
  };
  const indirect = (at: number, count: number, offset: number): void => {
    if (seen.has(at)) damaged(FORMAT, `the heap at ${address} runs in circles`);
    seen.add(at);
    const b = file.part(at, 9 + 8 + offsetSize - 4 + count * width * 8 + 4);
    b.expectSignature('FHIB');
    if (b.u8() !== 0 || b.place('a heap') !== address || b.uint(offsetSize) !== offset) {
      damaged(FORMAT, `the block at ${at} does not belong to its heap`);
    }
    let from = offset;
    for (let row = 0; row < count; row++) {
      const size = rowSize(row);
      for (let i = 0; i < width; i++) {
        const child = b.address();
        if (child !== UNDEFINED) {
          if (row < directRows) direct(child, size, from);
          else indirect(child, Math.log2(size / (startSize * width)) + 1, from);
        }
        from += size;
      }
    }
    expectChecksum(b, at, 'a heap');
  };
  if (root !== UNDEFINED) {
    if (rows === 0) direct(root, startSize, 0);
    else indirect(root, rows, 0);
  }
  return { address, idLength, offsetSize, lengthSize, checked, blocks };
}

/** The checksum of a direct block lies within it and counts as zero. */
function expectBlockChecksum(file: Source, b: Source, at: number, size: number): void {
  const place = b.at;
  const expected = b.u32();
  // A constructor copies; slice() would not for a Node Buffer.
  const copy = new Uint8Array(file.bytes.subarray(at, at + size));
  copy.fill(0, place - at, place - at + 4);
  if (lookup3(copy, 0, size) !== expected) {
    damaged(FORMAT, `the block at ${at} fails its checksum`);
  }
}

/** The object that a heap ID stands for. */
function objectOf(file: Source, heap: Heap, id: Source): Source {
  const flags = id.u8();
  const kind = (flags >> 4) & 3;
  if (flags >> 6 !== 0) damaged(FORMAT, 'an object of a heap has an unknown version');
  if (kind === 2) {
    const length = heap.idLength > 18 ? ((flags & 15) << 8) + id.u8() + 1 : (flags & 15) + 1;
    return id.part(id.take(length), length);
  }
  if (kind !== 0) refuse(FORMAT, 'a name or attribute is too large for its heap');
  const offset = id.uint(heap.offsetSize);
  const length = id.uint(heap.lengthSize);
  const block = heap.blocks.find((b) => offset >= b.offset && offset + length <= b.offset + b.size);
  if (!block) return damaged(FORMAT, 'an object lies outside of its heap');
  return file.part(block.address + offset - block.offset, length);
}

/** Where the heap ID stands in a record of each type of tree. */
const idOffsets: Readonly<Record<number, number>> = { 5: 4, 6: 8, 8: 0, 9: 0 };

/** What `read` makes of every object of a heap, found through the tree at `treeAddress`. */
export function readDense<T>(
  file: Source,
  heapAddress: number,
  treeAddress: number,
  read: (object: Source) => T,
): T[] {
  if (treeAddress === UNDEFINED) damaged(FORMAT, 'a group has no list of its members');
  const heap = readHeap(file, heapAddress);
  const r = file.part(treeAddress, 38);
  r.expectSignature('BTHD');
  if (r.u8() !== 0) damaged(FORMAT, `the tree at ${treeAddress} has an unknown version`);
  const type = r.u8();
  const nodeSize = r.u32();
  const recordSize = r.u16();
  const depth = r.u16();
  r.take(2);
  const root = r.address();
  const rootRecords = r.u16();
  const total = r.u64();
  expectChecksum(r, treeAddress, 'a tree');
  const idOffset = idOffsets[type];
  if (idOffset === undefined || recordSize < idOffset + heap.idLength || depth > 32) {
    damaged(FORMAT, `the tree at ${treeAddress} is not a list of members`);
  }
  if (nodeSize < 16 || total * recordSize > file.bytes.length) {
    damaged(FORMAT, `the tree at ${treeAddress} has impossible sizes`);
  }
  const found: T[] = [];
  const seen = new Set<number>();
  // Most records a node of each level can hold, which fixes the width of the counts in it.
  const capacity = [Math.floor((nodeSize - 10) / recordSize)];
  const below = [capacity[0]];
  const widths = [0];
  const countWidth = widthOf(capacity[0]);
  for (let level = 1; level <= depth; level++) {
    const totalWidth = level > 1 ? widthOf(below[level - 1]) : 0;
    const pointer = 8 + countWidth + totalWidth;
    capacity[level] = Math.floor((nodeSize - 10 - pointer) / (recordSize + pointer));
    below[level] = (capacity[level] + 1) * below[level - 1] + capacity[level];
    widths[level] = totalWidth;
    if (!(capacity[level] > 0) || totalWidth > 8) {
      damaged(FORMAT, `the tree at ${treeAddress} has impossible sizes`);
    }
  }

  const visit = (address: number, records: number, level: number): void => {
    if (seen.has(address)) damaged(FORMAT, `the tree at ${treeAddress} runs in circles`);
    seen.add(address);
    const node = file.part(address, nodeSize);
    node.expectSignature(level === 0 ? 'BTLF' : 'BTIN');
    if (node.u8() !== 0 || node.u8() !== type || records > capacity[level]) {
      damaged(FORMAT, `the node at ${address} does not belong to its tree`);
    }
    for (let i = 0; i < records; i++) {
      const start = node.take(recordSize);
      const id = file.part(start + idOffset, heap.idLength);
      found.push(read(objectOf(file, heap, id)));
    }
    const children: [number, number][] = [];
    if (level > 0) {
      for (let i = 0; i <= records; i++) {
        const child = node.place('a part of a tree');
        children.push([child, node.uint(countWidth)]);
        node.take(widths[level]);
      }
    }
    expectChecksum(node, address, 'a tree');
    for (const [child, count] of children) visit(child, count, level - 1);
  };
  if (root !== UNDEFINED) visit(root, rootRecords, depth);
  if (found.length !== total)
    damaged(FORMAT, `a tree says ${total} and holds ${found.length} members`);
  return found;
}
