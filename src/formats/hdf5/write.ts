import { bytesPerElement } from '../../graph/dtype.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { encodeText, refuse } from '../bytes.ts';
import { type H5Library, withLibrary, withMemory } from './library.ts';
import { FORMAT } from './source.ts';
import type { GroupBuilder, H5Group, H5Value } from './tree.ts';

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
  for (const [name, value] of group.attributes) {
    const owner = path || '/';
    if (group.fixedTexts?.has(name)) writeFixedTexts(h5, file, owner, name, value as string[]);
    else writeAttribute(h5, file, owner, name, value);
  }
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
/** Bytes of a text of variable length; its letters lie elsewhere. */
const VARIABLE_TEXT = 16;

function writeAttribute(
  h5: H5Library,
  file: bigint,
  path: string,
  name: string,
  value: H5Value,
): void {
  if (typeof value === 'string' || Array.isArray(value)) {
    const texts: readonly string[] = typeof value === 'string' ? [value] : (value as string[]);
    if (texts.length * VARIABLE_TEXT > ATTRIBUTE_LIMIT) {
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

/** Texts side by side in as many bytes each as the longest needs, as NumPy holds them. */
function writeFixedTexts(
  h5: H5Library,
  file: bigint,
  path: string,
  name: string,
  texts: readonly string[],
): void {
  const encoded = texts.map(encodeText);
  const size = widthOf(encoded);
  const bytes = new Uint8Array(size * texts.length);
  encoded.forEach((text, i) => {
    bytes.set(text, i * size);
  });
  const type = { type: TEXT, size, signed: false, vlen: false, littleEndian: true, cset: ASCII };
  withMemory(h5, bytes.length, (pointer) => {
    h5.HEAPU8.set(bytes, pointer);
    h5.create_attribute(file, path, name, BigInt(pointer), { ...type, ...extent([texts.length]) });
  });
}

const widthOf = (encoded: readonly Uint8Array[]): number =>
  Math.max(...encoded.map((t) => t.length), 1);

/** NumPy's `array_split`: the first parts are one longer where the length cannot be divided. */
function splitEvenly<T>(list: readonly T[], parts: number): T[][] {
  const [size, longer] = [Math.floor(list.length / parts), list.length % parts];
  return Array.from({ length: parts }, (_, i) => {
    const start = i * size + Math.min(i, longer);
    return list.slice(start, start + size + (i < longer ? 1 : 0));
  });
}

/**
 * Texts as Keras stores a list of names: one attribute of texts of variable length; `name0`, `name1`, ...
 * of a fixed one where they would be too large for one; an empty list is a float64 array without elements.
 */
export function setNames(group: GroupBuilder, name: string, texts: readonly string[]): void {
  const { attributes, fixedTexts } = group;
  if (texts.length === 0) {
    attributes.set(name, { data: new Float64Array(0), shape: [0], dtype: 'float64' });
    return;
  }
  // As in NumPy's arrays, all are as wide as the longest.
  const width = widthOf(texts.map(encodeText));
  const tooLarge = (list: readonly string[]) => list.length * width > ATTRIBUTE_LIMIT;
  if (width > ATTRIBUTE_LIMIT) {
    refuse(FORMAT, `a name of ${width} bytes is too long for an attribute; rename the layer`);
  }
  if (!tooLarge(texts) && texts.length * VARIABLE_TEXT <= ATTRIBUTE_LIMIT) {
    attributes.set(name, [...texts]);
    return;
  }
  let parts = 1;
  while (splitEvenly(texts, parts).some(tooLarge)) parts++;
  splitEvenly(texts, parts).forEach((part, i) => {
    const numbered = parts === 1 ? name : `${name}${i}`;
    attributes.set(numbered, part);
    fixedTexts.add(numbered);
  });
}
