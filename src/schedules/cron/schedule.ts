/**
 * When a schedule runs, in local time. Each list is ascending and without repeats; all are empty if it
 * runs only by hand.
 */
export interface CronSchedule {
  /** The expression as it was written. */
  readonly text: string;
  /** 0–59 */
  readonly minutes: readonly number[];
  /** 0–23 */
  readonly hours: readonly number[];
  /** 1–31 */
  readonly daysOfMonth: readonly number[];
  /** 1–12 */
  readonly months: readonly number[];
  /** 0–6, Sunday is 0 */
  readonly daysOfWeek: readonly number[];
  /** The day field that applies; `null` if it runs on every day of its months. */
  readonly follows: 'dayOfMonth' | 'dayOfWeek' | null;
  /** Sentences about what a reader of the expression may not expect. */
  readonly warnings: readonly string[];
}

/** What an empty expression stands for. */
export const BY_HAND_ONLY: CronSchedule = {
  text: '',
  minutes: [],
  hours: [],
  daysOfMonth: [],
  months: [],
  daysOfWeek: [],
  follows: null,
  warnings: [],
};

/** Whether it has no scheduled times at all. */
export function runsByHandOnly({ minutes }: CronSchedule): boolean {
  return minutes.length === 0;
}

/**
 * Whether it runs on a day of the calendar.
 * @param month 1–12
 * @param dayOfWeek 0–6, Sunday is 0
 */
export function runsOn(
  schedule: CronSchedule,
  month: number,
  dayOfMonth: number,
  dayOfWeek: number,
): boolean {
  if (!schedule.months.includes(month)) return false;
  if (schedule.follows === 'dayOfMonth') return schedule.daysOfMonth.includes(dayOfMonth);
  return schedule.follows === null || schedule.daysOfWeek.includes(dayOfWeek);
}
