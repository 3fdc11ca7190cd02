import { editDistance } from '../nn/edit-distance.ts';

/** A mistake in what the user typed: told in one line, without a stack trace, exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
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
