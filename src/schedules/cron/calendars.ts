import { everyValue, FIELDS } from './fields.ts';
import { type CronSchedule, runsByHandOnly } from './schedule.ts';

/** From a value to another, both included, every so many. */
export interface CalendarRange<T> {
  start: T;
  end: T;
  step: number;
}

/** Temporal's structured calendar, as its SDK takes it: a time has to match every field. */
export interface TemporalCalendar {
  minute: CalendarRange<number>[];
  hour: CalendarRange<number>[];
  dayOfMonth: CalendarRange<number>[];
  month: CalendarRange<MonthName>[];
  dayOfWeek: CalendarRange<DayName>[];
}

const MONTHS = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;
const DAYS = [
  'SUNDAY',
  'MONDAY',
  'TUESDAY',
  'WEDNESDAY',
  'THURSDAY',
  'FRIDAY',
  'SATURDAY',
] as const;

export type MonthName = (typeof MONTHS)[number];
export type DayName = (typeof DAYS)[number];

/**
 * A schedule as calendars of Temporal, with every field spelt out: one, or none where it runs only by
 * hand. Only the day field that is followed is restricted, as Temporal would ask for both.
 */
export function temporalCalendars(schedule: CronSchedule): TemporalCalendar[] {
  if (runsByHandOnly(schedule)) return [];
  const { minutes, hours, daysOfMonth, months, daysOfWeek, follows } = schedule;
  return [
    {
      minute: ranges(minutes),
      hour: ranges(hours),
      dayOfMonth: ranges(follows === 'dayOfMonth' ? daysOfMonth : everyValue(FIELDS.dayOfMonth)),
      month: named(MONTHS, 1, months),
      dayOfWeek: named(
        DAYS,
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
