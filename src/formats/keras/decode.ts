import { NablaError } from '../../graph/errors.ts';
import { InputLayer } from '../../nn/layers/input.ts';
import { Layer } from '../../nn/layers/layer.ts';
import { toCamelCase } from '../../nn/names.ts';
import { type Registry, registries, type SerializedObject } from '../../nn/registry.ts';
import { FormatError, refuse } from '../bytes.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { presentConfig, presentName } from './classes.ts';
import { filledRegistries } from './families.ts';
import { readFunctional } from './functional.ts';
import {
  isOperation,
  isTensorflowOperation,
  Operation,
  TensorflowOperation,
} from './operations.ts';
import { readSequential } from './sequential.ts';
import { poolLikeTorch } from './torch-pooling.ts';
import { ArrayValue, dtypeOf, FORMAT, policyName, reservedValue } from './values.ts';
import { isKeras2, type KerasVersion } from './version.ts';

/**
 * From Keras's configuration of an object to the object. A configuration is data from outside: it names
 * classes that are looked up in the registries, and nothing in it is ever run.
 */

export interface DecodeOptions {
  readonly version: KerasVersion;
  /** Size that stands for axes of unknown size while the model is put together. */
  readonly standIn?: number;
  /** Keras's backend that wrote the file, where it is known. */
  readonly backend?: string;
}

/** No axis of an input is larger. */
const LARGEST = 1 << 24;

/** Names of layers on the way from the outermost model, for messages. */
type Path = readonly string[];

const isQuantized = (policy: unknown): boolean =>
  isObject(policy) && /Quantized/.test(String(policy.class_name));

export class Decoder {
  readonly version: KerasVersion;
  readonly standIn: number | undefined;
  readonly #backend: string | undefined;
  /** Whether an input had an axis of unknown size beside the batch. */
  usedStandIn = false;
  readonly #shared = new Map<number, unknown>();
  #path: Path = [];

  constructor(options: DecodeOptions) {
    this.version = options.version;
    this.standIn = options.standIn;
    this.#backend = options.backend;
  }

  /** Where the decoder is, for messages. */
  get where(): string {
    return this.#path.length === 0 ? 'the model' : `the layer '${this.#path.join("' in '")}'`;
  }

  /** The layer, model or operation that a configuration describes. */
  layer(spec: Json, name?: string): Layer {
    const object = this.object(spec, 'layers', name);
    if (object instanceof Layer) return object;
    return refuse(FORMAT, `${this.where} is not described as a layer`);
  }

  /** Any configurable object. `family` is where a bare class name is looked up first. */
  object(spec: Json, family?: keyof typeof registries, name?: string): unknown {
    if (!isObject(spec) || typeof spec.class_name !== 'string') {
      return refuse(FORMAT, `${this.where} has no class_name`);
    }
    const id = spec.shared_object_id;
    if (typeof id === 'number' && this.#shared.has(id)) return this.#shared.get(id);
    const config = isObject(spec.config) ? spec.config : {};
    const ownName = typeof config.name === 'string' ? config.name : (name ?? spec.class_name);
    const outer = this.#path;
    this.#path = [ownName, ...outer].slice(0, 8);
    try {
      const object = this.#make(spec as JsonObject & { class_name: string }, config, family, name);
      if (typeof id === 'number') this.#shared.set(id, object);
      return object;
    } catch (error) {
      if (error instanceof NablaError) throw error;
      // An option of a kind that nobody expects, such as a list for a function.
      const reason = (error as Error).message;
      throw new FormatError(
        `${FORMAT}: ${this.where} cannot be made from its configuration (${reason})`,
        { cause: error },
      );
    } finally {
      this.#path = outer;
    }
  }

  /** A value in a configuration: nested objects are made, reserved names become what they stand for. */
  value(value: Json): unknown {
    if (Array.isArray(value)) return value.map((v) => this.value(v));
    if (!isObject(value)) return value;
    const reserved = reservedValue(value, (v) => this.value(v), this.where);
    if (reserved) return reserved.value;
    if (typeof value.class_name !== 'string') {
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, this.value(v)]));
    }
    // A function by its name: the object that takes it looks it up.
    if (value.class_name === 'function') return value;
    return this.object(value);
  }

  /** A configuration as constructor options. */
  options(config: Readonly<Record<string, unknown>>): Record<string, any> {
    const options: Record<string, any> = {};
    for (const [key, value] of Object.entries(config)) {
      if (key === '__proto__') continue;
      const decoded = this.value(value as Json);
      options[toCamelCase(key)] = decoded instanceof ArrayValue ? decoded.value : decoded;
    }
    return options;
  }

  #make(
    spec: JsonObject & { class_name: string },
    config: JsonObject,
    family: keyof typeof registries | undefined,
    name: string | undefined,
  ): unknown {
    const { class_name: className, module } = spec;
    if (isOperation(module)) {
      const own: Record<string, any> = { name, ...this.#plain(config) };
      return new Operation(spec as unknown as SerializedObject, own);
    }
    if (isTensorflowOperation(className)) {
      return new TensorflowOperation(className, { name, ...this.#plain(config) });
    }
    const kind = presentName(className);
    if (kind === 'Sequential') return readSequential(this, spec.config as Json, spec);
    if (kind === 'Functional' || ('layers' in config && 'output_layers' in config)) {
      return readFunctional(this, config);
    }
    this.#refuseCode(kind, config);
    const own: Record<string, unknown> = { ...config };
    if (name !== undefined) own.name ??= name;
    const present = presentConfig(className, own, this.version);
    const registry = this.#registryOf(spec, present.name, family);
    if (registry === registries.layers) this.#fixLayer(present.config);
    const options = this.options(present.config);
    if (present.name === 'InputLayer') return this.input(options);
    const registered = typeof spec.registered_name === 'string' ? spec.registered_name : '';
    const bare = registered.slice(registered.lastIndexOf('>') + 1);
    const type: any = registry.find(bare !== '' && registry.has(bare) ? bare : present.name);
    const object: unknown = type.fromConfig ? type.fromConfig(options) : new type(options);
    if (object instanceof Layer && typeof object.name !== 'string') {
      return refuse(FORMAT, `${this.where} has a name that is no text`);
    }
    if (this.#backend === 'torch' && object instanceof Layer) poolLikeTorch(object);
    return object;
  }

  /** An input; axes of unknown size get the stand-in. */
  input(options: Record<string, any>): InputLayer {
    const shape: unknown[] = options.batchShape ?? [null, ...(options.shape ?? [])];
    if (!Array.isArray(shape) || shape.length === 0) {
      return refuse(FORMAT, `${this.where} has the shape ${JSON.stringify(shape)}`);
    }
    const possible = (d: unknown) =>
      d === null || (Number.isInteger(d) && (d as number) <= LARGEST);
    if (!shape.every(possible) || typeof (options.name ?? '') !== 'string') {
      refuse(FORMAT, `${this.where} has the shape ${JSON.stringify(shape)}, which is no shape`);
    }
    const unknown = shape.some((d, axis) => axis > 0 && d === null);
    if (unknown) this.usedStandIn = true;
    return new InputLayer({
      name: options.name,
      dtype: options.dtype,
      batchShape: shape as (number | null)[],
      ...(unknown ? { standIn: this.standIn ?? 16 } : {}),
    });
  }

  /** Values without objects among them, for operations. */
  #plain(config: JsonObject): Record<string, any> {
    return Object.fromEntries(
      Object.entries(config)
        .filter(([key]) => key !== '__proto__')
        .map(([key, value]) => [key, this.value(value)]),
    );
  }

  #registryOf(
    spec: JsonObject,
    name: string,
    family: keyof typeof registries | undefined,
  ): Registry<any> {
    const module = typeof spec.module === 'string' ? spec.module : '';
    const byModule = filledRegistries
      .filter(([, r]) => r.has(name))
      .find(([key]) => module.includes(key));
    if (byModule) return byModule[1];
    if (family && registries[family].has(name)) return registries[family];
    const [, holder] = filledRegistries.find(([, r]) => r.has(name)) ?? [];
    if (holder) return holder;
    if (/^(Lookup|.*Dataset)$/.test(name)) refuse(FORMAT, `${this.where} holds data, not a layer`);
    return refuse(
      FORMAT,
      `${this.where} is of the class '${name}', which is not known here; write it in TypeScript and make it known with registerCustomObject before loading`,
    );
  }

  /** Lambda layers hold machine code for Python; only functions that were registered here can stand in. */
  #refuseCode(kind: string, config: JsonObject): void {
    if (kind !== 'Lambda') return;
    for (const key of ['function', 'mask', 'output_shape']) {
      const value = config[key];
      const isCode =
        (key !== 'output_shape' && Array.isArray(value)) ||
        (isObject(value) && value.class_name === '__lambda__') ||
        (config[`${key}_type`] === 'lambda' && value !== null && value !== undefined);
      if (isCode) {
        refuse(
          FORMAT,
          `${this.where} is a Lambda that holds Python code in the file, which is never run; write the function in TypeScript (registerFunction) and build the model anew, then load its weights from the file`,
        );
      }
    }
  }

  /** Options that all layers have. */
  #fixLayer(config: Record<string, unknown>): void {
    if (config.quantization_config || isQuantized(config.dtype)) {
      refuse(
        FORMAT,
        `${this.where} is quantized, which is not supported; save the model without quantization`,
      );
    }
    delete config.quantization_config;
    const policy = policyName(config.dtype);
    if (policy === undefined) delete config.dtype;
    else {
      const dtype = dtypeOf(policy);
      if (dtype === undefined) {
        refuse(
          FORMAT,
          `${this.where} computes with '${policy}', which is not supported; expected float32`,
        );
      }
      // Keras 2 gave layers the dtype of their inputs; integers cannot be computed with in weights.
      config.dtype = dtype === 'int32' && isKeras2(this.version) ? 'float32' : dtype;
    }
  }
}
