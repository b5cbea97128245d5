import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countDaysOfMonth, countDaysOfWeek } from '../../../src/schedules/cron/days.ts';
import { runs } from '../../support/property-runs.ts';
import { cronExpression, schedule } from './cron-expressions.ts';
import { daysOf400Years } from './naive-cron.ts';

const everyMonth = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

describe('the days of 400 years', () => {
  it.each([
    [[29], [2], 97],
    [[30, 31], [2], 0],
    [[31], everyMonth, 7 * 400],
    [[1], everyMonth, 4800],
  ])('have the days of month %j of the months %j %i times', (days, months, count) => {
    expect(countDaysOfMonth(days, months)).toBe(count);
  });

  it('have each weekday equally often, but not in each month', () => {
    for (const day of [0, 1, 2, 3, 4, 5, 6]) expect(countDaysOfWeek([day], everyMonth)).toBe(20871);
    expect([0, 1, 2, 3, 4, 5, 6].map((day) => countDaysOfWeek([day], [2]))).toEqual([
      1613, 1615, 1613, 1615, 1613, 1614, 1614,
    ]);
  });

  it('equal those counted one by one', () => {
    fc.assert(
      fc.property(cronExpression, (text) => {
        const { daysOfMonth, daysOfWeek, months } = schedule(text);
        expect({
          ofMonth: countDaysOfMonth(daysOfMonth, months),
          ofWeek: countDaysOfWeek(daysOfWeek, months),
        }).toEqual(daysOf400Years(text));
      }),
      runs(40),
    );
  });
});

describe('of two restricted day fields', () => {
  it.each([
    // A range of four days comes less often than a weekday, one of five more often.
    ['0 0 1 * 1', 'dayOfWeek'],
    ['0 0 1-4 * 1', 'dayOfWeek'],
    ['0 0 1-5 * 1', 'dayOfMonth'],
    ['0 0 1-20 * mon-fri', 'dayOfWeek'],
    ['0 0 1-22 * mon-fri', 'dayOfMonth'],
    // Within the months given: in February alone four days come less often than any weekday.
    ['0 0 1-4 2 0', 'dayOfWeek'],
    ['0 0 29,1-4 2 0', 'dayOfMonth'],
    ['0 0 1-4,29 1 1', 'dayOfMonth'],
    // Each says "every day" with other words than "*".
    ['0 0 */1 * 1', 'dayOfMonth'],
    ['0 0 1 * 0-6', 'dayOfWeek'],
    // Never a day of month, but a weekday there is.
    ['0 0 31 2 1', 'dayOfWeek'],
    ['0 0 */40 * 1', 'dayOfWeek'],
  ])('in %s the one that matches more days applies: %s', (text, follows) => {
    const { follows: followed, warnings } = schedule(text);
    expect(followed).toBe(follows);
    expect(warnings).toHaveLength(1);
    const ignored = follows === 'dayOfWeek' ? 'day of month' : 'day of week';
    expect(warnings[0]).toContain(`The ${ignored} "`);
  });

  it.each(['0 0 1-31 * 0-6', '0 0 */1 2 */1', '0 0 1-28,29 2 sun-sat'])(
    'in %s the day of week applies, as both match equally often',
    (text) => {
      const { ofMonth, ofWeek } = daysOf400Years(text);
      expect(ofMonth).toBe(ofWeek);
      expect(schedule(text).follows).toBe('dayOfWeek');
      expect(schedule(text).warnings[0]).toMatch(/ is ignored: .* equally many days/);
    },
  );

  it('the warning says which is ignored, why, and how to avoid it', () => {
    expect(schedule('0 0 1 * 1').warnings).toEqual([
      'The day of month "1" is ignored: when both day fields are restricted, only one of them applies, here the day of week "1", because it matches more days (20,871 days in 400 years against 4,800). Write "*" for the day of month to get the same schedule without this warning.',
    ]);
  });

  it.each([
    ['0 0 * * *', null],
    ['0 0 1 * *', 'dayOfMonth'],
    ['0 0 * * 1', 'dayOfWeek'],
  ])('in %s none is ignored, and there is no warning', (text, follows) => {
    expect(schedule(text)).toMatchObject({ follows, warnings: [] });
  });
});
