import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape, normalizeAxes, normalizeAxis } from '../../graph/shape.ts';
import type { Axes, Operand } from '../build.ts';
import * as build from '../build.ts';
import { mean, norm } from './reduction.ts';
import { floatOf, staticSize } from './shared.ts';

/** Normalization, with Keras's defaults. */

/** A parameter of the given axes of x, in a shape that broadcasts against it. */
function along(operation: string, parameter: Operand, x: Node, axes: readonly number[]): Node {
  const node = build.cast(build.toNode(parameter, x.dtype), x.dtype);
  if (node.shape.length === 0 || node.shape.length === x.shape.length) return node;
  if (node.shape.length !== axes.length || node.shape.some((d, i) => d !== x.shape[axes[i]])) {
    fail(
      operation,
      `a parameter is ${formatShape(node.shape)}; axes [${axes.join(', ')}] of ${formatShape(x.shape)} need ${formatShape(axes.map((a) => x.shape[a]))}`,
    );
  }
  return build.reshape(
    node,
    x.shape.map((d, i) => (axes.includes(i) ? d : 1)),
  );
}

/**
 * (x - mean) / sqrt(variance + epsilon) * scale + offset with one mean, variance, scale and offset for
 * each position of `axis` (Ioffe and Szegedy, 2015). The statistics come from the caller.
 */
export function batchNormalization(
  x: Operand,
  center: Operand,
  variance: Operand,
  axis = -1,
  offset: Operand | null = null,
  scale: Operand | null = null,
  epsilon = 1e-3,
): Node {
  const node = floatOf(x);
  const axes = [normalizeAxis('batchNormalization', axis, node.shape.length)];
  const parameter = (p: Operand) => along('batchNormalization', p, node, axes);
  // Two passes over x: the rest is arithmetic of the small parameters.
  let factor = build.div(1, build.sqrt(build.add(parameter(variance), epsilon)));
  if (scale !== null) factor = build.mul(factor, parameter(scale));
  let shift = build.neg(build.mul(parameter(center), factor));
  if (offset !== null) shift = build.add(shift, parameter(offset));
  return build.add(build.mul(node, factor), shift);
}

/** x scaled and shifted by parameters of `axes`. */
function affine(
  operation: string,
  x: Node,
  axes: readonly number[],
  scale: Operand | null,
  offset: Operand | null,
): Node {
  let node = x;
  if (scale !== null) node = build.mul(node, along(operation, scale, x, axes));
  if (offset !== null) node = build.add(node, along(operation, offset, x, axes));
  return node;
}

/** Deviations from the mean over `axes`, divided by their standard deviation. */
function standardize(x: Node, axes: readonly number[], epsilon: number): Node {
  const deviation = build.sub(x, mean(x, axes, true));
  const variance = mean(build.mul(deviation, deviation), axes, true);
  return build.mul(deviation, build.div(1, build.sqrt(build.add(variance, epsilon))));
}

/**
 * Each sample made mean 0 and variance 1 over `axis` (one or several), then scaled by gamma and shifted
 * by beta, which have the sizes of those axes (Ba et al., 2016).
 */
export function layerNormalization(
  x: Operand,
  gamma: Operand | null = null,
  beta: Operand | null = null,
  axis: Axes = -1,
  epsilon = 1e-3,
): Node {
  const node = floatOf(x);
  const axes = normalizeAxes('layerNormalization', axis, node.shape.length);
  return affine('layerNormalization', standardize(node, axes, epsilon), axes, gamma, beta);
}

/** x divided by its root mean square over `axis`, times `scale` (Zhang and Sennrich, 2019). */
export function rmsNormalization(
  x: Operand,
  scale: Operand | null = null,
  axis: Axes = -1,
  epsilon = 1e-6,
): Node {
  const node = floatOf(x);
  const axes = normalizeAxes('rmsNormalization', axis, node.shape.length);
  const power = mean(build.mul(node, node), axes, true);
  const scaled = build.mul(node, build.div(1, build.sqrt(build.add(power, epsilon))));
  return affine('rmsNormalization', scaled, axes, scale, null);
}

/**
 * Each sample made mean 0 and variance 1 over groups of neighbouring channels and all other axes but
 * the first, then scaled and shifted by channel (Wu and He, 2018). `axis` holds the channels, whose
 * number `groups` must divide.
 */
export function groupNormalization(
  x: Operand,
  groups = 32,
  gamma: Operand | null = null,
  beta: Operand | null = null,
  axis = -1,
  epsilon = 1e-3,
): Node {
  const operation = 'groupNormalization';
  const node = floatOf(x);
  const at = normalizeAxis(operation, axis, node.shape.length);
  const channels = staticSize(operation, node.shape[at], `axis ${axis}`);
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
    fail(
      operation,
      `${channels} channels do not divide into ${groups} groups; expected a number of groups that divides them`,
    );
  }
  const split = [
    ...node.shape.slice(0, at),
    groups,
    channels / groups,
    ...node.shape.slice(at + 1),
  ];
  const axes = split.map((_, i) => i).filter((i) => i !== 0 && i !== at);
  const normal = standardize(build.reshape(node, split), axes, epsilon);
  return affine(operation, build.reshape(normal, node.shape), [at], gamma, beta);
}

/**
 * x divided by its norm of the given order along `axis`, which counts as `epsilon` where it is smaller.
 */
export function normalize(x: Operand, axis: Axes = -1, order = 2, epsilon = 1e-7): Node {
  const node = floatOf(x);
  if (!(order >= 1)) {
    fail('normalize', `received order ${order}; expected 1 or more`);
  }
  if (order === 2) {
    const squares = build.sum(build.mul(node, node), axis, true);
    return build.mul(node, build.div(1, build.sqrt(build.maximum(squares, epsilon * epsilon))));
  }
  return build.div(node, build.maximum(norm(node, order, axis, true), epsilon));
}
