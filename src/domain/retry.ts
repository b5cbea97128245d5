import { ExportError } from './failures.ts';

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;

/** When retries end. */
export interface GiveUp {
  /** Without a single success. */
  readonly afterMs: number;
  /** Its name in the configuration, if it has one. */
  readonly setting: string | null;
  /** The longest time between two attempts that the service did not ask for; by default a minute. */
  readonly longestDelayMs?: number;
}

/** How a step has failed since its last success; decides when to try again. */
export interface RetryState {
  failures: number;
  /** When the first of them was, in epoch milliseconds. */
  failingSince: number | null;
  /** When it was to be tried again, in epoch milliseconds. */
  retryAt: number | null;
  /** The same of attempts on workers that could not see the staged rows; absent while there are none. */
  notSeen?: RetryState | undefined;
}

export const NOT_FAILING: Readonly<RetryState> = { failures: 0, failingSince: null, retryAt: null };

/** An attempt that starts this long after its time had no worker until then. */
const LATE_MS = 5 * 60_000;

/**
 * At the start of an attempt: leaves out the time when no worker tried, as a night without workers
 * does not mean that requests failed all night.
 */
export function skipUnattended(state: RetryState, nowMs: number): void {
  const { failingSince, retryAt } = state;
  if (failingSince === null || retryAt === null) return;
  const lateMs = nowMs - retryAt;
  if (lateMs > LATE_MS) state.failingSince = failingSince + lateMs;
  // This attempt may end without a word: the next must not leave out the same time again.
  state.retryAt = null;
}

export function recordFailure(state: RetryState, nowMs: number): void {
  state.failures += 1;
  state.failingSince ??= nowMs;
}

/**
 * When to send again after a failure that retrying may cure: 1 s doubling to 1 min, and not before
 * the service asked for, with jitter so that lanes do not retry together. Gives up with the same type.
 * @param state with this failure counted
 * @param random from 0 to 1
 */
export function retryOrGiveUp(
  failure: ExportError,
  { failures, failingSince }: Readonly<RetryState>,
  giveUp: GiveUp,
  { nowMs, random }: { readonly nowMs: number; readonly random: number },
): ExportError {
  if (failure.retry === 'never') return failure;
  if (nowMs - (failingSince ?? nowMs) >= giveUp.afterMs) {
    const setting = giveUp.setting === null ? '' : ` (${giveUp.setting})`;
    return new ExportError(
      failure.type,
      `No request was accepted for ${spanText(giveUp.afterMs)}${setting}, so the export gave up. Last error: ${failure.message} Start the export again when the problem is solved.`,
    );
  }
  const { longestDelayMs = LONGEST_DELAY_MS } = giveUp;
  const backoff = Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), longestDelayMs);
  const askedFor =
    typeof failure.retry === 'object' ? failure.retry.afterMs + random * FIRST_DELAY_MS : 0;
  // A service that is down may ask for no wait at all, and a clock that is ahead turns a wait into none.
  const afterMs = Math.max(backoff * (0.75 + random / 2), askedFor);
  return new ExportError(failure.type, failure.message, { afterMs: Math.round(afterMs) });
}

/** `90 s`, `15 min`, `6 h`: the largest unit that needs no fraction. */
export function spanText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds >= 3600 && seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds >= 60 && seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
