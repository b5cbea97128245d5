import type { CalendarSpec } from '@temporalio/client';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CalendarRange, temporalCalendars } from '../../../src/schedules/cron/calendars.ts';
import { runs } from '../../support/property-runs.ts';
import { cronExpression, schedule } from './cron-expressions.ts';
import { type Moment, names } from './naive-cron.ts';

const MONTHS =
  'JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER';
const DAYS = 'SUNDAY MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY';

/** As Temporal reads a calendar: every field has to match. */
function matches(text: string, moment: Moment): boolean {
  return temporalCalendars(schedule(text)).some(
    ({ minute, hour, dayOfMonth, month, dayOfWeek }) =>
      within(minute, moment.minute, Number) &&
      within(hour, moment.hour, Number) &&
      within(dayOfMonth, moment.dayOfMonth, Number) &&
      within(month, moment.month, (name) => MONTHS.split(' ').indexOf(name) + 1) &&
      within(dayOfWeek, moment.dayOfWeek, (name) => DAYS.split(' ').indexOf(name)),
  );
}

function within<T>(ranges: CalendarRange<T>[], value: number, of: (end: T) => number): boolean {
  return ranges.some(({ start, end, step }) => {
    for (let found = of(start); found <= of(end); found += step) if (found === value) return true;
    return false;
  });
}

describe("Temporal's calendars", () => {
  it('spell out every field', () => {
    const calendars: CalendarSpec[] = temporalCalendars(schedule('0,5,*/20 9-17 */5 1-3,dec *'));
    expect(calendars).toEqual([
      {
        minute: [
          { start: 0, end: 0, step: 1 },
          { start: 5, end: 5, step: 1 },
          { start: 20, end: 20, step: 1 },
          { start: 40, end: 40, step: 1 },
        ],
        hour: [{ start: 9, end: 17, step: 1 }],
        dayOfMonth: [{ start: 5, end: 30, step: 5 }],
        month: [
          { start: 'JANUARY', end: 'MARCH', step: 1 },
          { start: 'DECEMBER', end: 'DECEMBER', step: 1 },
        ],
        dayOfWeek: [{ start: 'SUNDAY', end: 'SATURDAY', step: 1 }],
      },
    ]);
  });

  it('leave the day field that is ignored unrestricted, as Temporal asks for both', () => {
    expect(temporalCalendars(schedule('0 0 1 * 1'))).toMatchObject([
      {
        dayOfMonth: [{ start: 1, end: 31, step: 1 }],
        dayOfWeek: [{ start: 'MONDAY', end: 'MONDAY', step: 1 }],
      },
    ]);
    expect(temporalCalendars(schedule('0 0 1-5 * 1'))).toMatchObject([
      {
        dayOfMonth: [{ start: 1, end: 5, step: 1 }],
        dayOfWeek: [{ start: 'SUNDAY', end: 'SATURDAY', step: 1 }],
      },
    ]);
  });

  it('are empty for a schedule that runs only by hand', () => {
    expect(temporalCalendars(schedule(''))).toEqual([]);
  });

  it('match the minutes that the text names', () => {
    const moment = fc.record({
      minute: fc.integer({ min: 0, max: 59 }),
      hour: fc.integer({ min: 0, max: 23 }),
      dayOfMonth: fc.integer({ min: 1, max: 31 }),
      month: fc.integer({ min: 1, max: 12 }),
      dayOfWeek: fc.integer({ min: 0, max: 6 }),
    });
    fc.assert(
      fc.property(
        cronExpression,
        fc.array(moment, { minLength: 50, maxLength: 100 }),
        (text, moments) => {
          for (const one of moments) expect(matches(text, one)).toBe(names(text, one));
        },
      ),
      runs(60),
    );
  });

  it('match each value of a field exactly if the text has it', () => {
    fc.assert(
      fc.property(cronExpression, (text) => {
        const { minutes, hours, months } = schedule(text);
        const [calendar] = temporalCalendars(schedule(text));
        const counted = <T>(ranges: CalendarRange<T>[] | undefined, of: (end: T) => number) =>
          Array.from({ length: 60 }, (_, value) => value).filter((value) =>
            within(ranges ?? [], value, of),
          );
        expect(counted(calendar?.minute, Number)).toEqual(minutes);
        expect(counted(calendar?.hour, Number)).toEqual(hours);
        const monthNumber = (name: string) => MONTHS.split(' ').indexOf(name) + 1;
        expect(counted(calendar?.month, monthNumber)).toEqual(months);
      }),
    );
  });
});
