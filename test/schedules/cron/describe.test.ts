import { describe, expect, it } from 'vitest';
import { describeSchedule } from '../../../src/schedules/cron/describe.ts';
import { schedule } from './cron-expressions.ts';

describe('the description of', () => {
  it.each([
    ['', 'never on a schedule, only by hand'],
    ['* * * * *', 'every minute'],
    ['*/5 * * * *', 'every 5 minutes'],
    ['*/7 * * * *', 'every hour at :00, :07, :14, :21, :28, :35, :42, :49 and :56'],
    ['@hourly', 'every hour at :00'],
    ['30 * 1 * *', 'every hour at :30 on the 1st of the month'],
    ['@daily', 'at 00:00 every day'],
    ['0 3 * * mon-fri', 'at 03:00 every Monday to Friday'],
    ['0 3,15 * * sun,wed', 'at 03:00 and 15:00 every Sunday and Wednesday'],
    ['30 */2 1 * *', 'every 2 hours from 00:30 to 22:30 on the 1st of the month'],
    ['0 9-17 * * *', 'every hour from 09:00 to 17:00 every day'],
    ['*/15 9-17 * * *', 'every 15 minutes from 09:00 to 17:45 every day'],
    ['* 3 * * *', 'every minute from 03:00 to 03:59 every day'],
    ['*/10 1,5,9 * * *', 'every 10 minutes in the hours 01, 05 and 09 every day'],
    ['7,13 9,11,13,16 * * *', 'at :07 and :13 in the hours 09, 11, 13 and 16 every day'],
    ['0 0 1-10,12,13 * *', 'at 00:00 on the 1st to 10th, 12th and 13th of the month'],
    [
      '0 0 2,21-23 jan,feb,mar,jul *',
      'at 00:00 on the 2nd and 21st to 23rd of January to March and July',
    ],
    ['0 0 31 * *', 'at 00:00 on the 31st of the month, where the month has that day'],
    ['0 0 31 1,3 *', 'at 00:00 on the 31st of January and March'],
    ['0 0 29 2 *', 'at 00:00 on the 29th of February, in leap years'],
    ['0 0 1,29 2 *', 'at 00:00 on the 1st and 29th of February, where the month has that day'],
    ['0 0 * 6-8 *', 'at 00:00 every day in June to August'],
    ['0 0 * 6 1', 'at 00:00 every Monday in June'],
    // Of two restricted day fields only the one that applies is described.
    ['0 0 1 * 1', 'at 00:00 every Monday'],
    ['0 0 1-5 * 1', 'at 00:00 on the 1st to 5th of the month'],
    ['0 0 */1 * 1', 'at 00:00 every day'],
    ['* * 1 * 0-6', 'every minute'],
  ])('%j', (text, description) => {
    expect(describeSchedule(schedule(text))).toBe(description);
  });
});
