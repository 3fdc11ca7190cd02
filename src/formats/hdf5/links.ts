import { damaged, decodeText, refuse } from '../bytes.ts';
import { readDense } from './dense.ts';
import { type Message, messageType } from './header.ts';
import { FORMAT, type Source, UNDEFINED } from './source.ts';

/**
 * The members of groups, in the three ways HDF5 stores them: a tree of names over a heap (the classic
 * way, version 0), messages in the header (few members) and a heap with a newer tree (many members).
 */

export interface Link {
  readonly name: string;
  readonly address: number;
}

/** Sizes of the classic structures, from the superblock. */
export interface NodeSizes {
  readonly leafK: number;
  readonly internalK: number;
}

const NAME_TREE = 0;

/** The heap of names of a classic group. */
function readNames(file: Source, address: number): Source {
  const r = file.part(address, 32);
  r.expectSignature('HEAP');
  if (r.u8() !== 0) damaged(FORMAT, `the heap at ${address} has an unknown version`);
  r.take(3);
  const size = r.u64();
  const free = r.u64();
  const data = file.part(r.place('a heap of names'), size);
  expectFreeList(data, free, size);
  return data;
}

/** The unused parts of a heap form a list, which must end. */
function expectFreeList(data: Source, first: number, size: number): void {
  const END = 1;
  const start = data.at;
  const seen = new Set<number>();
  for (let at = first; at !== END; ) {
    if (seen.has(at) || at + 16 > size) damaged(FORMAT, "a heap's list of free space is broken");
    seen.add(at);
    const block = data.part(start + at, 16);
    at = block.u64();
    const length = block.u64();
    if (length < 16 || length > size)
      damaged(FORMAT, 'a heap has a free block of an impossible size');
  }
}

function nameAt(names: Source, offset: number): string {
  if (offset >= names.end - names.at) damaged(FORMAT, 'a name lies outside of its heap');
  const r = names.part(names.at + offset, names.end - names.at - offset);
  const start = r.at;
  const length = r.terminated();
  return decodeText(names.bytes.subarray(start, start + length), FORMAT, 'a name');
}

/** Symbol table entries: a name, an object, and what the library remembers of it. */
function readEntries(r: Source, count: number, names: Source): Link[] {
  const links: Link[] = [];
  for (let i = 0; i < count; i++) {
    const offset = r.u64();
    const address = r.address();
    const cache = r.u32();
    r.take(20);
    const name = nameAt(names, offset);
    if (cache > 1 || address === UNDEFINED) {
      refuse(FORMAT, `'${name}' is a link to elsewhere; only files that hold their data are read`);
    }
    links.push({ name, address });
  }
  return links;
}

/** A classic group: `message` has the addresses of its tree and of its heap of names. */
export function readSymbolTable(file: Source, message: Source, sizes: NodeSizes): Link[] {
  const tree = message.place('a group');
  const names = readNames(file, message.place('the names of a group'));
  const links: Link[] = [];
  const seen = new Set<number>();
  const visit = (address: number, expectedLevel: number | undefined): void => {
    if (seen.has(address)) damaged(FORMAT, `the tree of names at ${address} runs in circles`);
    seen.add(address);
    // The library reads nodes at their full size, used or not.
    const node = file.part(address, 24 + (2 * sizes.internalK + 1) * 8 + 2 * sizes.internalK * 8);
    node.expectSignature('TREE');
    const kind = node.u8();
    const level = node.u8();
    const count = node.u16();
    const fits = kind === NAME_TREE && count <= 2 * sizes.internalK;
    if (!fits || (expectedLevel !== undefined && level !== expectedLevel)) {
      damaged(FORMAT, `the node at ${address} is not the expected part of a tree of names`);
    }
    node.take(16);
    for (let i = 0; i < count; i++) {
      nameAt(names, node.u64());
      const child = node.place('a part of a group');
      if (level > 0) visit(child, level - 1);
      else links.push(...readLeaf(file, child, names, sizes));
    }
    if (count > 0) nameAt(names, node.u64());
  };
  visit(tree, undefined);
  return links;
}

function readLeaf(file: Source, address: number, names: Source, { leafK }: NodeSizes): Link[] {
  const node = file.part(address, 8 + 2 * leafK * 40);
  node.expectSignature('SNOD');
  if (node.u8() !== 1) damaged(FORMAT, `the list of names at ${address} has an unknown version`);
  node.take(1);
  const count = node.u16();
  if (count > 2 * leafK) damaged(FORMAT, `the list of names at ${address} has ${count} entries`);
  return readEntries(node, count, names);
}

/** A link message: hard links only. */
export function readLink(r: Source): Link {
  if (r.u8() !== 1) damaged(FORMAT, 'a link has an unknown version');
  const flags = r.u8();
  const kind = flags & 8 ? r.u8() : 0;
  if (flags & 4) r.take(8);
  if (flags & 16) r.u8();
  const name = decodeText(r.slice(r.uint(1 << (flags & 3))), FORMAT, 'a name');
  if (kind !== 0) {
    refuse(FORMAT, `'${name}' is a link to elsewhere; only files that hold their data are read`);
  }
  return { name, address: r.place(`'${name}'`) };
}

/** The members of the group that has these messages. */
export function readLinks(file: Source, messages: readonly Message[], sizes: NodeSizes): Link[] {
  const links: Link[] = [];
  for (const { type, data } of messages) {
    if (type === messageType.symbolTable) links.push(...readSymbolTable(file, data, sizes));
    else if (type === messageType.link) links.push(readLink(data));
    else if (type === messageType.linkInfo) {
      if (data.u8() !== 0) damaged(FORMAT, 'a group has an unknown version');
      const flags = data.u8();
      if (flags & 1) data.take(8);
      const heap = data.address();
      const names = data.address();
      const orders = flags & 2 ? data.address() : UNDEFINED;
      if (heap === UNDEFINED) continue;
      const members = readDense(file, heap, names, readLink);
      links.push(...members);
      if (
        orders !== UNDEFINED &&
        readDense(file, heap, orders, readLink).length !== members.length
      ) {
        damaged(FORMAT, "a group's two lists of members differ");
      }
    }
  }
  const seen = new Set<string>();
  for (const { name } of links) {
    if (name === '' || name === '.' || name === '..' || name.includes('/')) {
      damaged(FORMAT, `a group has a member named '${name}', which is no name`);
    }
    if (seen.has(name)) damaged(FORMAT, `a group has two members named '${name}'`);
    seen.add(name);
  }
  return links;
}
