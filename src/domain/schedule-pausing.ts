import { type FAILURE_TYPES, isDestinationFailure } from './failures.ts';

/** Where a run's memo has what its schedule was applied with. */
export const SCHEDULE_MEMO = 'cohortExportSchedule';

/** What a schedule was applied with, besides the export itself. */
export interface AppliedSchedule {
  readonly scheduleId: string;
  /** As it was written, in Treasure Data's dialect. */
  readonly cron: string;
  readonly timezone: string;
  readonly overlap: 'skip' | 'bufferOne';
  /** As it was written, such as `1h`. */
  readonly catchupWindow: string;
  /** 0 is never. */
  readonly pauseAfterFailures: number;
}

/** Failures that the next run will repeat unless someone corrects something. */
const COUNTED: ReadonlySet<string> = new Set<(typeof FAILURE_TYPES)[number]>([
  'InvalidExport',
  'UnknownConnection',
  'SourceUnauthorized',
  'MissingColumns',
  'QueryFailed',
]);

/** Whether a failure of this type counts towards `pauseAfterFailures`. */
export function isCounted(type: string): boolean {
  return COUNTED.has(type) || isDestinationFailure(type, ['Unauthorized', 'Rejected']);
}

/** Runs of a schedule that failed one after another in a way that counts; ISO 8601, UTC. */
export interface FailureStreak {
  readonly failures: number;
  readonly since: string;
  readonly last: string;
  /** The schedule was paused for it. */
  readonly paused: boolean;
}

/** A run that failed. */
export interface FailedRun {
  readonly type: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** A schedule as Temporal has it. */
export interface ScheduleState {
  readonly paused: boolean;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/**
 * The streak after a failure: one longer if the failure counts, unchanged if not, and started again
 * if the schedule was resumed or created since.
 */
export function streakAfter(
  previous: FailureStreak | null,
  failure: FailedRun,
  schedule: ScheduleState,
): FailureStreak | null {
  const kept = previous !== null && isOver(previous, schedule) ? null : previous;
  if (!isCounted(failure.type)) return kept;
  return {
    failures: (kept?.failures ?? 0) + 1,
    since: kept?.since ?? failure.at,
    last: failure.at,
    paused: kept?.paused ?? false,
  };
}

function isOver(streak: FailureStreak, { paused, createdAt }: ScheduleState): boolean {
  const wasResumed = streak.paused && !paused;
  // Runs that failed before it was created belong to an earlier schedule of the same id.
  return wasResumed || Date.parse(createdAt) > Date.parse(streak.last);
}

/** Whether to pause the schedule now, after a failure of this type. */
export function mustPause(
  type: string,
  streak: FailureStreak,
  pauseAfterFailures: number,
  schedule: Pick<ScheduleState, 'paused'>,
): boolean {
  if (!isCounted(type) || schedule.paused || pauseAfterFailures === 0) return false;
  return streak.failures >= pauseAfterFailures;
}

export const SCHEDULE_FAILURES_WORKFLOW = 'scheduleFailures';
export const COUNT_UPDATE = 'count';
export const PAUSED_SIGNAL = 'paused';
export const RESUMED_SIGNAL = 'resumed';
export const SUCCEEDED_SIGNAL = 'succeeded';

/** The id of the workflow that counts a schedule's failures: the workers of its task queue run it. */
export function scheduleFailuresId(taskQueue: string, scheduleId: string): string {
  return `schedule-failures/${encodeURIComponent(taskQueue)}/${scheduleId}`;
}

const MAX_REASON = 300;

/** The note of a schedule that is paused because its runs keep failing. */
export function pausedNote(
  scheduleId: string,
  { failures, since }: FailureStreak,
  failure: { readonly type: string; readonly message: string },
): string {
  const { message } = failure;
  const reason = message.length <= MAX_REASON ? message : `${message.slice(0, MAX_REASON)}…`;
  const runs = failures === 1 ? '1 run' : `${failures} consecutive runs`;
  return `Paused automatically: ${runs} failed since ${since}, and retrying cannot help. Last failure: ${failure.type}: ${reason} After fixing it: npm run schedule -- resume ${scheduleId}`;
}
