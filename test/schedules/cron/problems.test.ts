import { describe, expect, it } from 'vitest';
import { parseCron } from '../../../src/schedules/cron/parse.ts';
import { schedule } from './cron-expressions.ts';

function messages(text: string): string[] {
  return parseCron(text).problems.map(({ message }) => message);
}

describe('the message about', () => {
  const inMinute = (text: string) => `${text} 0 * * *`;
  const inHour = (text: string) => `0 ${text} * * *`;
  const inDayOfMonth = (text: string) => `0 0 ${text} * *`;
  const inMonth = (text: string) => `0 0 * ${text} *`;
  const inDayOfWeek = (text: string) => `0 0 * * ${text}`;

  it.each([
    [inMinute('60'), 'minute "60": 60 is out of range. Allowed: 0–59.'],
    [inMinute('-5'), 'minute "-5": is neither a value nor a range such as 0-59. Allowed: 0–59.'],
    [
      inMinute('1--5'),
      'minute "1--5": is neither a value nor a range such as 0-59. Allowed: 0–59.',
    ],
    [inMinute('x'), 'minute "x": "x" is not a whole number. Allowed: 0–59.'],
    [inMinute('1.5'), 'minute "1.5": "1.5" is not a whole number. Allowed: 0–59.'],
    [
      inHour('24'),
      'hour "24": 24 is not a valid hour, as midnight is 0; write "0". Allowed: 0–23.',
    ],
    [inDayOfMonth('0'), 'day of month "0": 0 is out of range. Allowed: 1–31.'],
    [inDayOfMonth('32'), 'day of month "32": 32 is out of range. Allowed: 1–31.'],
    [inMonth('0'), 'month "0": 0 is out of range. Allowed: 1–12 or jan–dec.'],
    [inMonth('13'), 'month "13": 13 is out of range. Allowed: 1–12 or jan–dec.'],
    [inDayOfWeek('8'), 'day of week "8": 8 is out of range. Allowed: 0–6 or sun–sat.'],
  ])('values out of range and other than numbers: %s', (text, message) => {
    expect(messages(text)).toEqual([message]);
  });

  it.each([
    ['7', '7 is not a valid day, as Sunday is 0; write "0"'],
    ['5-7', '7 is not a valid day, as Sunday is 0; write "0,5,6"'],
    ['mon-7', '7 is not a valid day, as Sunday is 0; write "*"'],
    ['7-3', '7 is not a valid day, as Sunday is 0; write "0"'],
    ['monday', 'names have three letters; write "mon"'],
    ['mon-Thurs', 'names have three letters; write "thu"'],
    ['feb', '"feb" belongs in the fourth field, month'],
    ['tu', '"tu" is not a whole number or a name (did you mean "tue" or "thu" or "sun"?)'],
    ['fri-mon', 'runs backwards; write "fri-sat,sun-mon"'],
    ['sat-sun', 'runs backwards; write "sat,sun"'],
    ['5-1', 'runs backwards; write "5-6,0-1"'],
    [
      '1#2',
      '"#" (a weekday in one week of the month) is not supported; write the day of week alone to run every week, or list days of the month',
    ],
    [
      '5L',
      '"L" (the last one in the month) is not supported; write "5" to run every week, or list days of the month',
    ],
    [
      'friL',
      '"L" (the last one in the month) is not supported; write "fri" to run every week, or list days of the month',
    ],
    ['?', '"?" is not supported; write "*"'],
  ])('day of week %s', (text, what) => {
    expect(messages(inDayOfWeek(text))).toEqual([
      `day of week "${text}": ${what}. Allowed: 0–6 or sun–sat.`,
    ]);
  });

  it.each([
    [
      'L',
      '"L" (the last day of the month) is not supported; write "1", the day after it, or "28", which every month has',
    ],
    [
      '15W',
      '"W" (the nearest weekday) is not supported; write "15", or "mon-fri" as the day of week',
    ],
    [
      'LW',
      '"W" (the nearest weekday) is not supported; write the day itself, or "mon-fri" as the day of week',
    ],
    ['?', '"?" is not supported; write "*"'],
    ['25-5', 'runs backwards; write "25-31,1-5"'],
    ['1-30/7', 'a step can only follow "*", as in "*/5"; write "1,8,15,22,29"'],
    ['20/5', 'a step can only follow "*", as in "*/5"; write "20,25,30"'],
    ['1-9/x', 'a step can only follow "*", as in "*/5"'],
    ['*/0', 'the number after "*/" must be 1 or more'],
    ['*/-5', 'needs a whole number after "*/", such as "*/5"'],
    ['*/', 'needs a whole number after "*/", such as "*/5"'],
  ])('day of month %s', (text, what) => {
    expect(messages(inDayOfMonth(text))).toEqual([
      `day of month "${text}": ${what}. Allowed: 1–31.`,
    ]);
  });

  it.each([
    [inHour('22-2'), 'hour "22-2": runs backwards; write "22-23,0-2". Allowed: 0–23.'],
    [
      inHour('8-18/5'),
      'hour "8-18/5": a step can only follow "*", as in "*/5"; write "8,13,18". Allowed: 0–23.',
    ],
    [
      inMonth('september'),
      'month "september": names have three letters; write "sep". Allowed: 1–12 or jan–dec.',
    ],
    [
      inMonth('nov-feb'),
      'month "nov-feb": runs backwards; write "nov-dec,jan-feb". Allowed: 1–12 or jan–dec.',
    ],
    [
      inMonth('mon'),
      'month "mon": "mon" belongs in the fifth field, day of week. Allowed: 1–12 or jan–dec.',
    ],
  ])('%s', (text, message) => {
    expect(messages(text)).toEqual([message]);
  });

  it.each([
    [
      inMinute('1,*'),
      'minute "*": cannot be part of a list; write "*" alone or remove it. Allowed: 0–59.',
    ],
    [
      inMinute('1,,2'),
      'minute "1,,2": has an empty list item; remove the extra comma. Allowed: 0–59.',
    ],
    [inMinute(',1'), 'minute ",1": has an empty list item; remove the extra comma. Allowed: 0–59.'],
    [inMinute('1,'), 'minute "1,": has an empty list item; remove the extra comma. Allowed: 0–59.'],
  ])('lists: %s', (text, message) => {
    expect(messages(text)).toEqual([message]);
  });

  it.each([
    [
      inDayOfMonth('*/40'),
      'day of month "*/40": matches no day of month, so the schedule would never run. Allowed: 1–31.',
    ],
    [
      '0 0 31 2 *',
      'day of month "31": no month of "2" has such a day, so the schedule would never run. Allowed: 1–31.',
    ],
    [
      '0 0 30-31 feb *',
      'day of month "30-31": no month of "feb" has such a day, so the schedule would never run. Allowed: 1–31.',
    ],
    [
      '0 0 31 4,6,9,11 *',
      'day of month "31": no month of "4,6,9,11" has such a day, so the schedule would never run. Allowed: 1–31.',
    ],
    [
      '0 0 1 */13 1',
      'month "*/13": matches no month, so the schedule would never run. Allowed: 1–12 or jan–dec.',
    ],
  ])('a schedule that never runs: %s', (text, message) => {
    expect(messages(text)).toEqual([message]);
  });

  const five = 'must have five: minute, hour, day of month, month, day of week';

  it.each([
    ['0 3', `has two fields, but ${five}`],
    ['0', `has one field, but ${five}`],
    [
      '0 0 3 * * *',
      `has six fields, but ${five}; remove the seconds at the front or the year at the end`,
    ],
    [
      '0 0 3 * * * 2030',
      `has seven fields, but ${five}; remove the seconds at the front and the year at the end`,
    ],
    ['0 3 * * * 1 2 3', `has 8 fields, but ${five}`],
    ['0 3 * * * # at night', 'comments are not supported; remove "# at night"'],
    [
      'CRON_TZ=Asia/Tokyo 0 3 * * *',
      '"CRON_TZ=" is not supported; the time zone has its own field, timezone',
    ],
    ['TZ=UTC @daily', '"TZ=" is not supported; the time zone has its own field, timezone'],
    ['@weekly', 'only @daily and @hourly are supported; write "0 0 * * 0"'],
    ['@monthly', 'only @daily and @hourly are supported; write "0 0 1 * *"'],
    ['@yearly', 'only @daily and @hourly are supported; write "0 0 1 1 *"'],
    ['@midnight', 'only @daily and @hourly are supported; write "0 0 * * *"'],
    ['@Daily', 'must be in lower case; write "@daily"'],
    ['@every 5m', 'only @daily and @hourly are supported; write five fields for other times'],
    [
      '@dayly',
      'only @daily and @hourly are supported (did you mean "@daily"?); write five fields for other times',
    ],
    ['  ', 'contains only spaces; leave it empty ("") to run only by hand'],
    [
      ' 0 3 * * *',
      'fields must be separated by single spaces, but it has leading or trailing spaces; write "0 3 * * *"',
    ],
    [
      '0 3 * * *\n',
      'fields must be separated by single spaces, but it has leading or trailing spaces and a tab, line break or other white space; write "0 3 * * *"',
    ],
    [
      '0  3 * * *',
      'fields must be separated by single spaces, but it has several spaces in a row; write "0 3 * * *"',
    ],
    [
      '0\t3 * * *',
      'fields must be separated by single spaces, but it has a tab, line break or other white space; write "0 3 * * *"',
    ],
    [
      '@daily ',
      'fields must be separated by single spaces, but it has leading or trailing spaces; write "@daily"',
    ],
  ])('the text as a whole: %j', (text, what) => {
    expect(parseCron(text)).toEqual({
      schedule: null,
      problems: [{ field: 'cron', text, message: `"${text}": ${what}.` }],
    });
  });

  it('spaces is reported together with those about the fields', () => {
    expect(messages('0  24 * * *')).toEqual([
      expect.stringContaining('several spaces in a row'),
      expect.stringContaining('24 is not a valid hour'),
    ]);
  });
});

describe('what a message says to write', () => {
  it.each(['5-7', 'fri-mon', 'sat-sun', '1-5/2', 'mon/3', 'sunday', '7', '5L', '?'])(
    'instead of day of week %s is valid',
    (text) => {
      const cure = /write "([^"]+)"/.exec(messages(`0 0 * * ${text}`)[0] ?? '')?.[1];
      expect(schedule(`0 0 * * ${cure}`).daysOfWeek).not.toEqual([]);
    },
  );
});
