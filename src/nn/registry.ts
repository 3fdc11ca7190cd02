import { fail } from '../graph/errors.ts';
import { nearestName, normalizeName, toCamelCase, toSnakeCase } from './names.ts';
import { describeValue, makeFromOptions } from './options.ts';

/**
 * Objects by name and by configuration. Every family (layers, losses, optimizers, ...) has one registry;
 * its index module fills it, and programs add classes and functions of their own. A configuration is what
 * Keras writes: `{class_name, config}` with snake_case keys; options in TypeScript are the same in
 * camelCase. A function goes by its name: `{class_name: 'function', config: name}`.
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
  /** What stands for the object in files, where that is not its class and configuration. */
  readonly serialized?: SerializedObject;
}

export interface ConfigurableClass<T extends Configurable = Configurable> {
  new (options: any): T;
  /** Keras's class name; the class's own name where it is not given. */
  readonly className?: string;
  /** Options from a decoded configuration, for classes whose options differ from it. */
  fromConfig?(config: Record<string, any>): T;
}

type AnyFunction = (...args: any[]) => any;
type Entry<T extends Configurable> = ConfigurableClass<T> | AnyFunction;

/**
 * Constructors as functions: `factories({dense: Dense}).dense(options)` is `new Dense(options)`, which
 * refuses options that the class does not know. `common` are options that configurations leave out.
 */
export function factories<C extends Readonly<Record<string, new (options: any) => Configurable>>>(
  classes: C,
  common: readonly string[] = [],
): {
  readonly [K in keyof C]: (...args: ConstructorParameters<C[K]>) => InstanceType<C[K]>;
} {
  const made = Object.entries(classes).map(([name, type]) => [
    name,
    (options?: unknown) => makeFromOptions(name, options, (given) => new type(given), common),
  ]);
  return Object.fromEntries(made);
}

export function classNameOf(object: object): string {
  const { className, name } = object.constructor as { className?: string; name: string };
  return className ?? name;
}

export function isSerialized(value: unknown): value is SerializedObject {
  return typeof value === 'object' && value !== null && 'class_name' in value && 'config' in value;
}

/** A class of configurable objects, as opposed to a plain function. */
function isClass(value: unknown): value is ConfigurableClass<any> {
  return typeof value === 'function' && typeof value.prototype?.getConfig === 'function';
}

/** The name in a serialized function; undefined for everything else. */
function functionName(spec: SerializedObject): string | undefined {
  if (spec.class_name !== 'function') return undefined;
  const config: unknown = spec.config;
  const name = typeof config === 'string' ? config : spec.config.name;
  return typeof name === 'string' ? name : undefined;
}

/** Keras writes `package>name` for what a program registered. */
const withoutPackage = (name: string): string => name.slice(name.lastIndexOf('>') + 1);

export class Registry<T extends Configurable> {
  /** 'layer', 'loss', ...: for messages. */
  readonly kind: string;
  /** Where Keras keeps the family's classes. */
  readonly module: string;
  /** What a plain function stands for; families without it take no functions. */
  wrap: ((fn: any) => T) | undefined;
  /** Makes what has a structure in its configuration, as models have, where something is registered for it. */
  readStructure: ((spec: SerializedObject) => T | undefined) | undefined;
  /** What every object of the family is an instance of. */
  base: (abstract new (...args: any[]) => T) | undefined;
  readonly #entries = new Map<string, Entry<T>>();
  readonly #names: string[] = [];
  readonly #custom = new Set<Entry<T>>();

  /** What makes the objects: 'layers', 'losses', ...; for messages. */
  get factories(): string {
    return this.module.slice(this.module.lastIndexOf('.') + 1);
  }

  constructor(kind: string, module: string) {
    this.kind = kind;
    this.module = module;
  }

  /** Adds classes and functions under names; classes also under their class names. */
  register(
    entries: Readonly<Record<string, Entry<any>>>,
    options: { custom?: boolean } = {},
  ): void {
    for (const [name, entry] of Object.entries(entries)) {
      this.#entries.set(normalizeName(name), entry);
      if (!this.#names.includes(name)) this.#names.push(name);
      const { className } = entry as ConfigurableClass<T>;
      const own = normalizeName(className ?? name);
      if (!this.#entries.has(own)) this.#entries.set(own, entry);
      if (options.custom) this.#custom.add(entry);
    }
  }

  has(name: string): boolean {
    return this.#entries.has(normalizeName(withoutPackage(name)));
  }

  /** The class or function of a name; an error that suggests another one if there is none. */
  find(name: string): ConfigurableClass<T> {
    const found = this.#entries.get(normalizeName(withoutPackage(name)));
    if (found) return found as ConfigurableClass<T>;
    const near = nearestName(name, this.#names);
    const hint = near ? `; did you mean '${near}'?` : '.';
    return fail(
      this.kind,
      `'${name}' is not known${hint} Known: ${[...this.#names].sort().join(', ')}. Register your own with registerCustomObject`,
    );
  }

  /** An object from itself, its class, a function, a name, or a configuration. */
  get(spec: T | string | SerializedObject | ConfigurableClass<T> | AnyFunction): T {
    if (typeof spec === 'string') return this.#make(this.find(spec));
    if (typeof spec === 'function') return this.#make(spec as Entry<T>);
    if (isSerialized(spec)) return this.deserialize(spec);
    if (this.#isOne(spec)) return spec;
    return fail(
      this.kind,
      `received ${describeValue(spec)}; expected its name, an object made by ${this.factories}, ${this.wrap ? 'a function, ' : ''}a class, or a configuration { class_name, config }`,
    );
  }

  /** An object of the family, or one that is like it without being of another family. */
  #isOne(spec: unknown): spec is T {
    if (this.base && spec instanceof this.base) return true;
    const isOfOther = Object.values(registries).some(({ base }) => base && spec instanceof base);
    return !isOfOther && typeof (spec as Configurable | undefined)?.getConfig === 'function';
  }

  /** The object that a configuration describes; nested configurations become objects first. */
  deserialize(spec: SerializedObject): T {
    if (!isSerialized(spec) || typeof spec.class_name !== 'string') {
      fail(
        `${this.factories}.deserialize`,
        `received ${describeValue(spec)}; expected Keras's form of an object, { class_name: 'Name', config: { ... } }`,
      );
    }
    const fn = functionName(spec);
    if (fn !== undefined) return this.#make(this.find(fn));
    const whole = this.readStructure?.(spec);
    if (whole !== undefined) return whole;
    const registered = spec.registered_name ?? '';
    const type = this.find(this.has(registered) ? registered : spec.class_name);
    return this.#make(type, decodeConfig(spec.config));
  }

  serialize(object: T): SerializedObject {
    return serializeObject(object);
  }

  /** The name of a function: the one it was registered under, or its own. */
  nameOf(fn: AnyFunction): string {
    for (const name of this.#names) {
      if (this.#entries.get(normalizeName(name)) === fn) return name;
    }
    return (
      fn.name ||
      fail(
        this.kind,
        "an anonymous function has no name to be saved under; register it with registerCustomObject(family, fn, 'name')",
      )
    );
  }

  /** Whether a class is one of the family's own, one that a program registered, or none of them. */
  origin(type: unknown): 'own' | 'custom' | undefined {
    if (this.#custom.has(type as Entry<T>)) return 'custom';
    return [...this.#entries.values()].includes(type as Entry<T>) ? 'own' : undefined;
  }

  #make(entry: Entry<T>, config: Record<string, any> = {}): T {
    if (isClass(entry)) return entry.fromConfig ? entry.fromConfig(config) : new entry(config);
    if (this.wrap) return this.wrap(entry);
    return fail(this.kind, `received a function; expected an object, a class or a name`);
  }
}

export function serializeObject(object: Configurable): SerializedObject {
  if (object.serialized) return object.serialized;
  const class_name = classNameOf(object);
  const config = encodeConfig(object.getConfig());
  for (const registry of Object.values(registries)) {
    const origin = registry.origin(object.constructor);
    if (origin === 'own') {
      return { module: registry.module, class_name, config, registered_name: null };
    }
    if (origin === 'custom') {
      return { module: null, class_name, config, registered_name: `Custom>${class_name}` };
    }
  }
  return { class_name, config };
}

/** An object of the same class with the same configuration; what stands in it is made anew as well. */
export function copyOf<T extends Configurable>(object: T): T {
  if (object.serialized) return decodeObject(object.serialized) as T;
  const type = (object as object).constructor as ConfigurableClass<T>;
  const config = decodeConfig(encodeConfig(object.getConfig()));
  return type.fromConfig ? type.fromConfig(config) : new type(config);
}

/** One registry a family, in the order in which a bare class name is looked up. */
export const registries = {
  layers: new Registry<any>('layer', 'keras.layers'),
  initializers: new Registry<any>('initializer', 'keras.initializers'),
  regularizers: new Registry<any>('regularizer', 'keras.regularizers'),
  constraints: new Registry<any>('constraint', 'keras.constraints'),
  losses: new Registry<any>('loss', 'keras.losses'),
  metrics: new Registry<any>('metric', 'keras.metrics'),
  optimizers: new Registry<any>('optimizer', 'keras.optimizers'),
  schedules: new Registry<any>('learning rate schedule', 'keras.optimizers.schedules'),
  activations: new Registry<any>('activation', 'keras.activations'),
};

/**
 * Makes a class or function of your own known by name, to options, to `deserialize` and to files. A
 * function can be an activation, a loss, a metric, a regularizer or a constraint.
 */
export function registerCustomObject(
  family: keyof typeof registries,
  entry: ConfigurableClass<any> | AnyFunction,
  name: string = (entry as ConfigurableClass<any>).className ?? (entry as { name: string }).name,
): void {
  if (!name)
    fail('registerCustomObject', 'the function has no name; pass one as the last argument');
  registries[family].register({ [name]: entry }, { custom: true });
}

function decodeObject(spec: SerializedObject): unknown {
  const whole: unknown = registries.layers.readStructure?.(spec);
  if (whole !== undefined) return whole;
  switch (spec.class_name) {
    case 'DTypePolicy':
      // There is no half precision: layers that had it compute in float32.
      return /float16$/.test(String(spec.config.name)) ? 'float32' : spec.config.name;
    case '__tensor__':
    case '__numpy__':
      return spec.config.value;
    // A function by its name: for the object that takes it to look up.
    case 'function':
      return spec;
    case '__lambda__':
      return fail(
        'deserialize',
        'the file holds a Python lambda, which only Python can run; write the function in TypeScript and pass it in its place',
      );
  }
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
  return isSerialized(value) ? decodeObject(value) : value;
}

/** A Keras configuration as constructor options: camelCase keys, nested objects made. */
export function decodeConfig(config: Readonly<Record<string, unknown>>): Record<string, any> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [toCamelCase(key), decodeValue(value)]),
  );
}

/** The reference to a function that files hold. */
export function serializeFunction(name: string): SerializedObject {
  return {
    module: 'builtins',
    class_name: 'function',
    config: name as any,
    registered_name: 'function',
  };
}

function encodeValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(encodeValue);
  if (typeof value === 'object' && value !== null && 'getConfig' in value) {
    return serializeObject(value as Configurable);
  }
  return value === undefined ? null : value;
}

/** Constructor options as a Keras configuration: snake_case keys, nested objects as configurations. */
function encodeConfig(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => [toSnakeCase(key), encodeValue(value)]),
  );
}
