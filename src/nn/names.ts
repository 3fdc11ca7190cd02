/**
 * Names between two worlds: Keras writes snake_case, TypeScript camelCase. Lookups ignore the
 * difference, so 'hard_sigmoid', 'hardSigmoid' and 'HardSigmoid' are one name.
 */
import { editDistance } from './edit-distance.ts';

/** The form under which a name is looked up. */
export function normalizeName(name: string): string {
  return name.replace(/[_\-\s]/g, '').toLowerCase();
}

/** `kernel_size` -> `kernelSize`, `beta_1` -> `beta1`. */
export function toCamelCase(key: string): string {
  return key.replace(/(?<=.)_([a-z0-9])/gi, (_, c: string) => c.toUpperCase());
}

/** `kernelSize` -> `kernel_size`, `beta1` -> `beta_1`, as Keras spells configuration keys. */
export function toSnakeCase(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])(?=[A-Z][a-z])/g, '$1_')
    .toLowerCase()
    .replace(/(beta|epsilon)(\d)/g, '$1_$2');
}

/** The type of `hard_sigmoid` for that of `hardSigmoid`. */
type SnakeCase<S extends string> = S extends `${infer First}${infer Rest}`
  ? Rest extends Uncapitalize<Rest>
    ? `${Lowercase<First>}${SnakeCase<Rest>}`
    : `${Lowercase<First>}_${SnakeCase<Rest>}`
  : S;

/** A name in camelCase or as Keras writes it. */
export type NameOf<S extends string> = S | SnakeCase<S>;

/** The default name of an object of a class, as Keras forms it: `Conv2D` -> `conv2d`, `PReLU` -> `p_re_lu`. */
export function snakeCaseClass(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

const counters = new Map<string, number>();

/** `dense`, then `dense_1`, `dense_2`, ... */
export function uniqueName(base: string): string {
  const n = counters.get(base) ?? 0;
  counters.set(base, n + 1);
  return n === 0 ? base : `${base}_${n}`;
}

/** Starts the numbers of default names anew, as in a program that begins: the next `dense` is `dense` again. */
export function clearSession(): void {
  counters.clear();
}

/** The known name that a wrong one was probably meant to be: a few letters away, or containing it. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = normalizeName(name);
  if (wanted.length === 0) return undefined;
  const ranked = known
    .map((k) => ({ k, d: editDistance(wanted, normalizeName(k)) }))
    .sort((x, y) => x.d - y.d);
  const near = ranked.find(({ d }) => d <= Math.max(1, Math.floor(wanted.length / 3)));
  return (near ?? ranked.find(({ k }) => wanted.length > 2 && normalizeName(k).includes(wanted)))
    ?.k;
}
