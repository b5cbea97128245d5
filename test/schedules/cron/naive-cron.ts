/**
 * A second reading of cron expressions, to compare with: it decides for each minute by the text itself,
 * and shares nothing with the parser.
 */
export interface Moment {
  readonly minute: number;
  readonly hour: number;
  readonly dayOfMonth: number;
  readonly month: number;
  readonly dayOfWeek: number;
}

const NAMES: Record<string, number> = {
  ...Object.fromEntries('sun mon tue wed thu fri sat'.split(' ').map((name, day) => [name, day])),
  ...Object.fromEntries(
    'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ').map((name, i) => [name, i + 1]),
  ),
};

/** Whether a valid text names a moment. */
export function names(text: string, moment: Moment): boolean {
  const [minute = '', hour = '', days = '', month = '', weekdays = ''] = text.split(' ');
  const { dayOfMonth, dayOfWeek } = moment;
  if (!fits(minute, moment.minute) || !fits(hour, moment.hour)) return false;
  if (!fits(month, moment.month)) return false;
  if (days === '*') return fits(weekdays, dayOfWeek);
  if (weekdays === '*') return fits(days, dayOfMonth);
  const { ofMonth, ofWeek } = daysOf400Years(text);
  return ofMonth > ofWeek ? fits(days, dayOfMonth) : fits(weekdays, dayOfWeek);
}

const counts = new Map<string, { ofMonth: number; ofWeek: number }>();

/** On how many days of the calendar each of the two day fields falls, one day after another. */
export function daysOf400Years(text: string): { ofMonth: number; ofWeek: number } {
  const [, , days = '', month = '', weekdays = ''] = text.split(' ');
  const key = `${days} ${month} ${weekdays}`;
  const known = counts.get(key);
  if (known !== undefined) return known;
  const count = { ofMonth: 0, ofWeek: 0 };
  const end = Date.UTC(2200, 0, 1);
  for (let day = Date.UTC(1800, 0, 1); day < end; day += 86_400_000) {
    const date = new Date(day);
    if (!fits(month, date.getUTCMonth() + 1)) continue;
    if (fits(days, date.getUTCDate())) count.ofMonth += 1;
    if (fits(weekdays, date.getUTCDay())) count.ofWeek += 1;
  }
  counts.set(key, count);
  return count;
}

const tables = new Map<string, boolean[]>();

function fits(field: string, value: number): boolean {
  let table = tables.get(field);
  if (table === undefined) {
    table = Array.from({ length: 60 }, (_, of) => field.split(',').some((item) => isIn(item, of)));
    tables.set(field, table);
  }
  return table[value] === true;
}

function isIn(item: string, value: number): boolean {
  if (item === '*') return true;
  if (item.startsWith('*/')) return value % Number(item.slice(2)) === 0;
  const [from = '', to = from] = item.toLowerCase().split('-');
  return value >= (NAMES[from] ?? Number(from)) && value <= (NAMES[to] ?? Number(to));
}

interface Shown extends Moment {
  readonly localTime: string;
}

/** What the clocks of a zone show, by the minute in UTC. */
const shown = new Map<string, { show: (at: number) => string; minutes: Map<number, Shown> }>();

/** The minutes of a span that a text names, as a zone's clocks show them, walked one by one. */
export function walk(text: string, timeZone: string, from: number, to: number) {
  const clocks = shown.get(timeZone) ?? { show: clockOf(timeZone), minutes: new Map() };
  shown.set(timeZone, clocks);
  const found: { at: number; localTime: string }[] = [];
  for (let at = Math.ceil(from / 60_000) * 60_000; at < to; at += 60_000) {
    let moment = clocks.minutes.get(at);
    if (moment === undefined) {
      moment = momentOf(clocks.show(at));
      clocks.minutes.set(at, moment);
    }
    if (names(text, moment)) found.push({ at, localTime: moment.localTime });
  }
  return found;
}

/** Shows a moment as `2026-03-29T02:30`. */
function clockOf(timeZone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  return (at) => format.format(at).replace(' ', 'T');
}

function momentOf(localTime: string): Shown {
  const date = new Date(`${localTime}Z`);
  return {
    localTime,
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    dayOfMonth: date.getUTCDate(),
    month: date.getUTCMonth() + 1,
    dayOfWeek: date.getUTCDay(),
  };
}
