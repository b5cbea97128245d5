import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { isFailureType } from '../domain/failures.ts';
import { ACTIVITY_TABLE } from './activity-table.ts';

/**
 * A failure that a person reads: without a stack, which would push the type and the message out of
 * sight, except that of a bug.
 */
export function failureOf(
  { type, message }: { readonly type: string; readonly message: string },
  stack = '',
): ApplicationFailure {
  const failure = ApplicationFailure.nonRetryable(message, type);
  failure.stack = stack;
  return failure;
}

/** The failure that the workflow ends with: one of the documented types, with the activity's message. */
export function toExportFailure(error: unknown): unknown {
  if (!(error instanceof ActivityFailure)) return error;
  const { cause, activityType } = error;
  const { unfinished } = ACTIVITY_TABLE[activityType as keyof Activities];
  if (cause instanceof ApplicationFailure) {
    const { message, stack } = cause;
    const type = isFailureType(cause.type ?? '') ? (cause.type ?? '') : unfinished;
    return failureOf({ type, message }, type === 'Internal' ? stack : '');
  }
  if (cause instanceof TimeoutFailure) {
    const message = `The activity ${activityType} did not finish in time (${cause.timeoutType}). Check whether the workers were stopped or ran out of memory, then start the export again.`;
    return failureOf({ type: unfinished, message });
  }
  return error;
}

/** The name of an error in a log, without its message. */
export function failureTypeOf(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) return cause.type ?? cause.name;
  return cause instanceof Error ? cause.name : 'unknown';
}
