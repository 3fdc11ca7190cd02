import { sizeOf } from '../../graph/shape.ts';
import type { Builder, Value } from './builder.ts';
import { NCHWC, type OnnxAttributes } from './model.ts';

export interface BlockedOperand {
  /** Blocked where it varies everywhere, else in plain order. */
  readonly value: Value;
  readonly varies: 'everywhere' | 'by channel' | 'by image and channel' | 'nowhere';
}

/**
 * The blocked layout of ONNX Runtime's CPU kernels, NCHWc: images [B, C, H, W] laid out as
 * [B, C / block, H, W, block], so that a vector register holds one pixel of `block` channels. Its
 * convolutions are up to twice as fast. ONNX Runtime applies the layout by itself only where kernels are
 * constant, which in training they never are; but its operators, in a domain of their own, run with any.
 *
 * A blocked value carries the shape [B, C, H, W] that it stands for.
 */
export class BlockedOperators {
  readonly #b: Builder;
  readonly block: number;

  constructor(b: Builder, block: number) {
    this.#b = b;
    this.block = block;
  }

  #op(
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes: OnnxAttributes,
    shape: readonly number[],
  ) {
    return this.#b.op(op, inputs, attributes, { type: 'float32', shape }, { domain: NCHWC });
  }

  fromChannelsFirst(x: Value): Value {
    return this.#op('ReorderInput', [x], {}, x.shape);
  }

  fromChannelsLast(x: Value): Value {
    const [batch, height, width, channels] = x.shape;
    return this.#op('ReorderInput', [x], { channels_last: 1 }, [batch, channels, height, width]);
  }

  toChannelsFirst(x: Value): Value {
    return this.#asFloat(x, (v) =>
      this.#op('ReorderOutput', [v], { channels: v.shape[1] }, v.shape),
    );
  }

  toChannelsLast(x: Value): Value {
    const [batch, channels, height, width] = x.shape;
    const shape = [batch, height, width, channels];
    return this.#asFloat(x, (v) =>
      this.#op('ReorderOutput', [v], { channels, channels_last: 1 }, shape),
    );
  }

  /** Only floats can be reordered; conditions that came about in blocks are taken for 0 and 1. */
  #asFloat(x: Value, reorder: (x: Value) => Value): Value {
    return this.#b.cast(reorder(this.#b.cast(x, 'float32')), x.type);
  }

  /** The same memory as [B * C / block, H * W, block]. */
  pixels(x: Value): Value {
    const [batch, channels, height, width] = x.shape;
    const { block } = this;
    return this.#b.reshape(x, [(batch * channels) / block, height * width, block]);
  }

  /** Whether a convolution has a blocked kernel, and whether its input is blocked too. */
  convolution(kernel: Value, groups: number): 'no' | 'plain input' | 'blocked input' {
    const { block } = this;
    const [filters, channels] = kernel.shape;
    if (kernel.type !== 'float32' || kernel.shape.length !== 4 || filters % block !== 0)
      return 'no';
    if (groups > 1) return channels === 1 && filters === groups ? 'blocked input' : 'no';
    if (channels % block === 0) return 'blocked input';
    return channels < block ? 'plain input' : 'no';
  }

  /**
   * A kernel [filters, channels, ...window] with its filters, and its channels where the input is
   * blocked, split into blocks that come last.
   */
  kernel(kernel: Value, groups: number): Value {
    const { block } = this;
    const b = this.#b;
    const channelsToo = groups === 1 && kernel.shape[1] % block === 0;
    // Through a transpose: its source is split, and one transpose does both.
    const [source, perm] =
      kernel.op === 'Transpose'
        ? [kernel.inputs[0]!, kernel.attributes.perm as readonly number[]]
        : [kernel, [0, 1, 2, 3]];
    const splits = (axis: number) => axis === perm[0] || (channelsToo && axis === perm[1]);
    const split: number[] = [];
    const outer: number[] = [];
    source.shape.forEach((d, axis) => {
      outer[axis] = split.length;
      if (splits(axis)) split.push(d / block, block);
      else split.push(d);
    });
    const order = perm.map((axis) => outer[axis]);
    if (channelsToo) order.push(outer[perm[1]] + 1);
    order.push(outer[perm[0]] + 1);
    return b.reshape(b.transpose(b.reshape(source, split), order), kernel.shape);
  }

  convolve(
    x: Value,
    kernel: Value,
    bias: Value | undefined,
    attributes: OnnxAttributes,
    shape: readonly number[],
  ): Value {
    const blocked = this.kernel(kernel, Number(attributes.group ?? 1));
    return this.#op('Conv', bias ? [x, blocked, bias] : [x, blocked], attributes, shape);
  }

  pool(
    op: 'MaxPool' | 'AveragePool',
    x: Value,
    attributes: OnnxAttributes,
    shape: readonly number[],
  ): Value {
    return this.#op(op, [x], attributes, shape);
  }

  /** The sum over all images and pixels, [C]: the mean of each image, summed by a product. */
  sumPerChannel(x: Value): Value {
    const [batch, channels, height, width] = x.shape;
    const b = this.#b;
    const means = this.#op('GlobalAveragePool', [x], {}, [batch, channels, 1, 1]);
    const weights = b.expand(b.scalar(height * width, 'float32'), [batch]);
    const result = { type: x.type, shape: [channels] };
    return b.op('MatMul', [weights, b.reshape(means, [batch, channels])], {}, result);
  }

  /** The sum over the pixels of each image, [B, C]. */
  sumPerImage(x: Value): Value {
    const perImage = this.#b.reduce('ReduceSum', this.pixels(x), [1], false);
    return this.#b.reshape(perImage, x.shape.slice(0, 2));
  }

  /**
   * An element-wise operation of images with what stretches to them. `apply` gets operands in a common
   * view and its shape.
   */
  stretch(
    operands: readonly BlockedOperand[],
    apply: (inputs: Value[], shape: readonly number[]) => Value,
  ): Value {
    const { shape } = operands.find((o) => o.varies === 'everywhere')!.value;
    const [batch, count, height, width] = shape;
    const { block } = this;
    const b = this.#b;
    const has = (varies: BlockedOperand['varies']) => operands.some((o) => o.varies === varies);
    let view: readonly number[] = shape;
    let vector: (value: Value) => Value = (value) => value;
    if (has('by image and channel')) {
      view = [batch, count / block, height * width, block];
      vector = (value) => b.reshape(value, [sizeOf(value.shape) / count, count / block, 1, block]);
    } else if (has('by channel')) {
      // Laid out as one image, which all others then meet in long runs: twice as fast as stretching the
      // numbers pixel by pixel.
      view = [batch, count * height * width];
      vector = (value) => {
        const lines = b.reshape(value, [count / block, 1, block]);
        const image = b.expand(lines, [count / block, height * width, block]);
        return b.reshape(image, [1, view[1]]);
      };
    }
    const inputs = operands.map(({ value, varies }) => {
      if (varies === 'nowhere') return value;
      return varies === 'everywhere' ? b.reshape(value, view) : vector(value);
    });
    return b.reshape(apply(inputs, view), shape);
  }

  /** Whether pooling windows tile the image exactly, so that {@link unpool} applies. */
  tiles(x: Value, window: readonly number[], strides: readonly number[], y: Value): boolean {
    return window.every(
      (size, i) => size === strides[i] && x.shape[i + 2] === size * y.shape[i + 2],
    );
  }

  /**
   * The gradient of pooling with windows that tile the image: each tap in turn takes what is left of dy
   * where it equals the largest, so the first of equals takes it all; the last tap takes the rest.
   */
  unpool(x: Value, y: Value, dy: Value, [rows, columns]: readonly number[]): Value {
    const b = this.#b;
    const { block } = this;
    const places = sizeOf(y.shape) / block;
    const lines = places / y.shape[3];
    const asPlaces = (v: Value) => b.reshape(v, [places, 1, block]);
    const width = x.shape[3] * block;
    const taps = b
      .split(b.reshape(x, [lines, rows, width]), 1, rows)
      .flatMap((line) => b.split(b.reshape(line, [places, columns, block]), 1, columns));
    const largest = asPlaces(y);
    const steep = { alpha: { float: 1e38 }, beta: { float: 1 } };
    let rest = asPlaces(dy);
    const parts = taps.slice(0, -1).map((tap) => {
      // 1 where tap - largest is 0, else (it is negative) 0.
      const difference = b.sub(tap, largest);
      const part = b.mul(rest, b.op('HardSigmoid', [difference], steep, difference));
      rest = b.sub(rest, part);
      return part;
    });
    parts.push(rest);
    const joined = Array.from({ length: rows }, (_, r) =>
      b.reshape(b.concat(parts.slice(r * columns, (r + 1) * columns), 1), [lines, 1, width]),
    );
    return b.reshape(b.concat(joined, 1), x.shape);
  }

  /** Whether {@link kernelGradient} applies: whole blocks, and taps that lie side by side. */
  hasKernelGradient(x: Value, dy: Value, dilations: readonly number[], groups: number): boolean {
    const { block } = this;
    const whole = x.shape[1] % block === 0 && dy.shape[1] % block === 0;
    return whole && groups === 1 && dilations.every((d) => d === 1);
  }

  /**
   * The gradient of a kernel as one convolution, in which images play the part of channels: x, its
   * channels as further columns, is convolved with dy, one group a block of images. The result is
   * [...window, C, F].
   */
  kernelGradient(
    images: Value,
    gradients: Value,
    window: readonly number[],
    strides: readonly number[],
    padding: readonly (readonly [number, number])[],
  ): Value {
    const b = this.#b;
    const { block } = this;
    // With kernels as large as images, padding on the fly would touch every product.
    const x = this.#padded(this.#wholeBlocks(images), padding);
    const dy = this.#wholeBlocks(gradients);
    const [batch, channels, height, width] = x.shape;
    const [, filters, rows, columns] = dy.shape;
    const groups = batch / block;
    const outBlocks = filters / block;
    // dy as [group][filter block][pixel][image][filter]: the blocked kernel of a grouped convolution.
    const byFilter = this.fromChannelsFirst(
      b.reshape(dy, [groups, block, 1, outBlocks * rows * columns * block]),
    );
    const byImage = this.toChannelsFirst(
      b.reshape(byFilter, [groups * outBlocks * rows * columns, block, 1, block]),
    );
    const kernel = b.reshape(byImage, [groups * filters, block, rows, columns]);
    const blocks = b.split(
      b.reshape(x, [batch, channels / block, height * width * block]),
      1,
      channels / block,
    );
    // Remainders that the strides skipped show up as further taps; they are cut off.
    const tall = height - (rows - 1) * strides[0];
    const wide = width - (columns - 1) * strides[1];
    const attributes: OnnxAttributes = {
      kernel_shape: [rows, columns],
      dilations: [strides[0], strides[1] * block],
      group: groups,
    };
    const parts = blocks.map((part) => {
      const input = this.fromChannelsFirst(
        b.reshape(part, [groups, block, 1, height * width * block]),
      );
      const image = b.reshape(input, [1, batch, height, width * block]);
      const shape = [1, groups * filters, tall, wide * block];
      const products = this.#op('Conv', [image, kernel], attributes, shape);
      const perGroup = b.reshape(products, [groups, sizeOf(shape) / groups]);
      const sum = groups > 1 ? b.reduce('ReduceSum', perGroup, [0], false) : perGroup;
      const taps = b.slice(b.reshape(sum, [outBlocks, tall, wide, block, block]), [
        ...(tall > window[0] ? [{ axis: 1, start: 0, end: window[0] }] : []),
        ...(wide > window[1] ? [{ axis: 2, start: 0, end: window[1] }] : []),
      ]);
      return b.reshape(b.transpose(taps, [1, 2, 3, 0, 4]), [...window, block, filters]);
    });
    return b.concat(parts, 2);
  }

  #padded(x: Value, [rows, columns]: readonly (readonly [number, number])[]): Value {
    const b = this.#b;
    const { block } = this;
    const [batch, channels, height, width] = x.shape;
    const lines = b.reshape(x, [(batch * channels) / block, height, width * block]);
    const low = [0, rows[0], columns[0] * block];
    const high = [0, rows[1], columns[1] * block];
    const [, tall, wide] = [0, 1, 2].map((i) => lines.shape[i] + low[i] + high[i]);
    return b.reshape(b.pad(lines, low, high, 0), [batch, channels, tall, wide / block]);
  }

  /** With zero images up to a whole number of blocks. */
  #wholeBlocks(x: Value): Value {
    const missing = (this.block - (x.shape[0] % this.block)) % this.block;
    if (missing === 0) return x;
    const zeros = this.#b.expand(this.#b.scalar(0, x.type), [missing, ...x.shape.slice(1)]);
    return this.#b.concat([x, zeros], 0);
  }
}
