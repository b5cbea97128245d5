import { Context } from '@temporalio/activity';
import type { JobSource } from '../domain/job-source.ts';
import type { QueryJob } from '../domain/ports.ts';
import { NOT_FAILING, type RetryState } from '../domain/retry.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { startHeartbeats } from './heartbeats.ts';
import { failWithRetry, workerStopping } from './retrying.ts';

/** Waits for a job for as long as it takes; its state is at the source, so any worker can go on. */
export function createAwaitQuery({
  sources,
  draining,
}: Pick<ActivityDependencies, 'sources' | 'draining'>) {
  return async (source: JobSource, job: QueryJob): Promise<void> => {
    const { info, cancellationSignal } = Context.current();
    const state: RetryState = info.heartbeatDetails ?? { ...NOT_FAILING };
    const jobs = sources.queryJobs(source);
    using _ = startHeartbeats(() => state);
    try {
      const onAnswer = () => Object.assign(state, NOT_FAILING);
      await jobs.wait(job, AbortSignal.any([cancellationSignal, draining]), onAnswer);
    } catch (error) {
      if (draining.aborted && !cancellationSignal.aborted) throw workerStopping();
      throw failWithRetry(error, state, jobs.giveUp);
    }
  };
}
