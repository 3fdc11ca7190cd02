/**
 * PNG files for small pictures inside an SVG, after the PNG specification (W3C, third edition).
 * The pixels are stored, not compressed: a digit of 28 by 28 takes under 1 KB, and nothing has to
 * be loaded to write it.
 */
import { NablaError } from '../graph/errors.ts';

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Longest run of bytes in one stored block of deflate (RFC 1951, section 3.2.4). */
const storedBlock = 0xffff;

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Checksum of zlib streams (RFC 1950, section 8.2). */
function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}

function bigEndian(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

function chunk(type: string, data: ArrayLike<number>): number[] {
  const body = [...type].map((c) => c.charCodeAt(0));
  for (let i = 0; i < data.length; i++) body.push(data[i]);
  return [...bigEndian(data.length), ...body, ...bigEndian(crc32(Uint8Array.from(body)))];
}

function storedStream(bytes: Uint8Array): number[] {
  const out = [0x78, 0x01];
  for (let start = 0; start < bytes.length; start += storedBlock) {
    const block = bytes.subarray(start, start + storedBlock);
    const n = block.length;
    out.push(start + n >= bytes.length ? 1 : 0, n & 0xff, n >>> 8, ~n & 0xff, (~n >>> 8) & 0xff);
    for (const byte of block) out.push(byte);
  }
  out.push(...bigEndian(adler32(bytes)));
  return out;
}

/**
 * A PNG file of 8 bits per channel.
 * @param pixels rows from the top, `channels` bytes per pixel: 1 is grey, 3 is RGB.
 * @throws NablaError when `pixels` does not hold width × height × channels bytes.
 */
export function encodePng(
  pixels: Uint8Array,
  width: number,
  height: number,
  channels: 1 | 3,
): Uint8Array {
  if (width < 1 || height < 1 || pixels.length !== width * height * channels) {
    throw new NablaError(
      `encodePng: ${width} by ${height} pixels of ${channels} channels need ${width * height * channels} bytes, received ${pixels.length}`,
    );
  }
  const stride = width * channels;
  const rows = new Uint8Array(height * (stride + 1)); // each row starts with its filter, 0: none
  for (let y = 0; y < height; y++) {
    rows.set(pixels.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  }
  const colorType = channels === 1 ? 0 : 2;
  const header = [...bigEndian(width), ...bigEndian(height), 8, colorType, 0, 0, 0];
  return Uint8Array.from([
    ...signature,
    ...chunk('IHDR', header),
    ...chunk('IDAT', storedStream(rows)),
    ...chunk('IEND', []),
  ]);
}

const base64Digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** `bytes` as a `data:image/png;base64,` address. */
export function pngAddress(bytes: Uint8Array): string {
  let text = 'data:image/png;base64,';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += base64Digits[group >>> 18] + base64Digits[(group >>> 12) & 63];
    text += left > 1 ? base64Digits[(group >>> 6) & 63] : '=';
    text += left > 2 ? base64Digits[group & 63] : '=';
  }
  return text;
}
