import { describe, expect, it } from 'vitest';
import {
  barChart,
  bestEpoch,
  confusionMatrix,
  imageGrid,
  learningCurves,
  lineChart,
  scatter,
} from './index.ts';

/** The elements of a document in order; throws where tags do not nest or an attribute is unquoted. */
function parse(svg: string): { name: string; attributes: Record<string, string>; text: string }[] {
  const elements: { name: string; attributes: Record<string, string>; text: string }[] = [];
  const open: number[] = [];
  let at = 0;
  const token = /<(\/?)([a-zA-Z]+)((?:\s[\w:-]+="[^"<]*")*)(\/?)>|([^<>]+)/y;
  while (at < svg.trimEnd().length) {
    token.lastIndex = at;
    const match = token.exec(svg);
    if (match === null) throw new Error(`not well formed at: ${svg.slice(at, at + 60)}`);
    at = token.lastIndex;
    const [, closing, name, attributes, alone, text] = match;
    if (text !== undefined) {
      if (/&(?!(amp|lt|gt|quot);)/.test(text)) throw new Error(`bare & in: ${text}`);
      if (open.length > 0) elements[open[open.length - 1]].text += text;
    } else if (closing) {
      const last = open.pop();
      if (last === undefined || elements[last].name !== name)
        throw new Error(`</${name}> nests badly`);
    } else {
      const entries = [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map((m) => [m[1], m[2]]);
      elements.push({ name, attributes: Object.fromEntries(entries), text: '' });
      if (!alone) open.push(elements.length - 1);
    }
  }
  if (open.length > 0) throw new Error(`${open.length} elements are not closed`);
  return elements;
}

const hostile = '<script>&"\u0007\ud800';
const escaped = '&lt;script&gt;&amp;&quot;\ufffd\ufffd';

const history = {
  epochs: [1, 2, 3, 4],
  columns: {
    loss: [1, 0.5, 0.3, 0.2],
    accuracy: [0.5, 0.7, 0.9, 0.95],
    valLoss: [1.1, 0.6, 0.4, 0.5],
    valAccuracy: [0.4, 0.6, 0.8, 0.7],
  },
};

const regions = {
  xDomain: [0, 2] as const,
  yDomain: [0, 1] as const,
  columns: 2,
  rows: 2,
  classes: [0, 1, 1, 1],
};

const pictures: Record<string, string> = {
  lineChart: lineChart({
    title: hostile,
    xLabel: hostile,
    yLabel: hostile,
    series: [
      { name: hostile, x: [1, 2, 3], y: [1, Number.NaN, 3] },
      { name: 'b', x: [1, 2], y: [Number.POSITIVE_INFINITY, 0], dashed: true },
    ],
    mark: { x: 2, text: hostile },
  }),
  'lineChart without data': lineChart({ title: hostile, xLabel: '', yLabel: '', series: [] }),
  learningCurves: learningCurves(history, { title: hostile }),
  'learningCurves of nothing': learningCurves({ epochs: [], columns: {} }, { title: hostile }),
  confusionMatrix: confusionMatrix({
    labels: [hostile, 'b'],
    counts: [
      [3, 1],
      [0, 4],
    ],
    title: hostile,
  }),
  imageGrid: imageGrid({
    title: hostile,
    images: [{ pixels: [0, 1, Number.NaN, 0.5], caption: hostile, outcome: 'wrong' }],
    imageHeight: 2,
    imageWidth: 2,
    columns: 3,
    rowLabels: [hostile],
  }),
  barChart: barChart({
    title: hostile,
    valueLabel: hostile,
    bars: [
      { name: hostile, value: 2, low: 1, high: 3 },
      { name: 'down', value: -1, text: hostile },
    ],
  }),
  'barChart without bars': barChart({ title: hostile, valueLabel: '', bars: [] }),
  scatter: scatter({
    title: hostile,
    xLabel: hostile,
    yLabel: hostile,
    groups: [{ name: hostile, x: [0, 1, Number.NaN], y: [0, 1, 2] }],
    line: { slope: 2, intercept: 0, name: hostile },
  }),
  'scatter with regions': scatter({
    title: hostile,
    xLabel: '',
    yLabel: '',
    groups: [
      { name: 'a', x: [0.5], y: [0.2] },
      { name: 'b', x: [1.5], y: [0.8] },
    ],
    regions,
  }),
};

describe.each(Object.entries(pictures))('%s', (_, svg) => {
  const elements = parse(svg);

  it('is a standalone, labelled document', () => {
    const [root, title, description, style] = elements;
    expect(root).toMatchObject({
      name: 'svg',
      attributes: { xmlns: 'http://www.w3.org/2000/svg', role: 'img' },
    });
    expect(title.name).toBe('title');
    expect(title.text.startsWith(escaped)).toBe(true);
    expect(description.name).toBe('desc');
    expect(description.text.length).toBeGreaterThan(10);
    expect(style.text).toContain('prefers-color-scheme:dark');
    expect(svg).not.toContain('<script');
  });

  it('has finite coordinates within the picture', () => {
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    const width = Number(elements[0].attributes.width);
    const height = Number(elements[0].attributes.height);
    for (const { name, attributes } of elements) {
      for (const key of ['x', 'x1', 'x2', 'cx']) {
        if (attributes[key] === undefined || name === 'line') continue;
        expect(Number(attributes[key])).toBeGreaterThanOrEqual(0);
        expect(Number(attributes[key])).toBeLessThanOrEqual(width);
      }
      if (name === 'rect' || name === 'image') {
        const { x = '0', y = '0' } = attributes;
        expect(Number(x) + Number(attributes.width)).toBeLessThanOrEqual(width);
        expect(Number(y) + Number(attributes.height)).toBeLessThanOrEqual(height);
      }
    }
  });
});

describe('lineChart', () => {
  it('leaves a gap where a value is missing', () => {
    const x = [1, 2, 3, 4, 5];
    const gap = lineChart({
      title: 't',
      xLabel: 'x',
      yLabel: 'y',
      series: [{ name: 'a', x, y: [1, 2, Number.NaN, 4, 5] }],
    });
    const path = parse(gap).find((e) => e.name === 'path');
    expect(path?.attributes.d.match(/M/g)).toHaveLength(2);
  });

  it('puts larger values higher, equal ratios at equal distances on a logarithmic axis', () => {
    const svg = lineChart({
      title: 't',
      xLabel: 'x',
      yLabel: 'y',
      logY: true,
      series: [{ name: 'a', x: [1, 2, 3, 4], y: [0.01, 0.1, 1, 0] }],
    });
    const heights = parse(svg)
      .filter((e) => e.name === 'circle')
      .map((e) => Number(e.attributes.cy));
    expect(heights).toHaveLength(3); // zero has no place on the axis
    expect(heights[0] - heights[1]).toBeCloseTo(heights[1] - heights[2], 1);
    expect(heights[0]).toBeGreaterThan(heights[1]);
  });

  it('refuses coordinates of different lengths', () => {
    const series = [{ name: 'a', x: [1, 2], y: [1] }];
    expect(() => lineChart({ title: 't', xLabel: 'x', yLabel: 'y', series })).toThrow(
      'lineChart: series "a" has 2 x values and 1 y values; give as many of both',
    );
  });
});

describe('learningCurves', () => {
  const texts = (svg: string): string[] =>
    parse(svg)
      .filter((e) => e.name === 'text')
      .map((e) => e.text);

  it('has a panel for the loss and one for the accuracy, training solid, validation dashed', () => {
    const svg = learningCurves(history);
    expect(texts(svg)).toEqual(
      expect.arrayContaining(['Loss', 'Accuracy', 'training', 'validation']),
    );
    const paths = parse(svg).filter((e) => e.name === 'path');
    expect(paths.map((e) => e.attributes['stroke-dasharray'] !== undefined)).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });

  it('marks the epoch with the lowest validation loss', () => {
    expect(bestEpoch(history)).toEqual({ epoch: 3, loss: 0.4 });
    expect(texts(learningCurves(history)).filter((t) => t === 'best: epoch 3')).toHaveLength(2);
  });

  it("understands Keras's names and gives quantities that are no shares their own panel", () => {
    const columns = {
      loss: [3, 2],
      val_loss: [3, 4],
      accuracy: [0.5, 0.6],
      recall: [0.1, 0.2],
      meanAbsoluteError: [5, 6],
    };
    const svg = learningCurves({ epochs: [1, 2], columns });
    expect(texts(svg)).toEqual(
      expect.arrayContaining(['Loss', 'Metrics', 'Mean absolute error', 'recall, training']),
    );
    expect(bestEpoch({ epochs: [1, 2], columns })).toEqual({ epoch: 1, loss: 3 });
  });

  it('passes over losses that are not finite', () => {
    const columns = { loss: [Number.NaN, 2, 1] };
    expect(bestEpoch({ epochs: [5, 6, 7], columns })).toEqual({ epoch: 7, loss: 1 });
    expect(bestEpoch({ epochs: [1], columns: { loss: [Number.NaN] } })).toBeUndefined();
    expect(bestEpoch({ epochs: [1], columns: { accuracy: [1] } })).toBeUndefined();
  });

  it('refuses a column of another length', () => {
    expect(() => learningCurves({ epochs: [1, 2], columns: { loss: [1] } })).toThrow(
      'column "loss" has 1 values for 2 epochs',
    );
  });
});

describe('confusionMatrix', () => {
  it('shows counts, shares of each row and the accuracy', () => {
    const svg = confusionMatrix({
      labels: ['a', 'b'],
      counts: [
        [1999, 1],
        [500, 1501],
      ],
    });
    const elements = parse(svg);
    expect(elements[1].text).toBe('Confusion matrix: accuracy 87.48%');
    const texts = elements.filter((e) => e.name === 'text').map((e) => e.text);
    expect(texts).toEqual(
      expect.arrayContaining(['1,999', '&gt;99.9%', '1', '&lt;0.1%', '500', '25%', '1,501', '75%']),
    );
    const titles = elements.filter((e) => e.name === 'title').map((e) => e.text);
    expect(titles).toContain('b predicted as a: 500 (25%)');
  });

  it('shades a cell the more, the larger its share', () => {
    const svg = confusionMatrix({
      labels: ['a', 'b'],
      counts: [
        [9, 1],
        [5, 5],
      ],
    });
    const shades = parse(svg)
      .filter((e) => e.attributes.fill?.startsWith('var(--series'))
      .map((e) => Number(e.attributes['fill-opacity']));
    expect(shades).toEqual([0.81, 0.28, 0.64, 0.45]);
  });

  it('stands for a class without samples, and for many classes', () => {
    const empty = confusionMatrix({
      labels: ['a', 'b'],
      counts: [
        [0, 0],
        [0, 0],
      ],
    });
    expect(parse(empty)[1].text).toBe('Confusion matrix: no samples');
    const n = 100;
    const labels = Array.from({ length: n }, (_, i) => `class ${i}`);
    const many = confusionMatrix({ labels, counts: labels.map(() => new Float32Array(n).fill(2)) });
    expect(parse(many)[1].text).toBe('Confusion matrix: accuracy 1.00%');
  });

  it('refuses what is not a square of counts', () => {
    expect(() => confusionMatrix({ labels: ['a', 'b'], counts: [[1, 2], [3]] })).toThrow(
      '2 labels need 2 rows of 2 counts, received rows of [2, 1]',
    );
    expect(() => confusionMatrix({ labels: ['a'], counts: [[-1]] })).toThrow(
      'counts[0][0] is -1; counts are finite and not negative',
    );
    expect(() => confusionMatrix({ labels: [], counts: [] })).toThrow('0 labels');
  });
});

describe('imageGrid', () => {
  const options = { title: 't', imageHeight: 2, imageWidth: 2, columns: 2 };

  it('refuses an image of another size', () => {
    expect(() => imageGrid({ ...options, images: [{ pixels: [1, 2, 3] }] })).toThrow(
      'imageGrid: image 0 has 3 values; 2 × 2 × 1 needs 4',
    );
    expect(() => imageGrid({ ...options, columns: 0, images: [] })).toThrow('columns is 0');
  });

  it('lays images out in rows and frames the wrong ones', () => {
    const images = ['right', 'wrong', undefined].map((outcome) => ({
      pixels: [0, 0, 0, 1],
      outcome: outcome as 'right' | 'wrong' | undefined,
    }));
    const elements = parse(imageGrid({ ...options, images }));
    const placed = elements.filter((e) => e.name === 'image').map((e) => e.attributes);
    expect(placed[0].y).toBe(placed[1].y);
    expect(placed[2].x).toBe(placed[0].x);
    expect(Number(placed[2].y)).toBeGreaterThan(Number(placed[0].y));
    const frames = elements.filter((e) => e.attributes.fill === 'none');
    expect(frames.map((e) => e.attributes['stroke-dasharray'])).toEqual([
      undefined,
      '6 3',
      undefined,
    ]);
  });
});

describe('barChart', () => {
  it('draws bars from zero, in proportion', () => {
    const bars = [
      { name: 'a', value: 2 },
      { name: 'b', value: 1 },
      { name: 'c', value: -1 },
    ];
    const rects = parse(barChart({ title: 't', valueLabel: 'v', bars })).filter(
      (e) => e.name === 'rect' && e.attributes.class !== 'surface',
    );
    const [a, b, c] = rects.map((e) => [Number(e.attributes.x), Number(e.attributes.width)]);
    expect(a[1]).toBeCloseTo(2 * b[1], 1);
    expect(a[0]).toBe(b[0]);
    expect(c[0] + c[1]).toBeCloseTo(a[0], 1);
    expect(c[1]).toBeCloseTo(b[1], 1);
  });

  it('refuses a value that is not finite', () => {
    const bars = [{ name: 'a', value: Number.NaN }];
    expect(() => barChart({ title: 't', valueLabel: 'v', bars })).toThrow(
      'barChart: the value of "a" is NaN',
    );
  });
});

describe('scatter', () => {
  const labels = { title: 't', xLabel: 'x', yLabel: 'y' };

  it('cuts the line where it leaves the plot', () => {
    const svg = scatter({
      ...labels,
      groups: [{ name: 'a', x: [0, 1], y: [0, 1] }],
      line: { slope: 10, intercept: 0 },
    });
    const line = parse(svg).find((e) => e.attributes.stroke === 'var(--ink)')?.attributes ?? {};
    const grid = parse(svg).filter((e) => e.attributes.class === 'grid');
    const rows = grid.map((e) => Number(e.attributes.y1));
    expect(Number(line.y1)).toBeCloseTo(Math.max(...rows), 1); // y 0
    expect(Number(line.y2)).toBeCloseTo(Math.min(...rows), 1); // y 1
    const left = Number(grid[0].attributes.x1) + 10; // points keep 10 pixels off the axis
    const right = Number(grid[0].attributes.x2) - 10;
    expect(Number(line.x1)).toBeCloseTo(left, 1);
    expect(Number(line.x2)).toBeCloseTo(left + (right - left) / 10, 1);
  });

  it('leaves out a line that never enters', () => {
    const groups = [{ name: 'a', x: [0, 1], y: [0, 1] }];
    const svg = scatter({ ...labels, groups, line: { slope: 0, intercept: 5 } });
    expect(svg).not.toContain('stroke="var(--ink)"');
  });

  it('draws a run of equal classes as one rectangle, the first row at the bottom', () => {
    const svg = scatter({ ...labels, groups: [{ name: 'a', x: [], y: [] }], regions });
    const rects = parse(svg)
      .filter((e) => e.name === 'rect' && e.attributes.class !== 'surface')
      .map((e) => e.attributes);
    expect(rects.map((r) => r.fill)).toEqual([
      'var(--series-0)',
      'var(--series-1)',
      'var(--series-1)',
    ]);
    expect(Number(rects[2].width)).toBeCloseTo(2 * Number(rects[0].width), 1);
    expect(Number(rects[2].y)).toBeLessThan(Number(rects[0].y));
  });

  it('refuses lengths that do not fit', () => {
    const groups = [{ name: 'a', x: [1], y: [] }];
    expect(() => scatter({ ...labels, groups })).toThrow('group "a" has 1 x values and 0 y values');
    const short = { ...regions, classes: [0] };
    expect(() => scatter({ ...labels, groups: [], regions: short })).toThrow(
      'regions of 2 × 2 need 4 classes, received 1',
    );
  });
});
