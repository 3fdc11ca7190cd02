import { type Dim, type Shape, type Tensor, tensor } from 'nabla';
import { describe, expectTypeOf, it } from 'vitest';

declare const x: Tensor<['batch', 784]>;
declare const w: Tensor<[784, 10]>;
declare const bad: Tensor<[785, 10]>;
declare const bias: Tensor<[10]>;
declare const bare: Tensor;
declare const n: number;

const compiles = (what: string, _: () => void) => it(what, () => {});

describe('shapes', () => {
  compiles('unify', () => {
    expectTypeOf(x.matmul(w)).toEqualTypeOf<Tensor<['batch', 10]>>();
    // @ts-expect-error inner dims differ
    x.matmul(bad);
    const a: Tensor<['batch', 10]> = x.matmul(bare);
    const b: Tensor<['batch', 10]> = bare.matmul(w);
    const c: Tensor<['batch', 10]> = bare.matmul(bare);
    expectTypeOf(x.matmul(w).add(bias)).toEqualTypeOf<Tensor<['batch', 10]>>();
    expectTypeOf(x.add(x)).toEqualTypeOf<Tensor<['batch', 784]>>();
    expectTypeOf(x.add(1)).toEqualTypeOf<Tensor<['batch', 784]>>();
    const d: Tensor<['batch', 784]> = x.add(bare);
    const e: Tensor<['batch', 784]> = tensor([1, 2], [n, 784]);
    const f: Tensor<['batch', 784]> = bare.reshape([-1, 784]);
    const g: Tensor<[3]> = tensor([1, 2, 3], [3]);
    const h: Tensor<[3, 1]> = g.reshape([3, 1]);
    // @ts-expect-error
    const i: Tensor<[3, 2]> = g.reshape([3, 1]);
    // @ts-expect-error
    const j: Tensor<['batch', 9]> = x.matmul(w);
    const k: Tensor = x;
    const l: Tensor<['batch', 784]> = k;
    const shape: number[] = [1, 2]; const m = tensor([1, 2], shape);
    expectTypeOf(m).toEqualTypeOf<Tensor>();
    const o: Tensor<['rows', 784]> = tensor(new Float32Array(784));
    return [a, b, c, d, e, f, g, h, i, j, k, l, o];
  });
});
function dense<B extends Dim, I extends Dim, O extends Dim>(x: Tensor<[B, I]>, w: Tensor<[I, O]>, b: Tensor<[O]>): Tensor<[B, O]> {
  return x.matmul(w).add(b).relu();
}
function gen<S extends Shape>(a: Tensor<S>, b: Tensor<S>): Tensor<S> { return a.add(b).mul(2).sub(a); }
function gen2<S extends Shape>(a: Tensor<S>): Tensor { return a.matmul(bare); }
function anyLayer(a: Tensor) { return a.matmul(w).add(bias); }
export { dense, gen, gen2, anyLayer };
