/**
 * Runs a training graph through ONNX Runtime's C interface, called from JavaScript by koffi. The library
 * is the one inside onnxruntime-node, whose own `session.run` copies every output into a new array.
 * Here each tensor is made once over an array of ours, and a step is one call.
 */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Batch, Workload } from '../workloads.ts';
import { nextName, type TrainingGraph } from './training-graph.ts';
import type { TrainingRun } from './training-run.ts';

/** Found in the project if it is there, else among the peers. */
const require = createRequire(new URL('../peers/package.json', import.meta.url));

export function hasKoffi(): boolean {
  try {
    require.resolve('koffi');
    return true;
  } catch {
    return false;
  }
}

/** Places in struct OrtApi (onnxruntime_c_api.h), which only grows at its end. */
const place = {
  getErrorMessage: 2,
  createEnv: 3,
  createSessionFromArray: 8,
  run: 9,
  createSessionOptions: 10,
  setIntraOpNumThreads: 24,
  createTensorWithDataAsOrtValue: 49,
  createCpuMemoryInfo: 69,
} as const;

const signature: Record<keyof typeof place, string> = {
  getErrorMessage: 'const char* getErrorMessage(void*)',
  createEnv: 'void* createEnv(int level, const char* id, _Out_ void** env)',
  createSessionFromArray:
    'void* createSessionFromArray(void* env, void* model, size_t length, void* options, _Out_ void** session)',
  run: 'void* run(void* session, void* options, void* inputNames, void* inputs, size_t inputCount, void* outputNames, size_t outputCount, void* outputs)',
  createSessionOptions: 'void* createSessionOptions(_Out_ void** options)',
  setIntraOpNumThreads: 'void* setIntraOpNumThreads(void* options, int threads)',
  createTensorWithDataAsOrtValue:
    'void* createTensorWithDataAsOrtValue(void* info, void* data, size_t bytes, int64_t* shape, size_t rank, int type, _Out_ void** value)',
  createCpuMemoryInfo: 'void* createCpuMemoryInfo(int allocator, int memory, _Out_ void** info)',
};

/** The version of the interface that is asked for: old enough for any library of the last years. */
const apiVersion = 17;
const floatType = 1;
const warnings = 2;
const deviceAllocator = 0;
const defaultMemory = 0;
const pointerBytes = 8;

function libraryPath(): string {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  const folder = join(dirname(entry), '..', 'bin', 'napi-v6', process.platform, process.arch);
  const file = readdirSync(folder).find((f) => /^(lib)?onnxruntime\.(so\.1|.*dylib|dll)$/.test(f));
  if (!file) throw new Error(`no ONNX Runtime library in ${folder}`);
  return join(folder, file);
}

type Native = (...args: unknown[]) => unknown;

function loadApi(koffi: any): Record<keyof typeof place, Native> {
  const base = koffi.load(libraryPath()).func('void* OrtGetApiBase()')();
  const at = (table: unknown, index: number) => koffi.decode(table, index * pointerBytes, 'void*');
  const getApi = koffi.proto('void* getApi(uint32_t version)');
  const api = koffi.call(at(base, 0), getApi, apiVersion);
  const names = Object.keys(place) as (keyof typeof place)[];
  const raw = Object.fromEntries(
    names.map((name) => {
      const type = koffi.proto(signature[name]);
      const pointer = at(api, place[name]);
      return [name, (...args: unknown[]) => koffi.call(pointer, type, ...args)];
    }),
  ) as Record<keyof typeof place, Native>;
  const checked = (name: keyof typeof place): Native => {
    return (...args) => {
      const status = raw[name](...args);
      if (status) throw new Error(`ONNX Runtime: ${raw.getErrorMessage(status)}`);
    };
  };
  return Object.fromEntries(names.map((n) => [n, checked(n)])) as Record<
    keyof typeof place,
    Native
  >;
}

/** A tensor over an array: the array is held here, since only the native side points to it. */
interface NativeTensor {
  data: Float32Array;
  address: bigint;
}

export function startCApi(
  { model, state }: TrainingGraph,
  { batch, input, classes }: Workload,
  threads: number,
): TrainingRun {
  const koffi = require('koffi');
  const api = loadApi(koffi);
  const made = (make: (out: [unknown]) => void): unknown => {
    const out: [unknown] = [null];
    make(out);
    return out[0];
  };
  const env = made((out) => api.createEnv(warnings, 'bench', out));
  const options = made((out) => api.createSessionOptions(out));
  api.setIntraOpNumThreads(options, threads);
  const session = made((out) =>
    api.createSessionFromArray(env, model, model.byteLength, options, out),
  );
  const memory = made((out) => api.createCpuMemoryInfo(deviceAllocator, defaultMemory, out));

  const tensor = (data: Float32Array, shape: readonly number[]): NativeTensor => {
    const dims = BigInt64Array.from(shape, BigInt);
    const create = api.createTensorWithDataAsOrtValue;
    const value = made((out) =>
      create(memory, data, data.byteLength, dims, shape.length, floatType, out),
    );
    return { data, address: BigInt(koffi.address(value)) };
  };

  const first = state.map((s) => tensor(s.initial.slice(), s.shape));
  const second = state.map((s, i) =>
    s.inPlace ? (first[i] as NativeTensor) : tensor(new Float32Array(s.initial.length), s.shape),
  );
  const loss = tensor(new Float32Array(1), []);

  const held: unknown[] = [];
  const pointers = (addresses: readonly bigint[]): BigUint64Array => {
    const array = BigUint64Array.from(addresses);
    held.push(array);
    return array;
  };
  const names = (list: readonly string[]): BigUint64Array =>
    pointers(
      list.map((name) => {
        const text = Buffer.from(`${name}\0`);
        held.push(text);
        return BigInt(koffi.address(text));
      }),
    );
  const inputNames = names(['x', 'y', ...state.map((s) => s.name)]);
  const outputNames = names(['loss', ...state.map((s) => nextName(s.name))]);
  const addresses = (list: readonly NativeTensor[]): BigUint64Array =>
    pointers(list.map((t) => t.address));

  let turn = 0;
  const outputs = [addresses([loss, ...second]), addresses([loss, ...first])];
  const wrapped = new Map<Batch, BigUint64Array[]>();

  return {
    step(data) {
      let inputs = wrapped.get(data);
      if (!inputs) {
        const xy = [tensor(data.x, [batch, ...input]), tensor(data.y, [batch, classes])];
        held.push(xy);
        inputs = [addresses([...xy, ...first]), addresses([...xy, ...second])];
        wrapped.set(data, inputs);
      }
      api.run(
        session,
        null,
        inputNames,
        inputs[turn],
        inputNames.length,
        outputNames,
        outputNames.length,
        outputs[turn],
      );
      turn = 1 - turn;
      return loss.data[0] as number;
    },
    read(name) {
      const i = state.findIndex((s) => s.name === name);
      return ((turn === 0 ? first : second)[i] as NativeTensor).data;
    },
  };
}
