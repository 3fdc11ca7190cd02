import { describe, expect, it } from 'vitest';
import { constant, evaluateAll, type Nested, shapeOf } from '../../../test/evaluate.ts';
import { decode, expectClose, isTensor, numpyCases } from '../../../test/numpy-cases.ts';
import { NablaError } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import * as build from '../build.ts';
import * as functions from './index.ts';

const table = { ...functions } as Record<string, (...args: any[]) => unknown>;

/**
 * The recorded calls again with a symbolic batch: first axes made symbolic, of the first tensor alone or
 * of all that have its size. Wherever the graph can be built its values are those of the concrete call;
 * elsewhere it is an error of the library.
 */

// An axis of size 1 that may stand for many is not squeezed, and does not stretch.
const differs = new Set(['squeeze']);

// What needs a fixed size of the axis that the recorded calls make symbolic.
const fixedOnly = [
  'append', // joins a batch to a part of it
  'broadcastTo', // the target names sizes
  'diag', // a matrix as wide as the batch
  'diagflat',
  'searchsorted', // steps follow the length of the sorted sequence
  'segmentProd', // steps follow the number of slices
  'sliceUpdate', // the recorded updates are a part of the batch
  'vsplit', // splits the batch
];

const takesTensors = numpyCases.filter((c) => [c.args[0]].flat().some(isTensor));

describe.each([...new Set(takesTensors.map((c) => c.fn))])('%s', (fn) => {
  it('agrees with the concrete call, or says what is in the way', () => {
    let built = 0;
    for (const { args, expected, rtol, atol } of takesTensors.filter((c) => c.fn === fn)) {
      for (const all of [false, true]) {
        let batch = 0;
        const feeds: [Node, Nested][] = [];
        const decoded = args.map((argument) =>
          decode(argument, ({ tensor, dtype }) => {
            const [size, ...rest] = shapeOf(tensor);
            const wanted = feeds.length === 0 ? size > 0 : all && size === batch;
            if (!wanted) return constant(tensor, dtype);
            batch = size;
            const placeholder = build.placeholder([-1, ...rest], dtype);
            feeds.push([placeholder, tensor]);
            return placeholder;
          }),
        );
        if (feeds.length === 0) continue;
        let nodes: Node[];
        try {
          const call = table[fn];
          nodes = [call(...decoded)].flat() as Node[];
        } catch (error) {
          if (!(error instanceof NablaError)) throw error;
          continue;
        }
        built++;
        if (differs.has(fn)) continue;
        const values = evaluateAll(nodes, { feeds, batch });
        for (const [i, { tensor }] of expected.entries()) {
          expectClose(values[i], tensor, rtol, atol);
        }
      }
    }
    expect(built > 0 ? 'builds' : 'never builds').toBe(
      fixedOnly.includes(fn) ? 'never builds' : 'builds',
    );
  });
});
