/** Confusion matrices: which classes a classifier takes for which. */
import { NablaError } from '../graph/errors.ts';
import { element, fitText, label, textNode, textWidth } from './svg.ts';
import { fontSize, picture, seriesColor, titleHeight } from './theme.ts';

/** What {@link confusionMatrix} draws. */
export interface ConfusionMatrixOptions {
  /** Names of the classes. */
  labels: readonly string[];
  /** `counts[i][j]`: how many samples of class `i` were predicted as class `j`. */
  counts: readonly ArrayLike<number>[];
  title?: string;
}

/** Above this many classes the cells are too small for numbers. */
const numbersUpTo = 24;

/** 0.5 as "50%", with a decimal near the ends, so that a rare mistake is not shown as none. */
function percent(share: number): string {
  if (share === 0) return '0%';
  if (share < 0.001) return '<0.1%';
  if (share === 1) return '100%';
  if (share > 0.999) return '>99.9%';
  return `${(share * 100).toFixed(share < 0.0995 || share > 0.9 ? 1 : 0)}%`;
}

function checkCounts(labels: readonly string[], counts: readonly ArrayLike<number>[]): void {
  const n = labels.length;
  if (n === 0 || counts.length !== n || counts.some((row) => row.length !== n)) {
    const rows = counts.map((row) => row.length);
    throw new NablaError(
      `confusionMatrix: ${n} labels need ${n} rows of ${n} counts, received rows of [${rows.join(', ')}]`,
    );
  }
  counts.forEach((row, i) => {
    for (let j = 0; j < n; j++) {
      if (!(Number.isFinite(row[j]) && row[j] >= 0)) {
        throw new NablaError(
          `confusionMatrix: counts[${i}][${j}] is ${row[j]}; counts are finite and not negative`,
        );
      }
    }
  });
}

/**
 * A confusion matrix as a standalone SVG document: counts, percentages of each row (of the true
 * class), and the accuracy in the title. Right answers are shaded blue by their share; mistakes
 * are shaded orange by the square root of theirs, so that rare ones show.
 * @throws NablaError when `counts` is not a square of finite, non-negative numbers.
 */
export function confusionMatrix(options: ConfusionMatrixOptions): string {
  const { labels, counts, title = 'Confusion matrix' } = options;
  checkCounts(labels, counts);
  const n = labels.length;
  const totals = counts.map((row) => Array.from(row).reduce((a, b) => a + b, 0));
  const total = totals.reduce((a, b) => a + b, 0);
  const right = counts.reduce((sum, row, i) => sum + row[i], 0);
  const grouped = (v: number): string => v.toLocaleString('en-US');
  const accuracy = total === 0 ? 'no samples' : `accuracy ${((right / total) * 100).toFixed(2)}%`;

  const longest = Math.max(...labels.map((name) => textWidth(name, fontSize.tick)));
  const cell = n <= 4 ? 92 : n <= 12 ? 58 : n <= numbersUpTo ? 44 : Math.max(8, 720 / n);
  const numbers = n <= numbersUpTo;
  const named = cell >= 14;
  const turned = longest > cell - 6;
  const labelRoom = named ? Math.min(120, longest) : 0;
  const left = 24 + 22 + labelRoom + 10;
  const top = titleHeight + 26;
  const size = cell * n;

  const parts: string[] = [
    label(
      total === 0
        ? 'The counts are all zero.'
        : `${grouped(right)} of ${grouped(total)} right; percentages are shares of the true class`,
      { class: 'subtitle', x: 24, y: titleHeight + 6 },
    ),
  ];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const share = totals[i] === 0 ? 0 : counts[i][j] / totals[i];
      const x = left + j * cell;
      const y = top + i * cell;
      const shade = i === j ? share * 0.9 : Math.sqrt(share) * 0.9;
      const sentence = `${labels[i]} predicted as ${labels[j]}: ${grouped(counts[i][j])} (${percent(share)})`;
      const square = {
        x: x + 0.75,
        y: y + 0.75,
        width: cell - 1.5,
        height: cell - 1.5,
        rx: numbers ? 3 : 0,
      };
      const color = seriesColor(i === j ? 0 : 1);
      const content = [
        element('title', {}, textNode(sentence)),
        element('rect', { ...square, fill: 'var(--grid)', 'fill-opacity': 0.45 }),
        element('rect', { ...square, fill: color, 'fill-opacity': shade }),
      ];
      if (numbers && (counts[i][j] > 0 || i === j)) {
        const middle = x + cell / 2;
        const onShade = shade > 0.55 ? ' on-shade' : '';
        const large = cell >= 56;
        content.push(
          label(grouped(counts[i][j]), {
            class: `number${large ? '' : ' small'}${onShade}`,
            'text-anchor': 'middle',
            x: middle,
            y: y + cell / 2 + (large ? -1 : 4),
          }),
        );
        if (large) {
          content.push(
            label(percent(share), {
              class: `number small${onShade}`,
              'text-anchor': 'middle',
              x: middle,
              y: y + cell / 2 + 14,
            }),
          );
        }
      }
      parts.push(element('g', {}, ...content));
    }
  }
  if (named) {
    labels.forEach((name, i) => {
      const at = i * cell + cell / 2;
      const text = fitText(name, 120, fontSize.tick);
      parts.push(
        label(text, { x: left - 10, y: top + at + 4, 'text-anchor': 'end' }),
        turned
          ? label(text, {
              transform: `translate(${(left + at + 4).toFixed(1)} ${top + size + 14}) rotate(-45)`,
              'text-anchor': 'end',
            })
          : label(text, { x: left + at, y: top + size + 18, 'text-anchor': 'middle' }),
      );
    });
  }
  const below = named ? (turned ? labelRoom * 0.75 + 16 : 22) : 4;
  parts.push(
    label('predicted class', {
      class: 'axis-label',
      x: left + size / 2,
      y: top + size + below + 20,
      'text-anchor': 'middle',
    }),
    label('true class', {
      class: 'axis-label',
      transform: `translate(34 ${(top + size / 2).toFixed(1)}) rotate(-90)`,
      'text-anchor': 'middle',
    }),
  );
  const width = Math.max(left + size + 24, 48 + textWidth(title, fontSize.title), 440);
  return picture({
    width,
    height: top + size + below + 36,
    title: `${title}: ${accuracy}`,
    description: `Confusion matrix of ${n} classes (rows: true class, columns: predicted class), ${accuracy}${total === 0 ? '' : ` on ${grouped(total)} samples`}.`,
    body: parts.join(''),
  });
}
