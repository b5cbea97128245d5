import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import { type Settling, UNKNOWN_SETTLE_MS } from '../domain/unanswered-requests.ts';

/**
 * What an activity that sends has heartbeated when it failed or was cancelled; `null` where that did
 * not arrive, as after a lost worker, or where it was cancelled while it waited for its retry.
 */
export function lastWords<T extends Settling>(error: unknown): T | null {
  if (!(error instanceof ActivityFailure)) return null;
  const { cause } = error;
  const details =
    cause instanceof ApplicationFailure || isCancellation(cause)
      ? (cause as ApplicationFailure).details
      : null;
  const [words] = details ?? [];
  return typeof words === 'object' && words !== null && 'settleMs' in words ? (words as T) : null;
}

/** Whether it was cancelled. If it was waiting for a retry then, the error is its last failure. */
export function wasStopped(error: unknown): boolean {
  return (
    isCancellation(error) ||
    (error instanceof ActivityFailure && error.retryState === 'CANCEL_REQUESTED')
  );
}

/** How long to wait after an activity that failed or was cancelled; 0 if it did not start. */
export function settleMsAfter(error: unknown): number {
  if (!(error instanceof ActivityFailure)) return 0;
  return lastWords(error)?.settleMs ?? UNKNOWN_SETTLE_MS;
}
