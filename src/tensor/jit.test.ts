import { describe, expect, it, vi } from 'vitest';
import { jit } from './jit.ts';
import { scalar, type Tensor, tensor } from './tensor.ts';
import { type Variable, variable } from './variable.ts';

const one = tensor([1]);
const values = async (t: Promise<Tensor>) => [...(await (await t).data())];

describe('arguments of a compiled function', () => {
  it('are told apart by what they are', async () => {
    const times = jit((x: Tensor, n: number) => x.mul(n));
    const factors = [Number.POSITIVE_INFINITY, Number.NaN, Number.NEGATIVE_INFINITY, 2];
    for (const n of factors) expect(await values(times(one, n))).toEqual([n]);

    const ifNull = jit((x: Tensor, flag?: null) => (flag === null ? x.mul(2) : x.mul(3)));
    expect(await values(ifNull(one, null))).toEqual([2]);
    expect(await values(ifNull(one))).toEqual([3]);

    const apply = jit((x: Tensor, f: (t: Tensor) => Tensor) => f(x));
    expect(await values(apply(one, (t) => t.mul(2)))).toEqual([2]);
    expect(await values(apply(one, (t) => t.mul(3)))).toEqual([3]);

    const read = jit((v: Variable) => v.value.mul(2));
    expect(await values(read(variable([1])))).toEqual([2]);
    expect(await values(read(variable([5])))).toEqual([10]);

    const numbers = jit((x: Tensor, list: Float32Array, n: bigint) =>
      x.mul(list[0]).mul(Number(n)),
    );
    expect(await values(numbers(one, Float32Array.of(3), 1n))).toEqual([3]);
    expect(await values(numbers(one, Float32Array.of(4), 2n))).toEqual([8]);
  });

  it('that are equal share a compilation', async () => {
    let traces = 0;
    const f = jit((x: Tensor, options: { readonly by: readonly number[] }) => {
      traces++;
      return x.mul(options.by[0]);
    });
    for (let i = 0; i < 3; i++) await f(tensor([i]), { by: [2] });
    expect(traces).toBe(1);
    await f(tensor([1, 2]), { by: [2] });
    await f(tensor([1], undefined, 'int32'), { by: [2] });
    expect(traces).toBe(3);
  });

  it('that are data must be tensors', async () => {
    const f = jit((x: Tensor, list: Float32Array) => x.mul(list[0]));
    await expect(f(one, new Float32Array(1000))).rejects.toThrow('wrap it with tensor(...)');
  });

  it('that change with every call are reported once, and old compilations go', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const f = jit((x: Tensor, n: number) => x.add(n));
    for (let n = 0; n < 70; n++) expect(await values(f(one, n))).toEqual([n + 1]);
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('pass numbers that change as tensors')],
    ]);
    warn.mockRestore();
    expect(await values(f(one, 0))).toEqual([1]);
  });
});

describe('a compiled function', () => {
  it('inside another is a plain call', async () => {
    const double = jit((x: Tensor) => x.mul(2));
    const f = jit((x: Tensor) => (double(x) as unknown as Tensor).add(1));
    expect(await values(f(one))).toEqual([3]);
  });

  it('works again after an error', async () => {
    let broken = true;
    const f = jit((x: Tensor) => {
      if (broken) throw new Error('broken');
      return x.mul(2);
    });
    await expect(f(one)).rejects.toThrow('broken');
    broken = false;
    expect(await values(f(one))).toEqual([2]);
  });

  it('returns trees, its arguments, and one tensor twice', async () => {
    const f = jit((p: { a: Tensor; b: readonly Tensor[] }) => {
      const sum = p.a.add(p.b[0]);
      return { sum, list: [sum, p.a, 'text', 5] as const };
    });
    const { sum, list } = await f({ a: tensor([1, 2]), b: [tensor([3, 4])] });
    expect([...(await sum.data())]).toEqual([4, 6]);
    expect([...(await list[0].data())]).toEqual([4, 6]);
    expect([...(await list[1].data())]).toEqual([1, 2]);
    expect(list.slice(2)).toEqual(['text', 5]);
  });

  it('called several times at once takes its turns', async () => {
    const sum = variable(0);
    const f = jit((x: Tensor) => {
      sum.assignAdd(x);
      return sum.value as Tensor;
    });
    const results = await Promise.all([1, 2, 3, 4].map((n) => f(scalar(n))));
    expect(await Promise.all(results.map((r) => r.item()))).toEqual([1, 3, 6, 10]);
  });
});
