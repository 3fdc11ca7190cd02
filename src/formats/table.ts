/**
 * A table that names from files are looked up in: it has nothing but its own entries, so that names such
 * as `constructor`, which every plain object knows, are not found.
 */
export function table<T>(entries: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.assign(Object.create(null), entries);
}
