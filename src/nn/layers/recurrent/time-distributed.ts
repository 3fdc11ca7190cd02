import { fail } from '../../../graph/errors.ts';
import { multiplyDims } from '../../../graph/shape.ts';
import { concatenate, reshape } from '../../../ops/build.ts';
import { isTensor, Tensor } from '../../../tensor/tensor.ts';
import { mapTree } from '../../../tensor/tree.ts';
import { buildLayer, Wrapper, type WrapperOptions } from '../core/wrapper.ts';
import type { CallOptions, Layer, TensorShape } from '../layer.ts';
import { setMask } from '../mask.ts';
import { BatchNormalization } from '../normalization/batch-normalization.ts';
import { at } from './cell.ts';
import { stepsFirst } from './rnn.ts';

/**
 * A layer applied to every step of [batch, steps, ...] by itself. Steps are treated as further samples of
 * one call; only batch normalization in training sees one step at a time, since its statistics depend on
 * it.
 */
export class TimeDistributed extends Wrapper {
  static override readonly className = 'TimeDistributed';

  constructor(options: WrapperOptions) {
    super(options);
    this.supportsMasking = true;
  }

  override build(inputShape: TensorShape): void {
    if (inputShape.length < 3) {
      fail(
        'timeDistributed',
        `received the input shape [${inputShape.map((d) => d ?? 'batch').join(', ')}]; expected [batch, steps, ...] with three axes or more`,
      );
    }
    buildLayer(this.layer, [inputShape[0], ...inputShape.slice(2)]);
  }

  override call(x: Tensor, { training, mask }: CallOptions = {}): any {
    const [batch, steps] = x.node.shape;
    if (mask && (mask.node.shape[0] !== batch || mask.node.shape[1] !== steps)) {
      fail(
        'timeDistributed',
        `the mask is [${mask.shape.join(', ')}]; expected [batch, steps, ...] of the input [${x.shape.join(', ')}]`,
      );
    }
    if (training && hasBatchStatistics(this.layer)) return this.#byStep(x, mask);
    const join = (t: Tensor) => {
      const [, , ...rest] = t.node.shape;
      return new Tensor(reshape(t.node, [multiplyDims('timeDistributed', batch, steps), ...rest]));
    };
    const outputs = this.layer.call(carrying(join(x), mask && join(mask)), { training });
    return mapTree(outputs, isTensor, (t) => {
      const [, ...rest] = t.node.shape;
      return new Tensor(reshape(t.node, [batch, steps, ...rest]));
    });
  }

  #byStep(x: Tensor, mask: Tensor | undefined): Tensor {
    const [byStep, masks] = [stepsFirst(x), mask && stepsFirst(mask)];
    const outputs = Array.from({ length: x.node.shape[1] }, (_, t): Tensor => {
      return this.layer.call(carrying(at(byStep, t), masks && at(masks, t)), { training: true });
    });
    const stacked = outputs.map(({ node }) => reshape(node, [1, ...node.shape]));
    return stepsFirst(new Tensor(concatenate(stacked, 0)));
  }
}

/** The tensor with a mask that travels with it. */
function carrying(x: Tensor, mask: Tensor | undefined): Tensor {
  if (mask) setMask(x, mask);
  return x;
}

function hasBatchStatistics(layer: Layer): boolean {
  return layer instanceof BatchNormalization || layer.sublayers().some(hasBatchStatistics);
}
