import { describe, expect, it } from 'vitest';
import { findTimeZone } from '../../../src/schedules/cron/find-time-zone.ts';
import { zone } from './cron-expressions.ts';

const HOUR = 3_600_000;

describe('the name of a time zone', () => {
  it.each([
    'UTC',
    'Asia/Tokyo',
    'Asia/Kolkata',
    'Asia/Calcutta',
    'Europe/Kyiv',
    'US/Pacific',
    'Etc/GMT-9',
    'EST5EDT',
    'America/Argentina/Buenos_Aires',
    'America/Port-au-Prince',
  ])('may be %s', (name) => {
    expect(findTimeZone(name)).toEqual({ zone: expect.objectContaining({ name }), problem: null });
  });

  it('may be any that the runtime lists', () => {
    for (const name of Intl.supportedValuesOf('timeZone')) {
      expect(findTimeZone(name).problem).toBeNull();
    }
  });

  it.each([
    // Temporal looks for the exact name.
    ['asia/tokyo', ' (did you mean "Asia/Tokyo"?)'],
    ['ASIA/KOLKATA', ' (did you mean "Asia/Kolkata"?)'],
    ['utc', ' (did you mean "UTC"?)'],
    ['US/Pacific ', ' (did you mean "US/Pacific"?)'],
    ['Asia/Tokio', ' (did you mean "Asia/Tokyo" or "Asia/Tomsk"?)'],
    ['Tokyo', ' (did you mean "Asia/Tokyo"?)'],
    ['New York', ' (did you mean "America/New_York"?)'],
    ['pacific', ' (did you mean "Canada/Pacific" or "US/Pacific"?)'],
    // Intl takes these, but they are not IANA names.
    ['+09:00', '; write the name of a place, such as "Asia/Tokyo", or "Etc/GMT-9" for this offset'],
    ['UTC-3', '; write the name of a place, such as "Asia/Tokyo", or "Etc/GMT+3" for this offset'],
    ['+00:00', '; write the name of a place, such as "Asia/Tokyo", or "UTC" for this offset'],
    ['+05:30', '; write the name of a place, such as "Asia/Tokyo"'],
    ['JST', '; abbreviations are ambiguous: write a name such as "Asia/Tokyo"'],
    ['SystemV/PST8', '; write one such as "Asia/Tokyo" or "UTC"'],
    ['', '; write one such as "Asia/Tokyo" or "UTC"'],
    ['Mars/Olympus_Mons', '; write one such as "Asia/Tokyo" or "UTC"'],
  ])('is not %j', (name, hint) => {
    expect(findTimeZone(name)).toEqual({
      zone: null,
      problem: `"${name}" is not the name of a time zone${hint}.`,
    });
  });
});

describe('the clocks of a time zone', () => {
  it('change at the moments of its rules', () => {
    expect(zone('Europe/Berlin').changes(Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1))).toEqual([
      { at: Date.UTC(2026, 2, 29, 1), before: HOUR, after: 2 * HOUR },
      { at: Date.UTC(2026, 9, 25, 1), before: 2 * HOUR, after: HOUR },
    ]);
    expect(zone('Asia/Tokyo').changes(Date.UTC(1960, 0, 1), Date.UTC(2100, 0, 1))).toEqual([]);
  });

  it('count a change at the start of a span and none at its end', () => {
    const change = Date.UTC(2026, 2, 29, 1);
    const berlin = zone('Europe/Berlin');
    expect(berlin.changes(change, change + 1)).toHaveLength(1);
    expect(berlin.changes(change - 1, change)).toEqual([]);
    expect(berlin.changes(change + 1, change + HOUR)).toEqual([]);
  });

  it('are exact to the second where the offset has seconds', () => {
    expect(zone('Africa/Monrovia').changes(0, Date.UTC(1980, 0, 1))).toEqual([
      { at: Date.UTC(1972, 0, 7, 0, 44, 30), before: -44.5 * 60_000, after: 0 },
    ]);
  });

  it('may change twice within a week', () => {
    const changes = zone('America/Recife').changes(Date.UTC(2000, 9, 1), Date.UTC(2000, 10, 1));
    expect(changes).toEqual([
      { at: Date.UTC(2000, 9, 8, 3), before: -3 * HOUR, after: -2 * HOUR },
      { at: Date.UTC(2000, 9, 15, 2), before: -2 * HOUR, after: -3 * HOUR },
    ]);
  });

  it('show a time once, twice or not at all', () => {
    const berlin = zone('Europe/Berlin');
    expect(berlin.instantsOf(Date.UTC(2026, 6, 1, 12))).toEqual([Date.UTC(2026, 6, 1, 10)]);
    expect(berlin.instantsOf(Date.UTC(2026, 2, 29, 2, 30))).toEqual([]);
    expect(berlin.instantsOf(Date.UTC(2026, 9, 25, 2, 30))).toEqual([
      Date.UTC(2026, 9, 25, 0, 30),
      Date.UTC(2026, 9, 25, 1, 30),
    ]);
    expect(zone('Pacific/Apia').instantsOf(Date.UTC(2011, 11, 30, 12))).toEqual([]);
    // The first moment after a change, and the last before it.
    expect(berlin.instantsOf(Date.UTC(2026, 2, 29, 3))).toEqual([Date.UTC(2026, 2, 29, 1)]);
    expect(berlin.instantsOf(Date.UTC(2026, 2, 29, 2) - 1)).toEqual([Date.UTC(2026, 2, 29, 1) - 1]);
  });
});
