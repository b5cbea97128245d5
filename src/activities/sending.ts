import { Context } from '@temporalio/activity';
import { ExportError } from '../domain/failures.ts';
import { retryOrGiveUp } from '../domain/retry.ts';
import { toApplicationFailure } from './activity-failure.ts';

/** What a sending activity's heartbeat keeps for the next attempt. */
export interface SendingState {
  /** Failures since the last accepted request. */
  failures: number;
  /** Epoch milliseconds. */
  lastAcceptedAt: number | null;
}

/**
 * Turns a failed request into one that says when to try again, or that gives up. The state is
 * heartbeated first, so that the next attempt knows of this one.
 */
export function failSending(error: unknown, state: SendingState, giveUpAfterMs: number): unknown {
  if (!(error instanceof ExportError) || error.retry === 'never') {
    return error instanceof ExportError ? toApplicationFailure(error, state) : error;
  }
  const context = Context.current();
  state.failures += 1;
  context.heartbeat(state);
  const since = state.lastAcceptedAt ?? context.info.scheduledTimestampMs;
  const patience = {
    failures: state.failures,
    withoutSuccessMs: Date.now() - since,
    giveUpAfterMs,
  };
  return toApplicationFailure(retryOrGiveUp(error, patience, Math.random()), state);
}
