/**
 * Names between two worlds: Keras writes snake_case, TypeScript camelCase. Lookups ignore the
 * difference, so 'hard_sigmoid', 'hardSigmoid' and 'HardSigmoid' are one name.
 */

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
    .replace(/\b(beta|epsilon)(\d)/g, '$1_$2')
    .toLowerCase();
}

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

/** Starts the numbering of automatic names anew. */
export function resetNames(): void {
  counters.clear();
}
