import { CancellationScope, isCancellation, log, workflowInfo } from '@temporalio/workflow';
import type { SourceSpec } from '../domain/export-input.ts';
import { type JobSource, runsAsJob } from '../domain/job-source.ts';
import type { QueryJob, QueryRun } from '../domain/ports.ts';
import { call } from './run-activity.ts';

/**
 * Runs the query of a source that runs it as a job, and resolves to that once it has succeeded; `null`
 * for a source whose query runs while its rows are staged. A cancel ends the job. `turnOf` is the run
 * that holds the turn on the cohort.
 */
export async function runQuery(
  source: SourceSpec,
  scheduledTime: string,
  turnOf: string,
  onNote: (note: string) => void,
): Promise<QueryJob | null> {
  if (!runsAsJob(source)) return null;
  const { namespace, workflowId, originalExecutionRunId: runId } = workflowInfo();
  const run: QueryRun = { namespace, workflowId, runId, scheduledTime };
  try {
    onNote('starting the query');
    const job = await call('startQuery', 'start the query', source, run, turnOf);
    onNote(`waiting for job ${job.jobId}`);
    await call('awaitQuery', `until job ${job.jobId} is done`, source, job);
    return job;
  } catch (error) {
    const isCancelled = CancellationScope.current().consideredCancelled || isCancellation(error);
    if (isCancelled) await stopQuery(source, run);
    throw error;
  }
}

async function stopQuery(source: JobSource, run: QueryRun): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    try {
      await call('stopQuery', 'end its job', source, run);
    } catch {
      log.warn('the job of the query could not be ended; it goes on until it is done');
    }
  });
}
