import { NablaError } from '../graph/errors.ts';

/**
 * Reading bytes from outside. Every read is checked against the end of the data before it happens, so a
 * damaged or hostile file leads to a {@link FormatError} and to nothing else.
 */

/** A file that is not what it says it is. The message names the format, what is wrong and the way out. */
export class FormatError extends NablaError {
  override readonly name: string = 'FormatError';
}

/** Throws a {@link FormatError} about a file of the format. */
export function refuse(format: string, message: string): never {
  throw new FormatError(`${format}: ${message}`);
}

/** Throws a {@link FormatError} that says the file is cut short or changed. */
export function damaged(format: string, detail: string): never {
  return refuse(format, `the file is damaged: ${detail}; get it again from where it came`);
}

/** The interfaces of the web platform that this floor uses; browsers and Node have them. */
interface TextPlatform {
  TextDecoder: new (
    label?: string,
    options?: { fatal?: boolean; ignoreBOM?: boolean },
  ) => { decode(bytes: Uint8Array): string };
  TextEncoder: new () => { encode(text: string): Uint8Array };
}

const platform = globalThis as unknown as TextPlatform;
const strict = new platform.TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new platform.TextEncoder();

/** Text from UTF-8 bytes; bytes that are no UTF-8 are an error of the format. */
export function decodeText(bytes: Uint8Array, format: string, what: string): string {
  try {
    return strict.decode(bytes);
  } catch {
    return damaged(format, `${what} is not UTF-8 text`);
  }
}

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** A position in bytes that moves on with each read; all numbers are little-endian. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly format: string;
  /** Where the next read starts. */
  at: number;
  /** Reads beyond this position are errors. */
  readonly end: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, format: string, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.format = format;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (!(start >= 0 && start <= end && end <= bytes.length)) {
      damaged(
        format,
        `a part from byte ${start} to ${end} lies outside of its ${bytes.length} bytes`,
      );
    }
    this.at = start;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.at;
  }

  /** Moves on by `count` bytes and returns where they began. */
  take(count: number): number {
    const start = this.at;
    if (!(count >= 0 && count <= this.end - start)) {
      damaged(
        this.format,
        `${count} bytes are expected at byte ${start}, but only ${this.end - start} follow`,
      );
    }
    this.at = start + count;
    return start;
  }

  u8(): number {
    return this.#view.getUint8(this.take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.take(4), true);
  }

  /** An unsigned 64-bit number; beyond 2^53 it cannot be a position or a size and is an error. */
  u64(): number {
    const value = this.#view.getBigUint64(this.take(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      damaged(this.format, `the number at byte ${this.at - 8} is ${value}, too large for a size`);
    }
    return Number(value);
  }

  f32(): number {
    return this.#view.getFloat32(this.take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.take(8), true);
  }

  /** An unsigned number of 1 to 8 bytes. */
  uint(width: number): number {
    const start = this.take(width);
    let value = 0;
    for (let i = width - 1; i >= 0; i--) value = value * 256 + this.bytes[start + i];
    if (!Number.isSafeInteger(value)) {
      damaged(this.format, `the number at byte ${start} is too large for a size`);
    }
    return value;
  }

  /** The next bytes, sharing memory. */
  slice(count: number): Uint8Array {
    const start = this.take(count);
    return this.bytes.subarray(start, start + count);
  }

  /** Four (or more) letters that mark a structure. */
  expectSignature(text: string): void {
    const start = this.take(text.length);
    for (let i = 0; i < text.length; i++) {
      if (this.bytes[start + i] !== text.charCodeAt(i)) {
        damaged(this.format, `'${text}' is expected at byte ${start}`);
      }
    }
  }
}

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

/** The CRC-32 of zip and PNG (ISO 3309). */
export function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) c = crcTable[(c ^ bytes[i]) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
