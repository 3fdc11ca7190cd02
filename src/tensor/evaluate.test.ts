import { describe, expect, it } from 'vitest';
import { gradientsOf } from './grad.ts';
import { jit } from './jit.ts';
import { type Tensor, tensor } from './tensor.ts';

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
