import { ApplicationFailure, CancelledFailure, Context, log } from '@temporalio/activity';
import { ExportError } from '../../domain/failures.ts';
import {
  type GiveUp,
  NOT_FAILING,
  type RetryState,
  recordFailure,
  retryOrGiveUp,
} from '../../domain/retry.ts';
import { StoreNotSeen } from '../../domain/staging-port.ts';
import { expectedFailure, toApplicationFailure, toInternal } from './activity.ts';

/**
 * How long work goes back to the task queue where each worker that takes it sees another store: enough
 * to restart the right ones, and not hours, as where a service is down.
 */
const HANDED_BACK_FOR_MS = 10 * 60_000;
/** Soon tried again, as the right worker is probably free. */
export const HAND_BACK: GiveUp = {
  afterMs: HANDED_BACK_FOR_MS,
  setting: null,
  longestDelayMs: 3_000,
};
const WARN_EVERY_MS = 60_000;
let warnedAt = Number.NEGATIVE_INFINITY;

/**
 * Does work whose failures are tried again, and that knows from the heartbeats how the attempts before
 * it went; it may change that state, as where it succeeds.
 * @param startHeartbeats what keeps heartbeating the state
 */
export async function withRetryState<R>(
  giveUp: GiveUp,
  startHeartbeats: (details: () => unknown) => Disposable,
  work: (state: RetryState) => Promise<R>,
): Promise<R> {
  const { state, failWithRetry } = startAttempt<RetryState>({ ...NOT_FAILING });
  using _ = startHeartbeats(() => state);
  try {
    return await work(state);
  } catch (error) {
    throw failWithRetry(error, giveUp);
  }
}

export interface Attempt<S extends RetryState> {
  /** What the attempts before this one heartbeated; `fresh` for the first. */
  readonly state: S;
  /**
   * Turns a failed request into one that says when to try again, or that gives up. The state is
   * heartbeated first, so that the next attempt knows of this one.
   */
  readonly failWithRetry: (error: unknown, giveUp: GiveUp) => unknown;
}

export function startAttempt<S extends RetryState>(fresh: S): Attempt<S> {
  const context = Context.current();
  const state: S = context.info.heartbeatDetails ?? fresh;
  const startedAt = performance.now();
  const failWithRetry = (error: unknown, giveUp: GiveUp) => {
    if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
    if (context.cancellationSignal.aborted) return error;
    const failure = error instanceof ExportError ? error : toInternal(error);
    if (failure.retry === 'never') return toApplicationFailure(failure, state);
    const isHandedBack = failure instanceof StoreNotSeen;
    if (isHandedBack) {
      state.notSeen ??= { ...NOT_FAILING };
      warnSeldom(failure.message);
    }
    const failing = (isHandedBack && state.notSeen) || state;
    recordFailure(failing, performance.now() - startedAt);
    const until = isHandedBack ? HAND_BACK : giveUp;
    const next = retryOrGiveUp(failure, failing, until, Math.random());
    context.heartbeat(state);
    return toApplicationFailure(next, state, isHandedBack && next.retry !== 'never');
  };
  return { state, failWithRetry };
}

/** Each lane of each export hands back again and again. */
function warnSeldom(message: string): void {
  if (performance.now() - warnedAt < WARN_EVERY_MS) return;
  warnedAt = performance.now();
  log.warn(`Work was handed back to the task queue. ${message}`);
}

/** Ends an attempt whose worker is shutting down. */
export function workerStopping(): ApplicationFailure {
  return expectedFailure({
    type: 'WorkerStopping',
    message: 'The worker is shutting down; another one continues where it stopped.',
  });
}

/** Rarely seen: by the time Temporal accepts it, another worker has the activity. */
export function workerCutOff(): ApplicationFailure {
  return expectedFailure({
    type: 'WorkerCutOff',
    message:
      'Temporal no longer accepted the heartbeats of this worker; another one continues after the last recorded request.',
  });
}
