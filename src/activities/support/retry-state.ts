import { ApplicationFailure, Context } from '@temporalio/activity';
import { ExportError } from '../../domain/failures.ts';
import {
  type GiveUp,
  NOT_FAILING,
  type RetryState,
  recordFailure,
  retryOrGiveUp,
} from '../../domain/retry.ts';
import { toApplicationFailure } from './activity.ts';

/** The state of the attempts before this one, to be changed by it. */
export function retryState(): RetryState {
  return Context.current().info.heartbeatDetails ?? { ...NOT_FAILING };
}

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
