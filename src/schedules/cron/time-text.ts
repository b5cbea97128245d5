import { shortName, WEEKDAYS } from './names.ts';
import type { TimeZone } from './time-zone.ts';

/** `2026-11-22T18:00:00.000Z` */
export function isoText(at: number): string {
  return new Date(at).toISOString();
}

/** What the clocks of a zone show: `Mon 2026-11-23 03:00`. */
export function localText(at: number, zone: TimeZone): string {
  return dateText(at + zone.stretchAt(at).offset);
}

/** `Mon 2026-11-23 03:00`; the seconds where there are any. */
export function dateText(localTime: number): string {
  const text = new Date(localTime).toISOString();
  const seconds = text.slice(16, 19) === ':00' ? '' : text.slice(16, 19);
  const weekday = WEEKDAYS[new Date(localTime).getUTCDay()] ?? '';
  return `${shortName(weekday)} ${text.slice(0, 10)} ${text.slice(11, 16)}${seconds}`;
}
