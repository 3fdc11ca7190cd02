/**
 * Reads tar archives (POSIX ustar, with GNU long names and pax paths): 512-byte headers, each followed by
 * the file's bytes padded to 512.
 */
import { NablaError } from '../graph/errors.ts';
import { web } from './web-platform.ts';

export interface TarEntry {
  readonly name: string;
  /** A view into the archive, not a copy. */
  readonly bytes: Uint8Array;
}

const BLOCK = 512;

/** The regular files of the archive, in order. Errors: a damaged header, an archive cut off. */
export function* tarEntries(archive: Uint8Array): Generator<TarEntry> {
  const text = new web.TextDecoder('utf-8');
  let longName: string | undefined;
  let offset = 0;
  while (offset + BLOCK <= archive.length) {
    const header = archive.subarray(offset, offset + BLOCK);
    if (header.every((b) => b === 0)) return;
    checkHeader(header, offset);
    const size = octal(header, 124, 12);
    const begin = offset + BLOCK;
    if (begin + size > archive.length) {
      throw new NablaError(
        `tar: the entry at byte ${offset} has ${size} bytes, but the archive ends after ${archive.length}; it is cut off`,
      );
    }
    const bytes = archive.subarray(begin, begin + size);
    const type = String.fromCharCode(header[156]);
    if (type === 'L') longName = text.decode(untilZero(bytes));
    else if (type === 'x') longName = paxPath(text.decode(bytes)) ?? longName;
    else {
      const prefix = text.decode(untilZero(header.subarray(345, 500)));
      const name = text.decode(untilZero(header.subarray(0, 100)));
      const isUstar = header[257] === 0x75; // 'u' of the magic "ustar"
      const path = longName ?? (isUstar && prefix !== '' ? `${prefix}/${name}` : name);
      longName = undefined;
      if (type === '0' || type === '\0') yield { name: path, bytes };
    }
    offset = begin + Math.ceil(size / BLOCK) * BLOCK;
  }
}

/** The header's checksum is the sum of its bytes, the checksum's own eight read as spaces. */
function checkHeader(header: Uint8Array, offset: number): void {
  let sum = 8 * 32;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i];
  if (sum !== octal(header, 148, 8)) {
    throw new NablaError(`tar: the header at byte ${offset} is damaged: its checksum is wrong`);
  }
}

function octal(header: Uint8Array, begin: number, length: number): number {
  const digits = String.fromCharCode(...header.subarray(begin, begin + length))
    .replace(/\0.*$/s, '')
    .trim();
  if (!/^[0-7]*$/.test(digits)) {
    throw new NablaError(`tar: ${JSON.stringify(digits)} in a header, expected an octal number`);
  }
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function untilZero(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** pax records are "length key=value\n". */
function paxPath(records: string): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(records)?.[1];
}
