import { Context } from '@temporalio/activity';
import {
  ACQUIRE_SIGNAL,
  COHORT_LOCK_WORKFLOW,
  type CohortKey,
  cohortLockId,
  type ExportRun,
  type LockRequest,
  type RunEnd,
} from '../domain/cohort-lock-messages.ts';
import { describeRun, endOf, waitForEnd } from '../temporal/export-status.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { ownRun } from './support/own-run.ts';

/** Not for as long as the holder runs: its slot is needed, for one by the holder itself. */
const WATCH_MS = 60_000;

export interface RequestLockInput {
  readonly cohort: CohortKey;
  readonly request: Omit<LockRequest, 'runId'>;
}

/**
 * Requests the lock of a cohort, and starts the lock's workflow if it is not running. Resolves to the
 * run's id: after a reset, the history still has the id of the run that asked.
 */
export function createRequestLock() {
  return async ({ cohort, request }: RequestLockInput): Promise<string> => {
    const { client, info } = Context.current();
    const { runId } = ownRun();
    const asking: LockRequest = { ...request, runId };
    await client.workflow.signalWithStart(COHORT_LOCK_WORKFLOW, {
      workflowId: cohortLockId(info.taskQueue, cohort),
      taskQueue: info.taskQueue,
      args: [{ cohort, line: [] }],
      signal: ACQUIRE_SIGNAL,
      signalArgs: [asking],
      staticSummary: `Lets one export at a time change the cohort ${cohort.cohortId} on ${cohort.connection}`,
    });
    return runId;
  };
}

export interface WatchHolderInput {
  readonly holder: ExportRun;
  /** Whether to wait until it has ended, or only to look. */
  readonly wait: boolean;
}

/**
 * How a run of an export ended, with those that it continued as; `null` while it runs. What a reset
 * makes of it is another run, which waits for this end.
 */
export function createWatchHolder({ draining }: Pick<ActivityDependencies, 'draining'>) {
  return async ({ holder, wait }: WatchHolderInput): Promise<RunEnd | null> => {
    const { client, cancellationSignal } = Context.current();
    if (!wait) return endOf(await describeRun(client, holder));
    const signal = AbortSignal.any([cancellationSignal, draining]);
    return await waitForEnd(client, holder, { waitMs: WATCH_MS, signal });
  };
}
