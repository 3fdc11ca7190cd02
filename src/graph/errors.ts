/**
 * The error of every wrong use of the library: one sentence that names the operation, what was
 * received, what was expected and the way out.
 */
export class NablaError extends Error {
  override readonly name: string = 'NablaError';
}

/** Throws a {@link NablaError} whose message starts with the operation's name. */
export function fail(operation: string, message: string): never {
  throw new NablaError(`${operation}: ${message}`);
}
