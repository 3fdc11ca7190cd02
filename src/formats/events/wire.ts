import { NablaError } from '../../graph/errors.ts';
import { ByteReader, damaged, decodeText, encodeText } from '../bytes.ts';

/**
 * The protocol-buffer wire format, as far as event files use it: a message is a run of fields; a field is a
 * key (number and wire type) and a value; nested messages and packed lists are bytes with their length
 * (https://protobuf.dev/programming-guides/encoding/). A field that holds its default may be left out.
 */

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Writes the fields of one message, in the order of the calls. */
export class MessageWriter {
  #bytes = new Uint8Array(128);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** A whole number; negative ones take ten bytes, as int64 does. */
  integer(field: number, value: number): this {
    this.#key(field, VARINT);
    this.#varint(value);
    return this;
  }

  double(field: number, value: number): this {
    this.#key(field, FIXED64);
    const at = this.#take(8);
    this.#view.setFloat64(at, value, true);
    return this;
  }

  float(field: number, value: number): this {
    this.#key(field, FIXED32);
    const at = this.#take(4);
    this.#view.setFloat32(at, value, true);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#key(field, BYTES);
    this.#varint(value.length);
    const at = this.#take(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, encodeText(value));
  }

  message(field: number, write: (nested: MessageWriter) => unknown): this {
    const nested = new MessageWriter();
    write(nested);
    return this.bytes(field, nested.finish());
  }

  /** What has been written; valid until the next write. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #key(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number): void {
    if (!Number.isSafeInteger(value)) {
      throw new NablaError(`event file: ${value} is not a whole number within +-2^53`);
    }
    if (value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 127n; rest >>= 7n) this.#byte(Number(rest & 127n) | 128);
      this.#byte(Number(rest));
      return;
    }
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#byte((rest % 128) | 128);
    this.#byte(rest);
  }

  #byte(value: number): void {
    const at = this.#take(1); // before #bytes is looked at: it may be replaced by a larger one
    this.#bytes[at] = value;
  }

  /** Makes room for `count` bytes and returns where they begin. */
  #take(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }
}

/** What the bytes of a field mean is known only to who knows the message, so a field is asked for it. */
export class Field {
  readonly number: number;
  readonly #wireType: number;
  readonly #reader: ByteReader;

  constructor(number: number, wireType: number, reader: ByteReader) {
    this.number = number;
    this.#wireType = wireType;
    this.#reader = reader;
  }

  /** A number of any wire type but bytes. */
  get value(): number {
    if (this.#wireType === BYTES) this.#mismatch('a number');
    return readNumber(this.#open(), this.#wireType);
  }

  get flag(): boolean {
    return this.value !== 0;
  }

  get bytes(): Uint8Array {
    if (this.#wireType !== BYTES) this.#mismatch('bytes');
    return this.#reader.bytes.subarray(this.#reader.at, this.#reader.end);
  }

  get text(): string {
    return decodeText(this.bytes, this.#reader.format, `field ${this.number}`);
  }

  /** The fields of a nested message. */
  get fields(): Iterable<Field> {
    return fieldsOf(this.bytes, this.#reader.format);
  }

  /** The numbers of a list, which is packed or has one field for each; `kind` is how packed ones are stored. */
  list(kind: 'varint' | 'float' | 'double'): number[] {
    if (this.#wireType !== BYTES) return [this.value];
    const type = kind === 'varint' ? VARINT : kind === 'float' ? FIXED32 : FIXED64;
    const packed = this.#open();
    const values: number[] = [];
    while (packed.remaining > 0) values.push(readNumber(packed, type));
    return values;
  }

  /** A reader of its own, so that a field can be read more than once. */
  #open(): ByteReader {
    const { bytes, format, at, end } = this.#reader;
    return new ByteReader(bytes, format, at, end);
  }

  #mismatch(expected: string): never {
    return damaged(this.#reader.format, `field ${this.number} is not ${expected}`);
  }
}

function readNumber(reader: ByteReader, wireType: number): number {
  if (wireType === FIXED32) return reader.f32();
  if (wireType === FIXED64) return reader.f64();
  return readVarint(reader);
}

/** A signed 64-bit number; ten bytes at most. Beyond 2^53 it is the nearest double. */
function readVarint(reader: ByteReader): number {
  let low = 0;
  let scale = 1;
  for (let i = 0; i < 7; i++) {
    const byte = reader.u8();
    low += (byte & 127) * scale;
    if (byte < 128) return low;
    scale *= 128;
  }
  let value = BigInt(low);
  for (let shift = 49n; shift < 70n; shift += 7n) {
    const byte = reader.u8();
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return Number(BigInt.asIntN(64, value));
  }
  return damaged(reader.format, `the number at byte ${reader.at - 10} does not end`);
}

/** The fields of a message, in order. Errors: bytes that are no message. */
export function* fieldsOf(bytes: Uint8Array, format: string): Generator<Field> {
  const reader = new ByteReader(bytes, format);
  while (reader.remaining > 0) {
    const key = readVarint(reader);
    const wireType = key % 8;
    const number = Math.floor(key / 8);
    if (!(number >= 1 && number < 2 ** 29)) {
      damaged(format, `${number} is no number of a field (byte ${reader.at})`);
    }
    let start = reader.at;
    if (wireType === VARINT) readVarint(reader);
    else if (wireType === FIXED64) reader.take(8);
    else if (wireType === FIXED32) reader.take(4);
    else if (wireType === BYTES) {
      const length = readVarint(reader);
      start = reader.at;
      reader.take(length);
    } else damaged(format, `a field of the unknown kind ${wireType} stands at byte ${start}`);
    yield new Field(number, wireType, new ByteReader(bytes, format, start, reader.at));
  }
}
