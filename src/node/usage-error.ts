/** A mistake in what the user typed: told in one line, without a stack trace, exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/**
 * Steps from `a` to `b` when a step inserts, deletes or replaces a character or swaps two
 * neighbours (optimal string alignment distance).
 */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, replace);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
      }
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length];
}

/** The candidate most like `name`, or undefined when none is close (a third of it or more differs). */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const other = candidate.toLowerCase();
    const prefix = wanted.length >= 2 && other.startsWith(wanted);
    const distance = prefix ? 0.5 : editDistance(wanted, other);
    if (
      distance < bestDistance &&
      distance <= Math.max(1, Math.max(wanted.length, other.length) / 3)
    ) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** The error for a name that is not among `known`: what was given, a suggestion, what there is. */
export function unknownName(kind: string, name: string, known: readonly string[]): UsageError {
  const suggestion = nearest(name, known);
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  return new UsageError(
    `unknown ${kind} ${quoted(name)}${hint}${hint === '' ? ';' : ''} known: ${known.join(', ')}`,
  );
}

/** What the user typed, safe to print: control characters (escape sequences) are written out. */
export function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 59)}…` : text;
  return JSON.stringify(short).replace(
    /[\u007f-\u009f]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
