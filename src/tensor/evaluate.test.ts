import { describe, expect, it } from 'vitest';
import { topologicalOrder } from '../graph/graph.ts';
import { gradientsOf, variableGradients } from './grad.ts';
import { jit } from './jit.ts';
import { ops } from './lift.ts';
import { type Tensor, tensor } from './tensor.ts';
import { variable } from './variable.ts';

describe('a chain of evaluated tensors', () => {
  it('keeps the way back to what was computed a few evaluations ago', async () => {
    const x = tensor([2]);
    let y: Tensor = x;
    for (let i = 0; i < 8; i++) {
      y = y.mul(2);
      await y.data();
    }
    expect([...(await gradientsOf(y.sum(), [x])[0].data())]).toEqual([256]);
  });

  it('forgets its beginning in the end, and not its own place', async () => {
    let y: Tensor = tensor([1]);
    for (let i = 0; i < 100; i++) {
      y = y.add(1);
      await y.data();
    }
    const early = y.mul(3);
    const z = y.square().add(early);
    await z.data();
    expect([...(await z.data())]).toEqual([101 * 101 + 303]);
    expect([...(await gradientsOf(z.sum(), [y])[0].data())]).toEqual([205]);
    let depth = 0;
    for (let node = y.node; node.inputs.length > 0; node = node.inputs[0]) depth++;
    expect(depth).toBeLessThan(64);
  });

  it('finds a tensor that was used before and after its beginning was forgotten', async () => {
    let y: Tensor = tensor([1]);
    for (let i = 0; i < 31; i++) {
      y = y.add(1);
      await y.data();
    }
    const last: Tensor = y.add(1);
    const before = last.mul(2);
    await last.data();
    expect(last.node).not.toBe(last.origin);
    const sum = before.add(last.mul(5)).sum();
    expect([...(await gradientsOf(sum, [last])[0].data())]).toEqual([7]);
  });
});

describe('values that variables are to have', () => {
  it('are computed with the next that is asked for, so that loops do not pile up work', async () => {
    const rate = 0.1;
    const [w, steps] = [variable([1, 2]), variable(0)];
    const losses: number[] = [];
    for (let i = 0; i < 50; i++) {
      const { value, grads } = variableGradients(() => (w.value as Tensor).square().sum(), [w]);
      w.assignSub(grads[0].mul(rate));
      steps.assignAdd(1);
      losses.push(await value.item());
    }
    const expected = losses.map((_, i) => 5 * (1 - 2 * rate) ** (2 * i));
    expect(losses).toEqual(expected.map((l) => expect.closeTo(l, 5)));
    expect(await steps.data()).toEqual(Float32Array.of(50));
    expect(topologicalOrder([w.value.node, steps.value.node]).length).toBeLessThan(500);
  });

  it('do not fail those who ask for something else', async () => {
    const table = tensor([1, 2, 3]);
    const v = variable([0]);
    v.assign(ops.take(table, tensor([7], undefined, 'int32'), 0));
    expect(await table.mul(2).data()).toEqual(Float32Array.of(2, 4, 6));
    await expect(v.data()).rejects.toThrow('7');
    v.assign([5]);
    expect(await v.data()).toEqual(Float32Array.of(5));
  });

  it('leave tensors and other variables with values of their own', async () => {
    const x = tensor([1, 2]).mul(1);
    const [v, w] = [variable([0, 0]), variable([0, 0])];
    v.assign(x);
    w.assign(x);
    await x.data();
    const step = jit(() => {
      v.assignAdd(1);
      w.assignAdd(10);
    });
    await step();
    await step();
    expect([...(await x.data()), ...(await v.data()), ...(await w.data())]).toEqual([
      1, 2, 3, 4, 21, 22,
    ]);
  });
});

describe('work that goes on', () => {
  it('lets others have their turn', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const f = jit((x: Tensor) => x.mul(0.5));
    let x = tensor([1]);
    for (let i = 0; i < 1e6 && ticks < 3; i++) x = await f(x);
    expect(ticks).toBeGreaterThanOrEqual(3);
    let y = tensor([1]);
    ticks = 0;
    for (let i = 0; i < 1e6 && ticks < 3; i++) {
      y = y.mul(0.5);
      await y.data();
    }
    clearInterval(timer);
    expect(ticks).toBeGreaterThanOrEqual(3);
  });
});
