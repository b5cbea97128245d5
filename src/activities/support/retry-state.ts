import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { ExportError } from '../../domain/failures.ts';
import {
  type GiveUp,
  NOT_FAILING,
  type RetryState,
  recordFailure,
  retryOrGiveUp,
  skipUnattended,
} from '../../domain/retry.ts';
import { toApplicationFailure, toInternal } from './activity.ts';

/**
 * Does work whose failures are tried again, and that knows from the heartbeats how the attempts before
 * it went; it may change that state, as where it succeeds.
 * @param heartbeats what keeps heartbeating the state
 */
export async function withRetryState<R>(
  giveUp: GiveUp,
  heartbeats: (details: () => unknown) => Disposable,
  work: (state: RetryState) => Promise<R>,
): Promise<R> {
  const state = stateSoFar<RetryState>({ ...NOT_FAILING });
  using _ = heartbeats(() => state);
  try {
    return await work(state);
  } catch (error) {
    throw failWithRetry(error, state, giveUp);
  }
}

/** What the attempts before this one heartbeated; `fresh` for the first. */
export function stateSoFar<S extends RetryState>(fresh: S): S {
  const state: S = Context.current().info.heartbeatDetails ?? fresh;
  skipUnattended(state, Date.now());
  return state;
}

/**
 * Turns a failed request into one that says when to try again, or that gives up. The state is
 * heartbeated first, so that the next attempt knows of this one.
 */
export function failWithRetry(error: unknown, state: RetryState, giveUp: GiveUp): unknown {
  const context = Context.current();
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (context.cancellationSignal.aborted) return error;
  const failure = error instanceof ExportError ? error : toInternal(error);
  if (failure.retry === 'never') return toApplicationFailure(failure, state);
  const nowMs = Date.now();
  recordFailure(state, nowMs);
  const next = retryOrGiveUp(failure, state, giveUp, { nowMs, random: Math.random() });
  if (typeof next.retry === 'object') state.retryAt = nowMs + next.retry.afterMs;
  context.heartbeat(state);
  return toApplicationFailure(next, state);
}

/** Ends an attempt whose worker is shutting down. */
export function workerStopping(): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'WorkerStopping',
    message: 'The worker is shutting down; another one continues where it stopped.',
  });
}

/** Rarely seen: by the time Temporal can be reached, another worker has the activity. */
export function workerCutOff(): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'WorkerCutOff',
    message:
      'The worker lost its connection to Temporal; another one continues after the last recorded request.',
  });
}
