import { fail } from '../../../graph/errors.ts';
import { normalizeAxis } from '../../../graph/shape.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { Layer, type LayerOptions, type TensorShape } from '../layer.ts';

export interface DotOptions extends LayerOptions {
  /** The axis of both inputs that is summed over, or one for each; not the batch. */
  readonly axes: number | readonly [number, number];
  /** Whether vectors along the axes are brought to length 1 first, for cosine similarity. */
  readonly normalize?: boolean;
}

/**
 * Dot products of the samples of two inputs, along one axis of each: the result has the other axes of
 * the first input, then those of the second. Two inputs [batch, n] give [batch, 1].
 */
export class Dot extends Layer {
  static readonly className = 'Dot';
  readonly axes: number | readonly [number, number];
  readonly normalize: boolean;

  constructor(options: DotOptions) {
    super(options);
    const { axes } = options;
    const list = [axes].flat();
    if (!list.every(Number.isInteger) || (Array.isArray(axes) && axes.length !== 2)) {
      fail('dot', `axes is ${JSON.stringify(axes)}; expected a whole number or two of them`);
    }
    this.axes = axes;
    this.normalize = options.normalize ?? false;
    this.supportsMasking = true;
  }

  override build(inputShapes: TensorShape[]): void {
    if (inputShapes.length !== 2 || !inputShapes.every(Array.isArray)) {
      fail('dot', 'expected a list of exactly 2 tensors: call([a, b])');
    }
    const [x, y] = inputShapes;
    const [a, b] = this.#axesOf(x.length, y.length);
    if (x[a] !== y[b]) {
      fail(
        'dot',
        `axis ${a} of [${x.map(String).join(', ')}] and axis ${b} of [${y.map(String).join(', ')}] differ; expected axes of one size`,
      );
    }
  }

  call([x, y]: readonly Tensor[]): Tensor {
    const [a, b] = this.#axesOf(x.rank, y.rank);
    const [left, right] = this.normalize ? [ops.normalize(x, a), ops.normalize(y, b)] : [x, y];
    const name = (i: number) => String.fromCharCode(97 + i);
    const leftAxes = Array.from({ length: x.rank }, (_, i) => name(i));
    const rightAxes = Array.from({ length: y.rank }, (_, i) => name(x.rank + i));
    rightAxes[0] = leftAxes[0];
    rightAxes[b] = leftAxes[a];
    const rest = [...leftAxes, ...rightAxes.slice(1)].filter((l) => l !== leftAxes[a]);
    const product = ops.einsum(
      `${leftAxes.join('')},${rightAxes.join('')}->${rest.join('')}`,
      left,
      right,
    );
    return rest.length === 1 ? ops.expandDims(product, -1) : product;
  }

  override computeMask(): undefined {
    return undefined;
  }

  #axesOf(left: number, right: number): [number, number] {
    const [first, second] = typeof this.axes === 'number' ? [this.axes, this.axes] : this.axes;
    const axes: [number, number] = [
      normalizeAxis('dot', first, left),
      normalizeAxis('dot', second, right),
    ];
    if (axes.includes(0)) fail('dot', 'axis 0 is the batch; expected another axis');
    return axes;
  }

  override getConfig() {
    return { ...super.getConfig(), axes: this.axes, normalize: this.normalize };
  }
}
