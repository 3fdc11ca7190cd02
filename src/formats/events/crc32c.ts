/**
 * CRC-32C: the cyclic redundancy check with the Castagnoli polynomial 0x1EDC6F41 (Castagnoli et al. 1993;
 * RFC 3720, section 12.1), which TFRecord files protect their records with.
 */

/** The polynomial with its bits reversed, as the bytewise algorithm takes it. */
const polynomial = 0x82f63b78;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let c = byte;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? polynomial ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

/** The checksum of `bytes[start..end)`, an integer in [0, 2^32). */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  let c = 0xffffffff;
  for (let i = start; i < end; i++) c = table[(c ^ bytes[i]) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

/**
 * The checksum as TFRecord files store it: rotated and shifted, because the checksum of data that holds
 * its own checksum would always be the same.
 */
export function maskedCrc32c(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  const c = crc32c(bytes, start, end);
  return (((c >>> 15) | (c << 17)) + 0xa282ead8) >>> 0;
}
