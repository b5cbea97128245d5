/**
 * The code of an error such as `ENOENT`, else of what it joins or was caused by, else its name. A
 * connection that is refused on every address is an `AggregateError` without a code of its own.
 */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if ('code' in error && typeof error.code === 'string') return error.code;
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
  return inner === undefined ? error.name : errorCode(inner);
}
