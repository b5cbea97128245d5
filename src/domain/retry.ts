import type { ExportError } from './failures.ts';

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;

/** When retries end. */
export interface GiveUp {
  /** Without a single success. */
  readonly afterMs: number;
  /** Its name in the configuration, if it has one. */
  readonly setting: string | null;
  /** What did not succeed. @default 'No request was accepted' */
  readonly says?: string;
  /** The longest time between two attempts that the service did not ask for; by default a minute. */
  readonly longestDelayMs?: number;
}

/**
 * How a step has failed since its last success; decides when to try again. It holds spans and no
 * times: the clocks of two workers differ, and one may be set while it is read.
 */
export interface RetryState {
  failures: number;
  /** From the first of them to the last, without the time in which no worker tried. */
  failingForMs: number;
  /** How long the next attempt was to wait after the last of them. */
  waitMs: number;
  /** The same of attempts on workers that could not see the staged rows; absent while there are none. */
  notSeen?: RetryState | undefined;
}

export const NOT_FAILING: Readonly<RetryState> = { failures: 0, failingForMs: 0, waitMs: 0 };

/**
 * Counts a failure. Between it and the one before lie the wait and the attempt: what passed besides
 * was without a worker, as a night is that does not mean that requests failed all night.
 * @param attemptMs from the start of the attempt, or its last failure, to this failure
 */
export function recordFailure(state: RetryState, attemptMs: number): void {
  if (state.failures > 0) state.failingForMs += state.waitMs + attemptMs;
  state.failures += 1;
  state.waitMs = 0;
}

/**
 * When to send again after a failure that retrying may cure: 1 s doubling to 1 min, and not before
 * the service asked for, with jitter so that lanes do not retry together. Gives up with the same type.
 * @param state with this failure counted; the wait is noted in it
 * @param random from 0 to 1
 */
export function retryOrGiveUp(
  failure: ExportError,
  state: RetryState,
  giveUp: GiveUp,
  random: number,
): ExportError {
  if (failure.retry === 'never') return failure;
  if (state.failures > 1 && state.failingForMs >= giveUp.afterMs) {
    const setting = giveUp.setting === null ? '' : ` (${giveUp.setting})`;
    return failure.as(
      `${giveUp.says ?? 'No request was accepted'} for ${spanText(giveUp.afterMs)}${setting}, so the export gave up. Last error: ${failure.message} Start the export again when the problem is solved.`,
    );
  }
  const { longestDelayMs = LONGEST_DELAY_MS } = giveUp;
  const backoff = Math.min(FIRST_DELAY_MS * 2 ** (state.failures - 1), longestDelayMs);
  const askedFor =
    typeof failure.retry === 'object' ? failure.retry.afterMs + random * FIRST_DELAY_MS : 0;
  // A service that is down may ask for no wait at all, and a clock that is ahead turns a wait into none.
  state.waitMs = Math.round(Math.max(backoff * (0.75 + random / 2), askedFor));
  return failure.as(failure.message, { afterMs: state.waitMs });
}

/** `90 s`, `15 min`, `6 h`: the largest unit that needs no fraction. */
export function spanText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds >= 3600 && seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds >= 60 && seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
