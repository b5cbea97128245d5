import { Context } from '@temporalio/activity';
import type { ExportRequest } from '../domain/export-input.ts';
import type { StagedRows } from '../domain/ports.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { startHeartbeats } from './heartbeats.ts';

export interface StageRowsInput {
  readonly request: ExportRequest;
  readonly exportRunId: string;
  /** ISO 8601, UTC. */
  readonly scheduledTime: string;
}

/** Runs the query and stages its rows, once: a retry takes what an earlier attempt committed. */
export function createStageRows(deps: ActivityDependencies) {
  return async (input: StageRowsInput): Promise<StagedRows> => {
    const { request, exportRunId, scheduledTime } = input;
    const { info, cancellationSignal } = Context.current();
    const { workflowId, runId } = info.workflowExecution as { workflowId: string; runId: string };
    const place = { workflowId, runId, exportRunId, attempt: info.attempt };
    let rows = 0;
    using _ = startHeartbeats(() => ({ rows }));
    const committed = await deps.staging.committed(place);
    if (committed !== null) return committed;
    return await deps.runStagingProcess(
      {
        source: deps.resolveSource(request.source, scheduledTime),
        stagingDirectory: deps.stagingDirectory,
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
