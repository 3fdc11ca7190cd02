import { css, type Palette } from '../../ui/theme.ts';
import type { StageWeights, WeightAddress } from '../core/protocol.ts';

/** The weights as curves between neurons: width is size, colour is sign, dashes move as it trains. */

export interface Anchor {
  readonly x: number;
  readonly y: number;
}

/** Where curves begin and end: for the features and every stage, the two sides of each node. */
export interface Geometry {
  readonly width: number;
  readonly height: number;
  /** Right sides of the features, then of each stage. */
  readonly from: readonly (readonly Anchor[])[];
  /** Left sides of each stage's units. */
  readonly to: readonly (readonly Anchor[])[];
}

export interface LinkLook {
  readonly palette: Palette;
  readonly steps: number;
  readonly motion: boolean;
  readonly highlight: WeightAddress | undefined;
  /** Node whose links stand out; the others step back. */
  readonly node: { readonly stage: number; readonly unit: number } | undefined;
}

/** |w| from 0 to 5 as 0.7 to 9 pixels. */
const widthOf = (w: number): number => 0.7 + Math.min(5, Math.abs(w)) * 1.66;

/** A cubic with level ends: y at a share t of the way along x is found by halving. */
function pointAt(a: Anchor, b: Anchor, t: number): Anchor {
  const mid = (a.x + b.x) / 2;
  const u = 1 - t;
  const x = u ** 3 * a.x + 3 * u * u * t * mid + 3 * u * t * t * mid + t ** 3 * b.x;
  const y = u ** 3 * a.y + 3 * u * u * t * a.y + 3 * u * t * t * b.y + t ** 3 * b.y;
  return { x, y };
}

function yAt(a: Anchor, b: Anchor, x: number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 12; i++) {
    const middle = (low + high) / 2;
    if (pointAt(a, b, middle).x < x) low = middle;
    else high = middle;
  }
  return pointAt(a, b, (low + high) / 2).y;
}

export function drawLinks(
  c: CanvasRenderingContext2D,
  geometry: Geometry,
  weights: readonly StageWeights[],
  look: LinkLook,
): void {
  const { palette, node, highlight } = look;
  c.clearRect(0, 0, geometry.width, geometry.height);
  const count = weights.reduce((n, w) => n + w.kernel.length, 0);
  const dashes = count <= 400;
  c.lineCap = 'butt';
  c.setLineDash(dashes ? [8, 1.5] : []);
  c.lineDashOffset = look.motion && dashes ? -(look.steps / 4) % 9.5 : 0;
  weights.forEach(({ kernel }, stage) => {
    const from = geometry.from[stage];
    const to = geometry.to[stage];
    if (!from || !to || to.length === 0) return;
    const units = to.length;
    for (let i = 0; i < from.length; i++) {
      for (let k = 0; k < units; k++) {
        const w = kernel[i * units + k];
        if (w === undefined) continue;
        const own = highlight?.stage === stage && highlight.unit === k && highlight.input === i;
        const near =
          !node ||
          (node.stage === stage && node.unit === k) ||
          (node.stage === stage - 1 && node.unit === i);
        const strength = Math.min(1, 0.18 + Math.abs(w) * 0.75);
        c.globalAlpha = own ? 1 : near ? strength : strength * 0.15;
        c.strokeStyle = css(w < 0 ? palette.negative : palette.positive);
        c.lineWidth = widthOf(w) + (own ? 2.5 : 0);
        const [a, b] = [from[i], to[k]];
        const mid = (a.x + b.x) / 2;
        c.beginPath();
        c.moveTo(a.x, a.y);
        c.bezierCurveTo(mid, a.y, mid, b.y, b.x, b.y);
        c.stroke();
      }
    }
  });
  c.globalAlpha = 1;
  c.setLineDash([]);
}

/** The weight under a point, if there is one within a few pixels. */
export function linkAt(
  geometry: Geometry,
  weights: readonly StageWeights[],
  x: number,
  y: number,
): WeightAddress | undefined {
  let best: WeightAddress | undefined;
  let nearest = 6;
  weights.forEach(({ kernel }, stage) => {
    const from = geometry.from[stage] ?? [];
    const to = geometry.to[stage] ?? [];
    for (let i = 0; i < from.length; i++) {
      for (let k = 0; k < to.length; k++) {
        const [a, b] = [from[i], to[k]];
        if (x < a.x || x > b.x) continue;
        const half = widthOf(kernel[i * to.length + k] ?? 0) / 2;
        const distance = Math.max(0, Math.abs(yAt(a, b, x) - y) - half);
        if (distance < nearest) {
          nearest = distance;
          best = { stage, unit: k, input: i };
        }
      }
    }
  });
  return best;
}
