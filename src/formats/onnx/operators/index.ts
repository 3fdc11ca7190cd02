import type { Operator, OperatorTable } from './context.ts';
import { elementwise } from './elementwise.ts';
import { recurrentOperators } from './recurrent.ts';
import { reducingOperators } from './reducing.ts';
import { shaping } from './shaping.ts';
import { windows } from './windows.ts';

/** The operators of ONNX, by name, as compositions of our own; with the few of ONNX Runtime that files hold. */
const operators: OperatorTable = {
  ...elementwise,
  ...shaping,
  ...reducingOperators,
  ...windows,
  ...recurrentOperators,
};

export function findOperator(domain: string, op: string): Operator | undefined {
  if (domain !== '' && domain !== 'com.microsoft') return undefined;
  return Object.hasOwn(operators, op) ? operators[op] : undefined;
}
