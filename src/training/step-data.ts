import type { NDArray } from '../graph/ndarray.ts';
import { leafOf } from '../tensor/evaluate.ts';
import { Tensor } from '../tensor/tensor.ts';
import { type ArrayTree, arraysOf, type ModelData, mapArrays, type Signature } from './arrays.ts';
import type { Batch } from './batches.ts';
import type { OutputTree } from './outputs.ts';
import { loadArrays, type SourceOptions } from './source.ts';

/** What a step works on: tensors of one batch. */
export interface StepData {
  readonly x: any;
  readonly y?: OutputTree<Tensor>;
  readonly sampleWeight?: OutputTree<Tensor>;
  /** Number of samples, a float32 scalar. */
  readonly size: Tensor;
}

const sizes = new Map<number, Tensor>();

function sizeTensor(size: number): Tensor {
  let tensor = sizes.get(size);
  if (!tensor) {
    tensor = new Tensor(leafOf(Float32Array.of(size), [], 'float32'));
    sizes.set(size, tensor);
  }
  return tensor;
}

const asTensor = ({ data, shape, dtype }: NDArray): Tensor =>
  new Tensor(leafOf(data, shape, dtype));
const asTensors = (tree: ArrayTree | undefined): any =>
  tree === undefined ? undefined : mapArrays(tree, asTensor);

export function stepData(batch: Batch): StepData {
  return {
    x: asTensors(batch.x),
    y: asTensors(batch.y),
    sampleWeight: asTensors(batch.sampleWeight),
    size: sizeTensor(batch.size),
  };
}

/** One batch from arrays. */
export async function batchTensors(
  what: string,
  x: ModelData,
  y: ModelData | undefined,
  options: SourceOptions,
  signature?: Signature,
): Promise<StepData> {
  const data = await loadArrays(what, x, y, options, signature);
  return stepData({ ...data, size: arraysOf(data.x)[0].shape[0] });
}
