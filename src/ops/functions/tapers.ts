import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import * as build from '../build.ts';

/** Window functions of signal processing, as NumPy has them: symmetric, of `length` float32 values. */

function taper(name: string, length: number, value: (n: number, last: number) => number): Node {
  if (!(Number.isInteger(length) && length >= 0)) {
    fail(name, `the length is ${length}; expected a whole number of 0 or more`);
  }
  const one = length === 1;
  const data = Float32Array.from({ length }, (_, n) => (one ? 1 : value(n, length - 1)));
  return build.literal(data, [length], 'float32');
}

/** A triangle that is 0 at both ends. */
export function bartlett(length: number): Node {
  return taper('bartlett', length, (n, last) => 1 - Math.abs((2 * n) / last - 1));
}

/** `0.42 - 0.5 cos(t) + 0.08 cos(2 t)`, `t` once around. */
export function blackman(length: number): Node {
  return taper('blackman', length, (n, last) => {
    const t = (2 * Math.PI * n) / last;
    return 0.42 - 0.5 * Math.cos(t) + 0.08 * Math.cos(2 * t);
  });
}

/** `0.54 - 0.46 cos(t)`, `t` once around. */
export function hamming(length: number): Node {
  return taper('hamming', length, (n, last) => 0.54 - 0.46 * Math.cos((2 * Math.PI * n) / last));
}

/** `0.5 - 0.5 cos(t)`, `t` once around. */
export function hanning(length: number): Node {
  return taper('hanning', length, (n, last) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / last));
}

/** The modified Bessel function of the first kind and order 0, by its power series. */
function bessel0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** `I0(beta sqrt(1 - u^2)) / I0(beta)`, `u` from -1 to 1 (Kaiser 1974). */
export function kaiser(length: number, beta: number): Node {
  return taper('kaiser', length, (n, last) => {
    const u = (2 * n) / last - 1;
    return bessel0(beta * Math.sqrt(Math.max(0, 1 - u * u))) / bessel0(beta);
  });
}
