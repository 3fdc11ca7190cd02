import { fail } from '../../../graph/errors.ts';
import { normalizeAxis } from '../../../graph/shape.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { Layer, type LayerOptions, type TensorShape } from '../layer.ts';
import { expectTensors } from './merge.ts';

export interface ConcatenateOptions extends LayerOptions {
  /** The axis along which the inputs follow one another; the last by default. */
  readonly axis?: number;
}

/** The inputs one behind the other along an axis. All other axes must have the same size. */
export class Concatenate extends Layer {
  static readonly className = 'Concatenate';
  readonly axis: number;

  constructor(options: ConcatenateOptions = {}) {
    super(options);
    this.axis = options.axis ?? -1;
    this.supportsMasking = true;
  }

  override build(inputShapes: TensorShape[]): void {
    if (inputShapes.length === 0 || !inputShapes.every(Array.isArray)) {
      fail('concatenate', 'received one tensor; expected a list of them: call([a, b])');
    }
    const [first] = inputShapes;
    const axis = normalizeAxis('concatenate', this.axis, first.length);
    const fits = inputShapes.every(
      (s) => s.length === first.length && s.every((d, i) => i === axis || d === first[i]),
    );
    if (!fits) {
      fail(
        'concatenate',
        `the inputs ${inputShapes.map((s) => `[${s.map((d) => d ?? 'batch').join(', ')}]`).join(' and ')} may differ along axis ${this.axis} only`,
      );
    }
  }

  call(inputs: readonly Tensor[]): Tensor {
    expectTensors(this, inputs);
    return ops.concatenate(inputs, this.axis);
  }

  /** The masks one behind the other; an input without one is real throughout. */
  override computeMask(inputs: readonly Tensor[], mask: any): Tensor | undefined {
    if (!Array.isArray(mask) || mask.every((m) => !m)) return undefined;
    const masks = inputs.map((x, i): Tensor => {
      const m: Tensor | undefined = mask[i];
      if (!m) return ops.onesLike(x, 'bool');
      return m.rank < x.rank ? ops.broadcastTo(ops.expandDims(m, -1), x.node.shape) : m;
    });
    return ops.any(ops.concatenate(masks, this.axis), -1);
  }

  override getConfig() {
    return { ...super.getConfig(), axis: this.axis };
  }
}
