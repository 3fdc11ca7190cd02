import type { DType, TypedArray } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import type { Shape } from '../../graph/shape.ts';
import type { Backend } from './backend.ts';
import { runError, sessionError } from './errors.ts';
import { elementTypeCode } from './model.ts';

/**
 * ONNX Runtime through its C interface, in the shared library that onnxruntime-node brings along. The
 * module copies every output once more into a new array; here a step is one call of `Run` that writes
 * where we say, which makes large steps a third faster and tiny ones four times.
 *
 * The interface is a table of functions (`OrtApi` in onnxruntime_c_api.h) that only ever grows at its
 * end, so their positions hold for every version since 1.20.
 */

/** What is used of the koffi module, which calls C functions. Pointers are bigints. */
export interface Koffi {
  load(path: string): {
    func(name: string, result: string, parameters: string[]): (...args: any[]) => any;
  };
  proto(result: string, parameters: string[]): any;
  call(pointer: any, prototype: any, ...args: any[]): any;
  decode(pointer: any, offset: number, type: string): any;
  address(view: any): bigint;
}

export interface DirectOptions {
  readonly koffi: Koffi;
  /** Path of libonnxruntime. */
  readonly library: string;
  readonly threads?: number;
  /** Lets the event loop turn; runs block it, so this is awaited now and then between them. */
  readonly pause: () => Promise<void>;
}

const API_VERSION = 20;

/** Positions in OrtApi. */
const functions = {
  getErrorMessage: [2, 'const char *', ['void *']],
  createEnv: [3, 'void *', ['int', 'const char *', 'void *']],
  createSessionFromArray: [8, 'void *', ['void *', 'void *', 'size_t', 'void *', 'void *']],
  run: [
    9,
    'void *',
    ['void *', 'void *', 'void *', 'void *', 'size_t', 'void *', 'size_t', 'void *'],
  ],
  createSessionOptions: [10, 'void *', ['void *']],
  setLogSeverity: [22, 'void *', ['void *', 'int']],
  setOptimizationLevel: [23, 'void *', ['void *', 'int']],
  setThreads: [24, 'void *', ['void *', 'int']],
  createTensor: [49, 'void *', ['void *', 'void *', 'size_t', 'void *', 'size_t', 'int', 'void *']],
  createMemoryInfo: [69, 'void *', ['int', 'int', 'void *']],
  releaseStatus: [93, 'void', ['void *']],
  releaseSession: [95, 'void', ['void *']],
  releaseValue: [96, 'void', ['void *']],
  releaseSessionOptions: [100, 'void', ['void *']],
} as const;

type Functions = { readonly [F in keyof typeof functions]: (...args: any[]) => any };

/** An OrtValue over a host array. */
export interface DirectTensor {
  readonly value: bigint;
  readonly data: TypedArray;
  readonly bytes: number;
}

const ALL_OPTIMIZATIONS = 99;
const FATAL = 4;
const [ARENA_ALLOCATOR, DEFAULT_MEMORY] = [1, 0];

/** Milliseconds of runs after which the event loop gets its turn. */
const PATIENCE = 40;

/**
 * koffi unloads a library once its handle is garbage, functions and worker threads included; ours stay
 * for as long as the process.
 */
const loaded = new Set<object>();

class Library {
  readonly #koffi: Koffi;
  readonly functions: Functions;
  readonly environment: bigint;
  readonly #memory: bigint;
  readonly #released = new FinalizationRegistry<bigint>((value) =>
    this.functions.releaseValue(value),
  );

  constructor(koffi: Koffi, path: string) {
    this.#koffi = koffi;
    const handle = koffi.load(path);
    loaded.add(handle);
    const base = handle.func('OrtGetApiBase', 'void *', [])();
    const getApi = koffi.decode(base, 0, 'void *');
    const api = koffi.call(getApi, koffi.proto('void *', ['uint32_t']), API_VERSION);
    if (!api) fail('onnx', `${path} is older than ONNX Runtime 1.${API_VERSION}; update it`);
    const table: Record<string, (...args: any[]) => any> = {};
    for (const [name, [position, result, parameters]] of Object.entries(functions)) {
      const pointer = koffi.decode(api, position * 8, 'void *');
      const prototype = koffi.proto(result, [...parameters]);
      table[name] = (...args) => koffi.call(pointer, prototype, ...args);
    }
    this.functions = table as Functions;
    this.environment = this.made((out) => this.functions.createEnv(FATAL, 'nabla', out));
    this.#memory = this.made((out) =>
      this.functions.createMemoryInfo(ARENA_ALLOCATOR, DEFAULT_MEMORY, out),
    );
  }

  /** Throws the message of a status that is not null. */
  check(status: bigint | null): void {
    if (!status) return;
    const message = this.functions.getErrorMessage(status);
    this.functions.releaseStatus(status);
    throw new Error(message);
  }

  /** The object that a function returns through its last parameter. */
  made(create: (out: BigUint64Array) => bigint | null): bigint {
    const out = new BigUint64Array(1);
    this.check(create(out));
    return out[0];
  }

  address(view: ArrayBufferView): bigint {
    // Reading the buffer moves a small array out of the garbage collector's way, for good.
    void view.buffer;
    return this.#koffi.address(view);
  }

  tensor(data: TypedArray, dtype: DType, shape: Shape): DirectTensor {
    const dims = BigInt64Array.from(shape, BigInt);
    const bytes = data.byteLength;
    const value = this.made((out) =>
      this.functions.createTensor(
        this.#memory,
        this.address(data),
        bytes,
        dims,
        dims.length,
        elementTypeCode[dtype],
        out,
      ),
    );
    const tensor = { value, data, bytes };
    this.#released.register(tensor, value);
    return tensor;
  }
}

const utf8 = new TextEncoder();

/** An array of pointers to C strings, and the bytes that it points to. */
function strings(library: Library, names: readonly string[]) {
  const bytes = names.map((name) => utf8.encode(`${name}\0`));
  return { bytes, pointers: BigUint64Array.from(bytes, (b) => library.address(b)) };
}

function loadSession(library: Library, model: Uint8Array, threads: number | undefined): bigint {
  const { functions: f } = library;
  const options = library.made((out) => f.createSessionOptions(out));
  try {
    library.check(f.setLogSeverity(options, FATAL));
    library.check(f.setOptimizationLevel(options, ALL_OPTIMIZATIONS));
    if (threads !== undefined) library.check(f.setThreads(options, threads));
    return library.made((out) =>
      f.createSessionFromArray(library.environment, model, model.byteLength, options, out),
    );
  } finally {
    f.releaseSessionOptions(options);
  }
}

export function directBackend({
  koffi,
  library: path,
  threads,
  pause,
}: DirectOptions): Backend<DirectTensor> {
  const library = new Library(koffi, path);
  const { functions: f } = library;
  let paused = Date.now();
  return {
    provider: 'cpu',
    inPlace: true,
    dataOf: (tensor) => tensor.data,
    wrap: (data, dtype, shape) => library.tensor(data, dtype, shape),
    load: async (model, names) => {
      let session = 0n;
      try {
        session = loadSession(library, model, threads);
      } catch (error) {
        throw sessionError('cpu', error);
      }
      const inputNames = strings(library, names.inputs);
      const outputNames = strings(library, names.outputs);
      const inputValues = new BigUint64Array(names.inputs.length);
      const outputValues = new BigUint64Array(names.outputs.length);
      return {
        run: async (inputs, outputs) => {
          if (session === 0n) fail('onnx', 'this executable was disposed of; compile it again');
          for (let i = 0; i < inputs.length; i++) inputValues[i] = addressOf(inputs[i]);
          for (let o = 0; o < outputs.length; o++) outputValues[o] = addressOf(outputs[o]);
          const status = f.run(
            session,
            null,
            inputNames.pointers,
            inputValues,
            inputs.length,
            outputNames.pointers,
            outputs.length,
            outputValues,
          );
          try {
            library.check(status);
          } catch (error) {
            throw runError('cpu', error);
          }
          const now = Date.now();
          if (now - paused > PATIENCE) {
            await pause();
            paused = Date.now();
          }
          return outputs;
        },
        dispose: async () => {
          if (session !== 0n) f.releaseSession(session);
          session = 0n;
        },
      };
    },
  };
}

/** The array of a tensor that was handed to a worker is gone, and with it the memory. */
function addressOf(tensor: DirectTensor): bigint {
  if (tensor.data.byteLength !== tensor.bytes) {
    fail('onnx', 'the array of an input was transferred to another thread; pass a copy there');
  }
  return tensor.value;
}

/** Where onnxruntime-node keeps its shared library, relative to the package. */
export function libraryPath(platform: string, arch: string, version: string): string {
  const names: Record<string, string> = {
    linux: 'libonnxruntime.so.1',
    darwin: `libonnxruntime.${version}.dylib`,
    win32: 'onnxruntime.dll',
  };
  return `bin/napi-v6/${platform}/${arch}/${names[platform] ?? names.linux}`;
}
