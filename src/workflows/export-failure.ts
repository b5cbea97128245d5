import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { isFailureType } from '../domain/failures.ts';
import { ACTIVITY_TABLE } from './activity-table.ts';

/** The failure that the workflow ends with: one of the documented types, with the activity's message. */
export function toExportFailure(error: unknown): unknown {
  if (!(error instanceof ActivityFailure)) return error;
  const { cause, activityType } = error;
  const { unfinished } = ACTIVITY_TABLE[activityType as keyof Activities];
  if (cause instanceof ApplicationFailure) {
    const type = isFailureType(cause.type ?? '') ? cause.type : unfinished;
    return ApplicationFailure.nonRetryable(cause.message, type);
  }
  if (cause instanceof TimeoutFailure) {
    return ApplicationFailure.nonRetryable(
      `The activity ${activityType} did not finish in time (${cause.timeoutType}). Check whether the workers were stopped or ran out of memory, then start the export again.`,
      unfinished,
    );
  }
  return error;
}

/** The name of an error in a log, without its message. */
export function failureTypeOf(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) return cause.type ?? cause.name;
  return cause instanceof Error ? cause.name : 'unknown';
}
