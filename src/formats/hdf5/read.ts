import { allocate, type DType } from '../../graph/dtype.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { decodeText, refuse } from '../bytes.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from '../numbers.ts';
import { checkHdf5 } from './check.ts';
import { type H5Library, type H5Metadata, withLibrary, withMemory } from './library.ts';
import { FORMAT } from './source.ts';
import { GroupBuilder, type H5Dataset, type H5Group, type H5Value } from './tree.ts';

/**
 * An HDF5 file as a tree in memory. The bytes are checked first (see check.ts), then read by the HDF5
 * library. Numbers become the library's own dtypes: all integers int32, half precision float32.
 * @throws FormatError for a file that is damaged or has features that model files do not use.
 */
export async function readHdf5(bytes: Uint8Array): Promise<H5Group> {
  checkHdf5(bytes);
  return withLibrary((library) => {
    const name = '/in.h5';
    library.FS.writeFile(name, bytes);
    try {
      const { H5F_ACC_RDONLY: mode } = library;
      const file = library.open(name, mode, false, -1, -1);
      try {
        return readGroup(library, file, '/');
      } finally {
        library.close_file(file);
      }
    } finally {
      library.FS.unlink(name);
    }
  });
}

function readGroup(h5: H5Library, file: bigint, path: string): GroupBuilder {
  const group = new GroupBuilder();
  readAttributes(h5, file, path, group.attributes);
  for (const name of h5.get_names(file, path, false)) {
    const inner = path === '/' ? `/${name}` : `${path}/${name}`;
    const type = h5.get_type(file, inner);
    if (type === h5.H5G_GROUP) group.groups.set(name, readGroup(h5, file, inner));
    else if (type === h5.H5G_DATASET) group.datasets.set(name, readDataset(h5, file, inner));
  }
  return group;
}

function readAttributes(
  h5: H5Library,
  file: bigint,
  path: string,
  into: Map<string, H5Value>,
): void {
  for (const name of h5.get_attribute_names(file, path)) {
    const metadata = h5.get_attribute_metadata(file, path, name);
    into.set(
      name,
      readValue(h5, metadata, `${path}@${name}`, {
        fill: (pointer) => h5.get_attribute_data(file, path, name, BigInt(pointer)),
        reclaim: (pointer) => h5.reclaim_vlen_memory(file, path, name, BigInt(pointer)),
      }),
    );
  }
}

function readDataset(h5: H5Library, file: bigint, path: string): H5Dataset {
  const attributes = new Map<string, H5Value>();
  readAttributes(h5, file, path, attributes);
  const metadata = h5.get_dataset_metadata(file, path);
  const value = readValue(
    h5,
    metadata,
    path,
    {
      fill: (pointer) => h5.get_dataset_data(file, path, null, null, null, BigInt(pointer)),
      reclaim: (pointer) => h5.reclaim_vlen_memory(file, path, '', BigInt(pointer)),
    },
    attributes.get('dtype') === 'bfloat16',
  );
  return { attributes, value };
}

interface Access {
  fill(pointer: number): number;
  /** Frees texts that the library allocated. */
  reclaim(pointer: number): number;
}

const [INTEGER, FLOAT, TEXT, OPAQUE, ENUM] = [0, 1, 3, 5, 8];

function readValue(
  h5: H5Library,
  metadata: H5Metadata,
  where: string,
  access: Access,
  bfloat16 = false,
): H5Value {
  const shape = metadata.shape ?? [0];
  const count = shape.reduce((n, d) => n * d, 1);
  const isText = metadata.type === TEXT;
  if (count === 0) return isText ? [] : emptyArray(metadata, shape);
  return withMemory(h5, count * metadata.size, (pointer) => {
    access.fill(pointer);
    // A copy: the library's memory may move when it grows.
    const bytes = h5.HEAPU8.slice(pointer, pointer + count * metadata.size);
    if (!isText) return readNumbers(bytes, metadata, shape, count, where, bfloat16);
    let texts: string[];
    if (metadata.vlen) {
      const pointers = new Uint32Array(bytes.buffer, 0, count);
      texts = Array.from(pointers, (p) => (p === 0 ? '' : textAt(h5, p)));
      access.reclaim(pointer);
    } else {
      texts = Array.from({ length: count }, (_, i) =>
        fixedText(bytes.subarray(i * metadata.size, (i + 1) * metadata.size)),
      );
    }
    return shape.length === 0 ? texts[0] : texts;
  });
}

/** Text up to its zero byte, whatever character set the file claims: writers store UTF-8 as ASCII. */
function textAt(h5: H5Library, pointer: number): string {
  const end = h5.HEAPU8.indexOf(0, pointer);
  return decodeText(h5.HEAPU8.slice(pointer, end), FORMAT, 'a text');
}

function fixedText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decodeText(end < 0 ? bytes : bytes.subarray(0, end), FORMAT, 'a text');
}

function readNumbers(
  bytes: Uint8Array,
  { type, size, signed, enum_type }: H5Metadata,
  shape: readonly number[],
  count: number,
  where: string,
  bfloat16: boolean,
): NDArray {
  const array = (dtype: DType, data: NDArray['data']): NDArray => ({
    data,
    shape: [...shape],
    dtype,
  });
  if (type === FLOAT && size === 4)
    return array('float32', new Float32Array(bytes.buffer, 0, count));
  if (type === FLOAT && size === 8)
    return array('float64', new Float64Array(bytes.buffer, 0, count));
  if (size === 2 && (bfloat16 || (type === OPAQUE && where !== ''))) {
    return array('float32', bfloat16ToFloat32(new Uint16Array(bytes.buffer, 0, count)));
  }
  if (type === FLOAT && size === 2) {
    return array('float32', float16ToFloat32(new Uint16Array(bytes.buffer, 0, count)));
  }
  if (type === ENUM && size === 1 && isBoolean(enum_type)) return array('bool', bytes);
  if (type === INTEGER || type === ENUM) {
    return array('int32', readIntegers(bytes, size, signed, count, where));
  }
  return refuse(
    FORMAT,
    `'${where}' holds values of the class ${type}, which are not numbers or text`,
  );
}

function isBoolean(type: H5Metadata['enum_type']): boolean {
  return type !== undefined && type.members.FALSE === 0 && type.members.TRUE === 1;
}

function readIntegers(
  bytes: Uint8Array,
  size: number,
  signed: boolean,
  count: number,
  where: string,
): Int32Array {
  const out = allocate('int32', count) as Int32Array;
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i++) {
    const at = i * size;
    let value: number;
    if (size === 1) value = signed ? view.getInt8(at) : view.getUint8(at);
    else if (size === 2) value = signed ? view.getInt16(at, true) : view.getUint16(at, true);
    else if (size === 4) value = signed ? view.getInt32(at, true) : view.getUint32(at, true);
    else value = Number(signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true));
    // Unsigned seeds keep their bits; anything wider would silently change.
    if (value > 0xffffffff || value < -0x80000000) {
      refuse(FORMAT, `'${where}' holds the integer ${value}, which has no place in 32 bits`);
    }
    out[i] = value | 0;
  }
  return out;
}

function emptyArray({ type, size }: H5Metadata, shape: readonly number[]): NDArray {
  const dtype = type === FLOAT ? (size === 8 ? 'float64' : 'float32') : 'int32';
  return { data: allocate(dtype, 0), shape: [...shape], dtype };
}
