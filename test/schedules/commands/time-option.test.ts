import { expect, test } from 'vitest';
import { parseTime } from '../../../src/schedules/commands/time-option.ts';
import { localText } from '../../../src/schedules/cron/time-text.ts';
import { TimeZone } from '../../../src/schedules/cron/time-zone.ts';

const berlin = new TimeZone('Europe/Berlin');

test.each([
  ['--from', '2026-11-22T03:00Z', '2026-11-22T03:00:00.000Z'],
  ['--from', '2026-11-22T03:00:01.25+09:00', '2026-11-21T18:00:01.250Z'],
  ['--from', '2026-11-22T03:00-0330', '2026-11-22T06:30:00.000Z'],
  ['--from', '2026-11-22T03:00', '2026-11-22T02:00:00.000Z'],
  ['--from', '2026-07-01T03:00', '2026-07-01T01:00:00.000Z'],
  ['--from', '2026-11-22', '2026-11-21T23:00:00.000Z'],
  ['--to', '2026-11-22', '2026-11-22T22:59:59.999Z'],
  // The day is 25 hours long.
  ['--to', '2026-10-25', '2026-10-25T22:59:59.999Z'],
  // The clocks show it twice.
  ['--from', '2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
  ['--to', '2026-10-25T02:30', '2026-10-25T01:30:00.000Z'],
  // The clocks go from 02:00 to 03:00.
  ['--from', '2026-03-29T02:30', '2026-03-29T01:00:00.000Z'],
  ['--to', '2026-03-29T02:30', '2026-03-29T00:59:59.999Z'],
] as const)('%s %s in Berlin is %s', (option, text, instant) => {
  expect(new Date(parseTime(option, text, berlin)).toISOString()).toBe(instant);
});

test.each([
  '',
  'yesterday',
  '2026-11-22 03:00',
  '2026-11-22T3:00',
  '2026-11-22T03',
  '2026-11-22Z',
  '2026-02-29',
  '2026-13-01',
  '2026-11-00',
  '2026-11-22T24:00',
  '2026-11-22T03:60',
  '2026-11-22T03:00:60',
  '2026-11-22T03:00+19:00',
  '20261122T030000Z',
  '0999-01-01',
  '9999-12-31',
])('%j is rejected, and the message says what to write', (text) => {
  expect(() => parseTime('--from', text, berlin)).toThrow(/--from .*write ISO 8601/);
});

test('a local time of its zone', () => {
  expect(localText(Date.UTC(2026, 9, 25, 0, 30), berlin)).toBe('Sun 2026-10-25 02:30');
  expect(localText(Date.UTC(2026, 9, 25, 1, 30, 5), berlin)).toBe('Sun 2026-10-25 02:30:05');
});
