import type { DType, TypedArray } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Shape } from '../../graph/shape.ts';
import type { Buffer } from '../engine.ts';
import { buildModel } from './assemble.ts';
import { expectBuffer } from './buffers.ts';
import { Builder } from './builder.ts';
import { runError } from './errors.ts';
import { encodeModel } from './model.ts';
import { createRuntimeSession, type ModuleOptions } from './module.ts';
import type { RuntimeSession, RuntimeTensor, RuntimeTensors } from './runtime.ts';
import { type DeviceSession, slotsOf } from './session.ts';

/**
 * Values that live on the GPU between runs. A session leaves its outputs there and takes them back as
 * inputs; the step that replaces a state frees it, and what nobody freed goes with its buffer object.
 */

/** Frees the tensors of buffers that were forgotten. */
const forgotten = new FinalizationRegistry<RuntimeTensor>((tensor) => tensor.dispose());

class DeviceBuffer implements Buffer {
  readonly data = undefined;
  readonly tensor: RuntimeTensor;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly #memory: DeviceMemory;
  #values: Promise<TypedArray> | undefined;
  #disposed = false;
  #downloaded = false;

  constructor(memory: DeviceMemory, tensor: RuntimeTensor, shape: Shape, dtype: DType) {
    this.#memory = memory;
    this.tensor = tensor;
    this.shape = shape;
    this.dtype = dtype;
    forgotten.register(this, tensor, this);
  }

  read(): Promise<TypedArray> {
    if (this.#disposed && !this.#values) {
      fail('onnx (webgpu)', 'this value was freed or replaced by a later step; read it before');
    }
    // The closure keeps this buffer, and so its memory, until the values are here.
    this.#values ??= this.#memory.download(this).then((values) => {
      this.#downloaded = true;
      return values;
    });
    return this.#values;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    forgotten.unregister(this);
    this.tensor.dispose();
  }

  /** Reads before the memory goes; a state that is given up while somebody reads it waits for that. */
  release(): void {
    if (!this.#values || this.#downloaded) this.dispose();
    else void this.#values.finally(() => this.dispose());
  }
}

/** The device memory of one engine: how values get there and back. */
export class DeviceMemory {
  readonly #options: ModuleOptions;
  readonly #readers = new Map<string, Promise<RuntimeSession>>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ModuleOptions) {
    this.#options = options;
  }

  /** In Node, downloading a tensor ends the process (1.30); a session that copies it does not. */
  get #readsBySession(): boolean {
    return 'listSupportedBackends' in this.#options.runtime;
  }

  /** Sessions on one device run one after another. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  #reader(dtype: DType, rank: number): Promise<RuntimeSession> {
    const key = `${dtype} ${rank}`;
    let reader = this.#readers.get(key);
    if (!reader) {
      const b = new Builder();
      const x = b.input(
        'x',
        dtype,
        Array.from({ length: rank }, (_, i) => -1 - i),
      );
      const model = buildModel('read', [x], [['y', b.op('Identity', [x], {}, x)]]);
      reader = createRuntimeSession(this.#options, encodeModel(model));
      this.#readers.set(key, reader);
    }
    return reader;
  }

  async download({ tensor, dtype, shape }: DeviceBuffer): Promise<TypedArray> {
    if (tensor.location === 'cpu') return tensor.data as TypedArray;
    if (!this.#readsBySession) {
      return this.inTurn(async () => (await tensor.getData()) as TypedArray);
    }
    const reader = await this.#reader(dtype, shape.length);
    return this.inTurn(async () => (await reader.run({ x: tensor })).y.data as TypedArray);
  }

  async dispose(): Promise<void> {
    const readers = [...this.#readers.values()];
    this.#readers.clear();
    for (const reader of readers) await (await reader).release();
  }
}

/** A session whose outputs stay on the device. */
export async function createDeviceSession(
  options: ModuleOptions,
  memory: DeviceMemory,
  graph: Graph,
  model: Uint8Array,
): Promise<DeviceSession> {
  const { runtime, provider } = options;
  const { inputs, outputs } = slotsOf(graph);
  const engine = `onnx (${provider})`;
  const session = await createRuntimeSession(options, model, {
    preferredOutputLocation: Object.fromEntries(outputs.map(({ name }) => [name, 'gpu-buffer'])),
  });
  const tensorOf = (buffer: Buffer): RuntimeTensor => {
    if (buffer instanceof DeviceBuffer) return buffer.tensor;
    const { data, dtype, shape } = buffer;
    if (data) return new runtime.Tensor(dtype, data, shape);
    return fail(engine, "an input is on another engine's device; read() it and pass the values");
  };
  return {
    run: async (values) => {
      const feeds: RuntimeTensors = {};
      inputs.forEach((slot, i) => {
        expectBuffer(engine, values[i], slot, i);
        feeds[slot.name] = tensorOf(values[i]);
      });
      return memory.inTurn(async () => {
        let results: RuntimeTensors;
        try {
          results = await session.run(feeds);
        } catch (error) {
          throw runError(provider, error);
        }
        return outputs.map(
          ({ name, shape, dtype }) => new DeviceBuffer(memory, results[name], shape, dtype),
        );
      });
    },
    giveUp: (buffer) => {
      if (buffer instanceof DeviceBuffer) buffer.release();
    },
    dispose: () => session.release(),
  };
}
