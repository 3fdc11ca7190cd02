/** Position of the largest of `count` values from `start` on, counted from there: the first of equals. */
export function argMaxOf(values: ArrayLike<number>, start: number, count: number): number {
  let best = 0;
  for (let k = 1; k < count; k++) if (values[start + k] > values[start + best]) best = k;
  return best;
}
