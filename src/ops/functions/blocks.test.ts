import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../engines/js/engine.ts';
import { registerEngine } from '../../tensor/device.ts';
import { ops } from '../../tensor/lift.ts';
import { tensor } from '../../tensor/tensor.ts';

beforeAll(() => registerEngine('js', async () => createJsEngine()));

const close = (values: readonly number[]) => values.map((v) => expect.closeTo(v, 5));

describe('blocks of pixels', () => {
  it('become channels and come back', async () => {
    const x = ops.reshape(ops.arange(16, null, 1, 'float32'), [1, 2, 2, 4]);
    const wide = ops.depthToSpace(x, 2);
    expect(wide.shape).toEqual([1, 4, 4, 1]);
    // Four channels are a block of two by two.
    expect((await wide.array())[0].map((row: number[][]) => row.flat())).toEqual([
      [0, 1, 4, 5],
      [2, 3, 6, 7],
      [8, 9, 12, 13],
      [10, 11, 14, 15],
    ]);
    expect(await ops.spaceToDepth(wide, 2).array()).toEqual(await x.array());
    const first = ops.transpose(x, [0, 3, 1, 2]);
    const back = ops.spaceToDepth(ops.depthToSpace(first, 2, 'channelsFirst'), 2, 'channelsFirst');
    expect(await back.array()).toEqual(await first.array());
    expect(() => ops.depthToSpace(x, 3)).toThrow(
      'depthToSpace: received [1, 2, 2, 4] and blocks of 3',
    );
  });
});

describe('windows, as NumPy computes them', () => {
  it.each([
    ['bartlett', [0, 0.5, 1, 0.5, 0]],
    ['blackman', [0, 0.34, 1, 0.34, 0]],
    ['hamming', [0.08, 0.54, 1, 0.54, 0.08]],
    ['hanning', [0, 0.5, 1, 0.5, 0]],
  ] as const)('%s', async (name, values) => {
    expect([...(await ops[name](5).data())]).toEqual(close(values));
    expect(await ops[name](1).array()).toEqual([1]);
    expect(() => ops[name](2.5)).toThrow(`${name}: the length is 2.5`);
  });

  it('kaiser', async () => {
    // numpy.kaiser(5, 14)
    const values = [7.72686684e-6, 0.164932188, 1, 0.164932188, 7.72686684e-6];
    expect([...(await ops.kaiser(5, 14).data())]).toEqual(close(values));
  });
});

describe('small functions', () => {
  it('of signs and powers of two', async () => {
    expect(await ops.signbit(tensor([-1, -0, 0, 2])).array()).toEqual([true, true, false, false]);
    expect(await ops.ldexp(tensor([1, 3]), tensor([2, -1], [2], 'int32')).array()).toEqual([
      4, 1.5,
    ]);
    expect(await ops.saturateCast(tensor([1e20, -1e20, 2.7]), 'int32').array()).toEqual([
      2 ** 31 - 1,
      -(2 ** 31),
      2,
    ]);
  });

  it('of positions', async () => {
    const at = ops.unravelIndex(tensor([22, 41, 37], [3], 'int32'), [7, 6]);
    expect(await Promise.all(at.map((t) => t.array()))).toEqual([
      [3, 6, 6],
      [4, 5, 1],
    ]);
    const order = await ops.argpartition(tensor([7, 1, 5, 3]), 2).array();
    expect(order[2]).toBe(2);
    expect(() => ops.argpartition(tensor([1, 2]), 2)).toThrow('kth is 2');
  });

  it('of likeness', async () => {
    const [a, v] = [tensor([1, 2, 3]), tensor([0, 1, 0.5])];
    expect(await ops.correlate(a, v).array()).toEqual([3.5]);
    expect(await ops.correlate(a, v, 'same').array()).toEqual([2, 3.5, 3]);
    expect(await ops.correlate(a, v, 'full').array()).toEqual([0.5, 2, 3.5, 3, 0]);
    expect(await ops.correlate(tensor([1, 2]), tensor([1, 2, 3, 4]), 'same').array()).toEqual([
      11, 8, 5, 2,
    ]);
    const [x, y] = [tensor([0, 0]), tensor([0.1, 0.1])];
    expect(await ops.psnr(x, y, 1).item()).toBeCloseTo(20, 4);
  });
});
