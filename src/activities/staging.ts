import { Context } from '@temporalio/activity';
import type { ExportRequest } from '../domain/export-input.ts';
import type { QueryJob } from '../domain/source-port.ts';
import type { StagedRows } from '../domain/staging-port.ts';
import { countAttempts } from './support/counted-attempts.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { startWaitingHeartbeats } from './support/heartbeats.ts';
import { ownRun, requireLock, type UnderLock } from './support/own-run.ts';

/** A query that kills its worker must not do that for ever. */
const MOST_ATTEMPTS = 10;

export interface StageRowsInput extends UnderLock {
  readonly request: ExportRequest;
  readonly exportRunId: string;
  /** ISO 8601, UTC. */
  readonly scheduledTime: string;
  /** The job that ran the query; `null` if the query runs while its rows are staged. */
  readonly job: QueryJob | null;
}

/** Runs the query and stages its rows, once: a retry uses what an earlier attempt committed. */
export function createStageRows(deps: ActivityDependencies) {
  const { destinations, sources, staging, stagingProcesses, namespace } = deps;
  return async (input: StageRowsInput): Promise<StagedRows> => {
    requireLock(input);
    const { request, exportRunId, scheduledTime, job } = input;
    const { info, cancellationSignal } = Context.current();
    const place = { ...namespace, ...ownRun(), exportRunId, attempt: info.attempt };
    return await countAttempts(MOST_ATTEMPTS, async (attempts) => {
      let rows = 0;
      using _ = startWaitingHeartbeats(() => ({ ...attempts, rows }));
      const committed = await staging.committed(place);
      if (committed !== null) return committed;
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
          signal: cancellationSignal,
          onProgress: (read) => {
            rows = read;
          },
        },
      );
    });
  };
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
    if (store !== null) await staging.requireStore(store);
    await staging.remove(exportRunId);
  };
}
