import { broadcastShapes } from '../../../graph/shape.ts';
import type { ConvAttributes, contractions } from '../../../ops/primitives/contraction.ts';
import type { Builder, Value } from '../builder.ts';
import { OWN } from '../model.ts';
import { patches } from './patches.ts';
import type { LoweringsOf } from './rules.ts';
import { padInterior } from './shaping.ts';
import { type Windows, windowAttributes } from './windows.ts';

const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

export function swapLast(b: Builder, x: Value): Value {
  const order = x.shape.map((_, i) => i);
  order.push(...order.splice(-2).reverse());
  return b.transpose(x, order);
}

/** The product of matrices (2 axes) or of stacks of matrices, each factor transposed or not. */
export function product(
  b: Builder,
  x: Value,
  y: Value,
  transposeA: boolean,
  transposeB: boolean,
): Value {
  const inner = transposeA ? x.shape.at(-2)! : x.shape.at(-1)!;
  if (inner === 0) {
    const lead = broadcastShapes('matmul', x.shape.slice(0, -2), y.shape.slice(0, -2));
    const rows = transposeA ? x.shape.at(-1)! : x.shape.at(-2)!;
    const columns = transposeB ? y.shape.at(-2)! : y.shape.at(-1)!;
    return b.expand(b.scalar(0, x.type), [...lead, rows, columns]);
  }
  if (!transposeA && !transposeB) return b.matMul(x, y);
  const float = x.type === 'float32' || x.type === 'float64';
  const left = transposeA ? swapShape(x) : x.shape;
  const right = transposeB ? swapShape(y) : y.shape;
  if (float && x.shape.length === 2 && y.shape.length === 2) {
    const attributes = { transA: transposeA ? 1 : undefined, transB: transposeB ? 1 : undefined };
    return b.op('Gemm', [x, y], attributes, { type: x.type, shape: [left[0], right[1]] });
  }
  return b.matMul(transposeA ? swapLast(b, x) : x, transposeB ? swapLast(b, y) : y);
}

function swapShape({ shape }: Value): number[] {
  return [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];
}

function convolve(
  b: Builder,
  x: Value,
  kernel: Value,
  attributes: ConvAttributes,
  shape: readonly number[],
): Value {
  if (x.type === 'float64') return convolveByTaps(b, x, kernel, attributes, shape);
  return b.target === 'webgpu'
    ? convolveOnGpu(b, x, kernel, attributes, shape)
    : convolveDirectly(b, x, kernel, attributes, shape);
}

/** Around the holes of ONNX Runtime's WebGPU kernels (1.30). */
function convolveOnGpu(
  b: Builder,
  x: Value,
  kernel: Value,
  attributes: ConvAttributes,
  shape: readonly number[],
): Value {
  const { groups } = attributes;
  const [filters, channels] = kernel.shape;
  if (groups > 1 && kernel.shape.length > 4) {
    // Volumes know no groups: one convolution each.
    const part = (v: Value, axis: number, size: number, g: number) =>
      b.slice(v, [{ axis, start: g * size, end: (g + 1) * size }]);
    const parts = Array.from({ length: groups }, (_, g) =>
      convolveOnGpu(
        b,
        part(x, 1, channels, g),
        part(kernel, 0, filters / groups, g),
        { ...attributes, groups: 1 },
        shape.map((d, i) => (i === 1 ? filters / groups : d)),
      ),
    );
    return b.concat(parts, 1);
  }
  const missing = groups === 1 && channels > 4 ? (4 - (channels % 4)) % 4 : 0;
  // Wrong results where channels do not come in fours.
  const none = shape.map(() => 0);
  const high = none.map((_, i) => (i === 1 ? missing : 0));
  return convolveDirectly(
    b,
    b.pad(x, none, high, 0),
    b.pad(kernel, none, high, 0),
    attributes,
    shape,
  );
}

function windowsOf(
  { strides, dilations, padding }: ConvAttributes,
  window: readonly number[],
): Windows {
  return { window, strides, dilations, padding };
}

function convolveDirectly(
  b: Builder,
  x: Value,
  kernel: Value,
  attributes: ConvAttributes,
  shape: readonly number[],
): Value {
  const windows = windowsOf(attributes, kernel.shape.slice(2));
  const group = attributes.groups === 1 ? undefined : attributes.groups;
  return b.op(
    'Conv',
    [x, kernel],
    { ...windowAttributes(windows), group },
    { type: x.type, shape },
  );
}

/** Convolution as one matrix product over the patches, for types that ONNX's Conv lacks. */
function convolveByTaps(
  b: Builder,
  x: Value,
  kernel: Value,
  attributes: ConvAttributes,
  shape: readonly number[],
): Value {
  const { groups } = attributes;
  const [batch, filters, ...places] = shape;
  const windows = windowsOf(attributes, kernel.shape.slice(2));
  const columns = patches(b, x, windows, groups, places);
  const rows = b.reshape(kernel, [groups, filters / groups, size(kernel.shape.slice(1))]);
  const out = b.reshape(b.matMul(rows, columns), [filters, batch, ...places]);
  return b.transpose(out, [1, 0, ...places.map((_, i) => i + 2)]);
}

/** The kernel that convolves gradients back: mirrored in space, filters and channels changed over. */
function adjointKernel(b: Builder, kernel: Value, groups: number): Value {
  const [filters, channels, ...window] = kernel.shape;
  const space = window.map((_, i) => i);
  const mirrored = b.reverse(
    kernel,
    space.map((i) => i + 2).filter((axis) => kernel.shape[axis] > 1),
  );
  if (groups === 1) return b.transpose(mirrored, [1, 0, ...space.map((i) => i + 2)]);
  const grouped = b.reshape(mirrored, [groups, filters / groups, channels, ...window]);
  const swapped = b.transpose(grouped, [0, 2, 1, ...space.map((i) => i + 3)]);
  return b.reshape(swapped, [groups * channels, filters / groups, ...window]);
}

export const contractionLowerings: LoweringsOf<keyof typeof contractions> = {
  matMul: (b, [x, y], { transposeA, transposeB }) => product(b, x, y, transposeA, transposeB),

  conv: (b, [x, kernel], attributes, node) => convolve(b, x, kernel, attributes, node.shape),

  convInputGrad: (b, [dy, kernel], attributes, node) => {
    const { strides, dilations, padding, groups, inputSpace } = attributes;
    const window = kernel.shape.slice(2);
    const reach = window.map((w, i) => (w - 1) * dilations[i]);
    // What the strides skipped at the far end gets no gradient.
    const rest = inputSpace.map(
      (d, i) =>
        d + padding[i][0] + padding[i][1] - reach[i] - 1 - (dy.shape[i + 2] - 1) * strides[i],
    );
    const unit = strides.every((s) => s === 1);
    const volume = window.length > 2 && b.target === 'webgpu';
    if (unit || volume || dy.type === 'float64') {
      const spread = strides.reduce((x, s, i) => padInterior(b, x, i + 2, s - 1, 0), dy);
      const around = reach.map((r, i) => [r - padding[i][0], r - padding[i][1] + rest[i]] as const);
      // A padding wider than the window: convolve what is inside, no more.
      const outside = around.map(([low, high]) => [Math.max(0, -low), Math.max(0, -high)] as const);
      const crop = outside.flatMap(([low, high], i) =>
        low || high ? [{ axis: i + 2, start: low, end: spread.shape[i + 2] - high }] : [],
      );
      const inner = around.map(([low, high]) => [Math.max(0, low), Math.max(0, high)] as const);
      const adjoint = adjointKernel(b, kernel, groups);
      const back = { strides: strides.map(() => 1), dilations, padding: inner, groups };
      return convolve(b, b.slice(spread, crop), adjoint, back, node.shape);
    }
    return b.op(
      'ConvTranspose',
      [dy, kernel],
      {
        ...windowAttributes(windowsOf(attributes, window)),
        output_padding: rest.some((r) => r !== 0) ? rest : undefined,
        group: groups === 1 ? undefined : groups,
      },
      { type: dy.type, shape: node.shape },
    );
  },

  convKernelGrad: (b, [x, dy], attributes, node) =>
    b.op(
      'ConvKernelGrad',
      [x, dy],
      {
        ...windowAttributes(windowsOf(attributes, attributes.window)),
        group: attributes.groups === 1 ? undefined : attributes.groups,
      },
      { type: x.type, shape: node.shape },
      { domain: OWN },
    ),
};
