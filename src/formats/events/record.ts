import { ByteReader } from '../bytes.ts';
import { maskedCrc32c } from './crc32c.ts';

/**
 * TFRecord, the container of event files: a record is its length (8 bytes), the masked checksum of the
 * length (4), the data, and the masked checksum of the data (4), all little-endian. Records follow one
 * another without a header, so a file can be read while another process still appends to it, and reading
 * can start again behind a part that is damaged.
 */

const HEADER = 12;
const FOOTER = 4;

/** A record's bytes around its data. */
export function frameRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(HEADER + data.length + FOOTER);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record, 0, 8), true);
  record.set(data, HEADER);
  view.setUint32(HEADER + data.length, maskedCrc32c(data), true);
  return record;
}

/** A stretch of bytes that holds no whole record. */
export interface Damage {
  readonly start: number;
  /** Position of the next whole record, or of the end. */
  readonly end: number;
  readonly reason: string;
}

export interface FoundRecord {
  /** Where the record begins. */
  readonly at: number;
  /** Its data, sharing memory with the file's bytes. */
  readonly data: Uint8Array;
}

export interface Records {
  readonly records: readonly FoundRecord[];
  readonly damage: readonly Damage[];
  /**
   * How far reading came. What follows is a record that is not complete yet: read again from here when
   * the file has grown.
   */
  readonly end: number;
}

type Look =
  | { readonly kind: 'whole'; readonly data: Uint8Array; readonly end: number }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'damaged'; readonly reason: string };

class RecordScanner {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Bytes of data that may still be checked while looking for the next record after damage. */
  #budget: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // A file made to look like the start of a record everywhere would take forever without a limit.
    this.#budget = 16 * bytes.length;
  }

  look(at: number): Look {
    const left = this.#bytes.length - at;
    if (left < HEADER) return { kind: 'incomplete' };
    if (this.#view.getUint32(at + 8, true) !== maskedCrc32c(this.#bytes, at, at + 8)) {
      return { kind: 'damaged', reason: 'the checksum of a length does not match' };
    }
    const length = this.#view.getBigUint64(at, true);
    if (length > BigInt(left - HEADER - FOOTER)) return { kind: 'incomplete' };
    const begin = at + HEADER;
    const end = begin + Number(length);
    if (this.#view.getUint32(end, true) !== maskedCrc32c(this.#bytes, begin, end)) {
      this.#budget -= end - begin;
      return { kind: 'damaged', reason: 'the checksum of a record does not match' };
    }
    return { kind: 'whole', data: this.#bytes.subarray(begin, end), end: end + FOOTER };
  }

  /** The next position after `at` where a whole record begins; undefined if there is none. */
  findNext(at: number): number | undefined {
    const last = this.#bytes.length - HEADER - FOOTER;
    for (let i = at + 1; i <= last && this.#budget > 0; i++) {
      if (this.look(i).kind === 'whole') return i;
    }
    return undefined;
  }
}

/**
 * The whole records of a file, and where it is damaged. Reading goes on behind each damaged part, with the
 * next record that is whole. `start` is the `end` of an earlier reading.
 */
export function readRecords(bytes: Uint8Array, start = 0): Records {
  const records: FoundRecord[] = [];
  const damage: Damage[] = [];
  const scanner = new RecordScanner(bytes);
  // Also checks that `start` lies within the file.
  let at = new ByteReader(bytes, 'event file', start).at;
  while (at < bytes.length) {
    const found = scanner.look(at);
    if (found.kind === 'whole') {
      records.push({ at, data: found.data });
      at = found.end;
      continue;
    }
    // A record cut short by a crash reaches, by its length, into what was appended after it.
    const next = scanner.findNext(at);
    if (found.kind === 'incomplete' && next === undefined) break;
    const reason = found.kind === 'damaged' ? found.reason : 'a record is cut short';
    const end = next ?? bytes.length;
    damage.push({ start: at, end, reason });
    at = end;
  }
  return { records, damage, end: at };
}
