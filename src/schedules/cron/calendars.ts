import { everyValue, FIELDS } from './fields.ts';
import { MONTHS, upperCase, WEEKDAYS } from './names.ts';
import { type CronSchedule, runsByHandOnly } from './schedule.ts';

/** From one value to another, both included, by a step. */
export interface CalendarRange<T> {
  start: T;
  end: T;
  step: number;
}

/** Temporal's structured calendar, as its SDK takes it: a time must match every field. */
export interface TemporalCalendar {
  minute: CalendarRange<number>[];
  hour: CalendarRange<number>[];
  dayOfMonth: CalendarRange<number>[];
  month: CalendarRange<MonthName>[];
  dayOfWeek: CalendarRange<DayName>[];
}

const MONTH_NAMES = upperCase(MONTHS);
const DAY_NAMES = upperCase(WEEKDAYS);

export type MonthName = (typeof MONTH_NAMES)[number];
export type DayName = (typeof DAY_NAMES)[number];

/**
 * A schedule as Temporal's calendars, with every field spelt out: one, or none if it runs only by hand.
 * Temporal requires both day fields to match, so only the one that applies is restricted.
 */
export function temporalCalendars(schedule: CronSchedule): TemporalCalendar[] {
  if (runsByHandOnly(schedule)) return [];
  const { minutes, hours, daysOfMonth, months, daysOfWeek, follows } = schedule;
  return [
    {
      minute: ranges(minutes),
      hour: ranges(hours),
      dayOfMonth: ranges(follows === 'dayOfMonth' ? daysOfMonth : everyValue(FIELDS.dayOfMonth)),
      month: named(MONTH_NAMES, 1, months),
      dayOfWeek: named(
        DAY_NAMES,
        0,
        follows === 'dayOfWeek' ? daysOfWeek : everyValue(FIELDS.dayOfWeek),
      ),
    },
  ];
}

function named<T>(names: readonly T[], first: number, values: readonly number[]) {
  return ranges(values).map(({ start, end, step }) => ({
    start: names[start - first] as T,
    end: names[end - first] as T,
    step,
  }));
}

/** An ascending list as few ranges; two values are a range only if they are neighbours. */
function ranges(values: readonly number[]): CalendarRange<number>[] {
  const found: CalendarRange<number>[] = [];
  for (let index = 0; index < values.length; ) {
    const length = evenlySpaced(values, index);
    const start = values[index] as number;
    const end = values[index + length - 1] as number;
    found.push({ start, end, step: length === 1 ? 1 : (end - start) / (length - 1) });
    index += length;
  }
  return found;
}

/** How many values from an index on lie equally far from one another. */
function evenlySpaced(values: readonly number[], index: number): number {
  const at = (position: number) => values[position] ?? Number.NaN;
  const step = at(index + 1) - at(index);
  let length = 1;
  while (at(index + length) - at(index + length - 1) === step) length += 1;
  return length > 2 || step === 1 ? length : 1;
}
