/**
 * IDX, the file format of MNIST and its relatives (yann.lecun.com/exdb/mnist, "the IDX file format"): two
 * zero bytes, a type byte, the number of dimensions, each dimension as a big-endian uint32, then the values
 * in row-major order, big-endian.
 */
import { NablaError } from '../graph/errors.ts';
export interface IdxArray {
  /** Unsigned bytes stay bytes; the other integer types become int32. */
  readonly data: Uint8Array | Int32Array | Float32Array | Float64Array;
  readonly shape: readonly number[];
}

interface ElementType {
  readonly size: number;
  read(view: DataView, offset: number, count: number): IdxArray['data'];
}

const elementTypes: Readonly<Record<number, ElementType>> = {
  8: {
    size: 1,
    read: (view, offset, count) =>
      new Uint8Array(view.buffer, view.byteOffset + offset, count).slice(),
  },
  9: {
    size: 1,
    read: (view, offset, count) =>
      Int32Array.from({ length: count }, (_, i) => view.getInt8(offset + i)),
  },
  11: {
    size: 2,
    read: (view, offset, count) =>
      Int32Array.from({ length: count }, (_, i) => view.getInt16(offset + 2 * i)),
  },
  12: {
    size: 4,
    read: (view, offset, count) =>
      Int32Array.from({ length: count }, (_, i) => view.getInt32(offset + 4 * i)),
  },
  13: {
    size: 4,
    read: (view, offset, count) =>
      Float32Array.from({ length: count }, (_, i) => view.getFloat32(offset + 4 * i)),
  },
  14: {
    size: 8,
    read: (view, offset, count) =>
      Float64Array.from({ length: count }, (_, i) => view.getFloat64(offset + 8 * i)),
  },
};

/**
 * Reads the IDX file `bytes`; `name` says in errors which file it is. Errors: no IDX header, an unknown
 * type, a length other than the header's dimensions ask for.
 */
export function parseIdx(bytes: Uint8Array, name = 'IDX file'): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0) {
    const gzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    throw new NablaError(
      `parseIdx: ${name} begins with ${hex(bytes.subarray(0, 4))}, expected 00 00, a type and a number of dimensions${gzip ? '; it is a gzip file: decompress it first' : ''}`,
    );
  }
  const type = elementTypes[bytes[2]];
  if (type === undefined) {
    throw new NablaError(
      `parseIdx: ${name} has the element type 0x${bytes[2].toString(16)}, expected 0x8, 0x9, 0xb, 0xc, 0xd or 0xe`,
    );
  }
  const rank = bytes[3];
  const header = 4 + 4 * rank;
  if (bytes.length < header) {
    throw new NablaError(
      `parseIdx: ${name} ends after ${bytes.length} bytes, inside its header of ${header} bytes`,
    );
  }
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const count = shape.reduce((product, n) => product * n, 1);
  const expected = header + count * type.size;
  if (bytes.length !== expected) {
    throw new NablaError(
      `parseIdx: ${name} has ${bytes.length} bytes, expected ${expected} for the shape [${shape.join(', ')}]; the file is damaged or cut off`,
    );
  }
  return { data: type.read(view, header, count), shape };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join(' ') || 'nothing';
}
