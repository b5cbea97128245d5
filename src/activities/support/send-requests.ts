import { CancelledFailure, Context } from '@temporalio/activity';
import type { Destination, RequestControl } from '../../domain/destination-port.ts';
import { NOT_FAILING, type RetryState } from '../../domain/retry.ts';
import { UNKNOWN_SETTLE_MS, UnansweredRequests } from '../../domain/unanswered-requests.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { Lease } from './lease.ts';
import { startAttempt, workerCutOff, workerStopping } from './retry-state.ts';

/** What the attempts of an activity that sends know of those before. */
export interface SendState extends RetryState {
  /** Requests that were sent after a failure. */
  retried: number;
  /** As in `Settling`, at the end of an attempt. */
  settleMs: number;
  /**
   * The attempt that `settleMs` belongs to; 0 before the first one, `UNDER_WAY` while one runs. An attempt
   * that was lost may have sent without a heartbeat: the next one finds what an earlier one had left.
   */
  endedAttempt: number;
}

/** The number of no attempt: they may be counted from 1 again, as after `temporal activity reset`. */
export const UNDER_WAY = -1;

export const NOTHING_SENT: Readonly<SendState> = {
  ...NOT_FAILING,
  retried: 0,
  settleMs: 0,
  endedAttempt: 0,
};

/** Sends one request, by a call of the destination, once it is its turn. */
export type Send = (
  call: (request: RequestControl) => Promise<string | null>,
) => Promise<string | null>;

/**
 * Sends requests, one after another. A cancel or a worker that stops ends what waits; a request that
 * has left may end, unless the worker loses Temporal or its time to stop is over.
 * @param fresh what is heartbeated, before the first attempt has changed it
 * @param work gets a signal that is aborted as soon as nothing more may be sent
 * @returns what is heartbeated, at the end
 */
export async function sendRequests<S extends SendState>(
  deps: Pick<ActivityDependencies, 'draining' | 'drained' | 'heartbeatIntervalMs'>,
  destination: Pick<Destination, 'giveUp'>,
  fresh: S,
  work: (state: S, send: Send, untilSent: AbortSignal) => Promise<void>,
): Promise<S> {
  const { draining, drained, heartbeatIntervalMs } = deps;
  const context = Context.current();
  const { state, failWithRetry } = startAttempt(fresh);
  const inFlight = new UnansweredRequests(leftToSettle(state), () => performance.now());
  state.endedAttempt = UNDER_WAY;
  let isRetry = state.failures > 0;
  using lease = new Lease(() => state, heartbeatIntervalMs);
  const untilSent = AbortSignal.any([context.cancellationSignal, draining]);
  const send: Send = async (call) => {
    untilSent.throwIfAborted();
    // Not where the store was found: its rows may still not be read.
    state.notSeen = undefined;
    const signal = AbortSignal.any([lease.lost, drained]);
    const counted = isRetry ? 1 : 0;
    state.retried += counted;
    try {
      const warning = await call({ signal, untilSent, inFlight });
      Object.assign(state, NOT_FAILING);
      return warning;
    } catch (error) {
      if (error === untilSent.reason) state.retried -= counted;
      throw error;
    } finally {
      isRetry = false;
    }
  };
  try {
    await work(state, send, untilSent);
    state.settleMs = inFlight.settleMs;
    return state;
  } catch (error) {
    await lease.end();
    state.settleMs = inFlight.settleMs;
    state.endedAttempt = context.info.attempt;
    context.heartbeat(state);
    if (context.cancellationSignal.aborted) throw new CancelledFailure('cancelled', [state]);
    if (lease.lost.aborted) throw workerCutOff();
    if (isReasonOf(draining, error) || isReasonOf(drained, error)) throw workerStopping();
    throw failWithRetry(error, destination.giveUp);
  }
}

/** What the attempts before this one leave to wait for. */
function leftToSettle({ settleMs, endedAttempt }: SendState): number {
  return endedAttempt === Context.current().info.attempt - 1 ? settleMs : UNKNOWN_SETTLE_MS;
}

function isReasonOf({ aborted, reason }: AbortSignal, error: unknown): boolean {
  return aborted && error === reason;
}
