/** JPEG images by libjpeg (mozjpeg, compiled to WebAssembly by @jsquash/jpeg): baseline and progressive. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import createCodec from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import { NablaError } from '../graph/errors.ts';
import { readJpegHeader } from './jpeg-header.ts';

export interface JpegImage {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 4 red, green, blue and full opacity. */
  readonly channels: 1 | 4;
  /** Row by row, 0..255. */
  readonly samples: ArrayLike<number>;
}

/** What the codec makes of an image: it calls a global `ImageData`, which Node does not have. */
class Pixels {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;

  constructor(data: Uint8ClampedArray, width: number, height: number) {
    this.data = data;
    this.width = width;
    this.height = height;
  }
}

/** The part of the codec's module that is used; `decode` is there once the factory has returned. */
interface CodecModule {
  decode?: (bytes: Uint8Array, rotateAsHeld: boolean) => Pixels;
  HEAPU8?: Uint8Array;
  noInitialRun: boolean;
  print: (line: string) => void;
  printErr: (line: string) => void;
  instantiateWasm: (
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance) => void,
  ) => WebAssembly.Exports;
}

interface Codec {
  readonly decode: (bytes: Uint8Array) => Pixels;
  /** What it has said since the last image. */
  readonly lines: string[];
  readonly memory: () => number;
}

/** The codec's memory grows with its images and never shrinks: beyond this the next image gets a new one. */
const MEMORY_TO_KEEP = 64 * 2 ** 20;

/**
 * What libjpeg remarks on files that are read by every program: fillings between segments, odd version numbers.
 * It reports the first oddity of a file alone.
 */
const harmless = /extraneous bytes before marker|unknown JFIF revision|^Unknown Adobe/;

let compiled: WebAssembly.Module | undefined;
let current: Codec | undefined;

/**
 * Decodes a JPEG file; `file` begins the messages. How the camera was held (EXIF) is not looked at. Errors: a
 * damaged file, one that is cut off, of more than `maxPixels`, or of a kind that libjpeg does not read.
 */
export function decodeJpeg(bytes: Uint8Array, file: string, maxPixels: number): JpegImage {
  const { width, height, components } = readJpegHeader(bytes, file, maxPixels);
  const image = withPixels(() => run(bytes, file));
  if (image.width !== width || image.height !== height) {
    throw new NablaError(`${file} is damaged: it has two sizes`);
  }
  if (components === 3) return { width, height, channels: 4, samples: image.data };
  const samples = new Uint8Array(width * height);
  for (let i = 0; i < samples.length; i++) samples[i] = image.data[4 * i];
  return { width, height, channels: 1, samples };
}

function run(bytes: Uint8Array, file: string): Pixels {
  current ??= openCodec(file);
  const { decode, lines, memory } = current;
  lines.length = 0;
  let image: Pixels;
  try {
    image = decode(bytes);
  } catch (error) {
    // It does not clear up behind an error.
    current = undefined;
    throw new NablaError(`${file} ${failure(lines, error)}`);
  }
  if (memory() > MEMORY_TO_KEEP) current = undefined;
  const complaint = lines.find((line) => !harmless.test(line));
  if (complaint !== undefined) throw new NablaError(`${file} is damaged: ${complaint}`);
  return image;
}

function failure(lines: readonly string[], error: unknown): string {
  const reason = lines.find((line) => !harmless.test(line));
  if (reason === undefined || reason.startsWith('Insufficient memory')) {
    const cause = error instanceof Error ? ` (${error.message})` : '';
    return `cannot be decoded in the memory there is${cause}; make it smaller`;
  }
  return `is damaged: ${reason}`;
}

/** A new instance of the codec; all of it happens before this returns. */
function openCodec(file: string): Codec {
  compiled ??= new WebAssembly.Module(readFileSync(wasmPath()));
  const source = compiled;
  const lines: string[] = [];
  let failed: unknown;
  const codec: CodecModule = {
    noInitialRun: true,
    print: () => {},
    printErr: (line) => lines.push(line),
    instantiateWasm: (imports, done) => {
      try {
        const instance = new WebAssembly.Instance(source, imports);
        done(instance);
        return instance.exports;
      } catch (error) {
        failed = error;
        throw error;
      }
    },
  };
  const ready: Promise<unknown> = createCodec(codec as object);
  const { decode } = codec;
  if (decode === undefined) {
    ready.catch(() => {});
    throw new NablaError(
      `${file} cannot be decoded: the JPEG decoder did not start (${failed}); free some memory`,
    );
  }
  return {
    decode: (bytes) => decode(bytes, false),
    lines,
    memory: () => codec.HEAPU8?.length ?? 0,
  };
}

function wasmPath(): string {
  return createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm');
}

/** Runs with a global `ImageData` of its own, and leaves the global scope as it was. */
function withPixels<T>(run: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'ImageData');
  Object.defineProperty(globalThis, 'ImageData', { value: Pixels, configurable: true });
  try {
    return run();
  } finally {
    if (before) Object.defineProperty(globalThis, 'ImageData', before);
    else Reflect.deleteProperty(globalThis, 'ImageData');
  }
}
