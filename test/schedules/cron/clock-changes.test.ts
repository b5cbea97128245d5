import { describe, expect, it } from 'vitest';
import { clockRemarks, occurrences } from '../../../src/schedules/cron/occurrences.ts';
import { first, schedule, zone } from './cron-expressions.ts';

describe('where the clocks change', () => {
  // What the clocks show, with + on the first of two and ++ on the second.
  function shown(text: string, timezone: string, from: string, count: number): string[] {
    const found = first(count, occurrences(schedule(text), zone(timezone), Date.parse(from)));
    return found.map(({ localTime, ofTwo }) => {
      const mark = ofTwo === null ? '' : ofTwo === 'first' ? ' +' : ' ++';
      return `${localTime.slice(5)}${mark}`;
    });
  }

  it.each([
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00Z', ['03-28T02:30', '03-30T02:30']],
    [
      '30 2 * * *',
      'Europe/Berlin',
      '2026-10-24T12:00Z',
      ['10-25T02:30 +', '10-25T02:30 ++', '10-26T02:30'],
    ],
    [
      '30 * * * *',
      'Europe/Berlin',
      '2026-10-24T23:00Z',
      ['10-25T01:30', '10-25T02:30 +', '10-25T02:30 ++', '10-25T03:30'],
    ],
    ['0 3 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', ['10-25T03:00', '10-26T03:00']],
    [
      '30 1 * * *',
      'America/New_York',
      '2026-10-31T12:00Z',
      ['11-01T01:30 +', '11-01T01:30 ++', '11-02T01:30'],
    ],
    [
      '*/20 1,2 * * *',
      'Australia/Lord_Howe',
      '2026-04-04T13:59Z',
      [
        '04-05T01:00',
        '04-05T01:20',
        '04-05T01:40 +',
        '04-05T01:40 ++',
        '04-05T02:00',
        '04-05T02:20',
        '04-05T02:40',
      ],
    ],
    [
      '*/20 1,2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T14:00Z',
      ['10-04T01:00', '10-04T01:20', '10-04T01:40', '10-04T02:40'],
    ],
    [
      '0 * * * *',
      'Antarctica/Troll',
      '2026-10-24T22:00Z',
      [
        '10-25T00:00',
        '10-25T01:00 +',
        '10-25T02:00 +',
        '10-25T01:00 ++',
        '10-25T02:00 ++',
        '10-25T03:00',
      ],
    ],
    [
      '0 * * * *',
      'Asia/Beirut',
      '2026-10-24T19:00Z',
      ['10-24T22:00', '10-24T23:00 +', '10-24T23:00 ++', '10-25T00:00'],
    ],
    ['@daily', 'America/Sao_Paulo', '2018-11-02T12:00Z', ['11-03T00:00', '11-05T00:00']],
    [
      '30 23 * * *',
      'America/Sao_Paulo',
      '2018-02-17T12:00Z',
      ['02-17T23:30 +', '02-17T23:30 ++', '02-18T23:30'],
    ],
    // The day before is shown again after a minute of the next.
    [
      '0,30 0,23 * * *',
      'America/St_Johns',
      '1990-10-28T01:00Z',
      [
        '10-27T23:00',
        '10-27T23:30 +',
        '10-28T00:00 +',
        '10-27T23:30 ++',
        '10-28T00:00 ++',
        '10-28T00:30',
      ],
    ],
    ['@daily', 'Pacific/Apia', '2011-12-29T00:00Z', ['12-29T00:00', '12-31T00:00']],
    // 44 minutes and 30 seconds behind UTC.
    ['0 12 * * *', 'Africa/Monrovia', '1972-01-06T00:00Z', ['01-06T12:00', '01-07T12:00']],
  ])('%s in %s from %s', (text, timezone, from, times) => {
    expect(shown(text, timezone, from, times.length)).toEqual(times);
  });

  it('the moments are those of the offset in force', () => {
    const moments = (text: string, timezone: string, from: string, count: number) =>
      first(count, occurrences(schedule(text), zone(timezone), Date.parse(from))).map(({ at }) =>
        new Date(at).toISOString(),
      );
    expect(moments('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 2)).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T01:30:00.000Z',
    ]);
    expect(moments('0 12 * * *', 'Africa/Monrovia', '1970-01-01T00:00Z', 1)).toEqual([
      '1970-01-01T12:44:30.000Z',
    ]);
  });

  it('a start between the two runs has only the second, still marked as one of two', () => {
    expect(shown('30 2 * * *', 'Europe/Berlin', '2026-10-25T01:00Z', 2)).toEqual([
      '10-25T02:30 ++',
      '10-26T02:30',
    ]);
  });
});

describe('the clock changes of a span', () => {
  const remarks = (text: string, timezone: string, from: string, to: string) =>
    clockRemarks(schedule(text), zone(timezone), Date.parse(from), Date.parse(to));

  it('list what is skipped and what is doubled, in order', () => {
    expect(
      remarks('0,30 2 * * *', 'Europe/Berlin', '2026-01-01T00:00Z', '2026-12-31T00:00Z'),
    ).toEqual([
      { kind: 'skipped', localTime: '2026-03-29T02:00', at: Date.UTC(2026, 2, 29, 1) },
      { kind: 'skipped', localTime: '2026-03-29T02:30', at: Date.UTC(2026, 2, 29, 1) },
      {
        kind: 'doubled',
        localTime: '2026-10-25T02:00',
        at: [Date.UTC(2026, 9, 25, 0), Date.UTC(2026, 9, 25, 1)],
      },
      {
        kind: 'doubled',
        localTime: '2026-10-25T02:30',
        at: [Date.UTC(2026, 9, 25, 0, 30), Date.UTC(2026, 9, 25, 1, 30)],
      },
    ]);
  });

  it.each([
    ['@daily', 'Asia/Beirut', 2026, ['skipped 2026-03-29T00:00']],
    [
      '0 2 * * *',
      'Africa/Casablanca',
      2025,
      ['doubled 2025-02-23T02:00', 'skipped 2025-04-06T02:00'],
    ],
    ['*/30 2 * 10 *', 'Australia/Lord_Howe', 2026, ['skipped 2026-10-04T02:00']],
    [
      '0 2 * * *',
      'Antarctica/Troll',
      2026,
      ['skipped 2026-03-29T02:00', 'doubled 2026-10-25T02:00'],
    ],
    ['0 9 * * *', 'Pacific/Apia', 2011, ['skipped 2011-12-30T09:00']],
    ['0 12 * * *', 'Europe/Berlin', 2026, []],
    ['30 2 * 1 *', 'Europe/Berlin', 2026, []],
    ['30 2 * * *', 'Asia/Tokyo', 2026, []],
  ])('%s in %s in %i', (text, timezone, year, expected) => {
    const found = remarks(text, timezone, `${year}-01-01T00:00Z`, `${year + 1}-01-01T00:00Z`);
    expect(found.map(({ kind, localTime }) => `${kind} ${localTime}`)).toEqual(expected);
  });

  it('count a doubled time if either of its runs is in the span, ends included', () => {
    const counted = (from: string, to: string) =>
      remarks('30 2 * * *', 'Europe/Berlin', `2026-10-${from}Z`, `2026-10-${to}Z`).length;
    expect(counted('25T00:30', '25T00:30')).toBe(1);
    expect(counted('25T01:30', '25T01:30')).toBe(1);
    expect(counted('25T00:31', '25T01:29')).toBe(0);
    expect(counted('20T00:00', '25T00:29')).toBe(0);
    expect(counted('25T01:31', '30T00:00')).toBe(0);
  });

  it('count a skipped time if the clocks go over it in the span, ends included', () => {
    const counted = (from: string, to: string) =>
      remarks('30 2 * * *', 'Europe/Berlin', `2026-03-${from}Z`, `2026-03-${to}Z`).length;
    expect(counted('29T01:00', '29T01:00')).toBe(1);
    expect(counted('29T01:01', '30T00:00')).toBe(0);
    expect(counted('28T00:00', '29T00:59')).toBe(0);
  });
});
