import { bytesPerElement, type DType, toTypedArray } from '../graph/dtype.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { ByteReader, damaged, encodeText, refuse } from './bytes.ts';
import { float16ToFloat32 } from './numbers.ts';
import { ZipArchive } from './zip.ts';

/**
 * NumPy's .npy (one array) and .npz (a zip of them). Arrays of Python objects are pickles, programs that
 * run when they are read, and are refused.
 */

const FORMAT = 'npy';
const MAGIC = '\u0093NUMPY';

export function isNpy(bytes: Uint8Array): boolean {
  return bytes.length >= 10 && [...MAGIC].every((c, i) => bytes[i] === c.charCodeAt(0));
}

interface Header {
  readonly type: string;
  readonly fortran: boolean;
  readonly shape: number[];
}

/** The header is a Python dictionary; only its three entries are looked for. */
function parseHeader(text: string): Header {
  const type = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const dims = /'shape'\s*:\s*\(([\d,\sL]*)\)/.exec(text)?.[1];
  if (order === undefined || dims === undefined) damaged(FORMAT, 'its header is not understood');
  if (type === undefined)
    refuse(FORMAT, 'records with named fields are not supported, only numbers');
  const shape = dims
    .split(',')
    .map((d) => d.replace(/[\sL]/g, ''))
    .filter((d) => d !== '')
    .map(Number);
  return { type, fortran: order === 'True', shape };
}

function readNumbers(bytes: Uint8Array, kind: string, width: number): [DType, NDArray['data']] {
  const { buffer } = bytes;
  switch (kind + width) {
    case 'f4':
      return ['float32', new Float32Array(buffer)];
    case 'f8':
      return ['float64', new Float64Array(buffer)];
    case 'f2':
      return ['float32', float16ToFloat32(new Uint16Array(buffer))];
    case 'b1':
      return ['bool', toTypedArray('bool', bytes)];
    case 'i4':
      return ['int32', new Int32Array(buffer)];
    case 'i1':
      return ['int32', Int32Array.from(new Int8Array(buffer))];
    case 'u1':
      return ['int32', Int32Array.from(bytes)];
    case 'i2':
      return ['int32', Int32Array.from(new Int16Array(buffer))];
    case 'u2':
      return ['int32', Int32Array.from(new Uint16Array(buffer))];
    case 'u4':
    case 'i8':
    case 'u8': {
      const source =
        width === 4
          ? new Uint32Array(buffer)
          : kind === 'i'
            ? new BigInt64Array(buffer)
            : new BigUint64Array(buffer);
      const out = new Int32Array(source.length);
      for (let i = 0; i < out.length; i++) {
        const value = Number(source[i]);
        if (value > 0x7fffffff || value < -0x80000000) {
          refuse(FORMAT, `it holds the integer ${source[i]}, which has no place in 32 bits`);
        }
        out[i] = value;
      }
      return ['int32', out];
    }
    default:
      return refuse(FORMAT, `the data type '${kind}${width}' is not supported`);
  }
}

/** Column-major values in row-major order. */
function fromFortran(data: NDArray['data'], shape: readonly number[]): NDArray['data'] {
  const out = data.slice();
  const strides: number[] = [];
  let step = 1;
  for (const d of shape) {
    strides.push(step);
    step *= d;
  }
  const index = shape.map(() => 0);
  for (let i = 0; i < out.length; i++) {
    out[i] = data[index.reduce((at, k, axis) => at + k * strides[axis], 0)];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
  return out;
}

/** @throws FormatError for a damaged file, pickled objects, text and records. */
export function readNpy(bytes: Uint8Array): NDArray {
  const r = new ByteReader(bytes, FORMAT);
  r.expectSignature(MAGIC);
  const major = r.u8();
  r.u8();
  if (major < 1 || major > 3) damaged(FORMAT, `the version ${major} of the format is not known`);
  const length = major === 1 ? r.u16() : r.u32();
  const header = String.fromCharCode(...r.slice(Math.min(length, 65_536)));
  if (length > 65_536) damaged(FORMAT, `its header is said to have ${length} bytes`);
  const { type, fortran, shape } = parseHeader(header);
  const match = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(type);
  if (!match) return refuse(FORMAT, `the data type '${type}' is not supported`);
  const [, order, kind, digits] = match;
  if (kind === 'O') {
    refuse(FORMAT, 'it holds pickled Python objects, programs that run when they are read');
  }
  const width = Number(digits || 1);
  const size = shape.reduce((n, d) => n * d, 1) * width;
  if (!(size <= r.remaining)) {
    damaged(FORMAT, `[${shape.join(', ')}] takes ${size} bytes; ${r.remaining} follow its header`);
  }
  const values = new Uint8Array(r.slice(size));
  if (order === '>' && width > 1) {
    for (let at = 0; at < size; at += width) values.subarray(at, at + width).reverse();
  }
  const [dtype, data] = readNumbers(values, kind, width);
  return { data: fortran && shape.length > 1 ? fromFortran(data, shape) : data, shape, dtype };
}

const types: Readonly<Record<DType, string>> = {
  float32: '<f4',
  float64: '<f8',
  int32: '<i4',
  bool: '|b1',
};

export function writeNpy({ data, shape, dtype }: NDArray): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${types[dtype]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const head = encodeText(`${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`);
  const size = data.length * bytesPerElement[dtype];
  const out = new Uint8Array(10 + head.length + size);
  out.set([0x93, ...encodeText('NUMPY'), 1, 0, head.length & 255, head.length >> 8]);
  out.set(head, 10);
  out.set(new Uint8Array(data.buffer, data.byteOffset, size), 10 + head.length);
  return out;
}

/** The arrays of an .npz file by name. */
export async function readNpz(bytes: Uint8Array): Promise<Map<string, NDArray>> {
  const archive = new ZipArchive(bytes);
  const arrays = new Map<string, NDArray>();
  for (const name of archive.names) {
    if (name.endsWith('.npy')) arrays.set(name.slice(0, -4), readNpy(await archive.read(name)));
  }
  return arrays;
}
