import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { BATCH, formatDim, formatShape } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { arrange, contract, type Labelled, sumOut } from './contract.ts';
import { takeDiagonal } from './matrix.ts';
import { axesLast, numberOf } from './shared.ts';

/** Einstein's summation: the equation names the axes, repeated names are multiplied and summed. */

interface Equation {
  /** One label an axis for each operand; the axes of `...` are numbered from the last: '.0', '.1', ... */
  readonly operands: readonly (readonly string[])[];
  readonly result: readonly string[];
}

const ellipsis = (axes: number): string[] =>
  Array.from({ length: axes }, (_, i) => `.${axes - 1 - i}`);

/** The labels of one term such as `a...bc`, where the ellipsis stands for `spread` axes. */
function readTerm(equation: string, term: string, spread: number): string[] {
  const parts = term.split('...');
  if (parts.length > 2 || !/^[A-Za-z]*$/.test(parts.join(''))) {
    fail(
      'einsum',
      `"${term}" in "${equation}" is not a term; expected letters and at most one ellipsis, for example "...ij"`,
    );
  }
  return parts.length === 1 ? [...term] : [...parts[0], ...ellipsis(spread), ...parts[1]];
}

function parse(equation: string, ranks: readonly number[]): Equation {
  const [left, right, ...rest] = equation.replaceAll(/\s/g, '').split('->');
  const terms = left.split(',');
  if (rest.length > 0 || terms.length !== ranks.length) {
    fail(
      'einsum',
      `"${equation}" names ${terms.length} operands and ${ranks.length} were received; expected a form such as "ij,jk->ik"`,
    );
  }
  const operands = terms.map((term, i) => {
    const named = term.replaceAll('.', '').length;
    const labels = readTerm(equation, term, Math.max(0, ranks[i] - named));
    if (labels.length !== ranks[i]) {
      fail(
        'einsum',
        `"${term}" in "${equation}" names ${named} axes; operand ${i} has ${ranks[i]}`,
      );
    }
    return labels;
  });
  const all = operands.flat();
  const spread = Math.max(0, ...operands.map((o) => o.filter((l) => l.startsWith('.')).length));
  const dots = ellipsis(spread);
  if (right !== undefined) {
    const result = readTerm(equation, right, spread);
    const unknown = result.find((l) => !all.includes(l));
    if (unknown || new Set(result).size !== result.length) {
      fail(
        'einsum',
        `the result "${right}" of "${equation}" must name axes of the operands, each once`,
      );
    }
    if (spread > 0 && !right.includes('...')) {
      fail(
        'einsum',
        `the result of "${equation}" leaves the axes of "..." out; write "...${right}"`,
      );
    }
    return { operands, result };
  }
  const once = all.filter((l) => !l.startsWith('.') && all.indexOf(l) === all.lastIndexOf(l));
  return { operands, result: [...dots, ...once.sort()] };
}

/** Every label once: the axes of a repeated label become their diagonal. */
function withoutRepeats(x: Labelled): Labelled {
  const repeated = x.labels.findIndex((l, i) => x.labels.indexOf(l) < i);
  if (repeated < 0) return x;
  const first = x.labels.indexOf(x.labels[repeated]);
  const order = axesLast(x.labels.length, [first, repeated]);
  const [rows, columns] = [x.node.shape[first], x.node.shape[repeated]];
  if (rows !== columns) {
    fail(
      'einsum',
      `"${x.labels[repeated]}" names axes of ${formatDim(rows)} and ${formatDim(columns)} elements of ${formatShape(x.node.shape)}; a diagonal needs equal sizes`,
    );
  }
  const diagonal = takeDiagonal(build.transpose(x.node, order), 0, 'einsum');
  const labels = order.slice(0, -1).map((i) => x.labels[i]);
  return withoutRepeats({ node: diagonal, labels });
}

/** The size of each label; 1 stretches. */
function sizesOf(operands: readonly Labelled[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { node, labels } of operands) {
    for (const [i, label] of labels.entries()) {
      const known = sizes.get(label) ?? 1;
      const size = node.shape[i];
      if (known !== 1 && size !== 1 && known !== size) {
        fail(
          'einsum',
          `"${label}" stands for ${formatDim(known)} and for ${formatDim(size)} elements in ${operands.map((o) => formatShape(o.node.shape)).join(' and ')}`,
        );
      }
      if (known === 1) sizes.set(label, size);
    }
  }
  return sizes;
}

// The weight of a symbolic batch when orders of evaluation are compared; any usual batch size will do.
const ASSUMED_BATCH = 32;

const magnitude = (labels: Iterable<string>, sizes: Map<string, number>): number => {
  let total = 1;
  for (const l of labels) {
    const size = sizes.get(l)!;
    total *= size < 0 ? (size / BATCH) * ASSUMED_BATCH : size;
  }
  return total;
};

/** The pair whose product has the fewest elements; the earliest of equals. */
function cheapestPair(
  operands: readonly Labelled[],
  result: readonly string[],
  sizes: Map<string, number>,
): [number, number] {
  let best: [number, number] = [0, 1];
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < operands.length; i++) {
    for (let k = i + 1; k < operands.length; k++) {
      const rest = operands.filter((_, at) => at !== i && at !== k);
      const joined = new Set([...operands[i].labels, ...operands[k].labels]);
      const kept = [...joined].filter(
        (l) => result.includes(l) || rest.some((o) => o.labels.includes(l)),
      );
      const size = magnitude(kept, sizes);
      if (size < least) [best, least] = [[i, k], size];
    }
  }
  return best;
}

/**
 * Sum of products by Einstein's convention, as numpy.einsum: `einsum('bij,bjk->bik', a, b)`. A letter
 * names an axis; letters missing from the result are summed, a letter twice in one term takes the
 * diagonal, `...` stands for the axes not named (they broadcast). Without `->` the result holds the
 * letters that occur once, in alphabetical order. More than two operands are multiplied pairwise,
 * smallest intermediate result first. Errors: a malformed equation, a letter with two different sizes.
 */
export function einsum(equation: string, ...operands: Operand[]): Node {
  const nodes = operands.map(numberOf);
  const dtype = nodes.map((n) => n.dtype).reduce(build.promoteTypes, 'int32');
  const parsed = parse(
    equation,
    nodes.map((n) => n.shape.length),
  );
  const distinct = nodes.map((node, i) =>
    withoutRepeats({ node: build.cast(node, dtype), labels: parsed.operands[i] }),
  );
  const sizes = sizesOf(distinct);
  // An axis of size 1 that stretches drops out: the other operands carry its label.
  let left: Labelled[] = distinct.map((x) => {
    const labels = x.labels.filter((l, i) => x.node.shape[i] === sizes.get(l));
    const shape = x.node.shape.filter((d, i) => d === sizes.get(x.labels[i]));
    return { node: build.reshape(x.node, shape), labels };
  });
  while (left.length > 1) {
    const [i, k] = cheapestPair(left, parsed.result, sizes);
    const rest = left.filter((_, at) => at !== i && at !== k);
    const needed = (l: string) =>
      parsed.result.includes(l) || rest.some((o) => o.labels.includes(l));
    left = [...rest, contract('einsum', left[i], left[k], needed)];
  }
  return arrange(
    sumOut(left[0], (l) => parsed.result.includes(l)),
    parsed.result,
  );
}
