import { bytesPerElement } from '../../graph/dtype.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { encodeText, refuse } from '../bytes.ts';
import { type H5Library, withLibrary, withMemory } from './library.ts';
import { FORMAT } from './source.ts';
import type { H5Group, H5Value } from './tree.ts';

/**
 * A tree as an HDF5 file, laid out as h5py lays it out by default: superblock 0, classic groups,
 * contiguous values without filters, texts of variable length.
 */
export async function writeHdf5(root: H5Group): Promise<Uint8Array> {
  return withLibrary((library) => {
    const name = '/out.h5';
    const { H5F_ACC_TRUNC, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST } = library;
    const file = library.open(name, H5F_ACC_TRUNC, false, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
    try {
      try {
        writeGroup(library, file, '', root);
      } finally {
        library.close_file(file);
      }
      return library.FS.readFile(name);
    } finally {
      library.FS.unlink(name);
    }
  });
}

function writeGroup(h5: H5Library, file: bigint, path: string, group: H5Group): void {
  for (const [name, value] of group.attributes) writeAttribute(h5, file, path || '/', name, value);
  for (const [name, { value, attributes }] of group.datasets) {
    const inner = `${path}/${expectName(name)}`;
    writeDataset(h5, file, inner, value);
    for (const [attribute, v] of attributes) writeAttribute(h5, file, inner, attribute, v);
  }
  for (const [name, inner] of group.groups) {
    const innerPath = `${path}/${expectName(name)}`;
    h5.create_group(file, innerPath, false);
    writeGroup(h5, file, innerPath, inner);
  }
}

function expectName(name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) {
    refuse(
      FORMAT,
      `'${name}' cannot be the name of a group or data set; rename the layer or weight`,
    );
  }
  return name;
}

const [INTEGER, FLOAT, TEXT] = [0, 1, 3];
const [ASCII, UTF8] = [0, 1];

/** HDF5's ASCII; characters beyond it are stored as UTF-8. */
const isAscii = (text: string): boolean => encodeText(text).length === text.length;

function numberType({ dtype }: NDArray): object {
  const float = dtype === 'float32' || dtype === 'float64';
  return {
    type: float ? FLOAT : INTEGER,
    size: bytesPerElement[dtype],
    signed: dtype === 'int32',
    vlen: false,
    littleEndian: true,
  };
}

function extent(shape: readonly number[]): object {
  const dims = shape.map(BigInt);
  return { shape: dims, maxshape: dims, chunks: null };
}

function withBytes<T>(h5: H5Library, { data }: NDArray, use: (pointer: bigint) => T): T {
  return withMemory(h5, data.byteLength, (pointer) => {
    h5.HEAPU8.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), pointer);
    return use(BigInt(pointer));
  });
}

function writeDataset(h5: H5Library, file: bigint, path: string, value: H5Value): void {
  if (typeof value === 'string' || Array.isArray(value)) {
    refuse(FORMAT, `'${path}' is text; only numbers are written as data sets`);
  }
  const array = value as NDArray;
  withBytes(h5, array, (pointer) =>
    h5.create_dataset(file, path, pointer, { ...numberType(array), ...extent(array.shape) }),
  );
}

/** An attribute must fit into an object header. */
const ATTRIBUTE_LIMIT = 64512;

function writeAttribute(
  h5: H5Library,
  file: bigint,
  path: string,
  name: string,
  value: H5Value,
): void {
  if (typeof value === 'string' || Array.isArray(value)) {
    const texts: readonly string[] = typeof value === 'string' ? [value] : (value as string[]);
    // Each text takes 16 bytes here; the letters lie elsewhere.
    if (texts.length * 16 > ATTRIBUTE_LIMIT) {
      refuse(
        FORMAT,
        `the attribute '${name}' has ${texts.length} texts, too many for one attribute`,
      );
    }
    const cset = texts.every(isAscii) ? ASCII : UTF8;
    h5.create_vlen_str_attribute(file, path, name, texts, {
      type: TEXT,
      size: 4,
      signed: false,
      vlen: true,
      littleEndian: true,
      cset,
      ...extent(typeof value === 'string' ? [] : [texts.length]),
    });
    return;
  }
  const array = value as NDArray;
  if (array.data.byteLength > ATTRIBUTE_LIMIT) {
    refuse(
      FORMAT,
      `the attribute '${name}' has ${array.data.byteLength} bytes, too many for one attribute`,
    );
  }
  withBytes(h5, array, (pointer) =>
    h5.create_attribute(file, path, name, pointer, {
      ...numberType(array),
      ...extent(array.shape),
    }),
  );
}

/**
 * Texts as Keras stores a list of names: one attribute, or `name0`, `name1`, ... where they would be too
 * large for one; an empty list is a float64 array without elements.
 */
export function setNames(
  attributes: Map<string, H5Value>,
  name: string,
  texts: readonly string[],
): void {
  if (texts.length === 0) {
    attributes.set(name, { data: new Float64Array(0), shape: [0], dtype: 'float64' });
    return;
  }
  const width = Math.max(...texts.map((t) => encodeText(t).length), 1);
  if (width * texts.length <= ATTRIBUTE_LIMIT) {
    attributes.set(name, [...texts]);
    return;
  }
  const parts = Math.ceil((width * texts.length) / ATTRIBUTE_LIMIT);
  const size = Math.ceil(texts.length / parts);
  for (let part = 0; part * size < texts.length; part++) {
    attributes.set(`${name}${part}`, texts.slice(part * size, (part + 1) * size));
  }
}
