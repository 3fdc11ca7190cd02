import type { JSX } from 'preact';
import { formatNumber } from '../format.ts';

export interface HistogramProps {
  readonly label: string;
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
  readonly color: string;
}

/** Bars with the ends of their range below. */
export function Histogram({ label, low, high, counts, color }: HistogramProps): JSX.Element {
  const most = Math.max(1, ...counts);
  const width = 160;
  const height = 44;
  const step = width / counts.length;
  const bars = counts
    .map((n, i) => {
      const h = n === 0 ? 0 : Math.max(2, (n / most) * height);
      return `M${(i * step + 0.5).toFixed(1)} ${height}v${-h.toFixed(1)}h${(step - 1).toFixed(1)}v${h.toFixed(1)}z`;
    })
    .join('');
  return (
    <div class="histogram">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={label}
        preserveAspectRatio="none"
      >
        <title>{label}</title>
        <path d={bars} fill={color} />
      </svg>
      <div class="ends" aria-hidden="true">
        <span>{formatNumber(low)}</span>
        <span>{formatNumber(high)}</span>
      </div>
    </div>
  );
}
