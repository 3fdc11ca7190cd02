import { fail } from '../graph/errors.ts';

/**
 * A table with a heavy head and a line between rows, as Keras prints it by way of Rich: columns have shares
 * of a fixed width, what is too long goes on in the next line of its cell, and a word that is too long for a
 * line ends in an ellipsis.
 */

export interface TableLayout {
  /** Where columns end, as shares of the width, rising to 1. */
  readonly positions: readonly number[];
  /** Columns of text that the whole table takes. */
  readonly width: number;
  readonly alignment: readonly ('left' | 'right' | 'center')[];
  /** A column whose words are never cut: the others make room for it, as far as they can. */
  readonly whole?: number;
}

/** A column that makes room for another keeps so many characters, with the spaces on either side. */
const LEAST_COLUMN = 8;

/** Half to even, as Python rounds. */
function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

/**
 * Widths of the columns with a space on either side, without the lines between them. Shares are cut to whole
 * columns; what spaces and lines take beyond the width is taken from the columns in turn.
 */
function columnWidths({ positions, width }: TableLayout): number[] {
  let from = 0;
  const widths = positions.map((position) => {
    const own = Math.trunc(position * width) - from;
    if (!(own >= 4)) {
      fail('summary', `lineLength is ${width}, which is too narrow; expected a larger one`);
    }
    from += own;
    return own + 2;
  });
  let excess = widths.reduce((a, b) => a + b, 0) - (width - widths.length - 1);
  return widths.map((own, i) => {
    if (excess <= 0) return own;
    const share = Math.min(own, roundHalfEven(excess / (widths.length - i)));
    excess -= share;
    return own - share;
  });
}

/** Widens the column that must stay whole to its longest word, at the cost of the widest of the others. */
function makeRoom(widths: number[], body: readonly (readonly string[])[], whole: number): void {
  const longest = Math.max(0, ...body.flatMap((r) => r[whole].split(' ')).map((w) => w.length));
  while (widths[whole] - 2 < longest) {
    const others = widths.map((w, i) => (i === whole ? 0 : w));
    const widest = others.indexOf(Math.max(...others));
    if (widths[widest] <= LEAST_COLUMN) return;
    widths[widest]--;
    widths[whole]++;
  }
}

/** The text in lines of at most `width`, broken between words; a word that fits in no line is cut short. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const [word] of text.matchAll(/\s*\S+\s*/g)) {
    if ((line + word.trimEnd()).length > width && line !== '') {
      lines.push(line);
      line = '';
    }
    line += word;
  }
  return [...lines, line].map((l) => {
    const own = l.trimEnd();
    return own.length > width ? `${own.slice(0, width - 1)}…` : own;
  });
}

function align(text: string, width: number, how: 'left' | 'right' | 'center'): string {
  if (how === 'left') return text.padEnd(width);
  if (how === 'right') return text.padStart(width);
  return text.padStart(text.length + Math.floor((width - text.length) / 2)).padEnd(width);
}

export function tableLines(
  header: readonly string[],
  body: readonly (readonly string[])[],
  layout: TableLayout,
): string[] {
  const widths = columnWidths(layout);
  if (layout.whole !== undefined) makeRoom(widths, body, layout.whole);
  const rule = (left: string, line: string, middle: string, right: string) =>
    left + widths.map((w) => line.repeat(w)).join(middle) + right;
  const row = (cells: readonly string[], bar: string, at: 'top' | 'bottom' = 'top'): string[] => {
    const wrapped = cells.map((cell, i) => wrap(cell, widths[i] - 2));
    const height = Math.max(...wrapped.map((lines) => lines.length));
    return Array.from({ length: height }, (_, k) => {
      const texts = wrapped.map((lines, i) => {
        const line = at === 'top' ? k : k - (height - lines.length);
        return align(lines[line] ?? '', widths[i] - 2, layout.alignment[i]);
      });
      return `${bar}${texts.map((t) => ` ${t} `).join(bar)}${bar}`;
    });
  };
  const between = rule('├', '─', '┼', '┤');
  return [
    rule('┏', '━', '┳', '┓'),
    ...row(header, '┃', 'bottom'),
    rule('┡', '━', '╇', '┩'),
    ...body.flatMap((cells, i) => [...(i > 0 ? [between] : []), ...row(cells, '│')]),
    rule('└', '─', '┴', '┘'),
  ];
}
