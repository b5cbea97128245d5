import type { ActivityOptions } from '@temporalio/common';

/**
 * Timeouts and retries of every activity, each value with its reason. Failures that no retry can
 * cure are not retryable by themselves, so the policies bound only what may pass.
 */
export const ACTIVITY_OPTIONS = {
  /** Looks at the input and the configuration in memory: only a lost worker makes it slow. */
  checkExport: {
    startToCloseTimeout: '10s',
    retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 10 },
  },
  /** One call to Temporal, which the SDK itself retries for a while. */
  joinQueue: {
    startToCloseTimeout: '30s',
    retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 100 },
  },
  /**
   * Polls by failing: every 3 s, as the next export waits for it, and for as long as an export takes.
   * It has no bound of its own, as the queue cancels it when the export leaves.
   */
  watchExport: {
    startToCloseTimeout: '30s',
    retry: { initialInterval: '3s', backoffCoefficient: 1 },
  },
  /**
   * One request, with the activity's own backoff and end. A hung one ends after a minute; a lost
   * worker is noticed after 15 s.
   */
  startQuery: {
    startToCloseTimeout: '5m',
    heartbeatTimeout: '15s',
    retry: { initialInterval: '1s', maximumInterval: '1m', maximumAttempts: 10_000 },
  },
  /**
   * A query may wait and run for hours, or for days where others are before it: what ends an attempt
   * ends no query, as the next one asks for the same job.
   */
  awaitQuery: {
    startToCloseTimeout: '24h',
    heartbeatTimeout: '15s',
    retry: { initialInterval: '1s', maximumInterval: '1m', maximumAttempts: 10_000 },
  },
  /** A cancel should not take long, and a job that cannot be ended only costs Treasure Data's time. */
  stopQuery: {
    startToCloseTimeout: '15s',
    retry: { initialInterval: '1s', maximumInterval: '5s', maximumAttempts: 5 },
  },
  /**
   * A query may take hours. A worker that dies is noticed after 30 s, and the query runs again, so
   * a query that kills its worker must not do that for ever: 10 attempts, stops of a worker included.
   */
  stageRows: {
    startToCloseTimeout: '24h',
    heartbeatTimeout: '30s',
    retry: { initialInterval: '2s', maximumInterval: '1m', maximumAttempts: 10 },
  },
  /**
   * The activity itself says when to try again, and gives up after the connection's giveUpAfter.
   * The number of attempts is the backstop: at 1 min each it is a week.
   */
  nameCohort: {
    startToCloseTimeout: '1h',
    heartbeatTimeout: '15s',
    retry: { initialInterval: '1s', maximumInterval: '1m', maximumAttempts: 10_000 },
  },
  /**
   * As above. 15 s without a heartbeat is a lost worker; an hour is no limit to a slow chunk, as the
   * next attempt goes on behind the last accepted request.
   */
  sendChunk: {
    startToCloseTimeout: '1h',
    heartbeatTimeout: '15s',
    retry: { initialInterval: '1s', maximumInterval: '1m', maximumAttempts: 10_000 },
  },
  /** One look at Temporal itself, at the end of a run that has failed anyway. */
  countFailure: {
    startToCloseTimeout: '10s',
    retry: { initialInterval: '1s', maximumInterval: '10s', maximumAttempts: 6 },
  },
  /** As above; what fails here is tried again after the next failure. */
  pauseSchedule: {
    startToCloseTimeout: '10s',
    retry: { initialInterval: '1s', maximumInterval: '10s', maximumAttempts: 6 },
  },
  /** A message that arrives minutes late is of use, one that holds up the end of a run is not. */
  notify: {
    startToCloseTimeout: '15s',
    retry: { initialInterval: '1s', maximumInterval: '15s', maximumAttempts: 6 },
  },
  /** What it leaves behind the worker sweeps up later, so it does not hold up the end for long. */
  cleanUp: {
    startToCloseTimeout: '1m',
    retry: { initialInterval: '1s', maximumInterval: '10s', maximumAttempts: 5 },
  },
} satisfies Record<string, ActivityOptions>;
