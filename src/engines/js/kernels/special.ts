/** Functions of one or two numbers that JavaScript's Math lacks, to full double accuracy. */

// erf(x) / x on [0, 1] as a polynomial in x^2, and exp(x^2) erfc(x) on [1, 6] as a polynomial in
// (x - 3) / (x + 3); minimax-like fits made by Chebyshev interpolation with 50 digits, highest power
// first. Each is good to less than 1e-18.
const nearZero = [
  5.957176147748911e-11, -1.1372848856791674e-9, 1.4659775274047436e-8, -1.6350312701054695e-7,
  1.6461000484121368e-6, -1.4925595266831182e-5, 0.0001205533111164271, -0.000854832698083379,
  0.0052239776248180145, -0.026866170645076792, 0.11283791670954879, -0.3761263890318375,
  1.1283791670955126,
];
const tail = [
  -2.0355575642200858e-7, -2.6915157592850126e-7, 1.2459620847174093e-6, 2.1124428949403864e-6,
  -7.977696579644072e-6, -1.2859347351455289e-5, 6.405657794051666e-5, 4.525520140579536e-5,
  -0.0005970619531815352, 0.0007077464435611972, 0.004269136333077869, -0.024392499318790735,
  0.07166583719797331, -0.15011593650077582, 0.24560380171233093, -0.3262335600430372,
  0.17900115118138996,
];

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let i = 0; i < coefficients.length; i++) sum = sum * x + coefficients[i];
  return sum;
}

/** The error function, to about one unit in the last place of a double. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 1) return x * polynomial(nearZero, x * x);
  if (a >= 6) return Math.sign(x);
  const value = 1 - Math.exp(-a * a) * polynomial(tail, (a - 3) / (a + 3));
  return x < 0 ? -value : value;
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** The nearest integer, halves to even. */
export function roundHalfEven(x: number): number {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

/** a - b * floor(a / b): the result has the sign of the divisor. */
export function floorMod(a: number, b: number): number {
  const r = a % b;
  if (r === 0) return b < 0 ? -0 : 0;
  return r < 0 !== b < 0 ? r + b : r;
}

/** a to the power b by IEEE 754, where 1 to any power and -1 to an infinite one are 1. */
export function pow(a: number, b: number): number {
  if (a === 1 || (a === -1 && (b === Infinity || b === -Infinity))) return 1;
  return a ** b;
}

/** Whether `a` comes before `b` as a largest element: NaN counts as larger than every number. */
export function exceeds(a: number, b: number): boolean {
  return a > b || (Number.isNaN(a) && !Number.isNaN(b));
}

/** Integer power modulo 2^32; a negative exponent gives 1 / a^|b| truncated towards zero. */
export function powInt(a: number, b: number): number {
  if (b < 0) {
    if (a === 1) return 1;
    return a === -1 ? (b % 2 === 0 ? 1 : -1) : 0;
  }
  let result = 1;
  let base = a;
  for (let e = b; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = Math.imul(result, base);
    base = Math.imul(base, base);
  }
  return result;
}
