import { describe, expect, it } from 'vitest';
import { checkpoint, customGradient, grad, stopGradient, valueAndGrad } from './grad.ts';
import { jit } from './jit.ts';
import { ops } from './lift.ts';
import { SeedGenerator, setRandomSeed } from './random.ts';
import { scalar, type Tensor, tensor } from './tensor.ts';
import { variable } from './variable.ts';

describe('tensors', () => {
  it('are lazy values', async () => {
    const a = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(a.shape).toEqual([2, 2]);
    expect(await a.matmul(a).array()).toEqual([
      [7, 10],
      [15, 22],
    ]);
    expect(await a.sum().item()).toBe(10);
    expect(await ops.greater(a, 2).array()).toEqual([
      [false, false],
      [true, true],
    ]);
    expect(String(a)).toBe('Tensor(float32 [2, 2] 1, 2, 3, 4)');
  });

  it('are made of nested or typed arrays', async () => {
    expect(tensor(Int32Array.of(1, 2, 3, 4), [2, 2]).dtype).toBe('int32');
    expect(tensor([true, false]).dtype).toBe('bool');
    expect(tensor([1, 2], undefined, 'float64').dtype).toBe('float64');
    expect(await tensor([]).array()).toEqual([]);
    expect(() => tensor([[1, 2], [3]])).toThrow('different lengths');
    expect(() => tensor([1, 2, 3], [2, 2])).toThrow('3 values do not fill the shape [2, 2]');
    expect(() => tensor([1, 'two'] as any)).toThrow('received string');
    await expect(tensor([1, 2]).item()).rejects.toThrow('has 2 elements');
  });

  it('compute a shared part once, and keep results', async () => {
    const a = tensor([1, 2, 3]);
    const b = a.exp();
    const first = await b.data();
    expect(await b.data()).toBe(first);
    expect(await b.add(0).data()).toEqual(first);
  });
});

describe('gradients', () => {
  const square = (x: Tensor) => x.square().sum();

  it('are functions like any other', async () => {
    const x = tensor([1, 2, 3]);
    expect(await grad(square)(x).array()).toEqual([2, 4, 6]);
    const { value, grad: slope } = valueAndGrad(square)(x);
    expect([await value.item(), await slope.array()]).toEqual([14, [2, 4, 6]]);
  });

  it('have gradients of their own', async () => {
    const cube = (x: Tensor) => x.mul(x).mul(x).sum();
    const second = grad((x: Tensor) => grad(cube)(x).sum());
    const third = grad((x: Tensor) => second(x).sum());
    expect(await second(tensor([2, 3])).array()).toEqual([12, 18]);
    expect(await third(tensor([2, 3])).array()).toEqual([6, 6]);
  });

  it('take trees of parameters', async () => {
    const loss = (p: { w: Tensor; b: Tensor[] }) => p.w.mul(p.b[0]).sum();
    const slopes = grad(loss)({ w: tensor([1, 2]), b: [tensor([3, 4])] });
    expect(await slopes.w.array()).toEqual([3, 4]);
    expect(await slopes.b[0].array()).toEqual([1, 2]);
  });

  it('stop, and follow rules of their own', async () => {
    const x = tensor([3]);
    expect(await grad((v: Tensor) => v.mul(stopGradient(v)).sum())(x).array()).toEqual([3]);
    const clipped = customGradient((v) => ({
      value: v.mul(10),
      gradient: (dy) => ops.clip(dy, -1, 1),
    }));
    expect(await grad((v: Tensor) => clipped(v).mul(5).sum())(x).array()).toEqual([1]);
  });

  it('are the same when intermediate values are computed again', async () => {
    const f = (v: Tensor) => v.tanh().mul(v.exp());
    const x = tensor([0.5, -1]);
    const plain = await grad((v: Tensor) => f(v).sum())(x).data();
    const again = await grad((v: Tensor) => checkpoint(f)(v).sum())(x).data();
    expect([...again]).toEqual([...plain].map((p) => expect.closeTo(p, 6)));
  });

  it('need a scalar', () => {
    expect(() => grad((x: Tensor) => x.mul(2))(tensor([1, 2]))).toThrow(
      'returned [2]; expected a scalar',
    );
  });
});

describe('jit and variables', () => {
  it('keeps state between steps', async () => {
    const total = variable(0);
    const step = jit((x: Tensor) => {
      total.assignAdd(x.sum());
      return total.value.mul(2);
    });
    expect(await (await step(tensor([1, 2]))).item()).toBe(6);
    expect(await (await step(tensor([3, 4]))).item()).toBe(20);
    expect(await (await step(tensor([1, 1, 1]))).item()).toBe(26);
    expect([...(await total.data())]).toEqual([13]);
  });

  it('traces once for each combination of shapes and other arguments', async () => {
    let traces = 0;
    const f = jit((x: Tensor, options: { by: number }) => {
      traces++;
      return x.mul(options.by);
    });
    await f(tensor([1]), { by: 2 });
    await f(tensor([5]), { by: 2 });
    expect(traces).toBe(1);
    expect(await (await f(tensor([5, 6]), { by: 3 })).array()).toEqual([15, 18]);
    expect(traces).toBe(2);
  });

  it('leaves earlier values of a variable as they were', async () => {
    const v = variable([1, 2]);
    const before = v.value;
    const double = jit(() => {
      v.assign(v.value.mul(2));
    });
    await double();
    const between = v.value;
    await double();
    expect(await before.array()).toEqual([1, 2]);
    expect(await between.array()).toEqual([2, 4]);
    expect(await v.array()).toEqual([4, 8]);
  });

  it('swaps variables, and assigns the same value to two', async () => {
    const a = variable([1]);
    const b = variable([2]);
    const swap = jit(() => {
      const [x, y] = [a.value, b.value];
      a.assign(y);
      b.assign(x);
    });
    await swap();
    expect([await a.array(), await b.array()]).toEqual([[2], [1]]);
    await jit(() => {
      a.assign(b.value.add(1));
      b.assign(b.value.add(1));
    })();
    expect([await a.array(), await b.array()]).toEqual([[2], [2]]);
    await jit(() => a.assignAdd(1) && undefined)();
    expect([await a.array(), await b.array()]).toEqual([[3], [2]]);
  });

  it('does not share memory with what it was made of', async () => {
    const data = Float32Array.of(1, 2);
    const v = variable(data);
    await jit(() => v.assignAdd(1) && undefined)();
    expect([...data]).toEqual([1, 2]);
    const given = Float32Array.of(5, 6);
    v.assign(given);
    await jit(() => v.assignAdd(1) && undefined)();
    expect([...given]).toEqual([5, 6]);
    expect(await v.array()).toEqual([6, 7]);
  });

  it('refuses values of another shape', () => {
    const v = variable([1, 2]);
    expect(() => v.assign(tensor([1]))).toThrow('received [1]; the variable has the shape [2]');
  });

  it('runs overlapping calls one after another', async () => {
    const v = variable(0);
    const add = jit((x: Tensor) => v.assignAdd(x) && undefined);
    await Promise.all(Array.from({ length: 20 }, (_, i) => add(scalar(i))));
    expect([...(await v.data())]).toEqual([190]);
  });

  it('says that a traced function must not be asynchronous', async () => {
    await expect(jit(async () => 1)()).rejects.toThrow('asynchronous');
  });
});

describe('random numbers', () => {
  it('follow from the seed', async () => {
    const draw = async (seed: number) => {
      setRandomSeed(seed);
      const generator = new SeedGenerator();
      const first = await generator.next().array();
      return [first, await generator.next().array()];
    };
    const a = await draw(1);
    expect(await draw(1)).toEqual(a);
    expect(await draw(2)).not.toEqual(a);
    expect(a[0]).not.toEqual(a[1]);
  });
});
