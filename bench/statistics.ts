/** Middle value; the mean of the middle two when their number is even. NaN for no values. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** Slope of the line through the points with the least squared error: units of y for one unit of x. */
export function slope(x: readonly number[], y: readonly number[]): number {
  const mean = (v: readonly number[]): number => v.reduce((sum, a) => sum + a, 0) / v.length;
  const mx = mean(x);
  const my = mean(y);
  let products = 0;
  let squares = 0;
  for (let i = 0; i < x.length; i++) {
    const dx = (x[i] as number) - mx;
    products += dx * ((y[i] as number) - my);
    squares += dx * dx;
  }
  return products / squares;
}
