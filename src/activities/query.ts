import { Context } from '@temporalio/activity';
import { ExportError } from '../domain/failures.ts';
import { NOT_FAILING } from '../domain/retry.ts';
import type { QueryJob, QueryRun, SourceSpec } from '../domain/source-port.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { startWaitingHeartbeats } from './support/heartbeats.ts';
import { requireLock, type UnderLock } from './support/own-run.ts';
import { withRetryState, workerStopping } from './support/retry-state.ts';

/** A job whose id did not arrive could not be stopped, so a cancel waits this long for it. */
const AWAITS_RESPONSE_MS = 5_000;

type Dependencies = Pick<ActivityDependencies, 'sources' | 'draining'>;

export interface StartQueryInput extends UnderLock {
  readonly source: SourceSpec;
  readonly run: QueryRun;
}

/** Starts a query as a job of its source; a later attempt finds the job again. */
export function createStartQuery({ sources }: Dependencies) {
  return async (input: StartQueryInput): Promise<QueryJob> => {
    requireLock(input);
    const { cancellationSignal } = Context.current();
    const jobs = sources.jobs(input.source);
    return await withRetryState(jobs.giveUp, startWaitingHeartbeats, () =>
      jobs.start(input.source, input.run, soonAfter(cancellationSignal)),
    );
  };
}

export interface AwaitQueryInput {
  readonly source: SourceSpec;
  readonly job: QueryJob;
}

/** Waits for a job for as long as it takes; its state is at the source, so any worker can continue. */
export function createAwaitQuery({ sources, draining }: Dependencies) {
  return async ({ source, job }: AwaitQueryInput): Promise<void> => {
    const { cancellationSignal } = Context.current();
    const jobs = sources.jobs(source);
    await withRetryState(jobs.giveUp, startWaitingHeartbeats, async (state) => {
      const onUnderWay = () => Object.assign(state, NOT_FAILING);
      try {
        await jobs.wait(job, AbortSignal.any([cancellationSignal, draining]), onUnderWay);
      } catch (error) {
        if (draining.aborted && !cancellationSignal.aborted) throw workerStopping();
        throw error;
      }
    });
  };
}

export interface StopQueryInput {
  readonly source: SourceSpec;
  readonly run: QueryRun;
}

/** Stops the job that was started for a run; never one that the source names. */
export function createStopQuery({ sources }: Dependencies) {
  return async ({ source, run }: StopQueryInput): Promise<void> => {
    try {
      await sources.jobs(source).stop(source, run, Context.current().cancellationSignal);
    } catch (error) {
      // A cancel must not wait for an hour because a rate limit asks for it.
      if (error instanceof ExportError && typeof error.retry === 'object') {
        throw new ExportError(error.type, error.message, 'backoff');
      }
      throw error;
    }
  };
}

function soonAfter(signal: AbortSignal): AbortSignal {
  const later = new AbortController();
  const wait = () => setTimeout(() => later.abort(signal.reason), AWAITS_RESPONSE_MS).unref();
  if (signal.aborted) wait();
  else signal.addEventListener('abort', wait, { once: true });
  return later.signal;
}
