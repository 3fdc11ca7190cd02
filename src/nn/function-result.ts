import { fail } from '../graph/errors.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';

/** What a function of the user returned as a loss or metric: a tensor; `what` names it in the error. */
export function expectTensor(what: string, values: unknown): Tensor {
  if (isTensor(values)) return values;
  return fail(
    what,
    `the function returned ${values instanceof Promise ? 'a promise' : typeof values}; expected a tensor of one number a sample`,
  );
}
