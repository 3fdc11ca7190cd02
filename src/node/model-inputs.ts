/** What the inputs of a model take, and arrays brought into their shape. */
import { OnnxModel } from '../formats/onnx/onnx-model.ts';
import { allocate, type DType } from '../graph/dtype.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { connectionOf } from '../nn/layers/connection.ts';
import type { InputLayer } from '../nn/layers/input.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { leavesOf } from '../tensor/tree.ts';
import { Functional } from '../training/functional.ts';
import type { Model } from '../training/model.ts';
import { Sequential } from '../training/sequential.ts';
import { UsageError } from './usage-error.ts';

/** What a model takes: the shape has null for sizes that are open, the first for the batch. */
export interface InputFacts {
  readonly name: string;
  readonly shape: readonly (number | null)[] | undefined;
  readonly dtype: DType;
}

/** The inputs of a model; one without a shape for a model that has not said. */
export function inputsOf(model: Model): readonly InputFacts[] {
  if (model instanceof OnnxModel) return model.graph.inputs;
  const known =
    model instanceof Functional || model instanceof Sequential ? model.inputs : undefined;
  const tensors: readonly Tensor[] = known === undefined ? [] : leavesOf(known, isTensor);
  if (tensors.length === 0) return [{ name: 'input', shape: undefined, dtype: 'float32' }];
  const names = model instanceof Functional ? model.inputNames : [];
  return tensors.map((tensor, i) => {
    const { batchShape: shape, name } = connectionOf(tensor)!.layer as InputLayer;
    return { name: names[i] ?? name, shape, dtype: tensor.dtype };
  });
}

export const product = (sizes: readonly number[]): number => sizes.reduce((n, d) => n * d, 1);

export const shapeText = (shape: readonly (number | null)[]): string =>
  `[${shape.map((d) => d ?? '?').join(', ')}]`;

/** The sizes of one sample with what is open filled in for `size` numbers; undefined if none fits. */
function fillSample(shape: readonly (number | null)[], size: number): number[] | undefined {
  const given = product(shape.map((d) => d ?? 1));
  const open = shape.filter((d) => d === null).length;
  if (open === 0) return given === size ? (shape as number[]) : undefined;
  if (open > 1 || given === 0 || size % given !== 0) return undefined;
  return shape.map((d) => d ?? size / given);
}

/** An array as a batch of samples of an input. */
export function fitArray(array: NDArray, input: InputFacts, what: string): NDArray {
  const { shape, dtype } = input;
  const cast = castTo(array, dtype, what);
  if (!shape) return cast;
  const sample = shape.slice(1);
  const fits = (sizes: readonly number[]): boolean =>
    sizes.length === sample.length && sample.every((d, i) => d === null || d === sizes[i]);
  if (fits(cast.shape.slice(1)) && cast.shape.length > 0) return cast;
  if (fits(cast.shape)) return { ...cast, shape: [1, ...cast.shape] };
  const [count = 1] = cast.shape;
  const filled = count > 0 ? fillSample(sample, cast.data.length / count) : undefined;
  if (filled) return { ...cast, shape: [count, ...filled] };
  const single = sample.includes(null) ? undefined : fillSample(sample, cast.data.length);
  if (single) return { ...cast, shape: [1, ...single] };
  throw new UsageError(
    `${what} is ${shapeText(array.shape)}; the input "${input.name}" of the model takes ${shapeText(shape)}`,
  );
}

function castTo(array: NDArray, dtype: DType, what: string): NDArray {
  if (array.dtype === dtype) return array;
  if (dtype === 'int32') {
    const broken = array.data.find((v) => !Number.isInteger(v));
    if (broken !== undefined) {
      throw new UsageError(`${what} holds ${broken}; the model takes whole numbers there`);
    }
  }
  const data = allocate(dtype, array.data.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = dtype === 'bool' ? Number(array.data[i] !== 0) : array.data[i];
  }
  return { data, shape: array.shape, dtype };
}
