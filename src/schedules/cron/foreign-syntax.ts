import { type CronField, FIELDS } from './fields.ts';

/** What to write instead of a character that Quartz and its like allow here, or `null`. */
export function foreignSyntax(field: CronField, item: string): string | null {
  if (item === '?') return '"?" is not supported; write "*"';
  if (item.includes('#')) {
    return '"#" (a weekday in one week of the month) is not supported; write the day of week alone to run every week, or list days of the month';
  }
  if (field === FIELDS.dayOfMonth) return foreignDayOfMonth(item);
  if (field === FIELDS.dayOfWeek && /^(?:l|[0-7]l|[a-z]{3}l)$/i.test(item)) {
    const day = item.slice(0, -1).toLowerCase();
    const written = day === '' ? 'sat' : day === '7' ? '0' : day;
    return `"L" (the last one in the month) is not supported; write "${written}" to run every week, or list days of the month`;
  }
  return null;
}

function foreignDayOfMonth(item: string): string | null {
  if (/^(?:l|l-\d+)$/i.test(item)) {
    return '"L" (the last day of the month) is not supported; write "1", the day after it, or "28", which every month has';
  }
  const weekday = /^(\d+|l)w$|^w$/i.exec(item);
  if (weekday === null) return null;
  const day = weekday[1] ?? '';
  const cure = /\d/.test(day) ? `"${day}"` : 'the day itself';
  return `"W" (the nearest weekday) is not supported; write ${cure}, or "mon-fri" as the day of week`;
}
