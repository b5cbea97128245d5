import { Context } from '@temporalio/activity';
import type { JobSource } from '../domain/job-source.ts';
import type { QueryJob, QueryRun } from '../domain/ports.ts';
import { NOT_FAILING, type RetryState } from '../domain/retry.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { startHeartbeats } from './heartbeats.ts';
import { failWithRetry } from './retrying.ts';
import { requireTurn } from './turn-of.ts';

/** A job that was started and whose id did not arrive could not be ended: a cancel waits for that. */
const AWAITS_ANSWER_MS = 5_000;

/**
 * Starts a query as a job of its source; an attempt that comes later finds the job again. `turnOf` is
 * the run that holds the turn on the cohort.
 */
export function createStartQuery({ sources }: Pick<ActivityDependencies, 'sources'>) {
  return async (source: JobSource, run: QueryRun, turnOf: string): Promise<QueryJob> => {
    requireTurn(turnOf);
    const { info, cancellationSignal } = Context.current();
    const state: RetryState = info.heartbeatDetails ?? { ...NOT_FAILING };
    const jobs = sources.queryJobs(source);
    using _ = startHeartbeats(() => state);
    try {
      return await jobs.start(source, run, soonAfter(cancellationSignal));
    } catch (error) {
      throw failWithRetry(error, state, jobs.giveUp);
    }
  };
}

function soonAfter(signal: AbortSignal): AbortSignal {
  const later = new AbortController();
  const wait = () => setTimeout(() => later.abort(signal.reason), AWAITS_ANSWER_MS).unref();
  if (signal.aborted) wait();
  else signal.addEventListener('abort', wait, { once: true });
  return later.signal;
}
