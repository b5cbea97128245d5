import { destinationFailure } from './failures.ts';
import { isOver, type Stage } from './report.ts';
import { spanText } from './retry.ts';

/** Why an export is paused; carried over a continue-as-new. */
export interface Pause {
  /** ISO 8601, UTC; `null` while the query runs or rows are staged: nothing is sent before it begins. */
  readonly since: string | null;
  /** What the export fails with if it is not resumed; `null` where a person paused it. */
  readonly failure: PauseFailure | null;
}

/** One that has begun: nothing is in flight. */
export interface BegunPause extends Pause {
  readonly since: string;
}

interface PauseFailure {
  readonly type: string;
  readonly message: string;
}

const OVER = 'This export is over.';
/** Why a pause makes no sense in a stage. */
const NOT_TO_PAUSE: Partial<Record<Stage, string>> = {
  delayed: 'This export has not started: it waits for delaySeconds. To stop it, cancel it.',
  waiting:
    'This export has not started: it waits for the lock of its cohort. To stop it, cancel it, or pause the export that holds the lock.',
};

/** Why an export cannot be paused, or `null`. */
export function pauseProblem(stage: Stage, isPaused: boolean): string | null {
  if (isPaused) return 'This export is already paused. The update "resume" lets it go on.';
  return isOver(stage) ? OVER : (NOT_TO_PAUSE[stage] ?? null);
}

/** Why an export cannot be resumed, or `null`. */
export function resumeProblem(stage: Stage, isPaused: boolean): string | null {
  if (isPaused) return null;
  return isOver(stage) ? OVER : 'This export is not paused.';
}

/** Added to what an export shows while it does what comes before sending. */
export const PAUSES_LATER = 'it will pause before it sends anything';

/** The latest time of a resume, in epoch milliseconds. */
export function pauseEndsAt({ since }: BegunPause, pauseTimeout: number): number {
  return Date.parse(since) + pauseTimeout;
}

export function pauseNote(pause: BegunPause, pauseTimeout: number): string {
  const until = new Date(pauseEndsAt(pause, pauseTimeout)).toISOString();
  const resume = `resume it by ${until} (pauseTimeout), or it fails`;
  return pause.failure === null
    ? `paused by an update; ${resume}`
    : `${pause.failure.message} When the key is valid again and the workers have been restarted with it, ${resume}. What was accepted is not sent again.`;
}

/** The failure of an export that was not resumed in time. */
export function pauseTimedOut(
  { failure }: Pause,
  { pauseTimeout, destination }: { readonly pauseTimeout: number; readonly destination: string },
): PauseFailure {
  const message = `The export was paused, and was not resumed within ${spanText(pauseTimeout)} (pauseTimeout). What was accepted stays in the cohort. Start the export again to send all of it.`;
  return failure === null
    ? { type: destinationFailure(destination, 'Unavailable'), message }
    : { type: failure.type, message: `${failure.message} ${message}` };
}
