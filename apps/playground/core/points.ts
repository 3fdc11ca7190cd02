/** Samples in the plane, column by column. */
export interface Points {
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Classification: the number of the class, from 0. Regression: the value, about -1 to 1. */
  readonly label: Float32Array;
}

/** The square that is drawn: [-DOMAIN, DOMAIN] in both directions. */
export const DOMAIN = 6;

/** The most classes a softmax output is offered for. */
export const MAX_CLASSES = 6;

/** The most points that can be drawn or loaded. */
export const MAX_POINTS = 5000;

export const emptyPoints = (): Points => pointsOf([]);

export function pointsOf(rows: readonly (readonly [number, number, number])[]): Points {
  return {
    x: Float32Array.from(rows, (r) => r[0]),
    y: Float32Array.from(rows, (r) => r[1]),
    label: Float32Array.from(rows, (r) => r[2]),
  };
}

export function rowsOf({ x, y, label }: Points): [number, number, number][] {
  return Array.from(x, (v, i) => [v, y[i], label[i]]);
}

export function takePoints({ x, y, label }: Points, order: ArrayLike<number>): Points {
  const take = (column: Float32Array) => Float32Array.from(order, (i) => column[i]);
  return { x: take(x), y: take(y), label: take(label) };
}

/** The first `share` percent, and the rest; neither is empty when there are two points or more. */
export function splitPoints(points: Points, share: number): { train: Points; test: Points } {
  const n = points.x.length;
  const wanted = Math.floor((n * share) / 100);
  const cut = n < 2 ? n : Math.min(n - 1, Math.max(1, wanted));
  const part = (from: number, to: number): Points => ({
    x: points.x.slice(from, to),
    y: points.y.slice(from, to),
    label: points.label.slice(from, to),
  });
  return { train: part(0, cut), test: part(cut, n) };
}
