import type { Layer } from '../../nn/layers/layer.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { refuse } from '../bytes.ts';

/**
 * Keras on PyTorch pools means with padding 'same' in its own way: where the padding is not alike on both
 * sides, the edge is repeated and counts, while on other backends padding does not count. A model that
 * was trained so computes its own numbers only so.
 */

const patched = new WeakSet<Layer>();

/** Elements of padding; a file must not claim all memory with a number. */
const LARGEST = 1 << 20;

interface AveragePooling extends Layer {
  readonly rank: number;
  readonly poolSize: readonly number[];
  readonly strides: readonly number[];
  readonly padding: string;
  readonly dataFormat: 'channelsLast' | 'channelsFirst';
}

/** Lets an average pooling layer pad as PyTorch does; other layers stay as they are. */
export function poolLikeTorch(layer: Layer): void {
  if (!/^AveragePooling\dD$/.test(layer.className)) return;
  const pooling = layer as AveragePooling;
  if (pooling.padding !== 'same') return;
  const { rank, poolSize, strides, dataFormat } = pooling;
  const first = dataFormat === 'channelsLast' ? 1 : 2;
  const pool = (x: Tensor): Tensor => {
    const pads = poolSize.map((size, i) => {
      const length = x.shape[first + i]!;
      const total = Math.max((Math.ceil(length / strides[i]) - 1) * strides[i] + size - length, 0);
      return [Math.floor(total / 2), Math.ceil(total / 2)] as const;
    });
    const [most] = pads.flat().sort((a, b) => b - a);
    if (most > LARGEST) {
      refuse('keras', `the layer '${layer.name}' pads ${most} elements, which makes no sense`);
    }
    if (pads.every(([low, high]) => low === high)) {
      return ops.averagePool(x, poolSize, strides, 'same', dataFormat);
    }
    const widths = x.shape.map((_, axis) =>
      axis >= first && axis < first + rank ? pads[axis - first] : ([0, 0] as const),
    );
    return ops.averagePool(ops.pad(x, widths, 'edge'), poolSize, strides, 'valid', dataFormat);
  };
  Object.defineProperty(layer, 'pool', { value: pool });
  patched.add(layer);
}

/** The backend that a model's numbers belong to, where that matters. */
export function backendOf(model: Layer): 'torch' | undefined {
  if (patched.has(model)) return 'torch';
  return model.sublayers().some((l) => backendOf(l) === 'torch') ? 'torch' : undefined;
}
