import { didYouMean } from '../../domain/nearest.ts';
import { chooseDays } from './choose-days.ts';
import { parseField } from './field-values.ts';
import { type CronProblem, FIELD_KEYS, FIELDS, type FieldKey } from './fields.ts';
import { BY_HAND_ONLY, type CronSchedule } from './schedule.ts';

/** A schedule, or at least one problem. */
export type ParsedCron =
  | { readonly schedule: CronSchedule; readonly problems: readonly [] }
  | { readonly schedule: null; readonly problems: readonly CronProblem[] };

/** The two that Treasure Data offers. */
const MACROS: Readonly<Record<string, string>> = {
  '@daily': '0 0 * * *',
  '@hourly': '0 * * * *',
};
/** Those of other dialects, as five fields. */
const OTHER_MACROS: Readonly<Record<string, string>> = {
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};
const COUNTS = ['no fields', 'one field', 'two fields', 'three fields', 'four fields'];

/**
 * Reads a cron expression in Treasure Data's dialect; `""` runs only by hand. Every problem is reported,
 * each with its field.
 */
export function parseCron(text: string): ParsedCron {
  if (text === '') return { schedule: BY_HAND_ONLY, problems: [] };
  const problems: CronProblem[] = [];
  const normal = text.trim().split(/\s+/).join(' ');
  if (normal !== text) problems.push(wholeText(text, spacing(text, normal)));
  if (normal === '') return { schedule: null, problems };
  const five = normal.startsWith('@') ? MACROS[normal] : normal;
  const shape = five === undefined ? macroProblem(normal) : shapeProblem(five);
  if (five === undefined || shape !== null) {
    if (shape !== null) problems.push(wholeText(text, shape));
    return { schedule: null, problems };
  }
  return parseFields(text, five.split(' '), problems);
}

function parseFields(
  text: string,
  texts: readonly string[],
  problems: readonly CronProblem[],
): ParsedCron {
  const parsed = FIELD_KEYS.map((key, index) => parseField(FIELDS[key], texts[index] ?? ''));
  const of = (key: FieldKey) => {
    const index = FIELD_KEYS.indexOf(key);
    return { text: texts[index] ?? '', ...(parsed[index] ?? { values: [], problems: [] }) };
  };
  const [dayOfMonth, month, dayOfWeek] = [of('dayOfMonth'), of('month'), of('dayOfWeek')];
  const days = [dayOfMonth, month, dayOfWeek].every((field) => field.problems.length === 0)
    ? chooseDays(dayOfMonth, month, dayOfWeek)
    : { follows: null, warnings: [], problems: [] };
  const all = [...problems, ...parsed.flatMap((field) => field.problems), ...days.problems];
  if (all.length > 0) return { schedule: null, problems: all };
  return {
    schedule: {
      text,
      minutes: of('minute').values,
      hours: of('hour').values,
      daysOfMonth: dayOfMonth.values,
      months: month.values,
      daysOfWeek: dayOfWeek.values,
      follows: days.follows,
      warnings: days.warnings,
    },
    problems: [],
  };
}

/** What is wrong with the white space of an expression; `normal` is how it should be. */
function spacing(text: string, normal: string): string {
  if (normal === '') return 'contains only spaces; leave it empty ("") to run only by hand';
  const found = [
    text !== text.trim() ? 'leading or trailing spaces' : '',
    /\s{2}/.test(text.trim()) ? 'several spaces in a row' : '',
    /[^\S ]/.test(text) ? 'a tab, line break or other white space' : '',
  ].filter((what) => what !== '');
  return `fields must be separated by single spaces, but it has ${found.join(' and ')}; write "${normal}"`;
}

function shapeProblem(text: string): string | null {
  const timeZone = /^(?:CRON_)?TZ=/.exec(text);
  if (timeZone !== null) {
    return `"${timeZone[0]}" is not supported; the time zone has its own field, timezone`;
  }
  const comment = /^(?:\S+ ){5}(#.*)$/.exec(text);
  if (comment !== null) return `comments are not supported; remove "${comment[1]}"`;
  const count = text.split(' ').length;
  if (count === FIELD_KEYS.length) return null;
  const labels = FIELD_KEYS.map((key) => FIELDS[key].label).join(', ');
  const five = `must have five: ${labels}`;
  if (count === 6) {
    return `has six fields, but ${five}; remove the seconds at the front or the year at the end`;
  }
  if (count === 7) {
    return `has seven fields, but ${five}; remove the seconds at the front and the year at the end`;
  }
  return `has ${COUNTS[count] ?? `${count} fields`}, but ${five}`;
}

function macroProblem(macro: string): string {
  const name = macro.toLowerCase();
  if (name in MACROS) return `must be in lower case; write "${name}"`;
  const five = OTHER_MACROS[name];
  if (five !== undefined) return `only @daily and @hourly are supported; write "${five}"`;
  const hint = didYouMean(name, Object.keys(MACROS));
  return `only @daily and @hourly are supported${hint}; write five fields for other times`;
}

function wholeText(text: string, what: string): CronProblem {
  return { field: 'cron', text, message: `"${text}": ${what}.` };
}
