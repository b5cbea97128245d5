import { describe, expect, it } from 'vitest';
import { parseCron } from '../../../src/schedules/cron/parse.ts';
import { schedule } from './cron-texts.ts';

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
    [inMinute('60'), 'minute "60": 60 is not in 0–59. Allowed: 0–59.'],
    [inMinute('-5'), 'minute "-5": is neither a value nor a range such as 0-59. Allowed: 0–59.'],
    [
      inMinute('1--5'),
      'minute "1--5": is neither a value nor a range such as 0-59. Allowed: 0–59.',
    ],
    [inMinute('x'), 'minute "x": "x" is not a whole number. Allowed: 0–59.'],
    [inMinute('1.5'), 'minute "1.5": "1.5" is not a whole number. Allowed: 0–59.'],
    [inHour('24'), 'hour "24": 24 is no hour, as midnight is 0; write "0". Allowed: 0–23.'],
    [inDayOfMonth('0'), 'day of month "0": 0 is not in 1–31. Allowed: 1–31.'],
    [inDayOfMonth('32'), 'day of month "32": 32 is not in 1–31. Allowed: 1–31.'],
    [inMonth('0'), 'month "0": 0 is not in 1–12. Allowed: 1–12 or jan–dec.'],
    [inMonth('13'), 'month "13": 13 is not in 1–12. Allowed: 1–12 or jan–dec.'],
    [inDayOfWeek('8'), 'day of week "8": 8 is not in 0–6. Allowed: 0–6 or sun–sat.'],
  ])('values out of range and other than numbers: %s', (text, message) => {
    expect(messages(text)).toEqual([message]);
  });

  it.each([
    ['7', '7 is no day, as Sunday is 0; write "0"'],
    ['5-7', '7 is no day, as Sunday is 0; write "0,5,6"'],
    ['mon-7', '7 is no day, as Sunday is 0; write "*"'],
    ['7-3', '7 is no day, as Sunday is 0; write "0"'],
    ['monday', 'names have three letters; write "mon"'],
    ['mon-Thurs', 'names have three letters; write "thu"'],
    ['feb', '"feb" is for the fourth field, month'],
    ['tu', '"tu" is not a whole number or a name (did you mean "tue" or "thu" or "sun"?)'],
    ['fri-mon', 'runs backwards; write "fri-sat,sun-mon"'],
    ['sat-sun', 'runs backwards; write "sat,sun"'],
    ['5-1', 'runs backwards; write "5-6,0-1"'],
    [
      '1#2',
      '"#", a weekday of one week of the month, is of other dialects; write the day of week alone for every week, or days of the month',
    ],
    [
      '5L',
      '"L", the last in the month, is of other dialects; write "5" for every week, or days of the month',
    ],
    [
      'friL',
      '"L", the last in the month, is of other dialects; write "fri" for every week, or days of the month',
    ],
    ['?', '"?" is of other dialects; write "*"'],
  ])('day of week %s', (text, what) => {
    expect(messages(inDayOfWeek(text))).toEqual([
      `day of week "${text}": ${what}. Allowed: 0–6 or sun–sat.`,
    ]);
  });

  it.each([
    [
      'L',
      '"L", the last day of the month, is of other dialects; write "1", the day after it, or "28", which every month has',
    ],
    [
      '15W',
      '"W", the nearest weekday, is of other dialects; write "15", or "mon-fri" as the day of week',
    ],
    [
      'LW',
      '"W", the nearest weekday, is of other dialects; write the day itself, or "mon-fri" as the day of week',
    ],
    ['?', '"?" is of other dialects; write "*"'],
    ['25-5', 'runs backwards; write "25-31,1-5"'],
    ['1-30/7', 'a step only follows "*", as in "*/5"; write "1,8,15,22,29"'],
    ['20/5', 'a step only follows "*", as in "*/5"; write "20,25,30"'],
    ['1-9/x', 'a step only follows "*", as in "*/5"'],
    ['*/0', '0 divides nothing; the number after "*/" is 1 or more'],
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
      'hour "8-18/5": a step only follows "*", as in "*/5"; write "8,13,18". Allowed: 0–23.',
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
      'month "mon": "mon" is for the fifth field, day of week. Allowed: 1–12 or jan–dec.',
    ],
  ])('%s', (text, message) => {
    expect(messages(text)).toEqual([message]);
  });

  it.each([
    [
      inMinute('1,*'),
      'minute "*": is not for lists; write "*" alone, or leave it out of the list. Allowed: 0–59.',
    ],
    [
      inMinute('1,,2'),
      'minute "1,,2": an item of the list is empty; take out the extra comma. Allowed: 0–59.',
    ],
    [
      inMinute(',1'),
      'minute ",1": an item of the list is empty; take out the extra comma. Allowed: 0–59.',
    ],
    [
      inMinute('1,'),
      'minute "1,": an item of the list is empty; take out the extra comma. Allowed: 0–59.',
    ],
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

  const five = 'five fields are needed: minute, hour, day of month, month, day of week';

  it.each([
    ['0 3', `it has two fields, but ${five}`],
    ['0', `it has one field, but ${five}`],
    [
      '0 0 3 * * *',
      `it has six fields, but ${five}; leave out the seconds in front or the year at the end`,
    ],
    [
      '0 0 3 * * * 2030',
      `it has seven fields, but ${five}; leave out the seconds in front and the year at the end`,
    ],
    ['0 3 * * * 1 2 3', `it has 8 fields, but ${five}`],
    ['0 3 * * * # at night', 'comments are of other dialects; leave out "# at night"'],
    [
      'CRON_TZ=Asia/Tokyo 0 3 * * *',
      '"CRON_TZ=" is of other dialects; the time zone has a field of its own, timezone',
    ],
    ['TZ=UTC @daily', '"TZ=" is of other dialects; the time zone has a field of its own, timezone'],
    ['@weekly', 'of the names only @daily and @hourly are known; write "0 0 * * 0"'],
    ['@monthly', 'of the names only @daily and @hourly are known; write "0 0 1 * *"'],
    ['@yearly', 'of the names only @daily and @hourly are known; write "0 0 1 1 *"'],
    ['@midnight', 'of the names only @daily and @hourly are known; write "0 0 * * *"'],
    ['@Daily', 'write it in lower case: "@daily"'],
    [
      '@every 5m',
      'of the names only @daily and @hourly are known; write five fields for other times',
    ],
    [
      '@dayly',
      'of the names only @daily and @hourly are known (did you mean "@daily"?); write five fields for other times',
    ],
    ['  ', 'it holds only spaces; for no run by schedule, leave it empty ("")'],
    [
      ' 0 3 * * *',
      'a single space stands between two fields, but there are spaces around the fields; write "0 3 * * *"',
    ],
    [
      '0 3 * * *\n',
      'a single space stands between two fields, but there are spaces around the fields and a tab, a new line or another white space; write "0 3 * * *"',
    ],
    [
      '0  3 * * *',
      'a single space stands between two fields, but there are several spaces in a row; write "0 3 * * *"',
    ],
    [
      '0\t3 * * *',
      'a single space stands between two fields, but there are a tab, a new line or another white space; write "0 3 * * *"',
    ],
    [
      '@daily ',
      'a single space stands between two fields, but there are spaces around the fields; write "@daily"',
    ],
  ])('the text as a whole: %j', (text, what) => {
    expect(parseCron(text)).toEqual({
      schedule: null,
      problems: [{ field: 'cron', text, message: `"${text}": ${what}.` }],
    });
  });

  it('spaces comes along with those about the fields', () => {
    expect(messages('0  24 * * *')).toEqual([
      expect.stringContaining('several spaces in a row'),
      expect.stringContaining('24 is no hour'),
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
