import { damaged, refuse } from '../bytes.ts';
import type { Source } from './source.ts';

/**
 * Datatype messages of HDF5 (File Format Specification 3.0, IV.A.2.d), as far as model files use them:
 * numbers in their usual formats, text of fixed and of variable length, enumerations (how h5py stores
 * booleans) and opaque bytes (how it stores bfloat16).
 */

export interface Datatype {
  readonly kind: 'integer' | 'float' | 'text' | 'opaque' | 'enum' | 'variable';
  /** Bytes of one element in the file. */
  readonly size: number;
  /** Bytes of one element of a variable-length sequence. */
  readonly baseSize: number;
}

const [FIXED, FLOAT, STRING, OPAQUE, ENUM, VARIABLE] = [0, 1, 3, 5, 8, 9];
const otherKinds: Readonly<Record<number, string>> = {
  2: 'times',
  4: 'bit fields',
  6: 'compound records',
  7: 'references',
  10: 'array elements',
};

/** [bit offset, precision, exponent location, exponent size, mantissa location, mantissa size, bias] */
const floatLayouts: Readonly<Record<number, readonly (readonly number[])[]>> = {
  2: [
    [0, 16, 10, 5, 0, 10, 15],
    [0, 16, 7, 8, 0, 7, 127],
  ],
  4: [[0, 32, 23, 8, 0, 23, 127]],
  8: [[0, 64, 52, 11, 0, 52, 1023]],
};

export function readDatatype(r: Source): Datatype {
  const classAndVersion = r.u8();
  const version = classAndVersion >> 4;
  const kind = classAndVersion & 15;
  const bits = r.uint(3);
  const size = r.u32();
  if (version < 1 || version > 5) damaged(r.format, `a datatype has the version ${version}`);
  if (size === 0) damaged(r.format, 'a datatype has no size');
  switch (kind) {
    case FIXED: {
      const [offset, precision] = [r.u16(), r.u16()];
      if (![1, 2, 4, 8].includes(size) || offset !== 0 || precision !== size * 8) {
        refuse(r.format, `integers of ${precision} bits in ${size} bytes are not supported`);
      }
      return { kind: 'integer', size, baseSize: size };
    }
    case FLOAT: {
      const layout = [r.u16(), r.u16(), r.u8(), r.u8(), r.u8(), r.u8(), r.u32()];
      const known = floatLayouts[size]?.some((l) => l.every((v, i) => v === layout[i]));
      // Bit 6 set would mean VAX order; the padding bits and the place of the sign are fixed as well.
      if (!known || (bits & 0x40) !== 0 || ((bits >> 8) & 255) !== size * 8 - 1) {
        refuse(r.format, `numbers in an unusual float format of ${size} bytes are not supported`);
      }
      return { kind: 'float', size, baseSize: size };
    }
    case STRING:
      if ((bits & 15) > 2 || ((bits >> 4) & 15) > 1) damaged(r.format, 'a text type is unknown');
      return { kind: 'text', size, baseSize: size };
    case OPAQUE:
      r.take(bits & 255);
      return { kind: 'opaque', size, baseSize: size };
    case ENUM: {
      const count = bits & 0xffff;
      const base = readDatatype(r);
      if (base.kind !== 'integer' || base.size !== size) {
        damaged(r.format, 'an enumeration is not based on integers of its size');
      }
      for (let i = 0; i < count; i++) {
        const length = r.terminated() + 1;
        if (version < 3) r.take((8 - (length % 8)) % 8);
      }
      r.take(count * size);
      return { kind: 'enum', size, baseSize: size };
    }
    case VARIABLE: {
      const text = (bits & 15) === 1;
      const base = readDatatype(r);
      const plain = base.kind === 'integer' || base.kind === 'text' || base.kind === 'float';
      if (size !== 16 || !plain || (text && base.size !== 1)) {
        refuse(r.format, 'a variable-length type of an unusual kind is not supported');
      }
      return { kind: 'variable', size, baseSize: base.size };
    }
    default:
      return refuse(
        r.format,
        `it holds ${otherKinds[kind] ?? `values of the unknown class ${kind}`}, which model files do not use`,
      );
  }
}
