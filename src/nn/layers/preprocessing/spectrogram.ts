import { fail } from '../../../graph/errors.ts';
import type { DataFormat } from '../../../ops/functions/windows.ts';
import { ops } from '../../../tensor/lift.ts';
import { type Tensor, tensor } from '../../../tensor/tensor.ts';
import type { Variable } from '../../../tensor/variable.ts';
import { STFTInitializer, type WindowName } from '../../initializers/stft.ts';
import { Layer, type LayerOptions } from '../layer.ts';
import {
  channelsOf,
  type DataFormatName,
  dataFormatConfig,
  dataFormatOf,
  factoryName,
} from '../spatial.ts';

/** Sounds as pictures: how strong each frequency is in each short stretch of time. */

/** Kernel values smaller than this count as this before a root or a logarithm; Keras's epsilon. */
const SMALLEST = 1e-7;

function expectOneOf(layer: object, name: string, value: unknown, known: readonly unknown[]): void {
  if (!known.includes(value)) {
    fail(
      factoryName(layer),
      `${name} is ${JSON.stringify(value)}; expected one of ${JSON.stringify(known)}`,
    );
  }
}

const modes = ['log', 'magnitude', 'psd', 'real', 'imag', 'angle', 'stft'] as const;

export interface STFTSpectrogramOptions extends LayerOptions {
  /** What comes out; 'log', the logarithm of the magnitude, by default. */
  readonly mode?: (typeof modes)[number];
  /** Samples of a frame; 256 by default. */
  readonly frameLength?: number;
  /** Samples between frames; half a frame by default. */
  readonly frameStep?: number | null;
  /** Points of the transform; by default the power of two that a frame fits into. */
  readonly fftLength?: number | null;
  /** 'hann' by default. */
  readonly window?: WindowName | readonly number[] | null;
  readonly periodic?: boolean;
  /** Divides the window by its 2-norm ('density', by default) or its sum ('spectrum'). */
  readonly scaling?: 'density' | 'spectrum' | null;
  /** 'valid' by default. */
  readonly padding?: 'valid' | 'same';
  /** Whether frequencies and channels have axes of their own; false by default. */
  readonly expandDims?: boolean;
  readonly dataFormat?: DataFormatName | null;
}

/**
 * Spectrogram by short-time Fourier transform of [batch, time, channels], as convolutions whose kernels
 * may be trained: [batch, frames, frequencies * channels]. Every channel is transformed on its own.
 */
export class STFTSpectrogram extends Layer {
  static readonly className = 'STFTSpectrogram';
  readonly mode: (typeof modes)[number];
  readonly frameLength: number;
  readonly frameStep: number | null;
  readonly fftLength: number | null;
  readonly window: WindowName | readonly number[] | null;
  readonly periodic: boolean;
  readonly scaling: 'density' | 'spectrum' | null;
  readonly padding: 'valid' | 'same';
  readonly expandDims: boolean;
  readonly dataFormat: DataFormat;
  realKernel: Variable | undefined;
  imagKernel: Variable | undefined;

  constructor(options: STFTSpectrogramOptions = {}) {
    super(options);
    this.mode = options.mode ?? 'log';
    this.frameLength = options.frameLength ?? 256;
    this.frameStep = options.frameStep ?? null;
    this.fftLength = options.fftLength ?? null;
    this.window = options.window === undefined ? 'hann' : options.window;
    this.periodic = options.periodic ?? false;
    this.scaling = options.scaling === undefined ? 'density' : options.scaling;
    this.padding = options.padding ?? 'valid';
    this.expandDims = options.expandDims ?? false;
    this.dataFormat = dataFormatOf(this, options.dataFormat);
    expectOneOf(this, 'mode', this.mode, modes);
    expectOneOf(this, 'padding', this.padding, ['valid', 'same']);
    const { frameLength, step, points } = this;
    const whole = [frameLength, step, points].every((n) => Number.isInteger(n) && n > 0);
    if (!whole || step > frameLength || points < frameLength) {
      fail(
        'stftSpectrogram',
        `frameStep is ${step}, frameLength ${frameLength}, fftLength ${points}; expected whole numbers in rising order`,
      );
    }
    this.#initializer('real');
  }

  /** Samples between frames. */
  get step(): number {
    return this.frameStep ?? Math.floor(this.frameLength / 2);
  }

  /** Points of the transform. */
  get points(): number {
    return this.fftLength ?? 2 ** Math.ceil(Math.log2(this.frameLength));
  }

  #initializer(side: 'real' | 'imag'): STFTInitializer {
    const { window, scaling, periodic } = this;
    return new STFTInitializer({ side, window, scaling, periodic });
  }

  override build(inputShape: (number | null)[]): void {
    channelsOf(this, inputShape, 1, this.dataFormat);
    const shape = [this.frameLength, 1, Math.floor(this.points / 2) + 1];
    const kernel = (side: 'real' | 'imag') =>
      this.addWeight({ name: `${side}_kernel`, shape, initializer: this.#initializer(side) });
    if (this.mode !== 'imag') this.realKernel = kernel('real');
    if (this.mode !== 'real') this.imagKernel = kernel('imag');
  }

  /** One part of the transform of [batch, channels, time]: [batch, channels, frames, frequencies]. */
  #part(signals: Tensor, kernel: Variable | undefined): Tensor {
    const [, channels, time] = signals.node.shape;
    const each = ops.reshape(signals, [-1, time, 1]);
    const frames = ops.conv(each, kernel!.value, { strides: this.step, padding: this.padding });
    return ops.reshape(frames, [-1, channels, ...frames.node.shape.slice(1)]);
  }

  #spectrum(signals: Tensor): Tensor {
    const { mode } = this;
    if (mode === 'real') return this.#part(signals, this.realKernel);
    if (mode === 'imag') return this.#part(signals, this.imagKernel);
    const real = this.#part(signals, this.realKernel);
    const imag = this.#part(signals, this.imagKernel);
    if (mode === 'stft') return ops.concatenate([real, imag], 3);
    if (mode === 'angle') return ops.arctan2(imag, real);
    const power = real.square().add(imag.square());
    if (mode === 'psd') {
      // Frequencies within the ends stand for their negatives, too.
      const bins = power.node.shape[3];
      const twice = Array.from({ length: bins }, (_, i) => (i === 0 || i === bins - 1 ? 1 : 2));
      return power.mul(tensor(twice, [bins], power.dtype));
    }
    const magnitude: Tensor = ops.sqrt(ops.maximum(power, SMALLEST));
    return mode === 'magnitude' ? magnitude : ops.log(ops.maximum(magnitude, SMALLEST));
  }

  call(x: Tensor): Tensor {
    const last = this.dataFormat === 'channelsLast';
    const y = this.#spectrum(last ? ops.transpose(x, [0, 2, 1]) : x);
    const [, channels, frames, bins] = y.node.shape;
    if (this.expandDims) return last ? ops.transpose(y, [0, 2, 3, 1]) : y;
    const joined = [-1, channels * bins, frames];
    if (!last) return ops.reshape(ops.transpose(y, [0, 1, 3, 2]), joined);
    return ops.reshape(ops.transpose(y, [0, 2, 1, 3]), [-1, frames, channels * bins]);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      mode: this.mode,
      frameLength: this.frameLength,
      frameStep: this.frameStep,
      fftLength: this.fftLength,
      window: this.window,
      periodic: this.periodic,
      scaling: this.scaling,
      padding: this.padding,
      expandDims: this.expandDims,
      dataFormat: dataFormatConfig(this.dataFormat),
    };
  }
}

export interface MelSpectrogramOptions extends LayerOptions {
  /** Points of the transform; 2048 by default. */
  readonly fftLength?: number;
  /** Samples between frames; 512 by default. */
  readonly sequenceStride?: number;
  /** Samples of a frame; fftLength by default. */
  readonly sequenceLength?: number | null;
  /** 'hann' by default. */
  readonly window?: WindowName | readonly number[] | null;
  /** Samples a second; 16000 by default. */
  readonly samplingRate?: number;
  /** Number of bands; 128 by default. */
  readonly numMelBins?: number;
  /** Lowest frequency in hertz; 20 by default. */
  readonly minFreq?: number;
  /** Highest frequency in hertz; half the sampling rate by default. */
  readonly maxFreq?: number | null;
  /** Whether to give decibels; true by default. */
  readonly powerToDb?: boolean;
  /** Decibels below the loudest that are told apart; 80 by default. */
  readonly topDb?: number;
  /** Exponent of the magnitude; 2, the power, by default. */
  readonly magExp?: number;
  /** Smallest power; 1e-10 by default. */
  readonly minPower?: number;
  /** The power of 0 decibels; 1 by default. */
  readonly refPower?: number;
}

/** Frequencies on the mel scale of the Hidden Markov Model Toolkit. */
/** Frequencies that a table is made for. */
const LARGEST = 8192;

const mel = (hertz: number): number => 1127 * Math.log1p(hertz / 700);

/**
 * Sounds [samples] or [batch, samples] as [..., bands, frames]: the power of the frequencies in bands of
 * equal width to the ear, in decibels.
 */
export class MelSpectrogram extends Layer {
  static readonly className = 'MelSpectrogram';
  readonly fftLength: number;
  readonly sequenceStride: number;
  readonly sequenceLength: number;
  readonly window: WindowName | readonly number[] | null;
  readonly samplingRate: number;
  readonly numMelBins: number;
  readonly minFreq: number;
  readonly maxFreq: number;
  readonly powerToDb: boolean;
  readonly topDb: number;
  readonly magExp: number;
  readonly minPower: number;
  readonly refPower: number;

  constructor(options: MelSpectrogramOptions = {}) {
    super(options);
    this.fftLength = options.fftLength ?? 2048;
    this.sequenceStride = options.sequenceStride ?? 512;
    this.sequenceLength = options.sequenceLength ?? this.fftLength;
    this.window = options.window === undefined ? 'hann' : options.window;
    this.samplingRate = options.samplingRate ?? 16000;
    this.numMelBins = options.numMelBins ?? 128;
    this.minFreq = options.minFreq ?? 20;
    this.maxFreq = options.maxFreq ?? Math.trunc(this.samplingRate / 2);
    this.powerToDb = options.powerToDb ?? true;
    this.topDb = options.topDb ?? 80;
    this.magExp = options.magExp ?? 2;
    this.minPower = options.minPower ?? 1e-10;
    this.refPower = options.refPower ?? 1;
    for (const name of ['fftLength', 'numMelBins', 'sequenceLength'] as const) {
      const value = this[name];
      if (Number.isInteger(value) && value >= 1 && value <= LARGEST) continue;
      fail('melSpectrogram', `${name} is ${value}; expected a whole number from 1 to ${LARGEST}`);
    }
    if (!(this.sequenceLength <= this.fftLength)) {
      fail(
        'melSpectrogram',
        `sequenceLength is ${this.sequenceLength}; expected at most fftLength, ${this.fftLength}`,
      );
    }
    this.built = true;
  }

  /** The window in the middle of fftLength samples. */
  #window(): Float64Array {
    const { window, fftLength, sequenceLength } = this;
    // At frequency 0 the transform is the window itself.
    const options = { side: 'real', window, scaling: null, periodic: true } as const;
    const shape = [sequenceLength, 1, 1];
    const { data } = new STFTInitializer(options).initialize(shape, 'float64');
    const padded = new Float64Array(fftLength);
    padded.set(data, Math.floor((fftLength - sequenceLength) / 2));
    return padded;
  }

  /** Kernels [fftLength, 1, 2 * bins] of the real and the imaginary parts. */
  #kernels(bins: number): Tensor {
    const { fftLength } = this;
    const window = this.#window();
    const data = new Float64Array(fftLength * 2 * bins);
    for (let t = 0; t < fftLength; t++) {
      for (let f = 0; f < bins; f++) {
        const phase = (2 * Math.PI * ((t * f) % fftLength)) / fftLength;
        data[t * 2 * bins + f] = Math.cos(phase) * window[t];
        data[t * 2 * bins + bins + f] = -Math.sin(phase) * window[t];
      }
    }
    return tensor(data, [fftLength, 1, 2 * bins], this.dtype);
  }

  /** Weights [bins, numMelBins]: triangles on the mel scale, each from one middle to the next but one. */
  #bands(bins: number): Tensor {
    const { numMelBins, samplingRate, dtype } = this;
    const [low, high] = [mel(this.minFreq), mel(this.maxFreq)];
    const width = (high - low) / (numMelBins + 1);
    const data = new Float64Array(bins * numMelBins);
    // Frequency 0 belongs to no band.
    for (let f = 1; f < bins; f++) {
      const at = mel((f * samplingRate) / 2 / (bins - 1));
      for (let band = 0; band < numMelBins; band++) {
        const rise = (at - low) / width - band;
        data[f * numMelBins + band] = Math.max(0, Math.min(rise, 2 - rise));
      }
    }
    return tensor(data, [bins, numMelBins], dtype);
  }

  call(x: Tensor): Tensor {
    const { fftLength } = this;
    if (x.rank !== 1 && x.rank !== 2) {
      fail(
        'melSpectrogram',
        `received [${x.shape.map(String).join(', ')}]; expected [samples] or [batch, samples]`,
      );
    }
    const sounds = ops.cast(x.rank === 1 ? ops.expandDims(x, 0) : x, this.dtype);
    const half = Math.floor(fftLength / 2);
    const around = ops.pad(
      sounds,
      [
        [0, 0],
        [half, half],
      ],
      'reflect',
    );
    const bins = half + 1;
    const frames = ops.conv(ops.expandDims(around, 2), this.#kernels(bins), {
      strides: this.sequenceStride,
    });
    const [real, imag] = ops.split(frames, 2, 2);
    const power = real.square().add(imag.square());
    const strength = this.magExp === 2 ? power : ops.power(power, this.magExp / 2);
    const bands: Tensor = ops.matmul(strength, this.#bands(bins));
    const scaled = ops.transpose(this.powerToDb ? this.#decibels(bands) : bands, [0, 2, 1]);
    return x.rank === 1 ? ops.squeeze(scaled, 0) : scaled;
  }

  #decibels(power: Tensor): Tensor {
    const reference = Math.max(Math.abs(this.refPower), this.minPower);
    const decibels = ops
      .log(ops.maximum(power, this.minPower))
      .mul(10 / Math.LN10)
      .sub(10 * Math.log10(reference));
    return ops.maximum(decibels, decibels.max().sub(this.topDb));
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      fftLength: this.fftLength,
      sequenceStride: this.sequenceStride,
      sequenceLength: this.sequenceLength,
      window: this.window,
      samplingRate: this.samplingRate,
      numMelBins: this.numMelBins,
      minFreq: this.minFreq,
      maxFreq: this.maxFreq,
      powerToDb: this.powerToDb,
      topDb: this.topDb,
      magExp: this.magExp,
      minPower: this.minPower,
      refPower: this.refPower,
    };
  }
}
