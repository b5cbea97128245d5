export const ATTEMPT_FAILED_SIGNAL = 'attemptFailed';

/** An attempt of an activity that failed, and that Temporal makes again. */
export interface FailedAttempt {
  /** The type of the activity. */
  readonly activity: string;
  readonly attempt: number;
  /** Why, and what to do, as in a failure of the export. */
  readonly message: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** When the next attempt is due; `null` where the retry policy decides. */
  readonly nextAt: string | null;
}

/** Whether a signal carries one: anybody may send a signal, and with anything. */
export function isFailedAttempt(value: unknown): value is FailedAttempt {
  if (typeof value !== 'object' || value === null) return false;
  const { activity, attempt, message, at, nextAt } = value as Record<string, unknown>;
  const isText = [activity, message].every((text) => typeof text === 'string');
  return isText && Number.isInteger(attempt) && isTime(at) && (nextAt === null || isTime(nextAt));
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

/** A run is notified of the second, fourth, eighth … attempt: Temporal Cloud bills each signal. */
export function isNotified(attempt: number): boolean {
  return attempt >= 2 && Number.isInteger(Math.log2(attempt));
}
