import { ApplicationFailure, Context } from '@temporalio/activity';
import { ExportError } from '../domain/failures.ts';
import { type GiveUp, type RetryState, recordFailure, retryOrGiveUp } from '../domain/retry.ts';
import { toApplicationFailure } from './activity-failure.ts';

/**
 * Turns a failed request into one that says when to try again, or that gives up. The state is
 * heartbeated first, so that the next attempt knows of this one.
 */
export function failWithRetry(error: unknown, state: RetryState, giveUp: GiveUp): unknown {
  if (!(error instanceof ExportError)) return error;
  if (error.retry === 'never') return toApplicationFailure(error, state);
  const context = Context.current();
  const nowMs = Date.now();
  recordFailure(state, nowMs);
  context.heartbeat(state);
  const failure = retryOrGiveUp(error, state, giveUp, { nowMs, random: Math.random() });
  return toApplicationFailure(failure, state);
}

/** Ends an attempt whose worker was told to stop. */
export function workerStopping(): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'WorkerStopping',
    message: 'The worker was told to stop; another goes on where this one was.',
  });
}
