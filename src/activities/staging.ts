import { type ApplicationFailure, Context } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { ExportRequest } from '../domain/export-input.ts';
import { type GiveUp, spanText } from '../domain/retry.ts';
import type { QueryJob } from '../domain/source-port.ts';
import type { StagedRows } from '../domain/staging-port.ts';
import { expectedFailure } from './support/activity.ts';
import { type Attempts, countAttempts } from './support/counted-attempts.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { startWaitingHeartbeats } from './support/heartbeats.ts';
import { ownRun, requireLock, type UnderLock } from './support/own-run.ts';
import { workerStopping } from './support/retry-state.ts';
import { fromStore, watchStore } from './support/store-patience.ts';

/** A query that kills its worker must not do that for ever. */
const MOST_ATTEMPTS = 10;
/** Long enough for a short query to end; then the work goes back, as another worker may be idle. */
const WAITS_HERE_MS = 30_000;
const RETURNS_AFTER_MS = 1_000;
const UNAVAILABLE: GiveUp = {
  afterMs: 6 * 60 * 60 * 1000,
  setting: null,
  says: 'The source could not be read',
};

export interface StageRowsInput extends UnderLock {
  readonly request: ExportRequest;
  readonly exportRunId: string;
  /** ISO 8601, UTC. */
  readonly scheduledTime: string;
  /** The job that ran the query; `null` if the query runs while its rows are staged. */
  readonly job: QueryJob | null;
}

/** What a heartbeat shows besides the attempts. */
interface Shown {
  rows: number;
  /** Only while it waits. */
  note?: string;
}

/** Runs the query and stages its rows, once: a retry uses what an earlier attempt committed. */
export function createStageRows(deps: ActivityDependencies) {
  const { destinations, sources, staging, stagingProcesses, namespace } = deps;
  return async (input: StageRowsInput): Promise<StagedRows> => {
    requireLock(input);
    const { request, exportRunId, scheduledTime, job } = input;
    const { info, cancellationSignal } = Context.current();
    const place = { ...namespace, ...ownRun(), exportRunId, attempt: info.attempt };
    const limits = { most: MOST_ATTEMPTS, unavailable: UNAVAILABLE };
    return await countAttempts(limits, async (attempts) => {
      const shown: Shown = { rows: 0 };
      using _ = startWaitingHeartbeats(() => ({ ...attempts, ...shown }));
      const committed = await fromStore(staging.committed(place), cancellationSignal);
      if (committed !== null) return committed;
      using _slot = await waitForSlot(deps, attempts, shown);
      using watch = watchStore(() => staging.committed(place));
      return await stagingProcesses.run(
        {
          source: sources.read(request.source, { scheduledTime, job }),
          format: destinations.format(request),
          place,
          operation: request.operation,
          aliases: request.aliases,
          threadCount: request.threadCount,
          skipOnInvalidRecord: request.skipOnInvalidRecord,
        },
        {
          signal: AbortSignal.any([cancellationSignal, watch.lost]),
          onProgress: (read) => {
            shown.rows = read;
          },
        },
      );
    });
  };
}

/**
 * Work that has waited for a long time goes back to the task queue, as another worker may have a free
 * slot. A worker that drains hands back waiting work at once.
 */
async function waitForSlot(
  { querySlots, draining }: Pick<ActivityDependencies, 'querySlots' | 'draining'>,
  attempts: Attempts,
  shown: Shown,
): Promise<Disposable> {
  const context = Context.current();
  const { cancellationSignal } = context;
  const show = () => context.heartbeat({ ...attempts, ...shown });
  const waitedLong = new AbortController();
  const timer = setTimeout(() => waitedLong.abort(), WAITS_HERE_MS);
  const startedAt = performance.now();
  try {
    const slot = await querySlots.acquire({
      signal: AbortSignal.any([cancellationSignal, draining, waitedLong.signal]),
      waitedMs: attempts.waitedMs,
      onWaiting: (ahead) => {
        shown.note = `waiting for a free query slot, ${ahead} ahead`;
        if (!attempts.isUnderWay) return;
        attempts.isUnderWay = false;
        show();
      },
    });
    attempts.waitedMs = 0;
    if (attempts.isUnderWay) return slot;
    delete shown.note;
    attempts.isUnderWay = true;
    show();
    return slot;
  } catch (error) {
    attempts.isUnderWay = false;
    attempts.waitedMs += Math.round(performance.now() - startedAt);
    if (cancellationSignal.aborted) throw error;
    if (draining.aborted) throw workerStopping();
    throw waitedLong.signal.aborted ? stillWaiting() : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Not logged as an error: nothing is wrong. */
function stillWaiting(): ApplicationFailure {
  return expectedFailure({
    type: 'StillWaiting',
    message: `No query slot became free on this worker within ${spanText(WAITS_HERE_MS)}; another worker may have one.`,
    nextRetryDelay: RETURNS_AFTER_MS,
    category: ApplicationFailureCategory.BENIGN,
  });
}

export interface CleanUpInput {
  readonly exportRunId: string;
  /** The store of its staged rows; `null` where that is not known. */
  readonly store: string | null;
}

/**
 * Removes the staged rows of an export. Its rejects stay for as long as the configuration says. Fails
 * on a worker that does not see the store; those who do sweep it.
 */
export function createCleanUp({ staging }: Pick<ActivityDependencies, 'staging'>) {
  return async ({ exportRunId, store }: CleanUpInput): Promise<void> => {
    const { cancellationSignal } = Context.current();
    if (store !== null) await fromStore(staging.requireStore(store), cancellationSignal);
    await fromStore(staging.remove(exportRunId), cancellationSignal);
  };
}
