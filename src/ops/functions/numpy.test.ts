import { describe, expect, it } from 'vitest';
import { constant, evaluateAll, evaluateOptimized } from '../../../test/evaluate.ts';
import { decode, expectClose, numpyCases, type Tensor } from '../../../test/numpy-cases.ts';
import type { Node } from '../../graph/node.ts';
import { isNode } from '../build.ts';
import * as functions from './index.ts';

const table = { ...functions } as Record<string, (...args: any[]) => unknown>;

/** Every function of NumPy's that this floor has, against what NumPy and SciPy computed. */
describe.each([...new Set(numpyCases.map((c) => c.fn))])('%s', (fn) => {
  const own = numpyCases.filter((c) => c.fn === fn);
  it.each(own.map((c, i) => [i, c] as const))('case %i', (_, { args, expected, rtol, atol }) => {
    const call = table[fn];
    const result = call(...args.map((a) => decode(a, (t) => constant(t.tensor, t.dtype))));
    const nodes = [result].flat() as Node[];
    expect(nodes.every(isNode)).toBe(true);
    expect(nodes.map((n) => n.dtype)).toEqual(expected.map((t: Tensor) => t.dtype));
    const values = evaluateAll(nodes);
    for (const [i, { tensor }] of expected.entries()) {
      expectClose(values[i], tensor, rtol, atol);
      expectClose(evaluateOptimized(nodes[i]), tensor, rtol, atol);
    }
  });
});
