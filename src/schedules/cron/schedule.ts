/**
 * When a schedule runs, by the clock of a place. Each list is ascending and holds no value twice; all
 * are empty where it never runs by itself.
 */
export interface CronSchedule {
  /** The text it was read from. */
  readonly text: string;
  /** 0–59 */
  readonly minutes: readonly number[];
  /** 0–23 */
  readonly hours: readonly number[];
  /** 1–31 */
  readonly daysOfMonth: readonly number[];
  /** 1–12 */
  readonly months: readonly number[];
  /** 0–6, from Sunday on */
  readonly daysOfWeek: readonly number[];
  /** The field that says on which days of its months it runs; `null` where that is every day. */
  readonly follows: 'dayOfMonth' | 'dayOfWeek' | null;
  /** Whole sentences about what a reader of the text may not expect. */
  readonly warnings: readonly string[];
}

/** What an empty text is: no run by schedule, only by hand. */
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

/** Whether it has no run but those started by hand. */
export function runsByHandOnly({ minutes }: CronSchedule): boolean {
  return minutes.length === 0;
}

/**
 * Whether it runs on a day of the calendar.
 * @param month 1–12
 * @param dayOfWeek 0–6, from Sunday on
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
