import { damaged, refuse } from '../bytes.ts';
import { readDense } from './dense.ts';
import { type Message, messageType, readHeader } from './header.ts';
import { type NodeSizes, readLinks } from './links.ts';
import { Budget, type CheckContext, checkAttribute, checkDataset, GlobalHeap } from './messages.ts';
import { expectChecksum, FORMAT, Source, UNDEFINED } from './source.ts';

/**
 * Checks an HDF5 file before the HDF5 library sees it. The library is C code that trusts what it reads;
 * a damaged file could make it loop, allocate gigabytes or trap. So everything that is reachable from the
 * root is walked first: each structure lies in the file, each tree ends, all values together are no
 * larger than the file. What model files never use (links to other files, references, exotic layouts)
 * is refused. The format is that of the HDF5 File Format Specification 3.0.
 */

const SIGNATURE = '\u0089HDF\r\n\u001a\n';

export function isHdf5(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && [...SIGNATURE].every((c, i) => bytes[i] === c.charCodeAt(0));
}

interface Superblock {
  readonly root: number;
  readonly sizes: NodeSizes;
}

function expectSizes(r: Source): void {
  const [offsets, lengths] = [r.u8(), r.u8()];
  if (offsets !== 8 || lengths !== 8) {
    refuse(
      FORMAT,
      `addresses of ${offsets} and sizes of ${lengths} bytes are not supported, only 8`,
    );
  }
}

function expectEnd(file: Source, base: number, end: number): void {
  if (base !== 0) refuse(FORMAT, 'it begins with a block of other data; remove it first');
  if (end > file.bytes.length) {
    damaged(FORMAT, `it has ${file.bytes.length} bytes of ${end}: it is cut short`);
  }
}

function readSuperblock(file: Source): Superblock {
  const r = file.part(0, Math.min(file.bytes.length, 128));
  r.expectSignature(SIGNATURE);
  const version = r.u8();
  if (version > 3)
    refuse(FORMAT, `the version ${version} of the format is not known; expected 0 to 3`);
  if (version >= 2) {
    expectSizes(r);
    const flags = r.u8();
    if (flags !== 0) damaged(FORMAT, 'it was not closed by the program that wrote it');
    const base = r.address();
    const extension = r.address();
    const end = r.u64();
    const root = r.place('the root');
    expectChecksum(r, 0, 'the superblock');
    expectEnd(file, base, end);
    if (extension !== UNDEFINED) {
      refuse(FORMAT, "it has a superblock extension; write it again with h5py's defaults");
    }
    return { root, sizes: { leafK: 4, internalK: 16 } };
  }
  r.take(4);
  expectSizes(r);
  r.take(1);
  const sizes = { leafK: r.u16(), internalK: r.u16() };
  if (sizes.leafK === 0 || sizes.internalK === 0) damaged(FORMAT, 'its nodes have no entries');
  r.take(4);
  if (version === 1) r.take(4);
  const base = r.address();
  r.address();
  const end = r.u64();
  const driver = r.address();
  expectEnd(file, base, end);
  if (driver !== UNDEFINED) refuse(FORMAT, 'it is one part of a file in several parts');
  r.take(8);
  const root = r.place('the root');
  const cache = r.u32();
  r.take(4);
  const cached = [r.address(), r.address()];
  if (cache > 1) damaged(FORMAT, 'the root is a link');
  if (cache === 1) {
    const table = readHeader(file, root).find((m) => m.type === messageType.symbolTable)?.data;
    if (!table || table.address() !== cached[0] || table.address() !== cached[1]) {
      damaged(FORMAT, 'two accounts of the root differ');
    }
  }
  return { root, sizes };
}

const groupTypes = new Set<number>([
  messageType.symbolTable,
  messageType.linkInfo,
  messageType.link,
  messageType.groupInfo,
]);

function checkAttributes(file: Source, messages: readonly Message[], context: CheckContext): void {
  for (const { type, data } of messages) {
    if (type === messageType.attribute) checkAttribute(data, context);
    if (type !== messageType.attributeInfo) continue;
    if (data.u8() !== 0) damaged(FORMAT, 'attributes have an unknown version');
    const flags = data.u8();
    if (flags & 1) data.take(2);
    const heap = data.address();
    const trees = [data.address(), ...(flags & 2 ? [data.address()] : [])];
    if (heap === UNDEFINED) continue;
    for (const tree of trees) {
      if (tree !== UNDEFINED) readDense(file, heap, tree, (r) => checkAttribute(r, context));
    }
  }
}

const DEPTH = 64;

/** Throws a FormatError unless the file is sound. */
export function checkHdf5(bytes: Uint8Array): void {
  const file = new Source(bytes);
  const { root, sizes } = readSuperblock(file);
  const context = { heap: new GlobalHeap(file), budget: new Budget(bytes.length) };
  const seen = new Set<number>();
  const visit = (address: number, depth: number): void => {
    if (depth > DEPTH) refuse(FORMAT, `its groups are nested more than ${DEPTH} deep`);
    if (seen.has(address)) damaged(FORMAT, `the object at ${address} has two places in the file`);
    seen.add(address);
    const messages = readHeader(file, address);
    if (messages.some((m) => m.type === messageType.externalFiles)) {
      refuse(FORMAT, 'it keeps values in other files; only files that hold their data are read');
    }
    if (messages.some((m) => m.type === messageType.sharedTable)) {
      refuse(FORMAT, 'it shares types or attributes between objects, which model files do not');
    }
    checkAttributes(file, messages, context);
    const isGroup = messages.some((m) => groupTypes.has(m.type));
    const isDataset = messages.some((m) => m.type === messageType.layout);
    if (isGroup === isDataset) {
      refuse(FORMAT, `the object at ${address} is neither a group nor a data set`);
    }
    if (isDataset) checkDataset(messages, context);
    else for (const link of readLinks(file, messages, sizes)) visit(link.address, depth + 1);
  };
  visit(root, 0);
}
