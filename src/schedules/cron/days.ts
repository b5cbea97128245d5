/** The Gregorian calendar repeats itself, weekdays included, after so many years. */
export const CALENDAR_YEARS = 400;

/** The days of each month, 29 February among them. */
const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const LEAP_YEARS = 97;

/** How many days a month has at most. */
export function longestMonth(month: number): number {
  return LONGEST[month - 1] ?? 0;
}

/** On how many days of the calendar's 400 years these days of these months fall. */
export function countDaysOfMonth(days: readonly number[], months: readonly number[]): number {
  let count = 0;
  for (const month of months) {
    for (const day of days) {
      if (month === 2 && day === 29) count += LEAP_YEARS;
      else if (day <= longestMonth(month)) count += CALENDAR_YEARS;
    }
  }
  return count;
}

/** On how many days of the calendar's 400 years these weekdays (0 is Sunday) fall in these months. */
export function countDaysOfWeek(weekdays: readonly number[], months: readonly number[]): number {
  weekdaysByMonth ??= countWeekdays();
  let count = 0;
  for (const month of months) {
    for (const weekday of weekdays) count += weekdaysByMonth[(month - 1) * 7 + weekday] ?? 0;
  }
  return count;
}

let weekdaysByMonth: readonly number[] | undefined;

/** For each month, how often each of its weekdays comes in 400 years. */
function countWeekdays(): number[] {
  const counts = new Array<number>(12 * 7).fill(0);
  for (let year = 2000; year < 2000 + CALENDAR_YEARS; year += 1) {
    for (let month = 0; month < 12; month += 1) {
      const firstWeekday = new Date(Date.UTC(year, month, 1)).getUTCDay();
      const length = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
      for (let weekday = 0; weekday < 7; weekday += 1) {
        // Four weeks have every weekday four times; the days beyond them are the month's first ones.
        const beyond = (weekday - firstWeekday + 7) % 7 < length - 28 ? 1 : 0;
        counts[month * 7 + weekday] = (counts[month * 7 + weekday] ?? 0) + 4 + beyond;
      }
    }
  }
  return counts;
}
