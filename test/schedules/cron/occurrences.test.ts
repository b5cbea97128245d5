import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { clockRemarks, occurrences } from '../../../src/schedules/cron/occurrences.ts';
import { first, schedule, zone } from './cron-expressions.ts';

/** The first runs of a text, as ISO 8601 texts in UTC. */
function runs(text: string, count: number, from: string, timezone = 'UTC'): string[] {
  return first(count, occurrences(schedule(text), zone(timezone), Date.parse(from))).map(({ at }) =>
    new Date(at).toISOString().replace(':00.000Z', 'Z'),
  );
}

/** How often the runtime is asked for the clocks, which is what takes long, from now on. */
function countLooks(): () => number {
  const formats: { readonly format: object } = Intl.DateTimeFormat.prototype;
  const format = vi.spyOn(formats, 'format', 'get');
  onTestFinished(() => format.mockRestore());
  return () => format.mock.calls.length;
}

/** The days on which a text runs at midnight, in the months from January 2027 to the given one. */
function midnights(text: string, months: number): string[] {
  const end = Date.UTC(2027, months, 1);
  const days: string[] = [];
  for (const { at } of occurrences(schedule(text), zone('UTC'), Date.UTC(2027, 0, 1))) {
    if (at >= end) break;
    const time = new Date(at).toISOString();
    expect(time.slice(10)).toBe('T00:00:00.000Z');
    days.push(time.slice(5, 10));
  }
  return days;
}

describe("the examples of Treasure Data's page", () => {
  it.each([
    ['0 0 1 * *', 2, ['01-01', '02-01']],
    [
      '0 0 1-10 * *',
      1,
      ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10'].map((d) => `01-${d}`),
    ],
    ['0 0 1,11,21 * *', 2, ['01-01', '01-11', '01-21', '02-01', '02-11', '02-21']],
    [
      '0 0 */5 * *',
      2,
      [
        '01-05',
        '01-10',
        '01-15',
        '01-20',
        '01-25',
        '01-30',
        '02-05',
        '02-10',
        '02-15',
        '02-20',
        '02-25',
      ],
    ],
    // The page leaves out the 30th, which its own rule has.
    ['0 0 5,*/10,25 * *', 1, ['01-05', '01-10', '01-20', '01-25', '01-30']],
    [
      '0 0 2,*/5,8-10 * *',
      1,
      ['02', '05', '08', '09', '10', '15', '20', '25', '30'].map((d) => `01-${d}`),
    ],
    // Mondays: day of month is ignored.
    ['0 0 1 * 1', 1, ['01-04', '01-11', '01-18', '01-25']],
  ])('%s', (text, months, days) => {
    expect(midnights(text, months)).toEqual(days);
  });

  it.each([['0 * * * *'], ['@hourly']])('%s runs once an hour', (text) => {
    expect(runs(text, 3, '2027-01-01T10:00:01Z')).toEqual([
      '2027-01-01T11:00Z',
      '2027-01-01T12:00Z',
      '2027-01-01T13:00Z',
    ]);
  });

  it.each([['0 0 * * *'], ['@daily']])('%s runs once a day at midnight', (text) => {
    expect(runs(text, 2, '2027-02-28T00:00Z', 'Asia/Tokyo')).toEqual([
      '2027-02-28T15:00Z',
      '2027-03-01T15:00Z',
    ]);
  });

  it('30 */2 1 * * runs on the 1st, every 2 hours from 00:30', () => {
    const times = runs('30 */2 1 * *', 13, '2027-01-01T00:00Z');
    expect(times[0]).toBe('2027-01-01T00:30Z');
    expect(times[1]).toBe('2027-01-01T02:30Z');
    expect(times[11]).toBe('2027-01-01T22:30Z');
    expect(times[12]).toBe('2027-02-01T00:30Z');
  });

  it('"" has no runs', () => {
    expect(runs('', 1, '2027-01-01T00:00Z')).toEqual([]);
    expect(clockRemarks(schedule(''), zone('Europe/Berlin'), 0, Date.UTC(2030, 0, 1))).toEqual([]);
  });
});

describe('runs', () => {
  it('begin with the first moment itself, to the millisecond', () => {
    expect(runs('0 3 * * *', 1, '2027-01-01T03:00:00.000Z')).toEqual(['2027-01-01T03:00Z']);
    expect(runs('0 3 * * *', 1, '2027-01-01T03:00:00.001Z')).toEqual(['2027-01-02T03:00Z']);
  });

  it('on rare days are found quickly', () => {
    const looks = countLooks();
    expect(runs('0 12 29 2 *', 3, '2092-03-01T00:00Z', 'Europe/Berlin')).toEqual([
      '2096-02-29T11:00Z',
      '2104-02-29T11:00Z',
      '2108-02-29T11:00Z',
    ]);
    expect(looks()).toBeLessThan(100);
  });

  it('of every minute come by the thousand', () => {
    const looks = countLooks();
    const found = runs('* * * * *', 10_000, '2026-10-20T00:00Z', 'Europe/Berlin');
    expect(new Set(found).size).toBe(10_000);
    expect(found.at(-1)).toBe('2026-10-26T22:39Z');
    expect(looks()).toBeLessThan(100);
  });

  it('end with the year 9999', () => {
    expect(runs('0 0 1 1 *', 5, '9998-06-01T00:00Z')).toEqual(['9999-01-01T00:00Z']);
    const texts = occurrences(
      schedule('59 23 * * *'),
      zone('America/New_York'),
      Date.UTC(9999, 11, 31),
    );
    expect([...texts].map(({ localTime }) => localTime)).toEqual(['9999-12-30T23:59']);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Date.UTC(-1, 0, 1)])(
    'from %s on are rejected',
    (from) => {
      expect(() => occurrences(schedule('* * * * *'), zone('UTC'), from).next()).toThrow(
        RangeError,
      );
    },
  );
});
