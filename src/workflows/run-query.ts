import { CancellationScope, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { QueryJob, QueryRun, SourceSpec } from '../domain/source-port.ts';
import { bestEffort, runActivity } from './run-activity.ts';

/**
 * Runs the query of a source that runs it as a job, and resolves to that once it has succeeded. A
 * cancel ends the job. `lockHolderRunId` is the run that holds the lock of the cohort.
 */
export async function runQuery(
  source: SourceSpec,
  scheduledTime: string,
  lockHolderRunId: string,
  onNote: (note: string) => void,
): Promise<QueryJob> {
  const { namespace, workflowId, originalExecutionRunId: runId } = workflowInfo();
  const run: QueryRun = { namespace, workflowId, runId, scheduledTime };
  try {
    onNote('starting the query');
    const start = { source, run, lockHolderRunId };
    const job = await runActivity('startQuery', 'start the query', start);
    onNote(`waiting for job ${job.jobId}`);
    await runActivity('awaitQuery', `until job ${job.jobId} is done`, { source, job });
    return job;
  } catch (error) {
    if (CancellationScope.current().consideredCancelled || isCancellation(error)) {
      await bestEffort('the job of the query could not be ended; it goes on until it is done', () =>
        runActivity('stopQuery', 'end its job', { source, run }),
      );
    }
    throw error;
  }
}
