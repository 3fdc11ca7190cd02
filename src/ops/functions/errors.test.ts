import { describe, expect, it } from 'vitest';
import { constant, evaluate, evaluateAll } from '../../../test/evaluate.ts';
import { expectClose } from '../../../test/numpy-cases.ts';
import { NablaError } from '../../graph/errors.ts';
import { placeholder } from '../build.ts';
import * as f from './index.ts';

/** What is not a call of NumPy's: errors, sizes that follow the batch, accuracy beyond the recorded cases. */

const x = placeholder([-1, 3], 'float32');
const vector = placeholder([4], 'float32');

describe('errors name the operation, what came and the way out', () => {
  it.each([
    [() => f.where(x), 'where: received a condition alone'],
    [() => f.select([x], []), 'select: received 1 conditions and 0 choices'],
    [() => f.reshape(x, [2, 2]), 'reshape: [batch, 3] has 3*batch elements, [2, 2] has 4'],
    [() => f.reshape(vector, [3, -1]), 'reshape: [4] has 4 elements, which 3 does not divide'],
    [() => f.reshape(vector, [-1, -1]), 'at most one of them -1'],
    [() => f.squeeze(x, 1), 'squeeze: axis 1 of [batch, 3] has 3 elements; expected 1'],
    [() => f.transpose(x, [0, 2]), 'transpose: axis 2 is out of range for rank 2'],
    [() => f.moveaxis(x, [0, 1], [0]), 'moveaxis: axes [0, 1] do not pair up with positions [0]'],
    [() => f.sum(x, 2), 'sum: axis 2 is out of range'],
    [() => f.average(x, null, vector), 'average: weights of one axis received with 2 axes'],
    [() => f.norm(x, 2, [0, 1]), 'norm: order 2 of a matrix needs its singular values'],
    [() => f.norm(placeholder([2, 2, 2], 'float32'), 1), 'norm: order 1 received for 3 axes'],
    [() => f.matmul(2, x), 'matmul: received [] x [batch, 3]'],
    [() => f.matmul(x, x), 'matmul: inner dimensions differ: [batch, 3] x [batch, 3]'],
    [() => f.cross(vector, vector), 'cross: axis -1 of [4] has 4 elements; expected 2 or 3'],
    [() => f.diag(placeholder([1, 1, 1], 'float32')), 'diag: received [1, 1, 1]'],
    [() => f.tril(vector), 'tril: received [4]; expected two axes or more'],
    [
      () => f.split(vector, 3),
      'split: axis 0 of [4] does not divide into 3 equal parts; use arraySplit',
    ],
    [() => f.split(x, 2), 'split: axis 0 of [batch, 3] depends on the batch size'],
    [() => f.unstack(vector, 3), 'unstack: axis 0 of [4] has 4 slices; expected 3'],
    [() => f.repeat(vector, [1, 2]), 'repeat: received 2 numbers of repeats for 4 positions'],
    [() => f.tile(vector, -1), 'tile: a number of repeats is -1'],
    [() => f.roll(vector, [1, 2], [0]), 'roll: received 2 shifts for 1 axes'],
    [() => f.rot90(x, 1, [1, -1]), 'rot90: received axes [1, -1]; expected two different ones'],
    [() => f.topK(x, 4), 'topK: received k = 4 for [batch, 3]'],
    [() => f.quantile(x, 50), 'quantile: received q = 50; expected shares of 0 to 1'],
    [() => f.searchsorted(x, 1), 'searchsorted: the sorted sequence is [batch, 3]'],
    [() => f.bincount(vector), 'bincount: minlength is 0'],
    [() => f.histogram(vector, 0), 'histogram: bins is 0; expected an integer of 1 or more'],
    [() => f.histogram(vector, 2, [1, 0]), 'histogram: the range [1, 0] is empty'],
    [() => f.arange(0, 1, 0), 'arange: received start 0, stop 1, step 0'],
    [() => f.geomspace(0, 1), 'geomspace: received 0 and 1; expected two positive numbers'],
    [() => f.array([[1], [1, 2]]), 'array: a list at depth 1 has 2 entries; expected 1'],
    [() => f.array([1, [2]]), 'array: a list at depth 1 has 1 entries; expected a number'],
    [
      () => f.gatherNd(x, placeholder([2, 3], 'int32')),
      'gatherNd: indices [2, 3] hold 3 coordinates each',
    ],
    [() => f.takeAlongAxis(x, vector), 'takeAlongAxis: indices [4] and [batch, 3]'],
    [
      () => f.scatterAdd(x, placeholder([2, 1], 'int32'), vector),
      'scatterAdd: updates are [4]; indices [2, 1] into [batch, 3] need [2, 3]',
    ],
    [
      () => f.segmentSum(x, vector, 2),
      'segmentSum: segment ids are [4]; expected one for each of the first axis of [batch, 3]',
    ],
    [() => f.segmentProd(x, vector, 2), 'segmentProd: segment ids are [4]'],
    [() => f.unique(vector, 0), 'unique: size is 0; expected an integer of 1 or more'],
    [() => f.nanquantile(x, 50), 'nanquantile: received q = 50; expected shares of 0 to 1'],
    [() => f.cdist(x, vector), 'cdist: received [batch, 3] and [4]'],
    [() => f.cast(x, 'int64' as 'int32'), 'cast: received dtype int64'],
    [() => f.arrayEqual(x, placeholder([2, 3], 'float32')), 'depends on the batch size'],
    [() => f.trapezoid(x, null, 1, 0), 'trapezoid: axis 0 of [batch, 3] must have a fixed size'],
    [
      () => f.groupNormalization(x, 2),
      'groupNormalization: 3 channels do not divide into 2 groups',
    ],
    [() => f.normalize(x, -1, 0), 'normalize: received order 0'],
  ] as [() => unknown, string][])('$1', (call, message) => {
    expect(call).toThrow(NablaError);
    expect(call).toThrow(message);
  });
});

describe('sizes', () => {
  it('are numbers, or scalars where they follow the batch', () => {
    expect(f.shape(vector)).toEqual([4]);
    expect(f.ndim(x)).toBe(2);
    expect(f.size(vector)).toBe(4);
    const [batch, columns] = f.shape(x);
    expect(columns).toBe(3);
    const values = evaluateAll([batch, f.size(x)] as any, {
      feeds: [[x, Array.from({ length: 5 }, () => [0, 0, 0])]],
      batch: 5,
    });
    expect(values).toEqual([5, 15]);
  });

  it('reshape keeps the batch, or mixes it with other axes', () => {
    const images = placeholder([-1, 28, 28], 'float32');
    expect(f.reshape(images, [-1, 784]).shape).toEqual([-1, 784]);
    expect(f.reshape(images, [-1]).shape).toEqual([-784]);
    expect(f.reshape(images, [-1, 28]).shape).toEqual([-28, 28]);
    expect(f.reshape(f.reshape(images, [-1]), [-1, 28, 28]).shape).toEqual([-1, 28, 28]);
    expect(f.flatten(images).shape).toEqual([-784]);
  });
});

describe('accuracy', () => {
  it('erfinv in float64', () => {
    // From SciPy.
    const known = [
      [-0.9999999999999996, -5.745872392191181],
      [-0.99999998, -3.968284135847724],
      [-0.995, -1.984872612615532],
      [-0.85, -1.0179024648320276],
      [-0.7, -0.7328690779592169],
      [-1e-9, -8.86226925452758e-10],
      [0, 0],
      [1e-5, 8.862269254759592e-6],
      [0.3, 0.2724627147267544],
      [0.8499, 1.0176527650769829],
      [0.999978, 3.0006511448418878],
      [0.99999999999, 4.812924058944833],
    ];
    const got = evaluate(
      f.erfinv(
        constant(
          known.map(([y]) => y),
          'float64',
        ),
      ),
    );
    expectClose(
      got,
      known.map(([, x]) => x),
      2e-15,
      0,
    );
    const bounds = f.erfinv(constant([-1, 1, 1.1], 'float64'));
    expect(evaluate(bounds)).toEqual([-1 / 0, 1 / 0, Number.NaN]);
  });

  it('log-probabilities keep their digits far out', () => {
    expectClose(evaluate(f.logSigmoid(constant([-200, 200]))), [-200, 0]);
    expectClose(evaluate(f.logSoftmax(constant([0, 1000]))), [-1000, 0]);
    expectClose(evaluate(f.logaddexp(constant([1]), constant([-1e8]))), [1]);
  });

  it('variance of large numbers close together', () => {
    expectClose(evaluate(f.variance(constant([10000, 10001, 10002]))), 2 / 3, 1e-6);
  });

  it('searchsorted in a long vector', () => {
    const wanted = [-1, 0, 7, 99998, 99999.5, 2e5];
    const got = evaluate(f.searchsorted(f.arange(100000, null, 1, 'float32'), constant(wanted)));
    expect(got).toEqual([0, 0, 7, 99998, 100000, 100000]);
  });
});

describe('special functions in float64', () => {
  it('erfc keeps its digits far out', () => {
    // scipy.special.erfc
    const x = constant([-1.5, 0.3, 0.5, 2, 6, 26, 40], 'float64');
    const expected = [
      1.9661051464753108, 0.6713732405408726, 0.4795001221869535, 0.004677734981047266,
      2.1519736712498913e-17, 5.663192408856145e-296, 0,
    ];
    expectClose(evaluate(f.erfc(x)), expected, 1e-13, 0);
  });

  it('i0 on both sides of where its series meet', () => {
    // scipy.special.i0
    const x = constant([0.5, -3, 15, 19.9, 20.1, 300], 'float64');
    const expected = [
      1.0634833707413234, 4.880792585865024, 339649.3732979138, 39513376.52006682, 48017874.1071365,
      4.475847367935052e128,
    ];
    expectClose(evaluate(f.i0(x)), expected, 1e-13, 0);
  });
});
