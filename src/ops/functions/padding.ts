import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { expectTable, staticSize } from './shared.ts';

export type PadMode = 'constant' | 'edge' | 'reflect' | 'symmetric' | 'wrap';

const modes: readonly string[] = ['constant', 'edge', 'reflect', 'symmetric', 'wrap'];

const wrap = (i: number, period: number): number => ((i % period) + period) % period;

/** Where the element at `position` (which may lie outside) of an axis of `length` comes from. */
const sources: Record<
  Exclude<PadMode, 'constant'>,
  (position: number, length: number) => number
> = {
  edge: (i, n) => Math.min(Math.max(i, 0), n - 1),
  wrap: (i, n) => wrap(i, n),
  // The edge is the mirror: ... 2 1 | 0 1 2 | 1 0 ...
  reflect: (i, n) => {
    if (n === 1) return 0;
    const at = wrap(i, 2 * n - 2);
    return at < n ? at : 2 * n - 2 - at;
  },
  // The mirror lies behind the edge: ... 1 0 | 0 1 2 | 2 1 ...
  symmetric: (i, n) => {
    const at = wrap(i, 2 * n);
    return at < n ? at : 2 * n - 1 - at;
  },
};

function amounts(
  padWidth: number | readonly [number, number] | readonly (readonly [number, number])[],
  x: Node,
): [number, number][] {
  const rank = x.shape.length;
  let pairs: readonly (readonly number[])[];
  if (typeof padWidth === 'number') {
    pairs = x.shape.map(() => [padWidth, padWidth]);
  } else if (padWidth.every((p) => typeof p === 'number')) {
    pairs = x.shape.map(() => padWidth as readonly number[]);
  } else {
    pairs = padWidth as readonly (readonly number[])[];
  }
  if (
    pairs.length !== rank ||
    pairs.some((p) => p.length !== 2 || p.some((n) => !Number.isInteger(n) || n < 0))
  ) {
    fail(
      'pad',
      `received ${JSON.stringify(padWidth)} for ${formatShape(x.shape)}; expected a number, one [before, after] pair for all axes or one pair for each of the ${rank} axes, of integers of 0 or more`,
    );
  }
  return pairs.map(([before, after]) => [before, after]);
}

/**
 * x with elements before and after each axis, as numpy.pad. `padWidth` holds a [before, after] pair an
 * axis, one pair for all, or one number. Modes: 'constant' (`constantValues`), 'edge' (the last element),
 * 'reflect' (mirrored about the last element), 'symmetric' (mirrored behind it), 'wrap' (round the
 * end). A symbolic batch axis takes no padding.
 */
export function pad(
  x: Operand,
  padWidth: number | readonly [number, number] | readonly (readonly [number, number])[],
  mode: PadMode = 'constant',
  constantValues = 0,
): Node {
  const node = build.toNode(x);
  const pairs = amounts(padWidth, node);
  if (!modes.includes(mode)) {
    fail('pad', `received mode "${mode}"; expected ${modes.join(', ')}`);
  }
  if (mode === 'constant') {
    return build.pad(
      node,
      pairs.map((p) => p[0]),
      pairs.map((p) => p[1]),
      { value: constantValues },
    );
  }
  return pairs.reduce((value, [before, after], axis) => {
    if (before === 0 && after === 0) return value;
    const length = staticSize('pad', value.shape[axis], `axis ${axis}`);
    if (length === 0) fail('pad', `axis ${axis} has no elements to repeat; use mode "constant"`);
    expectTable('pad', before + length + after);
    const indices = Array.from({ length: before + length + after }, (_, i) =>
      sources[mode](i - before, length),
    );
    return build.gather(value, build.literal(indices, [indices.length], 'int32'), axis);
  }, node);
}
