import { fail, NablaError } from '../graph/errors.ts';
import { nearestName } from './names.ts';

/**
 * Checks of option objects where types do not check them: in plain JavaScript, and behind `any`. An option
 * that is not known is an error, as an unknown argument is in Keras: it would be ignored otherwise.
 */

/** A value in a message: what it is, and itself where that is short. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'boolean')
    return `the ${typeof value} ${value}`;
  if (typeof value === 'function') return `the function '${value.name || 'without a name'}'`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value !== 'object') return typeof value;
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  if (name !== undefined && name !== 'Object') return `a value of class ${name}`;
  const keys = Object.keys(value).slice(0, 4).join(', ');
  return keys === '' ? 'an empty object' : `an object with ${keys}`;
}

/** Fails for names among the options that are none of the known ones. */
export function expectKnown(operation: string, options: object, known: Iterable<string>): void {
  const names = new Set(known);
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || names.has(key)) continue;
    const near = nearestName(key, [...names]);
    const hint = near ? `did you mean '${near}'?` : `known are ${[...names].sort().join(', ')}`;
    fail(operation, `there is no option '${key}'; ${hint}`);
  }
}

/** An object as braces make it, also one from another window or process. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The options of an operation as an object: those given, or none; anything else is an error. */
export function expectOptions(
  operation: string,
  options: unknown,
  known?: Iterable<string>,
): Record<string, unknown> {
  const given = options ?? {};
  if (!isPlain(given)) {
    fail(
      operation,
      `received ${describeValue(options)}; expected options in an object: ${operation}({ ... })`,
    );
  }
  if (known) expectKnown(operation, given, known);
  return given;
}

/** What has been made tells which options it knows: they are in its configuration. */
interface Described {
  getConfig(): Record<string, unknown>;
}

/**
 * An object from the options of its factory. `common` are options that configurations leave out. An object
 * whose configuration cannot be written (a layer of a function without a name) is not checked.
 */
export function makeFromOptions<T extends Described>(
  name: string,
  options: unknown,
  make: (options: any) => T,
  common: readonly string[] = [],
): T {
  const given = expectOptions(name, options);
  let made: T;
  try {
    made = make(given);
  } catch (error) {
    const received = `options received: ${Object.keys(given).join(', ') || 'none'}`;
    if (!(error instanceof NablaError)) {
      // What a constructor cannot handle at all, such as nothing in the place of a list.
      const reason = (error as Error).message;
      throw new NablaError(
        `${name}: an option is missing or of the wrong kind (${reason}; ${received})`,
        { cause: error },
      );
    }
    // A misspelt option is missing under its right name.
    if (!/ is (undefined|NaN);/.test(error.message)) throw error;
    throw new NablaError(`${error.message} (${received})`, { cause: error });
  }
  const { options: further = [] } = made.constructor as { options?: readonly string[] };
  let config: Record<string, unknown>;
  try {
    config = made.getConfig();
  } catch {
    return made;
  }
  expectKnown(name, given, [...Object.keys(config), ...common, ...further]);
  return made;
}
