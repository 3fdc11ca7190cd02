import type { NDArray } from '../../graph/ndarray.ts';

/** An HDF5 file in memory: groups that hold groups, data sets and attributes by name. */

/** An attribute or data set: one text, several, or numbers. */
export type H5Value = string | readonly string[] | NDArray;

export interface H5Dataset {
  readonly attributes: ReadonlyMap<string, H5Value>;
  readonly value: H5Value;
}

export interface H5Group {
  readonly attributes: ReadonlyMap<string, H5Value>;
  readonly groups: ReadonlyMap<string, H5Group>;
  readonly datasets: ReadonlyMap<string, H5Dataset>;
  /** Attributes that are written as texts of one fixed length instead of variable ones. */
  readonly fixedTexts?: ReadonlySet<string>;
}

/** A group under construction. */
export class GroupBuilder implements H5Group {
  readonly attributes = new Map<string, H5Value>();
  readonly groups = new Map<string, GroupBuilder>();
  readonly datasets = new Map<string, H5Dataset>();
  readonly fixedTexts = new Set<string>();

  /** The group at a path below this one, made where it is missing. */
  group(path: string): GroupBuilder {
    let at: GroupBuilder = this;
    for (const part of splitPath(path)) {
      let next = at.groups.get(part);
      if (!next) {
        next = new GroupBuilder();
        at.groups.set(part, next);
      }
      at = next;
    }
    return at;
  }

  /** Adds a data set; the groups on the way are made. */
  dataset(
    path: string,
    value: NDArray,
    attributes: ReadonlyMap<string, H5Value> = new Map(),
  ): void {
    const parts = splitPath(path);
    const name = parts.pop()!;
    this.group(parts.join('/')).datasets.set(name, { attributes, value });
  }
}

function splitPath(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/** The group at a path, if there is one. */
export function findGroup(root: H5Group, path: string): H5Group | undefined {
  let at: H5Group | undefined = root;
  for (const part of splitPath(path)) at = at?.groups.get(part);
  return at;
}

/** The data set at a path, if there is one. */
export function findDataset(root: H5Group, path: string): H5Dataset | undefined {
  const parts = splitPath(path);
  const name = parts.pop();
  return name === undefined ? undefined : findGroup(root, parts.join('/'))?.datasets.get(name);
}
