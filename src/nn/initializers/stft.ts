import { allocate, type DType } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { Initializer } from './initializer.ts';

/** Cosine coefficients of window functions: `sum (-1)^k a_k cos(2 pi k n / N)`. */
const cosineWindows = {
  boxcar: [1],
  hann: [0.5, 0.5],
  hamming: [0.54, 0.46],
  blackman: [0.42, 0.5, 0.08],
  nuttall: [0.3635819, 0.4891775, 0.1365995, 0.0106411],
  blackmanharris: [0.35875, 0.48829, 0.14128, 0.01168],
  flattop: [0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368],
} as const;

export type WindowName = keyof typeof cosineWindows | 'bartlett' | 'cosine';

const windowNames = [...Object.keys(cosineWindows), 'bartlett', 'cosine'];

/** A window of `length` samples; a periodic one is a symmetric one of one sample more without its last. */
function windowFunction(name: WindowName, length: number, periodic: boolean): Float64Array {
  const window = new Float64Array(length).fill(1);
  if (length === 1) return window;
  const period = periodic ? length : length - 1;
  for (let n = 0; n < length; n++) {
    const phase = n / period;
    if (name === 'bartlett') window[n] = 1 - Math.abs(2 * phase - 1);
    else if (name === 'cosine') window[n] = Math.sin((Math.PI * (n + 0.5)) / (period + 1));
    else {
      window[n] = cosineWindows[name].reduce(
        (sum, a, k) => sum + (k % 2 === 0 ? a : -a) * Math.cos(2 * Math.PI * k * phase),
        0,
      );
    }
  }
  return window;
}

export interface STFTInitializerOptions {
  /** The real (by default) or the imaginary part of the transform. */
  readonly side?: 'real' | 'imag';
  /** A window function by name, its values, or none. */
  readonly window?: WindowName | readonly number[] | null;
  /** Divides the window by its 2-norm ('density') or its sum ('spectrum'). */
  readonly scaling?: 'density' | 'spectrum' | null;
  readonly periodic?: boolean;
}

/**
 * Convolution kernels [frame length, 1, bins] of the short-time Fourier transform: `cos` or `sin` of
 * `-2 pi t f`, times a window. With `bins = F / 2 + 1` the frames are transformed with F points.
 */
export class STFTInitializer extends Initializer {
  static readonly className = 'STFT';
  readonly side: 'real' | 'imag';
  readonly window: WindowName | readonly number[] | null;
  readonly scaling: 'density' | 'spectrum' | null;
  readonly periodic: boolean;

  constructor(options: STFTInitializerOptions = {}) {
    super();
    const { side = 'real', window = 'hann', scaling = 'density', periodic = false } = options;
    if (side !== 'real' && side !== 'imag') {
      fail('stft', `side is '${side}'; expected 'real' or 'imag'`);
    }
    if (typeof window === 'string' && !windowNames.includes(window)) {
      fail('stft', `window is '${window}'; expected ${windowNames.join(', ')}, or values`);
    }
    if (scaling !== null && scaling !== 'density' && scaling !== 'spectrum') {
      fail('stft', `scaling is '${scaling}'; expected 'density', 'spectrum' or null`);
    }
    this.side = side;
    this.window = window;
    this.scaling = scaling;
    this.periodic = periodic;
  }

  initialize(shape: readonly number[], dtype: DType): NDArray {
    if (shape.length !== 3 || shape[1] !== 1) {
      fail(
        'stft',
        `received shape [${shape.join(', ')}]; expected [frame length, 1, frequency bins]`,
      );
    }
    const [length, , bins] = shape;
    const window = this.#scaledWindow(length);
    const points = (bins - 1) * 2;
    const wave = this.side === 'real' ? Math.cos : Math.sin;
    const data = allocate(dtype, length * bins);
    for (let t = 0; t < length; t++) {
      for (let f = 0; f < bins; f++) {
        // The phase modulo a whole turn, so that long frames lose no digits.
        const turns = points === 0 ? 0 : ((t * f) % points) / points;
        data[t * bins + f] = wave(-2 * Math.PI * turns) * window[t];
      }
    }
    return { data, shape: [...shape], dtype };
  }

  getConfig() {
    return {
      side: this.side,
      window: this.window,
      scaling: this.scaling,
      periodic: this.periodic,
    };
  }

  #scaledWindow(length: number): Float64Array {
    const { window, scaling } = this;
    if (window === null) return new Float64Array(length).fill(1);
    const values =
      typeof window === 'string'
        ? windowFunction(window, length, this.periodic)
        : Float64Array.from(window);
    if (values.length !== length) {
      fail('stft', `the window has ${values.length} values; expected ${length}`);
    }
    if (scaling === null) return values;
    const norm =
      scaling === 'density'
        ? Math.sqrt(values.reduce((s, v) => s + v * v, 0))
        : values.reduce((s, v) => s + Math.abs(v), 0);
    return values.map((v) => v / norm);
  }
}
