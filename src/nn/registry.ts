import { fail } from '../graph/errors.ts';
import { normalizeName, toCamelCase, toSnakeCase } from './names.ts';

/**
 * Objects by name and by configuration. Every family (layers, losses, optimizers, ...) has one registry;
 * its index module fills it, and programs add classes of their own. A configuration is what Keras writes:
 * `{class_name, config}` with snake_case keys; options in TypeScript are the same in camelCase.
 */

/** Keras's form of an object in files. */
export interface SerializedObject {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly module?: string | null;
  readonly registered_name?: string | null;
}

/** An object that can be written to a configuration and made from it again. */
export interface Configurable {
  /** The options that the constructor takes, complete with defaults. */
  getConfig(): Record<string, unknown>;
}

export interface ConfigurableClass<T extends Configurable = Configurable> {
  new (options: any): T;
  /** Keras's class name; the class's own name where it is not given. */
  readonly className?: string;
  /** Options from a decoded configuration, for classes whose options differ from it. */
  fromConfig?(config: Record<string, any>): T;
}

export function classNameOf(object: object): string {
  const { className, name } = object.constructor as { className?: string; name: string };
  return className ?? name;
}

export function isSerialized(value: unknown): value is SerializedObject {
  return typeof value === 'object' && value !== null && 'class_name' in value && 'config' in value;
}

/** Edit distance, for "did you mean". */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}

export class Registry<T extends Configurable> {
  /** 'layer', 'loss', ...: for messages. */
  readonly kind: string;
  readonly #classes = new Map<string, ConfigurableClass<T>>();
  readonly #names: string[] = [];

  constructor(kind: string) {
    this.kind = kind;
  }

  /** Adds classes under their class names, and under further names where given. */
  register(classes: Readonly<Record<string, ConfigurableClass<any>>>): void {
    for (const [name, type] of Object.entries(classes)) {
      this.#classes.set(normalizeName(name), type);
      this.#names.push(name);
    }
  }

  has(name: string): boolean {
    return this.#classes.has(normalizeName(name));
  }

  find(name: string): ConfigurableClass<T> {
    const found = this.#classes.get(normalizeName(name));
    if (found) return found;
    const wanted = normalizeName(name);
    const near = this.#names
      .map((n) => ({ n, d: distance(wanted, normalizeName(n)) }))
      .sort((x, y) => x.d - y.d)[0];
    const hint = near && near.d <= 3 ? `; did you mean '${near.n}'?` : '';
    return fail(
      this.kind,
      `'${name}' is not known${hint} Known: ${[...new Set(this.#names)].sort().join(', ')}; register a class of your own with registerCustomObject`,
    );
  }

  /** An object from itself, its name, or its configuration. */
  get(spec: T | string | SerializedObject): T {
    if (typeof spec === 'string') return this.#make(this.find(spec), {});
    return isSerialized(spec) ? this.deserialize(spec) : spec;
  }

  /** The object that a configuration describes; nested configurations become objects first. */
  deserialize(spec: SerializedObject): T {
    const type = this.find(spec.registered_name?.split('>').at(-1) || spec.class_name);
    return this.#make(type, decodeConfig(spec.config));
  }

  serialize(object: T): SerializedObject {
    return serializeObject(object);
  }

  #make(type: ConfigurableClass<T>, config: Record<string, any>): T {
    return type.fromConfig ? type.fromConfig(config) : new type(config);
  }
}

export function serializeObject(object: Configurable): SerializedObject {
  return { class_name: classNameOf(object), config: encodeConfig(object.getConfig()) };
}

/** One registry a family, in the order in which a bare class name is looked up. */
export const registries = {
  layers: new Registry<any>('layer'),
  initializers: new Registry<any>('initializer'),
  regularizers: new Registry<any>('regularizer'),
  constraints: new Registry<any>('constraint'),
  losses: new Registry<any>('loss'),
  metrics: new Registry<any>('metric'),
  optimizers: new Registry<any>('optimizer'),
  schedules: new Registry<any>('learning rate schedule'),
};

/** Makes a class of your own known to `deserialize` and to files. */
export function registerCustomObject(
  family: keyof typeof registries,
  type: ConfigurableClass<any>,
  name: string = type.className ?? (type as unknown as { name: string }).name,
): void {
  registries[family].register({ [name]: type });
}

function decodeObject(spec: SerializedObject): unknown {
  if (spec.class_name === 'DTypePolicy') return spec.config.name;
  // A function by its name: for the layer that takes it to look up.
  if (spec.class_name === 'function') return spec;
  const named = Object.entries(registries).find(([family]) => spec.module?.includes(family));
  if (named) {
    // Schedules live in Keras's optimizers module.
    const registry =
      named[0] === 'optimizers' && !named[1].has(spec.class_name) ? registries.schedules : named[1];
    return registry.deserialize(spec);
  }
  const holder = Object.values(registries).find((r) => r.has(spec.class_name));
  if (!holder) {
    fail(
      'deserialize',
      `no class is known by the name '${spec.class_name}'; register it with registerCustomObject`,
    );
  }
  return holder.deserialize(spec);
}

function decodeValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decodeValue);
  if (typeof value !== 'object' || value === null) return value;
  if (isSerialized(value)) return decodeObject(value);
  return value;
}

/** A Keras configuration as constructor options: camelCase keys, nested objects made. */
export function decodeConfig(config: Readonly<Record<string, unknown>>): Record<string, any> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [toCamelCase(key), decodeValue(value)]),
  );
}

function encodeValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(encodeValue);
  if (typeof value === 'object' && value !== null && 'getConfig' in value) {
    return serializeObject(value as Configurable);
  }
  return value === undefined ? null : value;
}

/** Constructor options as a Keras configuration: snake_case keys, nested objects as configurations. */
export function encodeConfig(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => [toSnakeCase(key), encodeValue(value)]),
  );
}
