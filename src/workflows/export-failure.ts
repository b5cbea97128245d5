import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { FAILURE_TYPES, type FailureType } from '../domain/failures.ts';

/** What it means that an activity came to no end within its timeouts and attempts. */
const TIMED_OUT: Readonly<Record<keyof Activities, FailureType>> = {
  checkExport: 'StagingFailed',
  joinQueue: 'StagingFailed',
  watchExport: 'StagingFailed',
  stageRows: 'StagingFailed',
  nameCohort: 'BrazeUnavailable',
  sendChunk: 'BrazeUnavailable',
  cleanUp: 'StagingFailed',
};

/** The failure that the workflow ends with: one of the documented types, with the activity's words. */
export function toExportFailure(error: unknown): unknown {
  if (!(error instanceof ActivityFailure)) return error;
  const { cause, activityType } = error;
  const timedOut = TIMED_OUT[activityType as keyof Activities];
  if (cause instanceof ApplicationFailure) {
    const type = FAILURE_TYPES.find((known) => known === cause.type) ?? timedOut;
    return ApplicationFailure.nonRetryable(cause.message, type);
  }
  if (cause instanceof TimeoutFailure) {
    return ApplicationFailure.nonRetryable(
      `The activity ${activityType} came to no end (${cause.timeoutType}). Look at the workers: were they stopped, or killed for their memory? Then start the export again.`,
      timedOut,
    );
  }
  return error;
}
