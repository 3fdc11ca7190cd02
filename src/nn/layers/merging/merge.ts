import { fail } from '../../../graph/errors.ts';
import { broadcastShapes } from '../../../graph/shape.ts';
import { ops } from '../../../tensor/lift.ts';
import { isTensor, type Tensor } from '../../../tensor/tensor.ts';
import { type CallOptions, Layer, type LayerOptions, type TensorShape } from '../layer.ts';
import { factoryName } from '../spatial.ts';

/**
 * Layers that join several tensors element by element. Shapes broadcast; where the ranks differ, the
 * shorter shapes get axes of size 1 behind the batch. Where every input has a mask, the output has the
 * union of them.
 */

type Masks = readonly (Tensor | undefined)[];

export abstract class Merge extends Layer {
  constructor(options: LayerOptions = {}) {
    super(options);
    this.supportsMasking = true;
  }

  /** The result for inputs of one rank and the masks of those that have one. */
  protected abstract merge(inputs: readonly Tensor[], masks: Masks): Tensor;

  override build(inputShapes: TensorShape[]): void {
    expectShapes(this, inputShapes);
    const sizes = inputShapes.map((shape) => shape.slice(1));
    if (sizes.some((s) => s.includes(null))) return;
    broadcastShapes(factoryName(this), ...(sizes as number[][]));
  }

  call(inputs: readonly Tensor[], { mask }: CallOptions = {}): Tensor {
    expectTensors(this, inputs);
    const rank = Math.max(...inputs.map((x) => x.rank));
    const masks: Masks = Array.isArray(mask) ? mask : [];
    return this.merge(
      inputs.map((x) => withRank(x, rank)),
      inputs.map((x, i) => {
        const m = masks[i];
        return m && m.rank === x.rank - 1 ? withRank(m, rank - 1) : undefined;
      }),
    );
  }

  override computeMask(_: readonly Tensor[], mask: any): Tensor | undefined {
    if (!Array.isArray(mask) || mask.some((m) => !m)) return undefined;
    const masks = mask as Tensor[];
    // Masks of inputs of different ranks count different things.
    const alike = masks.every((m) => m.shape.every((d, i) => d === 1 || d === masks[0].shape[i]));
    return alike ? masks.reduce((a, b) => ops.logicalOr(a, b)) : undefined;
  }
}

/** Checks that a merging layer is called on a list. */
export function expectTensors(layer: Layer, inputs: unknown): void {
  if (!Array.isArray(inputs) || inputs.length === 0 || !inputs.every(isTensor)) {
    fail(factoryName(layer), 'expected a list of tensors, one or more: call([a, b])');
  }
}

function expectShapes(layer: Layer, shapes: readonly unknown[]): void {
  if (shapes.length > 0 && shapes.every(Array.isArray)) return;
  fail(factoryName(layer), 'received one tensor; expected a list of them: call([a, b])');
}

/** Axes of size 1 behind the batch. */
function withRank(x: Tensor, rank: number): Tensor {
  const added = rank - x.rank;
  return added > 0
    ? ops.expandDims(
        x,
        Array.from({ length: added }, (_, i) => i + 1),
      )
    : x;
}

/** A mask [batch, steps] in the shape of its tensor. */
function spread(mask: Tensor, x: Tensor): Tensor {
  return ops.broadcastTo(ops.expandDims(mask, -1), x.node.shape);
}

/** The sum of the inputs. */
export class Add extends Merge {
  static readonly className = 'Add';

  protected merge(inputs: readonly Tensor[]): Tensor {
    return inputs.reduce((a, b) => a.add(b));
  }
}

/** The first of two inputs minus the second. */
export class Subtract extends Merge {
  static readonly className = 'Subtract';

  override build(inputShapes: TensorShape[]): void {
    super.build(inputShapes);
    if (inputShapes.length !== 2) {
      fail('subtract', `received ${inputShapes.length} tensors; expected exactly 2`);
    }
  }

  protected merge([a, b]: readonly Tensor[]): Tensor {
    return a.sub(b);
  }
}

/** The product of the inputs. A masked step counts as 1, and is 0 where all inputs are masked. */
export class Multiply extends Merge {
  static readonly className = 'Multiply';

  protected merge(inputs: readonly Tensor[], masks: Masks): Tensor {
    const spreads = masks.map((m, i) => m && spread(m, inputs[i]));
    const factors = inputs.map((x, i) => (spreads[i] ? ops.where(spreads[i], x, 1) : x));
    const product = factors.reduce((a, b) => a.mul(b));
    if (!spreads.every((m) => m !== undefined)) return product;
    return ops.where(
      spreads.reduce((a, b) => ops.logicalOr(a, b)),
      product,
      0,
    );
  }
}

/** The mean of the inputs. */
export class Average extends Merge {
  static readonly className = 'Average';

  protected merge(inputs: readonly Tensor[]): Tensor {
    return inputs.reduce((a, b) => a.add(b)).div(inputs.length);
  }
}

/** An extreme of the inputs, in which masked steps have no part. */
function extreme(
  choose: (a: Tensor, b: Tensor) => Tensor,
  inputs: readonly Tensor[],
  masks: Masks,
): Tensor {
  let [output] = inputs;
  let known = masks[0] && spread(masks[0], output);
  for (let i = 1; i < inputs.length; i++) {
    const mask = masks[i] && spread(masks[i]!, inputs[i]);
    const x = mask ? ops.where(mask, inputs[i], output) : inputs[i];
    if (known) output = ops.where(known, output, x);
    known = mask && known ? ops.logicalOr(known, mask) : undefined;
    output = choose(output, x);
  }
  return output;
}

/** The largest of the inputs, element by element. */
export class Maximum extends Merge {
  static readonly className = 'Maximum';

  protected merge(inputs: readonly Tensor[], masks: Masks): Tensor {
    return extreme(ops.maximum as (a: Tensor, b: Tensor) => Tensor, inputs, masks);
  }
}

/** The smallest of the inputs, element by element. */
export class Minimum extends Merge {
  static readonly className = 'Minimum';

  protected merge(inputs: readonly Tensor[], masks: Masks): Tensor {
    return extreme(ops.minimum as (a: Tensor, b: Tensor) => Tensor, inputs, masks);
  }
}
