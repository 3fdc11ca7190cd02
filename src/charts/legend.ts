/** Legends: a row of swatches with names, wrapped where the row is full. */
import { element, fitText, label, textWidth } from './svg.ts';
import { fontSize } from './theme.ts';

export interface LegendEntry {
  name: string;
  /** Markup of the swatch, drawn around (0, 0) within 22 by 14 pixels. */
  swatch: string;
}

const swatchWidth = 28;
const gap = 18;
const rowHeight = 20;

/** The legend's markup from (`left`, `top`) and its height in pixels; no entries take none. */
export function legend(
  entries: readonly LegendEntry[],
  left: number,
  top: number,
  width: number,
): { markup: string; height: number } {
  if (entries.length === 0) return { markup: '', height: 0 };
  let x = left;
  let row = 0;
  const parts = entries.map(({ name, swatch }) => {
    const text = fitText(name, width - swatchWidth, fontSize.tick);
    const size = swatchWidth + textWidth(text, fontSize.tick);
    if (x > left && x + size > left + width) {
      x = left;
      row++;
    }
    const y = top + row * rowHeight + rowHeight / 2;
    const at = x;
    x += size + gap;
    return (
      element('g', { transform: `translate(${(at + 11).toFixed(1)} ${y.toFixed(1)})` }, swatch) +
      label(text, { x: at + swatchWidth, y: y + 4 })
    );
  });
  return { markup: parts.join(''), height: (row + 1) * rowHeight + 6 };
}
