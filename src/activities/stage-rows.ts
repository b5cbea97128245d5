import { Context } from '@temporalio/activity';
import type { ExportRequest } from '../domain/export-input.ts';
import type { QueryJob, StagedRows } from '../domain/ports.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { startHeartbeats } from './heartbeats.ts';
import { ownRunId, requireTurn } from './turn-of.ts';

export interface StageRowsInput {
  readonly request: ExportRequest;
  readonly exportRunId: string;
  /** The run that holds the turn on the cohort. */
  readonly turnOf: string;
  /** ISO 8601, UTC. */
  readonly scheduledTime: string;
  /** What the query ran as; `null` where it runs while its rows are staged. */
  readonly job: QueryJob | null;
}

/** Runs the query and stages its rows, once: a retry takes what an earlier attempt committed. */
export function createStageRows(deps: ActivityDependencies) {
  return async (input: StageRowsInput): Promise<StagedRows> => {
    requireTurn(input.turnOf);
    const { request, exportRunId, scheduledTime } = input;
    const { info, cancellationSignal } = Context.current();
    const { workflowId } = info.workflowExecution as { workflowId: string };
    const place = { workflowId, runId: ownRunId(), exportRunId, attempt: info.attempt };
    let rows = 0;
    using _ = startHeartbeats(() => ({ rows }));
    const committed = await deps.staging.committed(place);
    if (committed !== null) return committed;
    return await deps.stagingProcesses.run(
      {
        source: deps.sources.stagingJob(request.source, scheduledTime, input.job),
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
  };
}
