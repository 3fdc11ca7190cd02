/**
 * The protocol-buffer wire format, as much of it as writing ONNX files takes: a message is a run of
 * fields, a field is a key (number and wire type) and a value, integers are varints of seven bits a byte,
 * and a nested message is its length and its bytes
 * (https://protobuf.dev/programming-guides/encoding/).
 */

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const utf8 = new TextEncoder();

export class MessageWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  #varint(value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError(`varint: ${value} is not an integer`);
    this.#reserve(10);
    if (value < 0) {
      // Negative int64: ten bytes of two's complement.
      let rest = BigInt.asUintN(64, BigInt(value));
      while (rest > 127n) {
        this.#bytes[this.#length++] = Number(rest & 127n) | 128;
        rest >>= 7n;
      }
      this.#bytes[this.#length++] = Number(rest);
      return;
    }
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  #key(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  integer(field: number, value: number): this {
    this.#key(field, VARINT);
    this.#varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.#key(field, FIXED32);
    this.#reserve(4);
    new DataView(this.#bytes.buffer).setFloat32(this.#length, value, true);
    this.#length += 4;
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#key(field, LENGTH_DELIMITED);
    this.#varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** Proto3 leaves empty strings out. */
  string(field: number, value: string): this {
    return value === '' ? this : this.bytes(field, utf8.encode(value));
  }

  /** A string that stands in a list, where an empty one has a place of its own. */
  listedString(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  message(field: number, write: (writer: MessageWriter) => void): this {
    const nested = new MessageWriter();
    write(nested);
    return this.bytes(field, nested.finish());
  }

  /** What has been written; valid until the next write. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
