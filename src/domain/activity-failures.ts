import type { FailureType } from './failures.ts';

/**
 * The failure of an activity that cannot say what went wrong: an error that nobody expected, or no
 * end within its timeouts and attempts.
 */
export const ACTIVITY_FAILURES = {
  checkExport: 'StagingFailed',
  joinQueue: 'StagingFailed',
  watchExport: 'StagingFailed',
  startQuery: 'SourceUnavailable',
  awaitQuery: 'SourceUnavailable',
  stopQuery: 'SourceUnavailable',
  stageRows: 'StagingFailed',
  nameCohort: 'BrazeUnavailable',
  sendChunk: 'BrazeUnavailable',
  cleanUp: 'StagingFailed',
  countFailure: 'StagingFailed',
  pauseSchedule: 'StagingFailed',
  notify: 'StagingFailed',
} as const satisfies Record<string, FailureType>;
