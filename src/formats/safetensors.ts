import type { DType } from '../graph/dtype.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { ByteReader, damaged, encodeText, refuse } from './bytes.ts';
import { formatJson, isObject, parseJsonBytes } from './json.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from './numbers.ts';
import { table } from './table.ts';

/**
 * safetensors: the length of a header, the header as JSON (name, data type, shape and place of each
 * tensor), then the data. There is nothing in it that could be executed.
 */

const FORMAT = 'safetensors';
const HEADER_LIMIT = 100_000_000;

export interface Safetensors {
  /** Tensors by name, in the order of the header. */
  readonly tensors: ReadonlyMap<string, NDArray>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Whether bytes begin like a safetensors file: a plausible length, then a JSON object. */
export function isSafetensors(bytes: Uint8Array): boolean {
  if (bytes.length < 10) return false;
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  return length >= 2n && length <= BigInt(bytes.length - 8) && bytes[8] === 0x7b;
}

const widths = table<number>({
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
});

/** Values of a type as one of the library's dtypes. `bytes` begins at an aligned address. */
function readValues(bytes: Uint8Array, type: string, name: string): NDArray['data'] {
  const { buffer } = bytes;
  switch (type) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F64':
      return new Float64Array(buffer);
    case 'F16':
      return float16ToFloat32(new Uint16Array(buffer));
    case 'BF16':
      return bfloat16ToFloat32(new Uint16Array(buffer));
    case 'I32':
      return new Int32Array(buffer);
    case 'BOOL':
      for (const b of bytes)
        if (b > 1) damaged(FORMAT, `'${name}' holds ${b}, which is no boolean`);
      return bytes;
    case 'I16':
      return Int32Array.from(new Int16Array(buffer));
    case 'I8':
      return Int32Array.from(new Int8Array(buffer));
    case 'U16':
      return Int32Array.from(new Uint16Array(buffer));
    case 'U8':
      return Int32Array.from(bytes);
    case 'U32':
      return new Int32Array(buffer);
    default: {
      const wide = type === 'I64' ? new BigInt64Array(buffer) : new BigUint64Array(buffer);
      const out = new Int32Array(wide.length);
      for (let i = 0; i < out.length; i++) {
        const value = Number(wide[i]);
        if (value > 0x7fffffff || value < -0x80000000) {
          refuse(FORMAT, `'${name}' holds the integer ${wide[i]}, which has no place in 32 bits`);
        }
        out[i] = value;
      }
      return out;
    }
  }
}

const dtypeOf = (type: string): DType => {
  if (type === 'F64') return 'float64';
  if (type === 'BOOL') return 'bool';
  return /^B?F/.test(type) ? 'float32' : 'int32';
};

/** @throws FormatError for a file that is damaged or holds types that no dtype can hold. */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const r = new ByteReader(bytes, FORMAT);
  const length = r.u64();
  if (length > HEADER_LIMIT) damaged(FORMAT, `its header is said to have ${length} bytes`);
  const header = parseJsonBytes(r.slice(length), FORMAT, 'the header');
  if (!isObject(header)) return damaged(FORMAT, 'its header is no object');
  const data = bytes.subarray(r.at);
  const metadata: Record<string, string> = {};
  const entries: Entry[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (!isObject(entry)) damaged(FORMAT, `'${name}' is not described`);
    if (name === '__metadata__') {
      for (const [k, v] of Object.entries(entry)) if (typeof v === 'string') metadata[k] = v;
      continue;
    }
    const { dtype, shape, data_offsets: offsets } = entry;
    const isIndex = (v: unknown): v is number => Number.isSafeInteger(v) && (v as number) >= 0;
    if (
      typeof dtype !== 'string' ||
      !Array.isArray(shape) ||
      !shape.every(isIndex) ||
      !Array.isArray(offsets) ||
      offsets.length !== 2 ||
      !offsets.every(isIndex)
    ) {
      damaged(FORMAT, `'${name}' is not described by dtype, shape and data_offsets`);
    }
    const width = widths[dtype];
    if (width === undefined)
      refuse(FORMAT, `'${name}' has the data type ${dtype}, which is not supported`);
    const dims = shape as number[];
    const [start, end] = offsets as number[];
    const size = dims.reduce((n, d) => n * d, width);
    if (end - start !== size || end > data.length) {
      damaged(FORMAT, `'${name}' [${dims.join(', ')}] has no place of ${size} bytes in the file`);
    }
    entries.push({ name, type: dtype, shape: dims, start, end });
  }
  expectTiled(entries, data.length);
  const tensors = new Map<string, NDArray>();
  for (const { name, type, shape, start, end } of entries) {
    const copy = new Uint8Array(data.subarray(start, end));
    tensors.set(name, { data: readValues(copy, type, name), shape, dtype: dtypeOf(type) });
  }
  return { tensors, metadata };
}

interface Entry {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/** Tensors lie one behind the other; if they overlapped, a small file could fill all memory. */
function expectTiled(entries: readonly Entry[], length: number): void {
  let at = 0;
  for (const { start, end } of [...entries].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== at) damaged(FORMAT, `its tensors ${start < at ? 'overlap' : 'leave bytes out'}`);
    at = end;
  }
  if (at !== length) damaged(FORMAT, `its tensors end at byte ${at} of ${length}`);
}

const names: Readonly<Record<DType, string>> = {
  float32: 'F32',
  float64: 'F64',
  int32: 'I32',
  bool: 'BOOL',
};

/** A safetensors file. The header is padded so that the data begins at a multiple of 8 bytes. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, NDArray>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let offset = 0;
  // Wider types first, so that each begins aligned.
  const order = [...tensors].sort(
    ([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT,
  );
  for (const [name, { data, shape, dtype }] of order) {
    const end = offset + data.byteLength;
    header[name] = { dtype: names[dtype], shape, data_offsets: [offset, end] };
    offset = end;
  }
  const text = formatJson(header);
  const json = encodeText(text.padEnd(Math.ceil((text.length + 8) / 8) * 8 - 8));
  const out = new Uint8Array(8 + json.length + offset);
  new DataView(out.buffer).setBigUint64(0, BigInt(json.length), true);
  out.set(json, 8);
  let at = 8 + json.length;
  for (const [, { data }] of order) {
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return out;
}
