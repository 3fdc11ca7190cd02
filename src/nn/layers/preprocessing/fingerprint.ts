/**
 * Hashes of strings that TensorFlow, and so Keras, uses: the same string lands in the same bin in every
 * program. 64-bit arithmetic needs BigInt.
 */

const platform = globalThis as unknown as {
  TextEncoder: new () => { encode(text: string): Uint8Array };
};
const utf8 = new platform.TextEncoder();

const wrap = (x: bigint): bigint => BigInt.asUintN(64, x);
const rotateRight = (x: bigint, by: number): bigint =>
  wrap((x >> BigInt(by)) | (x << BigInt(64 - by)));
const rotateLeft = (x: bigint, by: number): bigint => rotateRight(x, 64 - by);
const shiftMix = (x: bigint): bigint => x ^ (x >> 47n);

const K0 = 0xc3a5c85c97cb3127n;
const K1 = 0xb492b66fbe98f273n;
const K2 = 0x9ae16a3b2f90404fn;

/** Little-endian words of bytes. */
class Words {
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  at64(offset: number): bigint {
    return this.#view.getBigUint64(offset, true);
  }

  at32(offset: number): bigint {
    return BigInt(this.#view.getUint32(offset, true));
  }
}

function hash16(u: bigint, v: bigint, multiplier: bigint): bigint {
  let a = wrap((u ^ v) * multiplier);
  a ^= a >> 47n;
  let b = wrap((v ^ a) * multiplier);
  b ^= b >> 47n;
  return wrap(b * multiplier);
}

function hashUpTo16(bytes: Uint8Array, words: Words): bigint {
  const { length } = bytes;
  const multiplier = wrap(K2 + BigInt(length) * 2n);
  if (length >= 8) {
    const a = wrap(words.at64(0) + K2);
    const b = words.at64(length - 8);
    const c = wrap(rotateRight(b, 37) * multiplier + a);
    const d = wrap(wrap(rotateRight(a, 25) + b) * multiplier);
    return hash16(c, d, multiplier);
  }
  if (length >= 4) {
    const a = words.at32(0);
    return hash16(wrap(BigInt(length) + (a << 3n)), words.at32(length - 4), multiplier);
  }
  if (length > 0) {
    const first = BigInt(bytes[0]) + (BigInt(bytes[length >> 1]) << 8n);
    const last = BigInt(length) + (BigInt(bytes[length - 1]) << 2n);
    return wrap(shiftMix(wrap(first * K2) ^ wrap(last * K0)) * K2);
  }
  return K2;
}

function hashUpTo32(length: number, words: Words): bigint {
  const multiplier = wrap(K2 + BigInt(length) * 2n);
  const a = wrap(words.at64(0) * K1);
  const b = words.at64(8);
  const c = wrap(words.at64(length - 8) * multiplier);
  const d = wrap(words.at64(length - 16) * K2);
  return hash16(
    wrap(rotateRight(wrap(a + b), 43) + rotateRight(c, 30) + d),
    wrap(a + rotateRight(wrap(b + K2), 18) + c),
    multiplier,
  );
}

function hashUpTo64(length: number, words: Words): bigint {
  const multiplier = wrap(K2 + BigInt(length) * 2n);
  const a = wrap(words.at64(0) * K2);
  const b = words.at64(8);
  const c = wrap(words.at64(length - 8) * multiplier);
  const d = wrap(words.at64(length - 16) * K2);
  const y = wrap(rotateRight(wrap(a + b), 43) + rotateRight(c, 30) + d);
  const z = hash16(y, wrap(a + rotateRight(wrap(b + K2), 18) + c), multiplier);
  const e = wrap(words.at64(16) * multiplier);
  const f = words.at64(24);
  const g = wrap(wrap(y + words.at64(length - 32)) * multiplier);
  const h = wrap(wrap(z + words.at64(length - 24)) * multiplier);
  return hash16(
    wrap(rotateRight(wrap(e + f), 43) + rotateRight(g, 30) + h),
    wrap(e + rotateRight(wrap(f + a), 18) + g),
    multiplier,
  );
}

/** Two halves of a state of 128 bits, mixed with the 32 bytes at an offset. */
function mix32(words: Words, offset: number, seedA: bigint, seedB: bigint): [bigint, bigint] {
  const [w, x, y, z] = [0, 8, 16, 24].map((o) => words.at64(offset + o));
  let a = wrap(seedA + w);
  let b = rotateRight(wrap(seedB + a + z), 21);
  const c = a;
  a = wrap(a + x + y);
  b = wrap(b + rotateRight(a, 44));
  return [wrap(a + z), wrap(b + c)];
}

function hashLong(length: number, words: Words): bigint {
  const seed = 81n;
  let x = wrap(seed * K2 + words.at64(0));
  let y = wrap(seed * K1 + 113n);
  let z = wrap(shiftMix(wrap(y * K2 + 113n)) * K2);
  let v: [bigint, bigint] = [0n, 0n];
  let w: [bigint, bigint] = [0n, 0n];
  const round = (at: number, multiplier: bigint, last: boolean) => {
    const nine = last ? 9n : 1n;
    x = wrap(rotateRight(wrap(x + y + v[0] + words.at64(at + 8)), 37) * multiplier);
    y = wrap(rotateRight(wrap(y + v[1] + words.at64(at + 48)), 42) * multiplier);
    x ^= wrap(w[1] * nine);
    y = wrap(y + v[0] * nine + words.at64(at + 40));
    z = wrap(rotateRight(wrap(z + w[0]), 33) * multiplier);
    v = mix32(words, at, wrap(v[1] * multiplier), wrap(x + w[0]));
    w = mix32(words, at + 32, wrap(z + w[1]), wrap(y + words.at64(at + 16)));
    [z, x] = [x, z];
  };
  const blocks = Math.floor((length - 1) / 64);
  for (let i = 0; i < blocks; i++) round(64 * i, K1, false);
  const multiplier = wrap(K1 + ((z & 0xffn) << 1n));
  w[0] = wrap(w[0] + BigInt((length - 1) & 63));
  v[0] = wrap(v[0] + w[0]);
  w[0] = wrap(w[0] + v[0]);
  round(length - 64, multiplier, true);
  return hash16(
    wrap(hash16(v[0], w[0], multiplier) + wrap(shiftMix(y) * K0) + z),
    wrap(hash16(v[1], w[1], multiplier) + x),
    multiplier,
  );
}

/** FarmHash's 64-bit fingerprint (farmhashna, Pike and Alakuijala 2014) of the text in UTF-8. */
export function fingerprint64(text: string): bigint {
  const bytes = utf8.encode(text);
  const words = new Words(bytes);
  if (bytes.length <= 16) return hashUpTo16(bytes, words);
  if (bytes.length <= 32) return hashUpTo32(bytes.length, words);
  if (bytes.length <= 64) return hashUpTo64(bytes.length, words);
  return hashLong(bytes.length, words);
}

/** TensorFlow's way to join two fingerprints into one. */
export function joinFingerprints(a: bigint, b: bigint): bigint {
  const k = 0xc6a4a7935bd1e995n;
  let result = wrap(a) ^ k;
  result ^= wrap(shiftMix(wrap(b * k)) * k);
  result = wrap(result * k);
  result = wrap(shiftMix(result) * k);
  return shiftMix(result);
}

/** SipHash-2-4 (Aumasson and Bernstein 2012) of the text in UTF-8, keyed with two 64-bit numbers. */
export function sipHash64(text: string, key: readonly [bigint, bigint]): bigint {
  const bytes = utf8.encode(text);
  const padded = new Uint8Array(8 * Math.floor(bytes.length / 8) + 8);
  padded.set(bytes);
  padded[padded.length - 1] = bytes.length & 0xff;
  const words = new Words(padded);
  let v0 = wrap(key[0]) ^ 0x736f6d6570736575n;
  let v1 = wrap(key[1]) ^ 0x646f72616e646f6dn;
  let v2 = wrap(key[0]) ^ 0x6c7967656e657261n;
  let v3 = wrap(key[1]) ^ 0x7465646279746573n;
  const rounds = (count: number) => {
    for (let i = 0; i < count; i++) {
      v0 = wrap(v0 + v1);
      v1 = rotateLeft(v1, 13) ^ v0;
      v0 = rotateLeft(v0, 32);
      v2 = wrap(v2 + v3);
      v3 = rotateLeft(v3, 16) ^ v2;
      v0 = wrap(v0 + v3);
      v3 = rotateLeft(v3, 21) ^ v0;
      v2 = wrap(v2 + v1);
      v1 = rotateLeft(v1, 17) ^ v2;
      v2 = rotateLeft(v2, 32);
    }
  };
  for (let at = 0; at < padded.length; at += 8) {
    const word = words.at64(at);
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }
  v2 ^= 0xffn;
  rounds(4);
  return v0 ^ v1 ^ v2 ^ v3;
}
