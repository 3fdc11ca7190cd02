import { isFloat } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { expectInteger, expectTable, staticSize } from '../functions/shared.ts';
import type { DataFormat } from '../functions/windows.ts';
import { imageAxes } from './layout.ts';

/**
 * Resizing of images, one axis after the other: every element of the result is a weighted sum of a few
 * elements of the input. Pixels are squares, so the centre of pixel i is at i + 1/2.
 */

export type Interpolation = 'nearest' | 'bilinear' | 'bicubic' | 'lanczos3' | 'lanczos5';

export interface ResizeOptions {
  /** Default 'bilinear'. */
  readonly interpolation?: Interpolation;
  /** Widens the kernel when an image shrinks, so that every pixel counts. Default false, as in Keras. */
  readonly antialias?: boolean;
  /** Crops the input to the aspect ratio of the result before. Default false. */
  readonly cropToAspectRatio?: boolean;
  /** Pads the input to the aspect ratio of the result before. Default false. */
  readonly padToAspectRatio?: boolean;
  /** What padding consists of. Default 0. */
  readonly fillValue?: number;
  /** Default 'channelsLast'. */
  readonly dataFormat?: DataFormat;
}

interface Kernel {
  /** The kernel is zero from here on. */
  readonly radius: number;
  readonly weight: (distance: number) => number;
  /** Whether places beyond the border repeat the last pixel; otherwise they are left out. */
  readonly repeatsEdge: boolean;
}

/** Keys's cubic convolution; as PyTorch has it, a is -3/4, and -1/2 with antialias. */
const cubic = (a: number): Kernel => ({
  radius: 2,
  weight: (x) =>
    x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a,
  repeatsEdge: true,
});

const lanczos = (radius: number): Kernel => ({
  radius,
  weight: (x) => {
    if (x < 1e-8) return 1;
    const turn = Math.PI * x;
    return (radius * Math.sin(turn) * Math.sin(turn / radius)) / (turn * turn);
  },
  repeatsEdge: false,
});

const kernels: Readonly<Record<Exclude<Interpolation, 'nearest'>, Kernel>> = {
  bilinear: { radius: 1, weight: (x) => 1 - x, repeatsEdge: true },
  bicubic: cubic(-0.75),
  lanczos3: lanczos(3),
  lanczos5: lanczos(5),
};
const antialiased = { ...kernels, bicubic: cubic(-0.5) };

/** For each result along an axis, where its elements come from and what they weigh: [results, taps]. */
interface Taps {
  readonly count: number;
  readonly positions: number[][];
  readonly weights: number[][];
}

/** What the lists of one position take beside their numbers, counted in numbers. */
const LISTS = 32;

function nearestTaps(size: number, target: number): Taps {
  expectTable('resize', target * LISTS);
  const positions = Array.from({ length: target }, (_, i) => [
    Math.min(Math.floor(((i + 0.5) * size) / target), size - 1),
  ]);
  return { count: 1, positions, weights: positions.map(() => [1]) };
}

function kernelTaps(size: number, target: number, kernel: Kernel, antialias: boolean): Taps {
  const scale = size / target;
  const spread = antialias ? Math.max(scale, 1) : 1;
  const reach = kernel.radius * spread;
  const count = 2 * Math.ceil(reach);
  expectTable('resize', target * (2 * count + LISTS));
  const positions: number[][] = [];
  const weights: number[][] = [];
  for (let i = 0; i < target; i++) {
    const centre = (i + 0.5) * scale - 0.5;
    const first = Math.floor(centre) - Math.ceil(reach) + 1;
    const at = Array.from({ length: count }, (_, k) => first + k);
    const raw = at.map((p) => {
      const distance = Math.abs(p - centre) / spread;
      const left = !kernel.repeatsEdge || antialias ? p >= 0 && p < size : true;
      return left && distance < kernel.radius ? kernel.weight(distance) : 0;
    });
    const total = raw.reduce((a, w) => a + w, 0);
    positions.push(at.map((p) => Math.min(Math.max(p, 0), size - 1)));
    weights.push(raw.map((w) => w / total));
  }
  return { count, positions, weights };
}

/** One axis of floating-point values resized. */
function resizeAxis(
  x: Node,
  axis: number,
  target: number,
  interpolation: Interpolation,
  antialias: boolean,
): Node {
  const size = staticSize('resize', x.shape[axis], `axis ${axis}`);
  if (size === target) return x;
  const taps =
    interpolation === 'nearest'
      ? nearestTaps(size, target)
      : kernelTaps(size, target, (antialias ? antialiased : kernels)[interpolation], antialias);
  const shape = x.shape.map((_, i) => (i === axis ? target : 1));
  const terms = Array.from({ length: taps.count }, (_, k) => {
    const positions = taps.positions.map((p) => p[k]);
    const picked = build.gather(x, build.literal(positions, [target], 'int32'), axis);
    if (interpolation === 'nearest') return picked;
    return build.mul(
      picked,
      build.literal(
        taps.weights.map((w) => w[k]),
        shape,
        x.dtype,
      ),
    );
  });
  return terms.reduce((sum, term) => build.add(sum, term));
}

/** Keras's arithmetic: the larger of the two windows of the wanted aspect ratio that fits, or covers. */
function cropOrPad(x: Node, size: readonly number[], axes: readonly number[], o: ResizeOptions) {
  const [height, width] = axes.map((a) => staticSize('resize', x.shape[a], `axis ${a}`));
  const wanted = [
    Math.trunc((width * size[0]) / size[1]),
    Math.trunc((height * size[1]) / size[0]),
  ];
  const zeros = x.shape.map(() => 0);
  if (o.cropToAspectRatio) {
    const limits = [...x.shape];
    const starts = [...zeros];
    for (const [i, full] of [height, width].entries()) {
      const cropped = Math.max(Math.min(full, wanted[i]), 1);
      starts[axes[i]] = Math.trunc((full - cropped) / 2);
      limits[axes[i]] = starts[axes[i]] + cropped;
    }
    return build.slice(x, starts, limits);
  }
  const around = [...zeros];
  for (const [i, full] of [height, width].entries()) {
    around[axes[i]] = Math.trunc((Math.max(full, wanted[i]) - full) / 2);
  }
  return build.pad(x, around, around, { value: o.fillValue ?? 0 });
}

/**
 * Images [height, width, channels] or [batch, height, width, channels] at another `size` [height,
 * width]. Integers are rounded to integers again. Without `antialias` a result is interpolated between
 * the pixels next to it, whatever the factor.
 */
export function resize(
  images: Operand,
  size: readonly [number, number],
  options: ResizeOptions = {},
): Node {
  const { interpolation = 'bilinear', antialias = false, dataFormat = 'channelsLast' } = options;
  const node = build.toNode(images);
  const { height, width } = imageAxes('resize', node, dataFormat);
  const axes = [height, width];
  if (interpolation !== 'nearest' && !(interpolation in kernels)) {
    fail(
      'resize',
      `interpolation is '${interpolation}'; expected 'nearest', ${Object.keys(kernels)
        .map((k) => `'${k}'`)
        .join(', ')}`,
    );
  }
  if (options.cropToAspectRatio && options.padToAspectRatio) {
    fail('resize', 'cropToAspectRatio and padToAspectRatio exclude each other; set one of them');
  }
  for (const n of size) expectInteger('resize', 'a size', n, 1);
  const exact = interpolation === 'nearest';
  // Padding may be no integer before it is rounded at the end.
  const isKept = isFloat(node.dtype) || (exact && !options.padToAspectRatio);
  let x = isKept ? node : build.cast(node, 'float32');
  if (options.cropToAspectRatio || options.padToAspectRatio) x = cropOrPad(x, size, axes, options);
  for (const [i, axis] of axes.entries()) {
    x = resizeAxis(x, axis, size[i], interpolation, antialias);
  }
  return x.dtype === node.dtype ? x : build.cast(build.round(x), node.dtype);
}
