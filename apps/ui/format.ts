/** A number as charts and tables write it: three or four digits that matter, a real minus sign. */
export function formatNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  let text: string;
  if (size === 0) text = '0';
  else if (size < 1e-4) text = value.toExponential(1);
  else if (size >= 1e6) text = `${Number((value / 1e6).toPrecision(digits))}M`;
  else if (size >= 1e4) text = `${Number((value / 1e3).toPrecision(digits))}k`;
  else text = String(Number(value.toPrecision(digits)));
  return text.replace(/^-/, '−').replace('e-', 'e−');
}

/** Always so many decimals, for numbers that change in place. */
export function formatFixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return formatNumber(value);
  return value.toFixed(decimals).replace(/^-/, '−');
}
