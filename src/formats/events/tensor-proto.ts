import { damaged, encodeText, refuse } from '../bytes.ts';
import type { Field, MessageWriter } from './wire.ts';

/**
 * TensorFlow's TensorProto, the form in which summaries hold numbers and text: a type, a shape, and the
 * elements either as raw little-endian bytes or as a list whose last entry stands for all that are missing.
 */

export interface NumberTensor {
  readonly kind: 'numbers';
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** Strings are bytes: text, or images in their file format. */
export interface StringTensor {
  readonly kind: 'strings';
  readonly shape: readonly number[];
  readonly values: readonly Uint8Array[];
}

export type TensorValue = NumberTensor | StringTensor;

const FLOAT = 1;
const DOUBLE = 2;
const STRING = 7;

/** Elements that a summary may have; far more than any has, far fewer than fill the memory. */
const MAX_ELEMENTS = 2 ** 24;

/** How the elements of each type are read: from raw bytes, and the field and form of the list. */
const numberTypes: Readonly<
  Record<
    number,
    {
      readonly width: number;
      readonly field: number;
      readonly kind: 'varint' | 'float' | 'double';
      readonly read: (view: DataView, at: number) => number;
    }
  >
> = {
  [FLOAT]: { width: 4, field: 5, kind: 'float', read: (v, at) => v.getFloat32(at, true) },
  [DOUBLE]: { width: 8, field: 6, kind: 'double', read: (v, at) => v.getFloat64(at, true) },
  3: { width: 4, field: 7, kind: 'varint', read: (v, at) => v.getInt32(at, true) },
  4: { width: 1, field: 7, kind: 'varint', read: (v, at) => v.getUint8(at) },
  5: { width: 2, field: 7, kind: 'varint', read: (v, at) => v.getInt16(at, true) },
  6: { width: 1, field: 7, kind: 'varint', read: (v, at) => v.getInt8(at) },
  9: { width: 8, field: 10, kind: 'varint', read: (v, at) => Number(v.getBigInt64(at, true)) },
  10: { width: 1, field: 11, kind: 'varint', read: (v, at) => v.getUint8(at) },
};

function writeShape(writer: MessageWriter, shape: readonly number[]): void {
  writer.message(2, (s) => {
    for (const size of shape) s.message(2, (d) => d.integer(1, size));
  });
}

/** One float32. */
export function scalarTensor(value: number): (writer: MessageWriter) => void {
  return (w) => {
    w.integer(1, FLOAT);
    writeShape(w, []);
    w.bytes(4, new Uint8Array(Float32Array.of(value).buffer));
  };
}

export function doubleTensor(
  shape: readonly number[],
  values: Float64Array,
): (writer: MessageWriter) => void {
  return (w) => {
    w.integer(1, DOUBLE);
    writeShape(w, shape);
    const bytes = new Uint8Array(8 * values.length);
    const view = new DataView(bytes.buffer);
    values.forEach((x, i) => {
      view.setFloat64(8 * i, x, true);
    });
    w.bytes(4, bytes);
  };
}

export function stringTensor(
  shape: readonly number[],
  values: readonly (string | Uint8Array)[],
): (writer: MessageWriter) => void {
  return (w) => {
    w.integer(1, STRING);
    writeShape(w, shape);
    for (const value of values) {
      w.bytes(8, typeof value === 'string' ? encodeText(value) : value);
    }
  };
}

function readShape(field: Field): number[] {
  const shape: number[] = [];
  for (const dim of field.fields) {
    if (dim.number !== 2) continue;
    let size = 0;
    for (const part of dim.fields) if (part.number === 1) size = part.value;
    shape.push(size);
  }
  return shape;
}

function countElements(shape: readonly number[], format: string): number {
  const count = shape.reduce((n, d) => n * d, 1);
  if (!(count >= 0 && count <= MAX_ELEMENTS) || shape.some((d) => d < 0)) {
    refuse(format, `a summary has the shape [${shape.join(', ')}]; no chart has so many elements`);
  }
  return count;
}

export function readTensor(fields: Iterable<Field>, format: string): TensorValue {
  const all = [...fields];
  const of = (number: number) => all.filter((f) => f.number === number);
  const dtype = of(1).at(-1)?.value ?? 0;
  const shapeField = of(2).at(-1);
  const shape = shapeField ? readShape(shapeField) : [];
  const count = countElements(shape, format);
  if (dtype === STRING) {
    const values = of(8).map((f) => f.bytes);
    if (values.length !== count && values.length !== 1) {
      damaged(format, `${values.length} strings for ${count} elements`);
    }
    const last = values.at(-1) ?? new Uint8Array(0);
    return {
      kind: 'strings',
      shape,
      values: Array.from({ length: count }, (_, i) => values[i] ?? last),
    };
  }
  const type = numberTypes[dtype];
  if (!type) refuse(format, `a summary has elements of the type ${dtype}, which is not supported`);
  const content = of(4).at(-1)?.bytes;
  if (content && content.length > 0) {
    if (content.length !== count * type.width) {
      damaged(format, `${content.length} bytes for ${count} elements of ${type.width}`);
    }
    const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    const values = Float64Array.from({ length: count }, (_, i) => type.read(view, i * type.width));
    return { kind: 'numbers', shape, values };
  }
  const listed = of(type.field).flatMap((f) => f.list(type.kind));
  const fill = listed.at(-1) ?? 0;
  const values = Float64Array.from({ length: count }, (_, i) => listed[i] ?? fill);
  return { kind: 'numbers', shape, values };
}
