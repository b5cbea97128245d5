import { Context } from '@temporalio/activity';
import { ExportError } from '../domain/failures.ts';
import { retryOrGiveUp } from '../domain/retry.ts';
import { toApplicationFailure } from './activity-failure.ts';

/** What a sending activity's heartbeat keeps for the next attempt. */
export interface SendingState {
  /** Failures since the last accepted request. */
  failures: number;
  /** When the first of them was, in epoch milliseconds. */
  failingSince: number | null;
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
  state.failingSince ??= Date.now();
  context.heartbeat(state);
  const patience = {
    failures: state.failures,
    withoutSuccessMs: Date.now() - state.failingSince,
    giveUpAfterMs,
  };
  return toApplicationFailure(retryOrGiveUp(error, patience, Math.random()), state);
}
