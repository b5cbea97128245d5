import type { RowCounts } from './report.ts';
import { type FailureStreak, isCounted } from './schedule-pausing.ts';

/** The run that an event is about. */
export interface RunOfEvent {
  readonly namespace: string;
  readonly workflowId: string;
  readonly runId: string;
  /** `null` where no schedule started it. */
  readonly scheduleId: string | null;
  /** As the input has them; `null` where it was not valid. */
  readonly cohortId: string | null;
  /** A workflow has only what was typed here; a worker knows the defaults. */
  readonly destination: string | null;
  readonly connection: string | null;
  readonly operation: string | null;
}

/** What people are notified of, without identifiers and credentials. */
export type RunEvent = { readonly run: RunOfEvent } & (
  | {
      readonly event: 'failed';
      readonly failure: { readonly type: string; readonly message: string };
      readonly streak: FailureStreak | null;
      /** Consecutive failures after which the schedule is paused; `null` if it never is. */
      readonly pauseAfterFailures: number | null;
    }
  /** A run that rejected rows; people are notified only if they are a large share. */
  | { readonly event: 'degraded'; readonly rows: RowCounts }
  /** The schedule is. */
  | { readonly event: 'paused'; readonly note: string }
  /** A run that waits for its resume, with why. */
  | { readonly event: 'exportPaused'; readonly note: string }
  /** How many runs of its schedule were skipped, because this one is paused. */
  | { readonly event: 'skipped'; readonly runs: number }
  /** A run that succeeded after one that had failed. */
  | { readonly event: 'recovered'; readonly rows: RowCounts }
);

/** One paragraph for people. */
export function describeEvent(event: RunEvent): string {
  const { workflowId, scheduleId, cohortId } = event.run;
  const cohort = cohortId === null ? '' : ` to cohort ${cohortId}`;
  const what = `The export ${workflowId}${cohort}`;
  switch (event.event) {
    case 'failed':
      return `${what} failed with ${event.failure.type}: ${event.failure.message}${describeStreak(event)}`;
    case 'degraded': {
      const { read, rejected } = event.rows;
      const share = ((100 * rejected) / read).toFixed(1);
      return `${what} rejected ${rejected} of ${read} rows (${share}%). Its result names the rejects file.`;
    }
    case 'paused':
      return `The schedule ${scheduleId} is paused. ${event.note}`;
    case 'exportPaused':
      return `${what} is paused. ${event.note}`;
    case 'skipped': {
      const runs = event.runs === 1 ? 'a run' : `${event.runs} runs`;
      return `The schedule ${scheduleId} skipped ${runs}, because the export ${workflowId}${cohort} is paused. Resume or cancel that export.`;
    }
    case 'recovered':
      return `${what} succeeded again: ${event.rows.accepted} rows were sent. The previous run had failed.`;
  }
}

function describeStreak({
  failure,
  streak,
  pauseAfterFailures,
}: Extract<RunEvent, { event: 'failed' }>): string {
  if (streak === null || pauseAfterFailures === null || !isCounted(failure.type)) return '';
  const { failures, since, paused } = streak;
  const then = paused ? 'is paused' : `is paused after ${pauseAfterFailures}`;
  return ` Consecutive failure ${failures} since ${since}; the schedule ${then}.`;
}
