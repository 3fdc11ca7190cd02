import type { Builder, Value } from '../builder.ts';
import type { OnnxAttributes } from '../model.ts';
import { padInterior } from './shaping.ts';

/**
 * Windows sliding over the spatial axes of [N, C, ...space], taken apart by tap: tap t of a window is the
 * strided slice that holds, for every place of the window, the element under its t-th position.
 */
export interface Windows {
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
}

/** The attributes by which ONNX describes windows; what is usual is left out. */
export function windowAttributes({ window, strides, dilations, padding }: Windows): OnnxAttributes {
  const pads = [...padding.map((p) => p[0]), ...padding.map((p) => p[1])];
  return {
    kernel_shape: window,
    strides: strides.some((s) => s !== 1) ? strides : undefined,
    dilations: dilations.some((d) => d !== 1) ? dilations : undefined,
    pads: pads.some((p) => p !== 0) ? pads : undefined,
  };
}

/** The way back from {@link windowAttributes}. */
export function windowsFrom(attributes: OnnxAttributes): Windows {
  const window = attributes.kernel_shape as readonly number[];
  const rank = window.length;
  const listed = (name: string, usual: number, length: number) =>
    (attributes[name] as readonly number[] | undefined) ?? new Array<number>(length).fill(usual);
  const pads = listed('pads', 0, 2 * rank);
  return {
    window,
    strides: listed('strides', 1, rank),
    dilations: listed('dilations', 1, rank),
    padding: window.map((_, i) => [pads[i], pads[i + rank]] as const),
  };
}

/** The positions within a window, in row-major order. */
export function taps(window: readonly number[]): number[][] {
  let out: number[][] = [[]];
  for (const size of window) {
    out = out.flatMap((t) => Array.from({ length: size }, (_, i) => [...t, i]));
  }
  return out;
}

/** For each tap, the elements of `x` under it: [N, C, ...places]. */
export function tapSlices(
  b: Builder,
  x: Value,
  { window, strides, dilations, padding }: Windows,
  places: readonly number[],
  padValue: number,
): Value[] {
  const low = [0, 0, ...padding.map((p) => p[0])];
  const high = [0, 0, ...padding.map((p) => p[1])];
  const padded = b.pad(x, low, high, padValue);
  return taps(window).map((tap) =>
    b.slice(
      padded,
      tap.flatMap((t, i) => {
        const start = t * dilations[i];
        const end = start + (places[i] - 1) * strides[i] + 1;
        const whole = start === 0 && end === padded.shape[i + 2] && strides[i] === 1;
        return whole ? [] : [{ axis: i + 2, start, end, step: strides[i] }];
      }),
    ),
  );
}

/** The adjoint of {@link tapSlices}: every tap's values added back to where they came from. */
export function addTaps(
  b: Builder,
  slices: readonly Value[],
  { window, strides, dilations, padding }: Windows,
  space: readonly number[],
): Value {
  const total = space.map((d, i) => d + padding[i][0] + padding[i][1]);
  const placed = taps(window).map((tap, t) => {
    const spread = strides.reduce((x, s, i) => padInterior(b, x, i + 2, s - 1, 0), slices[t]);
    const low = [0, 0, ...tap.map((p, i) => p * dilations[i])];
    const high = [0, 0, ...total.map((d, i) => d - low[i + 2] - spread.shape[i + 2])];
    return b.pad(spread, low, high, 0);
  });
  const sum = placed.reduce((x, y) => b.add(x, y));
  return b.slice(
    sum,
    padding.flatMap(([before, after], i) =>
      before || after ? [{ axis: i + 2, start: before, end: before + space[i] }] : [],
    ),
  );
}
