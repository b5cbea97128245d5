import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { ACTIVITY_FAILURES } from '../domain/activity-failures.ts';
import { FAILURE_TYPES } from '../domain/failures.ts';

/** The failure that the workflow ends with: one of the documented types, with the activity's words. */
export function toExportFailure(error: unknown): unknown {
  if (!(error instanceof ActivityFailure)) return error;
  const { cause, activityType } = error;
  const unexpected = ACTIVITY_FAILURES[activityType as keyof Activities];
  if (cause instanceof ApplicationFailure) {
    const type = FAILURE_TYPES.find((known) => known === cause.type) ?? unexpected;
    return ApplicationFailure.nonRetryable(cause.message, type);
  }
  if (cause instanceof TimeoutFailure) {
    return ApplicationFailure.nonRetryable(
      `The activity ${activityType} came to no end (${cause.timeoutType}). Look at the workers: were they stopped, or killed for their memory? Then start the export again.`,
      unexpected,
    );
  }
  return error;
}
