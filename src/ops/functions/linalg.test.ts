import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../engines/js/engine.ts';
import { registerEngine } from '../../tensor/device.ts';
import { grad } from '../../tensor/grad.ts';
import { ops } from '../../tensor/lift.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';

/** Expected numbers are NumPy's, unless they are identities. */

beforeAll(() => registerEngine('js', async () => createJsEngine()));

const flat = (v: any): number[] => (Array.isArray(v) ? v.flatMap(flat) : [v]);
const expectClose = async (t: Tensor, values: unknown, digits = 5) => {
  const got = flat(await t.array());
  expect(got).toEqual(flat(values).map((v) => expect.closeTo(v, digits)));
};

const a = [
  [2, -1, 0.5],
  [1, 3, -2],
  [0, 0.5, 1.5],
];
// Zeros on the diagonal: rows must change places.
const b = [
  [0, 2, 1],
  [1, 0, 3],
  [4, 1, 0],
];
const inverseOfB = [
  [-0.12, 0.04, 0.24],
  [0.48, -0.16, 0.04],
  [0.04, 0.32, -0.08],
];
const positive = [
  [6.25, -2, 0.25],
  [-2, 15, -1.5],
  [0.25, -1.5, 3.5],
];
const unit = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

describe('linear equations', () => {
  it('are solved, for vectors, matrices and batches', async () => {
    await expectClose(ops.solve(tensor(a), tensor([1, 2, 3])), [0.823529, 1.411765, 1.529412]);
    await expectClose(ops.solve(tensor(b), tensor(unit)), inverseOfB);
    const both = ops.solve(tensor([a, b]), tensor([unit, unit]));
    await expectClose(ops.matmul(tensor([a, b]), both), [unit, unit]);
    expect(() => ops.solve(tensor(a), tensor([1, 2]))).toThrow('solve: received [3, 3] and [2]');
  });

  it('with triangles', async () => {
    await expectClose(ops.solveTriangular(tensor(a), tensor([1, 2, 3]), true), [0.5, 0.5, 5.5 / 3]);
    const x = ops.solveTriangular(tensor(a), tensor([1, 2, 3]));
    await expectClose(ops.matmul(ops.triu(tensor(a)), x), [1, 2, 3]);
  });

  it('by least squares', async () => {
    const x = tensor([
      [1, 2],
      [3, 4],
      [5, 7],
    ]);
    await expectClose(ops.lstsq(x, tensor([1, 0, 2])), [-1.785714, 1.5], 4);
    expect(() => ops.lstsq(tensor([[1, 2]]), tensor([1]))).toThrow('expected [m, n] with m >= n');
  });

  it('have gradients', async () => {
    const f = (m: Tensor) => ops.inv(m).sum();
    const [exact, step] = [flat(await grad(f)(tensor(b, [3, 3], 'float64')).array()), 1e-6];
    for (let k = 0; k < 9; k++) {
      const at = (delta: number) => {
        const moved = Float64Array.from(flat(b));
        moved[k] += delta;
        return f(tensor(moved, [3, 3])).item();
      };
      expect(exact[k]).toBeCloseTo(((await at(step)) - (await at(-step))) / (2 * step), 6);
    }
  });
});

describe('determinants', () => {
  it('have signs', async () => {
    await expectClose(ops.det(tensor([a, b])), [12.75, 25], 4);
    const turned = [b[1], b[0], b[2]];
    const [sign, log] = ops.slogdet(tensor([b, turned]));
    await expectClose(sign, [1, -1]);
    await expectClose(log, [3.218876, 3.218876]);
    await expectClose(ops.logdet(tensor(positive)), Math.log((2.5 * 3.789459 * 1.830186) ** 2));
    await expectClose(
      ops.det(
        tensor([
          [1, 2],
          [2, 4],
        ]),
      ),
      0,
    );
  });
});

describe('decompositions', () => {
  it('of Cholesky', async () => {
    const factor = [
      [2.5, 0, 0],
      [-0.8, 3.789459, 0],
      [0.1, -0.374724, 1.830186],
    ];
    await expectClose(ops.cholesky(tensor([positive, unit])), [factor, unit]);
    const upper = ops.cholesky(tensor(positive), true);
    await expectClose(ops.matmul(ops.matrixTranspose(upper), upper), positive, 4);
    await expectClose(ops.matmul(ops.choleskyInverse(upper, true), tensor(positive)), unit, 4);
  });

  it('into an orthogonal and a triangular matrix, with the signs of LAPACK', async () => {
    const x = tensor([
      [1, 2],
      [3, 4],
      [5, 7],
    ]);
    const [q, r] = ops.qr(x);
    await expectClose(q, [-0.169031, 0.948683, -0.507093, -0.316228, -0.845154, 0], 5);
    await expectClose(r, [-5.91608, -8.282512, 0, 0.632456], 5);
    const [whole, tall] = ops.qr(x, 'complete');
    expect([whole.shape, tall.shape]).toEqual([
      [3, 3],
      [3, 2],
    ]);
    await expectClose(ops.matmul(whole, tall), await x.array(), 4);
    await expectClose(ops.matmul(ops.matrixTranspose(whole), whole), unit, 5);
    const [wide, rest] = ops.qr(tensor([a, b]));
    await expectClose(ops.matmul(wide, rest), [a, b], 4);
    // Nothing to reflect.
    const [same] = ops.qr(tensor(unit));
    await expectClose(ops.abs(same), unit);
    expect(() => ops.qr(x, 'full' as any)).toThrow("mode is 'full'");
    expect(() => ops.inv(x)).toThrow('inv: received [3, 2]; expected square matrices');
  });
});

describe('Fourier transforms', () => {
  const z = [1, 2, -1, 0.5, 3];
  const pair = (re: any, im: any): [Tensor, Tensor] => [tensor(re), tensor(im)];

  it('of complex and of real numbers', async () => {
    const [re, im] = ops.fft(pair(z, [0, 1, 0, -1, 2]));
    await expectClose(re, [5.5, 2.586322, -4.738435, -1.660752, 3.312865], 4);
    await expectClose(im, [2, 3.568802, -3.574867, -1.897268, -0.096666], 4);
    const half = ops.rfft(tensor(z));
    await expectClose(half[0], [5.5, 2.949593, -3.199593], 4);
    await expectClose(half[1], [0, 1.832734, -0.8388], 4);
    const longer = ops.rfft(tensor(z), 8);
    await expectClose(longer[0], [5.5, -0.93934, 5, -3.06066, 0.5], 4);
    const spectrum = pair([1, 2, 0.5], [0, -1, 3]);
    await expectClose(ops.irfft(spectrum), [1.375, 0.625, -0.625, -0.375], 5);
    await expectClose(ops.irfft(spectrum, 5), [1.2, -0.03951, 0.990972, -1.761792, 0.61033], 4);
    expect(() => ops.fft([tensor(z), tensor([1])])).toThrow('fft: received [5] and [1]');
  });

  it('over two axes and back', async () => {
    const m = [
      [0, 1, 2],
      [3, 4, 5],
    ];
    const minus = m.map((r) => r.map((v) => v - 1));
    const [re, im] = ops.fft2(pair(m, minus));
    await expectClose(re, [15, -4.732051, -1.267949, -9, 0, 0], 4);
    await expectClose(im, [9, -1.267949, -4.732051, -9, 0, 0], 4);
    const [back, imaginary] = ops.ifft2([re, im]);
    await expectClose(back, m, 4);
    await expectClose(imaginary, minus, 4);
  });

  it('of short times, as the definition says, and back', async () => {
    const signal = Float32Array.from({ length: 40 }, (_, i) => Math.sin(0.7 * i) + 0.1 * i);
    const [re, im] = ops.stft(tensor(signal), 8, 4, 8);
    expect(re.shape).toEqual([11, 5]);
    const spectrum = [await re.array(), await im.array()];
    // The third sequence begins at 8 - 4, as four mirrored values stand in front.
    for (let k = 0; k < 5; k++) {
      let [c, s] = [0, 0];
      for (let n = 0; n < 8; n++) {
        const v = signal[4 + n] * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / 8));
        c += v * Math.cos((2 * Math.PI * k * n) / 8);
        s -= v * Math.sin((2 * Math.PI * k * n) / 8);
      }
      expect(spectrum[0][2][k]).toBeCloseTo(c, 4);
      expect(spectrum[1][2][k]).toBeCloseTo(s, 4);
    }
    await expectClose(ops.istft([re, im], 8, 4, 8), [...signal], 4);
    const plain = ops.stft(tensor(signal), 6, 2, 8, { window: null, center: false });
    expect(plain[0].shape).toEqual([17, 5]);
    await expectClose(
      ops.istft(plain, 6, 2, 8, { window: null, center: false, length: 30 }),
      [...signal.slice(0, 30)],
      4,
    );
    expect(() => ops.stft(tensor(signal), 9, 4, 8)).toThrow(
      'sequences of 9 are transformed with 8',
    );
  });

  it('of sequences that are cut out', async () => {
    expect(await ops.extractSequences(tensor([1, 2, 3, 4, 5]), 3, 2).array()).toEqual([
      [1, 2, 3],
      [3, 4, 5],
    ]);
    expect(() => ops.extractSequences(tensor([1]), 3, 2)).toThrow('sequences of 3');
  });
});
