import { fail } from '../../graph/errors.ts';
import type { Attributes, Primitive, ValueType } from '../../graph/node.ts';
import { broadcastShapes, formatShape } from '../../graph/shape.ts';

/** Shape and dtype rules that several primitives share. */

export function primitive<A extends Attributes>(record: Primitive<A>): Primitive<A> {
  return record;
}

export function describe(value: ValueType): string {
  return `${value.dtype} ${formatShape(value.shape)}`;
}

export function expectInputs(name: string, inputs: readonly ValueType[], count: number): void {
  if (inputs.length !== count) {
    fail(name, `received ${inputs.length} inputs; expected ${count}`);
  }
}

export function expectSameDType(name: string, inputs: readonly ValueType[]): void {
  for (const input of inputs) {
    if (input.dtype !== inputs[0].dtype) {
      fail(
        name,
        `data types differ: ${inputs.map(describe).join(' and ')}; cast one side, for example with cast(x, '${inputs[0].dtype}')`,
      );
    }
  }
}

export function expectDType(name: string, input: ValueType, allowed: readonly string[]): void {
  if (!allowed.includes(input.dtype)) {
    fail(
      name,
      `received ${describe(input)}; expected dtype ${allowed.join(' or ')}; cast it first`,
    );
  }
}

export const FLOATS = ['float32', 'float64'] as const;
export const NUMBERS = ['float32', 'float64', 'int32'] as const;

/** One input; the result has its shape and dtype. */
export function unary(name: string, doc: string, allowed: readonly string[] = FLOATS) {
  return primitive<{}>({
    name,
    doc,
    shape: (inputs) => {
      expectInputs(name, inputs, 1);
      expectDType(name, inputs[0], allowed);
      return { shape: inputs[0].shape, dtype: inputs[0].dtype };
    },
  });
}

/** Two inputs of one dtype that broadcast; the result has that dtype unless `dtype` says otherwise. */
export function binary(
  name: string,
  doc: string,
  {
    allowed = NUMBERS as readonly string[],
    result,
  }: { allowed?: readonly string[]; result?: 'bool' } = {},
) {
  return primitive<{}>({
    name,
    doc,
    shape: (inputs) => {
      expectInputs(name, inputs, 2);
      expectSameDType(name, inputs);
      expectDType(name, inputs[0], allowed);
      return {
        shape: broadcastShapes(name, inputs[0].shape, inputs[1].shape),
        dtype: result ?? inputs[0].dtype,
      };
    },
  });
}
