import type { TypedArray } from '../../../graph/dtype.ts';
import type { Cell, Workspace } from './kernel.ts';

/**
 * The matrix product behind matMul and the convolutions: C = A B, or C += A B, for matrices at any
 * strides, with sums in double precision.
 *
 * Most products are taken straight from where they lie, two rows by four columns at a time. Large ones
 * are packed first: A into panels of four rows, B panel by panel into four columns, both as doubles in
 * the order in which the innermost loop reads them, so that it works on sixteen sums with two streams.
 */
interface ProductPlan {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Distance between rows and between columns of A (m x k), B (k x n) and C (m x n). */
  readonly a: readonly [row: number, column: number];
  readonly b: readonly [row: number, column: number];
  readonly c: readonly [row: number, column: number];
}

type Product = (
  a: TypedArray,
  a0: number,
  b: TypedArray,
  b0: number,
  c: TypedArray,
  c0: number,
  accumulate: boolean,
) => void;

/** Packing pays where each packed element is used often and the matrices leave the nearest cache. */
function paysToPack({ m, n, k }: ProductPlan): boolean {
  return Math.min(m, n) >= 16 && k >= 32 && m * n * k >= 64 ** 3;
}

export function prepareProduct(plan: ProductPlan, workspace: Workspace): Product {
  if (!paysToPack(plan)) {
    return (a, a0, b, b0, c, c0, accumulate) =>
      directProduct(plan, a, a0, b, b0, c, c0, accumulate);
  }
  // The packed matrix is the one with fewer rows: C' = B' A' with everything transposed is the same.
  const { m, n, k, a, b, c } = plan;
  const swapped = m > n;
  const packed: ProductPlan = swapped
    ? { m: n, n: m, k, a: [b[1], b[0]], b: [a[1], a[0]], c: [c[1], c[0]] }
    : plan;
  const panels = workspace.scratch('float64', 4 * Math.ceil(packed.m / 4) * k);
  const panel = workspace.scratch('float64', 4 * k);
  return swapped
    ? (a, a0, b, b0, c, c0, accumulate) =>
        packedProduct(packed, b, b0, a, a0, c, c0, accumulate, panels, panel)
    : (a, a0, b, b0, c, c0, accumulate) =>
        packedProduct(packed, a, a0, b, b0, c, c0, accumulate, panels, panel);
}

function directProduct(
  plan: ProductPlan,
  a: TypedArray,
  a0: number,
  b: TypedArray,
  b0: number,
  c: TypedArray,
  c0: number,
  accumulate: boolean,
): void {
  const { m, n, k } = plan;
  const [ar, ac] = plan.a;
  const [br, bc] = plan.b;
  const [cr, cc] = plan.c;
  let i = 0;
  for (; i + 2 <= m; i += 2) {
    let j = 0;
    for (; j + 4 <= n; j += 4) {
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s03 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s13 = 0;
      let p = a0 + i * ar;
      let q = b0 + j * bc;
      for (let l = 0; l < k; l++) {
        const x0 = a[p];
        const x1 = a[p + ar];
        const y0 = b[q];
        const y1 = b[q + bc];
        const y2 = b[q + 2 * bc];
        const y3 = b[q + 3 * bc];
        s00 += x0 * y0;
        s01 += x0 * y1;
        s02 += x0 * y2;
        s03 += x0 * y3;
        s10 += x1 * y0;
        s11 += x1 * y1;
        s12 += x1 * y2;
        s13 += x1 * y3;
        p += ac;
        q += br;
      }
      let at = c0 + i * cr + j * cc;
      if (accumulate) {
        c[at] += s00;
        c[at + cc] += s01;
        c[at + 2 * cc] += s02;
        c[at + 3 * cc] += s03;
        at += cr;
        c[at] += s10;
        c[at + cc] += s11;
        c[at + 2 * cc] += s12;
        c[at + 3 * cc] += s13;
      } else {
        c[at] = s00;
        c[at + cc] = s01;
        c[at + 2 * cc] = s02;
        c[at + 3 * cc] = s03;
        at += cr;
        c[at] = s10;
        c[at + cc] = s11;
        c[at + 2 * cc] = s12;
        c[at + 3 * cc] = s13;
      }
    }
    for (; j < n; j++) {
      let s0 = 0;
      let s1 = 0;
      let p = a0 + i * ar;
      let q = b0 + j * bc;
      for (let l = 0; l < k; l++) {
        const y = b[q];
        s0 += a[p] * y;
        s1 += a[p + ar] * y;
        p += ac;
        q += br;
      }
      const at = c0 + i * cr + j * cc;
      c[at] = accumulate ? c[at] + s0 : s0;
      c[at + cr] = accumulate ? c[at + cr] + s1 : s1;
    }
  }
  if (i < m) {
    let j = 0;
    for (; j + 4 <= n; j += 4) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let p = a0 + i * ar;
      let q = b0 + j * bc;
      for (let l = 0; l < k; l++) {
        const x = a[p];
        s0 += x * b[q];
        s1 += x * b[q + bc];
        s2 += x * b[q + 2 * bc];
        s3 += x * b[q + 3 * bc];
        p += ac;
        q += br;
      }
      const at = c0 + i * cr + j * cc;
      c[at] = accumulate ? c[at] + s0 : s0;
      c[at + cc] = accumulate ? c[at + cc] + s1 : s1;
      c[at + 2 * cc] = accumulate ? c[at + 2 * cc] + s2 : s2;
      c[at + 3 * cc] = accumulate ? c[at + 3 * cc] + s3 : s3;
    }
    for (; j < n; j++) {
      let s = 0;
      let p = a0 + i * ar;
      let q = b0 + j * bc;
      for (let l = 0; l < k; l++) {
        s += a[p] * b[q];
        p += ac;
        q += br;
      }
      const at = c0 + i * cr + j * cc;
      c[at] = accumulate ? c[at] + s : s;
    }
  }
}

/** Copies `count` (at most four) lines of length k next to each other: element l of line r to 4 l + r. */
function pack(
  source: TypedArray,
  start: number,
  line: number,
  step: number,
  count: number,
  k: number,
  out: Float64Array,
  out0: number,
): void {
  if (count === 4) {
    const [line2, line3] = [2 * line, 3 * line];
    for (let l = 0, p = start, q = out0; l < k; l++, p += step, q += 4) {
      out[q] = source[p];
      out[q + 1] = source[p + line];
      out[q + 2] = source[p + line2];
      out[q + 3] = source[p + line3];
    }
    return;
  }
  for (let r = 0; r < 4; r++) {
    for (let l = 0, p = start + r * line, q = out0 + r; l < k; l++, p += step, q += 4) {
      out[q] = r < count ? source[p] : 0;
    }
  }
}

const tile = new Float64Array(16);

/** The 4 x 4 products of panel `a` at a0 with panel `b`, into `tile`. */
function multiplyPanels(k: number, a: Float64Array, a0: number, b: Float64Array): void {
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  let s23 = 0;
  let s30 = 0;
  let s31 = 0;
  let s32 = 0;
  let s33 = 0;
  let p = a0;
  let q = 0;
  for (let l = 0; l < k; l++) {
    const x0 = a[p];
    const x1 = a[p + 1];
    const x2 = a[p + 2];
    const x3 = a[p + 3];
    const y0 = b[q];
    const y1 = b[q + 1];
    const y2 = b[q + 2];
    const y3 = b[q + 3];
    p += 4;
    q += 4;
    s00 += x0 * y0;
    s01 += x0 * y1;
    s02 += x0 * y2;
    s03 += x0 * y3;
    s10 += x1 * y0;
    s11 += x1 * y1;
    s12 += x1 * y2;
    s13 += x1 * y3;
    s20 += x2 * y0;
    s21 += x2 * y1;
    s22 += x2 * y2;
    s23 += x2 * y3;
    s30 += x3 * y0;
    s31 += x3 * y1;
    s32 += x3 * y2;
    s33 += x3 * y3;
  }
  const t = tile;
  t[0] = s00;
  t[1] = s01;
  t[2] = s02;
  t[3] = s03;
  t[4] = s10;
  t[5] = s11;
  t[6] = s12;
  t[7] = s13;
  t[8] = s20;
  t[9] = s21;
  t[10] = s22;
  t[11] = s23;
  t[12] = s30;
  t[13] = s31;
  t[14] = s32;
  t[15] = s33;
}

function packedProduct(
  { m, n, k, a: [ar, ac], b: [br, bc], c: [cr, cc] }: ProductPlan,
  a: TypedArray,
  a0: number,
  b: TypedArray,
  b0: number,
  c: TypedArray,
  c0: number,
  accumulate: boolean,
  panelsCell: Cell,
  panelCell: Cell,
): void {
  const panels = panelsCell.data as Float64Array;
  const panel = panelCell.data as Float64Array;
  for (let i = 0; i < m; i += 4) {
    pack(a, a0 + i * ar, ar, ac, Math.min(4, m - i), k, panels, i * k);
  }
  for (let j = 0; j < n; j += 4) {
    const width = Math.min(4, n - j);
    pack(b, b0 + j * bc, bc, br, width, k, panel, 0);
    for (let i = 0; i < m; i += 4) {
      multiplyPanels(k, panels, i * k, panel);
      const height = Math.min(4, m - i);
      for (let r = 0; r < height; r++) {
        let at = c0 + (i + r) * cr + j * cc;
        for (let s = 0; s < width; s++) {
          c[at] = accumulate ? c[at] + tile[4 * r + s] : tile[4 * r + s];
          at += cc;
        }
      }
    }
  }
}
