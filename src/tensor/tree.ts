/**
 * Trees: tensors in arrays and plain objects, nested as the program likes. Traced functions take and
 * return them; what is not a tensor stays as it is.
 */

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Replaces every leaf that `select` accepts; the rest of the tree is copied as it stands. */
export function mapTree<L>(
  tree: unknown,
  select: (value: unknown) => value is L,
  replace: (leaf: L) => unknown,
): unknown {
  if (select(tree)) return replace(tree);
  if (Array.isArray(tree)) return tree.map((t) => mapTree(t, select, replace));
  if (isRecord(tree)) {
    return Object.fromEntries(
      Object.entries(tree).map(([k, v]) => [k, mapTree(v, select, replace)]),
    );
  }
  return tree;
}

/** The leaves that `select` accepts, in the order of the tree. */
export function leavesOf<L>(tree: unknown, select: (value: unknown) => value is L): L[] {
  const leaves: L[] = [];
  const visit = (value: unknown): void => {
    if (select(value)) leaves.push(value);
    else if (Array.isArray(value)) for (const child of value) visit(child);
    else if (isRecord(value)) for (const key of Object.keys(value)) visit(value[key]);
  };
  visit(tree);
  return leaves;
}
