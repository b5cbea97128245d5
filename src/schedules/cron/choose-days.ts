import { counted } from '../../command-line/text.ts';
import { CALENDAR_YEARS, countDaysOfMonth, countDaysOfWeek } from './days.ts';
import { type CronProblem, FIELDS } from './fields.ts';

/** A field as it is written, and its values. */
interface Written {
  readonly text: string;
  readonly values: readonly number[];
}

/** Which day field applies, what to warn about, and why it would never run at all. */
export interface ChosenDays {
  readonly follows: 'dayOfMonth' | 'dayOfWeek' | null;
  readonly warnings: readonly string[];
  readonly problems: readonly CronProblem[];
}

/**
 * If both day fields are restricted (anything but `*`), the one that matches more days of the calendar
 * applies; on a tie, the day of week.
 */
export function chooseDays(dayOfMonth: Written, month: Written, dayOfWeek: Written): ChosenDays {
  const byMonth = countDaysOfMonth(dayOfMonth.values, month.values);
  const restricted = dayOfMonth.text !== '*';
  if (dayOfWeek.text === '*') {
    if (byMonth === 0) return never(dayOfMonth, month);
    return { follows: restricted ? 'dayOfMonth' : null, warnings: [], problems: [] };
  }
  if (!restricted) return { follows: 'dayOfWeek', warnings: [], problems: [] };
  const byWeek = countDaysOfWeek(dayOfWeek.values, month.values);
  const monthWins = byMonth > byWeek;
  return {
    follows: monthWins ? 'dayOfMonth' : 'dayOfWeek',
    warnings: [
      monthWins
        ? ignored(['day of week', dayOfWeek, byWeek], ['day of month', dayOfMonth, byMonth])
        : ignored(['day of month', dayOfMonth, byMonth], ['day of week', dayOfWeek, byWeek]),
    ],
    problems: [],
  };
}

type Counted = readonly [label: string, written: Written, days: number];

function ignored([loser, { text }, fewer]: Counted, [winner, kept, more]: Counted): string {
  const days = (count: number) => `${counted(count, 'day')} in ${CALENDAR_YEARS} years`;
  const why =
    fewer === more
      ? `both match equally many days (${days(more)}), and the day of week wins ties`
      : `it matches more days (${days(more)} against ${fewer.toLocaleString('en-US')})`;
  return `The ${loser} "${text}" is ignored: when both day fields are restricted, only one of them applies, here the ${winner} "${kept.text}", because ${why}. Write "*" for the ${loser} to get the same schedule without this warning.`;
}

function never(dayOfMonth: Written, month: Written): ChosenDays {
  const { key, label, allowed } = FIELDS.dayOfMonth;
  const why =
    dayOfMonth.values.length === 0
      ? 'matches no day of month'
      : `no month of "${month.text}" has such a day`;
  const message = `${label} "${dayOfMonth.text}": ${why}, so the schedule would never run. Allowed: ${allowed}.`;
  return {
    follows: null,
    warnings: [],
    problems: [{ field: key, text: dayOfMonth.text, message }],
  };
}
