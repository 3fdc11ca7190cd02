import { ByteReader, damaged } from '../bytes.ts';

/**
 * The protocol-buffer wire format, for reading: a message is a run of fields, each with a number, a kind
 * and a value. Lengths are checked against the message they are in.
 */

export const FORMAT = 'onnx';

export type Field =
  | { readonly number: number; readonly kind: 'varint'; readonly value: bigint }
  | { readonly number: number; readonly kind: 'fixed'; readonly bytes: Uint8Array }
  | { readonly number: number; readonly kind: 'bytes'; readonly bytes: Uint8Array };

function varint(r: ByteReader): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = r.u8();
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return BigInt.asUintN(64, value);
  }
  return damaged(FORMAT, `a number at byte ${r.at} has no end`);
}

/** The fields of a message in order. */
export function* readFields(bytes: Uint8Array): Generator<Field> {
  const r = new ByteReader(bytes, FORMAT);
  while (r.remaining > 0) {
    const key = varint(r);
    const number = Number(key >> 3n);
    if (number === 0 || number > 536_870_911) damaged(FORMAT, `a field has the number ${number}`);
    switch (Number(key & 7n)) {
      case 0:
        yield { number, kind: 'varint', value: varint(r) };
        break;
      case 1:
        yield { number, kind: 'fixed', bytes: r.slice(8) };
        break;
      case 2: {
        const length = varint(r);
        if (length > BigInt(r.remaining)) {
          damaged(FORMAT, `a part of ${length} bytes is expected; ${r.remaining} follow`);
        }
        yield { number, kind: 'bytes', bytes: r.slice(Number(length)) };
        break;
      }
      case 5:
        yield { number, kind: 'fixed', bytes: r.slice(4) };
        break;
      default:
        damaged(FORMAT, `a field of an unknown kind stands at byte ${r.at}`);
    }
  }
}

/** A signed 64-bit number; beyond 2^53 it is no size and no index. */
export function signed(value: bigint): number {
  const n = BigInt.asIntN(64, value);
  if (n > BigInt(Number.MAX_SAFE_INTEGER)) return Number.MAX_SAFE_INTEGER;
  if (n < -BigInt(Number.MAX_SAFE_INTEGER)) return -Number.MAX_SAFE_INTEGER;
  return Number(n);
}

/** Repeated numbers may come one by one or packed into one field. */
export function appendVarints(field: Field, into: number[]): void {
  if (field.kind === 'varint') into.push(signed(field.value));
  else if (field.kind === 'bytes') {
    const r = new ByteReader(field.bytes, FORMAT);
    while (r.remaining > 0) into.push(signed(varint(r)));
  }
}

export function appendFloats(field: Field, into: number[]): void {
  if (field.kind === 'varint') return;
  const { bytes } = field;
  if (bytes.length % 4 !== 0) damaged(FORMAT, 'a list of floats is cut');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += 4) into.push(view.getFloat32(at, true));
}

export function appendDoubles(field: Field, into: number[]): void {
  if (field.kind === 'varint') return;
  const { bytes } = field;
  if (bytes.length % 8 !== 0) damaged(FORMAT, 'a list of doubles is cut');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += 8) into.push(view.getFloat64(at, true));
}
