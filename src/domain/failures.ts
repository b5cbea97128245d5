/**
 * Every way an export can fail, as users see it: the `type` of the workflow's `ApplicationFailure`.
 * Those of a destination begin with its name, and are declared in its folder.
 */
export const FAILURE_TYPES = [
  'InvalidExport',
  'UnknownConnection',
  'QueryFailed',
  'SourceUnauthorized',
  'SourceUnavailable',
  'MissingColumns',
  'InvalidRecord',
  'StagingFailed',
  'RunSuperseded',
  'Internal',
] as const;

export const DESTINATION_FAILURES = ['Unauthorized', 'Rejected', 'Unavailable'] as const;

type DestinationFailure = (typeof DESTINATION_FAILURES)[number];

/** Such as `BrazeRejected`. */
export type DestinationFailureType = `${string}${DestinationFailure}`;

export type FailureType = (typeof FAILURE_TYPES)[number] | DestinationFailureType;

export function isFailureType(type: string): type is FailureType {
  return (
    FAILURE_TYPES.some((known) => known === type) ||
    isDestinationFailure(type, DESTINATION_FAILURES)
  );
}

/** Whether it is one of these failures of a destination, whichever that is. */
export function isDestinationFailure(
  type: string,
  failures: readonly DestinationFailure[],
): type is DestinationFailureType {
  return failures.some((failure) => type.endsWith(failure) && type !== failure);
}

/**
 * When the failed step may be tried again: never, by the retry policy's backoff, by it but only a few
 * times (`briefly`: what seldom passes) or for hours (`patiently`: an outage), or after a wait.
 */
export type Retry = 'never' | 'backoff' | 'briefly' | 'patiently' | { readonly afterMs: number };

/**
 * A failure that a person will read: the message says what happened and what to do, and contains no
 * credential and no identifier that came out of a source.
 */
export class ExportError extends Error {
  readonly type: FailureType;
  readonly retry: Retry;

  constructor(type: FailureType, message: string, retry: Retry = 'never') {
    super(message);
    this.name = 'ExportError';
    this.type = type;
    this.retry = retry;
  }

  /** The same failure with another message, or to be tried again at another time. */
  as(message: string, retry: Retry = 'never'): ExportError {
    const other = new ExportError(this.type, message, retry);
    other.stack = this.stack ?? '';
    return other;
  }
}

/** A failure of a destination, by the type of the destination: `BrazeUnavailable` of `braze`. */
export function destinationFailure(
  destination: string,
  failure: DestinationFailure,
): DestinationFailureType {
  return `${destination.slice(0, 1).toUpperCase()}${destination.slice(1)}${failure}`;
}

/** Where an unexpected error came from, without its message, which may hold data. */
export function stackFrames(error: unknown): string {
  if (!(error instanceof Error)) return `${typeof error} was thrown`;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [error.name, ...frames].join('\n');
}
