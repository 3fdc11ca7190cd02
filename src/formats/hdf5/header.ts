import { damaged, refuse } from '../bytes.ts';
import { expectChecksum, FORMAT, type Source } from './source.ts';

/** Object headers (File Format Specification 3.0, IV.A.1): the messages that describe a group or data set. */

export interface Message {
  readonly type: number;
  /** The message's data and nothing else. */
  readonly data: Source;
}

export const messageType = {
  none: 0x00,
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  oldFillValue: 0x04,
  fillValue: 0x05,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  groupInfo: 0x0a,
  filters: 0x0b,
  attribute: 0x0c,
  comment: 0x0d,
  oldTime: 0x0e,
  sharedTable: 0x0f,
  continuation: 0x10,
  symbolTable: 0x11,
  time: 0x12,
  attributeInfo: 0x15,
  references: 0x16,
} as const;

const known = new Set<number>(Object.values(messageType));
const SHARED = 2;
const CONTINUATIONS = 4096;

interface Block {
  readonly reader: Source;
  /** Where the block's checksum starts to count; undefined in version 1. */
  readonly checkedFrom?: number;
}

/** All messages of the object header at `address`. */
export function readHeader(file: Source, address: number): Message[] {
  const first = file.part(address, Math.min(16, file.bytes.length - address));
  return first.bytes[address] === 79 /* O */
    ? readVersion2(file, address)
    : readVersion1(file, address);
}

/** Reads block after block, following the continuations that they name. */
function readBlocks(
  firstBlock: Block,
  readBlock: (block: Block) => Message[],
  continued: (address: number, size: number) => Block,
): Message[] {
  const messages: Message[] = [];
  const blocks = [firstBlock];
  const seen = new Set<number>();
  for (let i = 0; i < blocks.length; i++) {
    for (const message of readBlock(blocks[i])) {
      if (message.type !== messageType.continuation) {
        messages.push(message);
        continue;
      }
      const address = message.data.place('a continuation');
      const size = message.data.u64();
      if (seen.has(address) || seen.size >= CONTINUATIONS) {
        damaged(FORMAT, `the object header continues at ${address} again and again`);
      }
      seen.add(address);
      blocks.push(continued(address, size));
    }
  }
  return messages;
}

function makeMessage(reader: Source, type: number, flags: number, size: number): Message {
  if (!known.has(type)) refuse(FORMAT, `it has a message of the unknown type ${type}`);
  if (flags & SHARED) {
    refuse(FORMAT, 'it shares types or attributes between objects, which model files do not');
  }
  const start = reader.take(size);
  return { type, data: reader.part(start, size) };
}

function readVersion1(file: Source, address: number): Message[] {
  const r = file.part(address, 16);
  const version = r.u8();
  if (version !== 1) damaged(FORMAT, `the object header at ${address} has the version ${version}`);
  r.take(1);
  const count = r.u16();
  r.u32(); // reference count
  const size = r.u32();
  const readBlock = ({ reader }: Block): Message[] => {
    const messages: Message[] = [];
    while (reader.remaining >= 8) {
      const type = reader.u16();
      const length = reader.u16();
      const flags = reader.u8();
      reader.take(3);
      if (length % 8 !== 0) damaged(FORMAT, `a message at ${reader.at} is not aligned`);
      messages.push(makeMessage(reader, type, flags, length));
    }
    return messages;
  };
  const messages = readBlocks(
    { reader: file.part(address + 16, size) },
    readBlock,
    (at, length) => ({
      reader: file.part(at, length),
    }),
  );
  if (messages.length > count) {
    damaged(FORMAT, `the object header at ${address} has more messages than it says`);
  }
  return messages;
}

function readVersion2(file: Source, address: number): Message[] {
  const r = file.part(address, file.bytes.length - address);
  r.expectSignature('OHDR');
  const version = r.u8();
  if (version !== 2) damaged(FORMAT, `the object header at ${address} has the version ${version}`);
  const flags = r.u8();
  if (flags & 0x20) r.take(16);
  if (flags & 0x10) r.take(4);
  const size = r.uint(1 << (flags & 3));
  const ordered = (flags & 4) !== 0;
  const start = r.take(size);
  expectChecksum(r, address, 'an object header');
  const readBlock = ({ reader }: Block): Message[] => {
    const messages: Message[] = [];
    const head = ordered ? 6 : 4;
    while (reader.remaining >= head) {
      const type = reader.u8();
      const length = reader.u16();
      const messageFlags = reader.u8();
      if (ordered) reader.u16();
      messages.push(makeMessage(reader, type, messageFlags, length));
    }
    return messages;
  };
  return readBlocks({ reader: file.part(start, size) }, readBlock, (at, length) => {
    const block = file.part(at, length);
    block.expectSignature('OCHK');
    if (length < 8) damaged(FORMAT, `a continuation of ${length} bytes holds nothing`);
    const check = file.part(at, length);
    check.take(length - 4);
    expectChecksum(check, at, 'a continuation');
    return { reader: file.part(at + 4, length - 8) };
  });
}
