import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { FailureType } from '../domain/failures.ts';

interface Facts {
  /** The export's failure where the activity does not finish within its timeouts and attempts. */
  readonly unfinished: FailureType;
}

type ActivityFacts = Facts &
  (
    | (ActivityOptions & { readonly local?: false })
    | (LocalActivityOptions & { readonly local: true })
  );

/**
 * All facts of every activity, each value with its reason. Failures that no retry can cure are not
 * retryable by themselves, so the policies bound only what may pass.
 *
 * A local activity runs within the workflow task: no dispatch, no events of its own. That is for what
 * takes milliseconds and may be repeated.
 */
export const ACTIVITY_TABLE = {
  /** Looks at what the worker learnt from the server when it started: as the next one. */
  listSearchAttributes: {
    local: true,
    unfinished: 'Internal',
    startToCloseTimeout: '10s',
    retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 10 },
  },
  /** Looks at the input and the configuration in memory: only a lost worker makes it slow. */
  checkExport: {
    local: true,
    unfinished: 'Internal',
    startToCloseTimeout: '10s',
    retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 10 },
  },
  /** One call to Temporal, which the SDK itself retries for a while; asking twice is harmless. */
  requestLock: {
    local: true,
    unfinished: 'Internal',
    startToCloseTimeout: '30s',
    retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 100 },
  },
  /**
   * Waits for the holder's end by long polls, a minute at most; the lock then asks again. So a lost
   * worker holds up the next export for no longer than that, and the slot is free for others.
   */
  watchHolder: {
    unfinished: 'Internal',
    startToCloseTimeout: '75s',
    retry: { initialInterval: '1s', maximumInterval: '30s' },
  },
  /**
   * One request. The activity itself says when to try again and when to give up, so attempts are not
   * counted. A hung one ends after a minute; a lost worker is noticed after 50 s.
   */
  startQuery: {
    unfinished: 'SourceUnavailable',
    startToCloseTimeout: '5m',
    heartbeatTimeout: '50s',
    retry: { initialInterval: '1s', maximumInterval: '1m' },
  },
  /**
   * A query may wait and run for hours, or for days if others are ahead of it. What ends an attempt
   * does not end the query, as the next one asks for the same job.
   */
  awaitQuery: {
    unfinished: 'SourceUnavailable',
    startToCloseTimeout: '24h',
    heartbeatTimeout: '50s',
    retry: { initialInterval: '1s', maximumInterval: '1m' },
  },
  /** A cancel should not take long, and a job that cannot be stopped only costs Treasure Data's time. */
  stopQuery: {
    unfinished: 'SourceUnavailable',
    startToCloseTimeout: '15s',
    retry: { initialInterval: '1s', maximumInterval: '5s', maximumAttempts: 5 },
  },
  /**
   * A query may take hours. A worker that dies is noticed after 50 s, and the query runs again. The
   * activity itself counts the attempts that failed or were lost: those of a worker that was told to
   * stop do not count.
   */
  stageRows: {
    unfinished: 'StagingFailed',
    startToCloseTimeout: '24h',
    heartbeatTimeout: '50s',
    retry: { initialInterval: '2s', maximumInterval: '1m' },
  },
  /**
   * The activity itself says when to try again, and gives up after the connection's giveUpAfter,
   * which may be weeks: attempts are not counted. With a small rate limit one may wait for days, and
   * an end in between would cost it its place in line.
   */
  nameCohort: {
    unfinished: 'Internal',
    startToCloseTimeout: '365d',
    heartbeatTimeout: '15s',
    retry: { initialInterval: '1s', maximumInterval: '1m' },
  },
  /**
   * The activity itself says when to try again, and when to give up. 15 s without a heartbeat is a
   * lost worker. With a small rate limit an attempt may take weeks, and an end in between would cost
   * it its place in line.
   */
  sendChunk: {
    unfinished: 'Internal',
    startToCloseTimeout: '365d',
    heartbeatTimeout: '15s',
    retry: { initialInterval: '1s', maximumInterval: '1m' },
  },
  /** One look at Temporal itself, at the end of a run that has failed anyway. */
  countFailure: {
    unfinished: 'Internal',
    startToCloseTimeout: '10s',
    retry: { initialInterval: '1s', maximumInterval: '10s', maximumAttempts: 6 },
  },
  /** One look at Temporal itself; if it fails, the next look also counts what this one missed. */
  countSkippedRuns: {
    unfinished: 'Internal',
    startToCloseTimeout: '10s',
    retry: { initialInterval: '1s', maximumInterval: '10s', maximumAttempts: 6 },
  },
  /** One call to Temporal; where it fails, the next failure of the schedule tries again. */
  pauseSchedule: {
    unfinished: 'Internal',
    startToCloseTimeout: '10s',
    retry: { initialInterval: '1s', maximumInterval: '10s', maximumAttempts: 6 },
  },
  /** A message that arrives minutes late is still useful; one that delays the end of a run is not. */
  notify: {
    unfinished: 'Internal',
    startToCloseTimeout: '15s',
    retry: { initialInterval: '1s', maximumInterval: '15s', maximumAttempts: 6 },
  },
  /** What it leaves behind the worker sweeps up later, so it does not hold up the end for long. */
  cleanUp: {
    local: true,
    unfinished: 'StagingFailed',
    startToCloseTimeout: '1m',
    retry: { initialInterval: '1s', maximumInterval: '10s', maximumAttempts: 5 },
  },
} as const satisfies Record<keyof Activities, ActivityFacts>;
