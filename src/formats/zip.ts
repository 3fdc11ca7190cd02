import { ByteReader, crc32, damaged, decodeText, encodeText, refuse } from './bytes.ts';

/**
 * Zip archives (PKWARE APPNOTE 6.3): how .keras and .npz files hold several files. Entries are stored
 * or deflated; their sizes are checked against the archive before anything is unpacked, and their
 * checksums after. Nothing is written anywhere, so a name like `../x` is only ever a name; it is refused
 * all the same.
 */

const FORMAT = 'zip';
const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const [STORED, DEFLATED] = [0, 8];
/** Deflate shrinks by at most this factor. */
const DEFLATE_LIMIT = 1032;
/** Deflated entries may take this much memory together, and sixteen times the archive besides. */
const UNPACKED_LIMIT = 256 * 2 ** 20;
const ENTRIES = 65_535;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: Uint8Array;
  readonly size: number;
}

export function isZip(bytes: Uint8Array): boolean {
  return (
    bytes.length >= 4 &&
    bytes[0] === 0x50 &&
    bytes[1] === 0x4b &&
    ((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6))
  );
}

export class ZipArchive {
  readonly #entries: ReadonlyMap<string, Entry>;

  /** @throws FormatError for an archive that is damaged, encrypted, or has names outside of itself. */
  constructor(bytes: Uint8Array) {
    this.#entries = readEntries(bytes);
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** The bytes of an entry. */
  async read(name: string): Promise<Uint8Array> {
    const entry = this.#entries.get(name);
    if (!entry) {
      return refuse(
        FORMAT,
        `it has no '${name}'; it has ${this.names.map((n) => `'${n}'`).join(', ')}`,
      );
    }
    const bytes = entry.method === STORED ? entry.packed : await unpack(entry);
    if (bytes.length !== entry.size || crc32(bytes) !== entry.crc) {
      damaged(FORMAT, `'${name}' fails its checksum`);
    }
    return bytes;
  }
}

async function unpack(entry: Entry): Promise<Uint8Array> {
  const { inflateSync } = await import('fflate');
  try {
    // With the room given, fflate stops at its end instead of growing it.
    return inflateSync(entry.packed, { out: new Uint8Array(entry.size) });
  } catch {
    return damaged(FORMAT, `'${entry.name}' cannot be unpacked`);
  }
}

function findEnd(bytes: Uint8Array): number {
  const last = bytes.length - 22;
  for (let at = last; at >= 0 && at >= last - 0xffff; at--) {
    if (
      bytes[at] === 0x50 &&
      bytes[at + 1] === 0x4b &&
      bytes[at + 2] === 5 &&
      bytes[at + 3] === 6
    ) {
      return at;
    }
  }
  return damaged(FORMAT, 'the list of its files is missing: it is cut short');
}

function expectSafeName(name: string): void {
  const parts = name.split('/');
  if (/^[/\\]|^[a-z]:|\\|\0/i.test(name) || parts.includes('..')) {
    refuse(FORMAT, `the entry '${name.slice(0, 200)}' points outside of the archive`);
  }
}

function readEntries(bytes: Uint8Array): Map<string, Entry> {
  const end = new ByteReader(bytes, FORMAT, findEnd(bytes));
  end.take(4);
  const [disk, startDisk, , count] = [end.u16(), end.u16(), end.u16(), end.u16()];
  const size = end.u32();
  const start = end.u32();
  if (disk !== 0 || startDisk !== 0)
    refuse(FORMAT, 'it is one part of an archive in several parts');
  if (count > ENTRIES - 1 || start === 0xffffffff) {
    refuse(FORMAT, 'archives of more than 4 GB or 65,534 files are not supported');
  }
  const r = new ByteReader(bytes, FORMAT, start, Math.min(start + size, bytes.length));
  const entries = new Map<string, Entry>();
  let stored = bytes.length;
  let unpacked = UNPACKED_LIMIT + 16 * bytes.length;
  for (let i = 0; i < count; i++) {
    if (r.u32() !== CENTRAL) damaged(FORMAT, 'the list of its files is broken');
    r.take(4);
    const flags = r.u16();
    const method = r.u16();
    r.take(4);
    const crc = r.u32();
    const packedSize = r.u32();
    const originalSize = r.u32();
    const [nameLength, extraLength, commentLength] = [r.u16(), r.u16(), r.u16()];
    r.take(8);
    const offset = r.u32();
    const name = decodeText(r.slice(nameLength), FORMAT, 'a file name');
    r.take(extraLength + commentLength);
    expectSafeName(name);
    if (flags & 1) refuse(FORMAT, `'${name}' is encrypted`);
    if (method !== STORED && method !== DEFLATED) {
      refuse(
        FORMAT,
        `'${name}' is packed by the method ${method}; only stored and deflated are known`,
      );
    }
    if (entries.has(name)) damaged(FORMAT, `it holds '${name}' twice`);
    const local = new ByteReader(bytes, FORMAT, offset);
    if (local.u32() !== LOCAL) damaged(FORMAT, `'${name}' is not where the list says`);
    local.take(22);
    const [localName, localExtra] = [local.u16(), local.u16()];
    local.take(localName + localExtra);
    const packed = local.slice(packedSize);
    // Entries that overlap could claim many times the archive.
    stored -= packedSize;
    unpacked -= method === DEFLATED ? originalSize : 0;
    const possible =
      method === STORED
        ? originalSize === packedSize
        : originalSize <= packedSize * DEFLATE_LIMIT + 64;
    if (!possible || stored < 0) {
      damaged(FORMAT, `'${name}' of ${packedSize} bytes cannot hold ${originalSize}`);
    }
    if (unpacked < 0) refuse(FORMAT, 'it unpacks to more memory than a model should need');
    entries.set(name, { name, method, crc, packed, size: originalSize });
  }
  return entries;
}

/** One file of an archive to be written. */
export interface ZipFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** An archive of stored (not compressed) entries, as Keras writes them. */
export async function writeZip(files: readonly ZipFile[], date: Date): Promise<Uint8Array> {
  const { zipSync } = await import('fflate');
  const total = files.reduce((n, f) => n + f.bytes.length, 0);
  if (total > 0xfff00000) {
    refuse(
      FORMAT,
      `the model has ${total} bytes, and a zip archive holds 4 GB; save its weights as .safetensors`,
    );
  }
  return zipSync(
    Object.fromEntries(files.map(({ name, bytes }) => [name, [bytes, { level: 0, mtime: date }]])),
  );
}

/** UTF-8 bytes of text, for {@link writeZip}. */
export function textFile(name: string, text: string): ZipFile {
  return { name, bytes: encodeText(text) };
}
