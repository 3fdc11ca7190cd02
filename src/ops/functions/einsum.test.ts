import { describe, expect, it } from 'vitest';
import { generator } from '../../../test/conformance/values.ts';
import { constant, evaluate, flatten, type Nested } from '../../../test/evaluate.ts';
import { expectClose } from '../../../test/numpy-cases.ts';
import type { Node } from '../../graph/node.ts';
import { placeholder } from '../build.ts';
import { nameOf } from '../primitives/index.ts';
import { einsum, tensordot } from './index.ts';

interface Values {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const random = generator(5);

function draw(shape: readonly number[]): Values {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Array.from({ length: size }, () => 2 * random() - 1) };
}

const nodeOf = ({ shape, data }: Values): Node => {
  const nest = (axis: number, offset: number, stride: number): Nested =>
    axis === shape.length
      ? data[offset]
      : Array.from({ length: shape[axis] }, (_, i) =>
          nest(axis + 1, offset + (i * stride) / shape[axis], stride / shape[axis]),
        );
  return constant(nest(0, 0, data.length), 'float64');
};

/** Einstein's sum by its definition: one loop over every label, the sizes of 1 stretched. */
function naive(
  terms: readonly (readonly string[])[],
  result: readonly string[],
  operands: readonly Values[],
): Values {
  const sizes = new Map<string, number>();
  terms.forEach((labels, k) => {
    labels.forEach((l, i) => {
      sizes.set(l, Math.max(sizes.get(l) ?? 1, operands[k].shape[i]));
    });
  });
  const labels = [...sizes.keys()];
  const shape = result.map((l) => sizes.get(l)!);
  const data = new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(0);
  const at = new Map<string, number>();
  const offset = (names: readonly string[], dims: readonly number[]) =>
    names.reduce((o, l, i) => o * dims[i] + (dims[i] === 1 ? 0 : at.get(l)!), 0);
  const loop = (depth: number): void => {
    if (depth < labels.length) {
      for (let i = 0; i < sizes.get(labels[depth])!; i++) {
        at.set(labels[depth], i);
        loop(depth + 1);
      }
      return;
    }
    const product = operands.reduce((p, o, k) => p * o.data[offset(terms[k], o.shape)], 1);
    data[offset(result, shape)] += product;
  };
  loop(0);
  return { shape, data };
}

const expectSame = (node: Node, want: Values) => {
  expect(node.shape).toEqual(want.shape);
  expectClose(flatten(evaluate(node)), want.data, 1e-9, 1e-9);
};

const sizes: Record<string, number> = { a: 2, b: 3, c: 4, d: 1, i: 2, j: 3, k: 4, l: 2 };

describe('einsum', () => {
  it.each([
    'i->i',
    'ij->ji',
    'ij->',
    'ij->i',
    'ijk->kj',
    'ii->i',
    'ii->',
    'iji->j',
    'iijj->ij',
    'iii->i',
    'i,i->',
    'i,j->ij',
    'i,j->ji',
    'ij,jk->ik',
    'ij,kj->ki',
    'ji,jk->ik',
    'ij,ij->ij',
    'ij,ij->j',
    'ijk,ikl->ijl',
    'ijk,jl->ikl',
    'ijkl,akl->ija',
    'ii,ij->j',
    'ij,jk,kl->il',
    'ij,ik,il->jkl',
    'i,i,i->i',
    'ij,jk,ki->',
    'abi,abj->ij',
    'ij,k->ij',
    'id,dj->ij',
    'ab,bc,cd,da->',
  ])('%s', (equation) => {
    const [left, right] = equation.split('->');
    const terms = left.split(',').map((t) => [...t]);
    const operands = terms.map((t) => draw(t.map((l) => sizes[l])));
    expectSame(einsum(equation, ...operands.map(nodeOf)), naive(terms, [...right], operands));
  });

  it('agrees with loops on equations drawn at random', () => {
    const pick = (n: number) => Math.floor(random() * n);
    for (let trial = 0; trial < 150; trial++) {
      const terms = Array.from({ length: 1 + pick(3) }, () =>
        Array.from({ length: pick(4) }, () => 'abcij'[pick(5)]),
      );
      const used = [...new Set(terms.flat())].filter(() => random() < 0.6);
      const equation = `${terms.map((t) => t.join('')).join(', ')} -> ${used.join('')}`;
      // Some axes have size 1 and stretch, except in a term that names the label twice.
      const operands = terms.map((t) =>
        draw(
          t.map((l) => (random() < 0.15 && t.filter((m) => m === l).length === 1 ? 1 : sizes[l])),
        ),
      );
      expectSame(einsum(equation, ...operands.map(nodeOf)), naive(terms, used, operands));
    }
  });

  it('takes the letters that occur once without an arrow', () => {
    const [x, y] = [draw([2, 3]), draw([3, 4])];
    expectSame(
      einsum('cj,ja', nodeOf(x), nodeOf(y)),
      naive(
        [
          ['c', 'j'],
          ['j', 'a'],
        ],
        ['a', 'c'],
        [x, y],
      ),
    );
  });

  it.each([
    ['...ij,...jk->...ik', [5, 2, 3], [5, 3, 4], ['5', 'i', 'j'], ['5', 'j', 'k'], ['5', 'i', 'k']],
    ['...ij,jk', [5, 2, 3], [3, 4], ['5', 'i', 'j'], ['j', 'k'], ['5', 'i', 'k']],
    ['i...,...->i...', [2, 3, 4], [4], ['i', '1', '0'], ['0'], ['i', '1', '0']],
    ['...i,...i->...', [1, 3, 4], [5, 1, 4], ['1', '0', 'i'], ['1', '0', 'i'], ['1', '0']],
  ])('%s', (equation, shapeA, shapeB, a, b, result) => {
    const [x, y] = [draw(shapeA), draw(shapeB)];
    expectSame(einsum(equation, nodeOf(x), nodeOf(y)), naive([a, b], result, [x, y]));
  });

  it('keeps a symbolic batch', () => {
    const x = placeholder([-1, 2, 3], 'float32');
    const w = placeholder([3, 4], 'float32');
    expect(einsum('bij,jk->bik', x, w).shape).toEqual([-1, 2, 4]);
    expect(einsum('...j,jk->...k', x, w).shape).toEqual([-1, 2, 4]);
    expect(einsum('bij,bij->', x, x).shape).toEqual([]);
  });

  it('is one matrix product without transposes where the layout allows', () => {
    const x = placeholder([2, 3], 'float32');
    const y = placeholder([4, 3], 'float32');
    const product = einsum('ij,kj->ik', x, y);
    expect(nameOf(product)).toBe('matMul');
    expect(product.inputs).toEqual([x, y]);
    expect(product.attributes).toEqual({ transposeA: false, transposeB: true });
  });

  it('multiplies the small operands of a chain first', () => {
    const [long, vector] = [placeholder([100, 100], 'float32'), placeholder([100], 'float32')];
    const chain = einsum('ij,jk,k->i', long, long, vector);
    const shapes: (readonly number[])[] = [];
    const visit = (n: Node): void => {
      shapes.push(n.shape);
      n.inputs.forEach(visit);
    };
    visit(chain);
    // The inputs themselves are the only matrices: no product of two matrices was made.
    expect(shapes.filter((s) => s.length === 2 && s[0] === 100 && s[1] === 100)).toHaveLength(2);
  });

  it.each([
    ['ij,jk->ik', [[2, 3]], 'names 2 operands and 1 were received'],
    ['ij->i', [[2, 3, 4]], 'names 2 axes; operand 0 has 3'],
    [
      'ij,jk->ik',
      [
        [2, 3],
        [4, 5],
      ],
      '"j" stands for 3 and for 4 elements',
    ],
    ['ij->ik', [[2, 3]], 'must name axes of the operands'],
    ['ij->ii', [[2, 3]], 'must name axes of the operands'],
    ['ii->i', [[2, 3]], 'a diagonal needs equal sizes'],
    ['i1->i', [[2, 3]], 'is not a term'],
    ['...i->i', [[2, 3]], 'leaves the axes of "..." out'],
  ] as const)('%s is an error for %j', (equation, shapes, message) => {
    expect(() => einsum(equation, ...shapes.map((s) => placeholder(s, 'float32')))).toThrow(
      message,
    );
  });
});

describe('tensordot', () => {
  it('agrees with loops on axes drawn at random', () => {
    const pick = (n: number) => Math.floor(random() * n);
    const shuffled = (n: number) =>
      Array.from({ length: n }, (_, i) => [random(), i])
        .sort()
        .map(([, i]) => i);
    for (let trial = 0; trial < 60; trial++) {
      const [rankA, rankB] = [1 + pick(3), 1 + pick(3)];
      const pairs = pick(Math.min(rankA, rankB) + 1);
      const [axesA, axesB] = [shuffled(rankA).slice(0, pairs), shuffled(rankB).slice(0, pairs)];
      const labelsA = Array.from({ length: rankA }, (_, i) => `a${i}`);
      const labelsB = Array.from({ length: rankB }, (_, i) => `b${i}`);
      axesB.forEach((axis, i) => {
        labelsB[axis] = labelsA[axesA[i]];
      });
      const size = new Map<string, number>();
      const shapeOf = (labels: string[]) =>
        labels.map((l) => size.get(l) ?? size.set(l, 1 + pick(4)).get(l)!);
      const [a, b] = [draw(shapeOf(labelsA)), draw(shapeOf(labelsB))];
      const result = [
        ...labelsA.filter((l) => !labelsB.includes(l)),
        ...labelsB.filter((l) => !labelsA.includes(l)),
      ];
      expectSame(
        tensordot(nodeOf(a), nodeOf(b), [
          axesA.map((axis) => (random() < 0.5 ? axis : axis - rankA)),
          axesB,
        ]),
        naive([labelsA, labelsB], result, [a, b]),
      );
    }
  });

  it('names sizes that differ', () => {
    const [x, y] = [placeholder([2, 3], 'float32'), placeholder([4, 5], 'float32')];
    expect(() => tensordot(x, y, 1)).toThrow(
      'tensordot: an axis of 3 elements meets one of 4; axes that are summed or matched must have one size',
    );
    expect(() =>
      tensordot(x, y, [
        [0, 0],
        [0, 1],
      ]),
    ).toThrow('do not pair up');
    expect(() => tensordot(x, y, 3)).toThrow('expected 0 to 2');
  });
});
