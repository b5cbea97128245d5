import { describe, expect, it } from 'vitest';
import { parseCron } from '../../../src/schedules/cron/parse.ts';
import { schedule } from './cron-expressions.ts';

const all = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('a cron expression', () => {
  it('has five fields, each with its values', () => {
    expect(schedule('5,*/20,50-52 0-23 */10 feb,4-6 SUN,Tue-thu')).toEqual({
      text: '5,*/20,50-52 0-23 */10 feb,4-6 SUN,Tue-thu',
      minutes: [0, 5, 20, 40, 50, 51, 52],
      hours: all(0, 23),
      daysOfMonth: [10, 20, 30],
      months: [2, 4, 5, 6],
      daysOfWeek: [0, 2, 3, 4],
      follows: 'dayOfWeek',
      warnings: [expect.stringContaining('day of month "*/10" is ignored')],
    });
  });

  it.each([
    ['*/1', all(0, 59)],
    ['*/7', [0, 7, 14, 21, 28, 35, 42, 49, 56]],
    ['*/59', [0, 59]],
    ['*/60', [0]],
    ['*/99999999999999999999999', [0]],
    ['05,5,5-5', [5]],
  ])('minute %s is %j', (minute, values) => {
    expect(schedule(`${minute} 0 * * *`).minutes).toEqual(values);
  });

  it.each([
    ['*/5', [5, 10, 15, 20, 25, 30]],
    ['*/31', [31]],
    ['5,*/40', [5]],
    ['5,*/10,25', [5, 10, 20, 25, 30]],
  ])('day of month %s is %j', (days, values) => {
    expect(schedule(`0 0 ${days} * *`).daysOfMonth).toEqual(values);
  });

  it('accepts names in any case, also as the ends of ranges', () => {
    expect(schedule('0 0 * JAN-Mar,dec Sun-wed').months).toEqual([1, 2, 3, 12]);
    expect(schedule('0 0 * * Sun-wed,5-SAT').daysOfWeek).toEqual([0, 1, 2, 3, 5, 6]);
  });

  it.each([
    ['@daily', '0 0 * * *'],
    ['@hourly', '0 * * * *'],
  ])('%s is %s', (macro, fields) => {
    expect(schedule(macro)).toEqual({ ...schedule(fields), text: macro });
  });

  it('that is empty runs only by hand', () => {
    expect(schedule('')).toMatchObject({ minutes: [], hours: [], months: [], warnings: [] });
  });

  it('reports every problem with its field', () => {
    expect(parseCron('60 1-25 0,L 1/3 mon,7')).toEqual({
      schedule: null,
      problems: [
        expect.objectContaining({ field: 'minute', text: '60' }),
        expect.objectContaining({ field: 'hour', text: '1-25' }),
        expect.objectContaining({ field: 'dayOfMonth', text: '0' }),
        expect.objectContaining({ field: 'dayOfMonth', text: 'L' }),
        expect.objectContaining({ field: 'month', text: '1/3' }),
        expect.objectContaining({ field: 'dayOfWeek', text: '7' }),
      ],
    });
  });
});
