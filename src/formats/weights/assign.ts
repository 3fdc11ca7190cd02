import { allocate, toTypedArray } from '../../graph/dtype.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { formatShape, sameShape } from '../../graph/shape.ts';
import type { Layer } from '../../nn/layers/layer.ts';
import type { Variable } from '../../tensor/variable.ts';
import { refuse } from '../bytes.ts';

/** Values from files into variables: all of them are checked before any is assigned. */

export const FORMAT = 'weights';

/** One value and where it belongs. */
export interface Assignment {
  readonly variable: Variable;
  readonly value: NDArray;
  /** Names the variable in messages. */
  readonly where: string;
}

/** The values as the variable's dtype stores them, in an array of their own. */
function converted({ data, dtype }: NDArray, variable: Variable): NDArray {
  let own = dtype === variable.dtype ? data : toTypedArray(variable.dtype, data);
  if (own === data) {
    own = allocate(variable.dtype, data.length);
    own.set(data);
  }
  return { data: own, shape: variable.shape, dtype: variable.dtype };
}

export function assignAll(assignments: readonly Assignment[]): void {
  for (const { variable, value, where } of assignments) {
    if (!sameShape(variable.shape, value.shape)) {
      refuse(
        FORMAT,
        `${where} is ${formatShape(variable.shape)} in the model and ${formatShape(value.shape)} in the file; build the model that the file was saved from`,
      );
    }
  }
  for (const { variable, value } of assignments) variable.assign(converted(value, variable));
}

/** Weights in the order of Keras's legacy files: first what is trained, then the rest. */
export function legacyOrder(layer: Layer): Variable[] {
  return [...layer.trainableWeights, ...layer.nonTrainableWeights];
}
