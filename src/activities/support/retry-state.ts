import { ApplicationFailure, CancelledFailure, Context, log } from '@temporalio/activity';
import { ExportError } from '../../domain/failures.ts';
import {
  type GiveUp,
  NOT_FAILING,
  type RetryState,
  recordFailure,
  retryOrGiveUp,
  skipUnattended,
} from '../../domain/retry.ts';
import { type Staging, StoreNotSeen } from '../../domain/staging-port.ts';
import { toApplicationFailure, toInternal } from './activity.ts';

/**
 * How long work goes back to the task queue where each worker that takes it sees another store: enough
 * to restart the right ones, and not hours, as where a service is down.
 */
const HANDED_BACK_FOR_MS = 10 * 60_000;
/** Soon tried again, as the right worker is probably free. */
const HAND_BACK: GiveUp = { afterMs: HANDED_BACK_FOR_MS, setting: null, longestDelayMs: 3_000 };
const WARN_EVERY_MS = 60_000;
let warnedAt = Number.NEGATIVE_INFINITY;

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
  if (state.notSeen !== undefined) skipUnattended(state.notSeen, Date.now());
  return state;
}

/** To be called before anything is sent. @throws StoreNotSeen, for `failWithRetry` */
export async function requireStore(
  staging: Pick<Staging, 'requireStore'>,
  id: string,
  state: RetryState,
): Promise<void> {
  await staging.requireStore(id);
  state.notSeen = undefined;
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
  const isHandedBack = failure instanceof StoreNotSeen;
  if (isHandedBack) {
    state.notSeen ??= { ...NOT_FAILING };
    warnSeldom(failure.message);
  }
  const failing = (isHandedBack && state.notSeen) || state;
  recordFailure(failing, nowMs);
  const until = isHandedBack ? HAND_BACK : giveUp;
  const next = retryOrGiveUp(failure, failing, until, { nowMs, random: Math.random() });
  const { retry } = next;
  if (typeof retry === 'object') failing.retryAt = nowMs + retry.afterMs;
  context.heartbeat(state);
  return toApplicationFailure(next, state, isHandedBack && retry !== 'never');
}

/** Each lane of each export hands back again and again. */
function warnSeldom(message: string): void {
  if (performance.now() - warnedAt < WARN_EVERY_MS) return;
  warnedAt = performance.now();
  log.warn(`Work was handed back to the task queue. ${message}`);
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
