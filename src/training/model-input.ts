import { fail } from '../graph/errors.ts';
import { formatShape } from '../graph/shape.ts';
import type { InputLayer } from '../nn/layers/input.ts';
import { withMask } from '../nn/layers/layer.ts';
import { describeValue } from '../nn/options.ts';
import { ops } from '../tensor/lift.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';

/**
 * A tensor in the rank and dtype in which a model takes an input. A last axis of size 1 may be missing or
 * too much, as for pictures without an axis of channels.
 */
export function fitInput(
  tensor: Tensor,
  layer: InputLayer,
  { model, input }: { readonly model: string; readonly input: string },
): Tensor {
  const expected = layer.batchShape;
  if (!isTensor(tensor)) {
    fail(
      `model '${model}'`,
      `${input} is ${describeValue(tensor)}; expected one tensor [${expected.map((d) => d ?? 'batch').join(', ')}]`,
    );
  }
  let fitted: Tensor = tensor;
  if (tensor.rank === expected.length - 1 && expected.at(-1) === 1) {
    fitted = ops.expandDims(tensor, -1);
  } else if (tensor.rank === expected.length + 1 && tensor.shape.at(-1) === 1) {
    fitted = ops.squeeze(tensor, -1);
  }
  const { shape } = fitted;
  const fits =
    shape.length === expected.length &&
    expected.every((d, axis) => d === null || axis === 0 || d === shape[axis]);
  if (!fits) {
    const wanted = expected.map((d) => d ?? 'batch').join(', ');
    const single = tensor.rank === expected.length - 1;
    fail(
      `model '${model}'`,
      `${input} is ${formatShape(tensor.node.shape)}; expected [${wanted}]${single ? '; a single sample needs the batch axis too: [sample]' : ''}`,
    );
  }
  return withMask(fitted.cast(layer.dtype), tensor);
}
