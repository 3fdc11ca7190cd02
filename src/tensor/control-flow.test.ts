import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../engines/js/engine.ts';
import { registerEngine } from './device.ts';
import { grad } from './grad.ts';
import { jit } from './jit.ts';
import { ops } from './lift.ts';
import { type Tensor, tensor } from './tensor.ts';

beforeAll(() => registerEngine('js', async () => createJsEngine()));

describe('scan', () => {
  it('carries a state and stacks results', async () => {
    const [last, all] = ops.scan(
      (sum: Tensor, x: Tensor) => [sum.add(x), sum.mul(10)],
      tensor(0),
      tensor([1, 2, 3]),
    );
    expect(await last.item()).toBe(6);
    expect(await all.array()).toEqual([0, 10, 30]);
  });

  it('takes trees, numbers, a length, and goes backwards', async () => {
    const [state, ys] = ops.scan(
      ({ a, b }: any, { x }: any) => [{ a: b, b: a.add(b) }, { x: a.add(x) }],
      { a: 0, b: 1 },
      { x: tensor([0, 0, 0, 100]) },
      { reverse: true },
    );
    expect(await state.b.item()).toBe(5);
    expect(await ys.x.array()).toEqual([2, 1, 1, 100]);
    const [power] = ops.scan((p: Tensor) => [p.mul(2), undefined], tensor(1), undefined, {
      length: 10,
    });
    expect(await power.item()).toBe(1024);
  });

  it('is differentiated, and part of a compiled function', async () => {
    const cube = (x: Tensor) =>
      ops.scan((p: Tensor) => [p.mul(x), undefined], tensor(1), undefined, { length: 3 })[0];
    expect(await grad(cube)(tensor(2)).item()).toBe(12);
    expect(await (await jit(cube)(tensor(3))).item()).toBe(27);
  });

  it('tells what does not fit', () => {
    const pair = (c: Tensor) => [c, c] as const;
    expect(() => ops.scan(pair, tensor(0))).toThrow('pass xs [steps, ...], or length');
    expect(() => ops.scan(pair, tensor(0), [tensor([1]), tensor([1, 2])])).toThrow('1, 2 steps');
    expect(() => ops.scan((c: Tensor) => c as any, tensor(0), tensor([1]))).toThrow(
      '[state, result]',
    );
    expect(() =>
      ops.scan((c: Tensor) => [ops.stack([c, c]), undefined] as any, tensor(0), tensor([1])),
    ).toThrow('the state was float32 [] and became float32 [2]');
  });
});

describe('choices', () => {
  it('keep one side', async () => {
    const signed = (x: Tensor) =>
      ops.cond(
        ops.less(x, 0),
        () => x.neg(),
        () => x.mul(10),
      );
    expect(await signed(tensor(-3)).item()).toBe(3);
    expect(await signed(tensor(2)).item()).toBe(20);
    const fixed = ops.cond(
      true,
      () => [tensor(1)],
      () => [tensor(2)],
    );
    expect(await fixed[0].item()).toBe(1);
    expect(() =>
      ops.cond(
        ops.less(tensor(0), 1),
        () => [tensor(1)],
        () => [] as Tensor[],
      ),
    ).toThrow('different structures');
  });

  it('among several keep to the list', async () => {
    const branches = [(x: Tensor) => x, (x: Tensor) => x.mul(2), (x: Tensor) => x.mul(3)];
    const of = async (i: number) => [
      await ops.switch(tensor(i, [], 'int32'), branches, tensor(5)).item(),
      await ops.switch(i, branches, tensor(5)).item(),
    ];
    expect(await Promise.all([-1, 0, 1, 2, 7].map(of))).toEqual(
      [5, 5, 10, 15, 15].map((v) => [v, v]),
    );
  });
});

describe('loops', () => {
  it('count', async () => {
    const sum = ops.foriLoop(3, 6, (i, s: Tensor) => s.add(i.cast('float32')), tensor(0));
    expect(await sum.item()).toBe(12);
    expect(await ops.foriLoop(6, 3, (_, s: Tensor) => s, tensor(7)).item()).toBe(7);
  });

  it('stop on a condition', async () => {
    const [x, n] = ops.whileLoop(
      (v: Tensor) => ops.less(v, 100),
      (v: Tensor, k: Tensor): [Tensor, Tensor] => [v.mul(3), k.add(1)],
      [tensor(1), tensor(0)] as [Tensor, Tensor],
      { maximumIterations: 20 },
    );
    expect([await x.item(), await n.item()]).toEqual([243, 5]);
    expect(() =>
      ops.whileLoop(
        () => tensor(true),
        (v: Tensor): [Tensor] => [v],
        [tensor(1)] as [Tensor],
        {} as any,
      ),
    ).toThrow('maximumIterations is undefined');
  });

  it('go over rows', async () => {
    const rows = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(await ops.map((r: Tensor) => r.sum(), rows).array()).toEqual([3, 7]);
    expect(await ops.vectorizedMap((r: Tensor) => r.mul(2), rows).array()).toEqual([
      [2, 4],
      [6, 8],
    ]);
  });

  it('accumulate, along any axis and from the end', async () => {
    const add = (a: Tensor, b: Tensor) => a.add(b);
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(await ops.associativeScan(add, x).array()).toEqual([
      [1, 2, 3],
      [5, 7, 9],
    ]);
    expect(await ops.associativeScan(add, x, { axis: 1 }).array()).toEqual([
      [1, 3, 6],
      [4, 9, 15],
    ]);
    expect(await ops.associativeScan(add, x, { axis: 1, reverse: true }).array()).toEqual([
      [6, 5, 3],
      [15, 11, 6],
    ]);
    expect(await ops.associativeScan(add, tensor([7])).array()).toEqual([7]);
  });
});
