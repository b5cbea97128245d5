import { CommandError } from '../../command-line/output.ts';
import type { TimeZone } from '../cron/time-zone.ts';

const DAY = 86_400_000;
/** Scheduled times are computed for a year more at both ends. */
const [FIRST_YEAR, LAST_YEAR] = [1001, 9998];
const FORM =
  /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/;

/**
 * Reads the value of an option: ISO 8601, without an offset in the given zone. A date alone is the start
 * of that day, or its end for `--to`. A time that the clocks skip is the moment of the change; one that
 * they show twice is the first of the two for `--from`, the second for `--to`.
 * @returns epoch milliseconds
 * @throws CommandError
 */
export function parseTime(option: '--from' | '--to', text: string, zone: TimeZone): number {
  const parts = FORM.exec(text);
  if (parts === null) {
    throw invalid(option, text, 'is not a valid time');
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const fraction = Number((parts[7] ?? '').padEnd(3, '0').slice(0, 3));
  const date = Date.UTC(year, month - 1, day);
  if (
    year < FIRST_YEAR ||
    year > LAST_YEAR ||
    new Date(date).getUTCMonth() !== month - 1 ||
    day < 1
  ) {
    throw invalid(option, text, `is not a date in the years ${FIRST_YEAR} to ${LAST_YEAR}`);
  }
  if (hour > 23 || minute > 59 || second > 59)
    throw invalid(option, text, 'is not a valid time of day');
  const time = Date.UTC(year, month - 1, day, hour, minute, second, fraction);
  const offset = parts[8];
  if (offset !== undefined) return time - offsetMs(option, text, offset);
  if (parts[4] === undefined && option === '--to') return toInstant(option, date + DAY, zone) - 1;
  return toInstant(option, time, zone);
}

function toInstant(option: '--from' | '--to', time: number, zone: TimeZone): number {
  const instants = zone.instantsOf(time);
  const instant = option === '--from' ? instants[0] : instants.at(-1);
  if (instant !== undefined) return instant;
  const skip = zone.changes(time - DAY, time + DAY).find(({ at, before, after }) => {
    return time >= at + before && time < at + after;
  });
  if (skip === undefined) throw new RangeError(`${zone.name} has no ${new Date(time).toJSON()}`);
  return option === '--from' ? skip.at : skip.at - 1;
}

function offsetMs(option: string, text: string, offset: string): number {
  if (offset === 'Z') return 0;
  const [, sign, hours = 0, minutes = 0] = /^([+-])(\d\d):?(\d\d)?$/.exec(offset) ?? [];
  if (Number(hours) > 18 || Number(minutes ?? 0) > 59) {
    throw invalid(option, text, `has an impossible offset (${offset})`);
  }
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes ?? 0)) * 60_000;
}

function invalid(option: string, text: string, what: string): CommandError {
  return new CommandError(
    2,
    `${option} "${text}" ${what}: write ISO 8601, such as 2026-11-22, 2026-11-22T03:00, 2026-11-22T03:00Z or 2026-11-22T03:00+09:00. Without an offset it is in the schedule's time zone.`,
  );
}
