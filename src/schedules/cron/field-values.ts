import { didYouMean } from '../../domain/nearest.ts';
import { type CronField, type CronProblem, everyValue, FIELDS, runsOf } from './fields.ts';
import { foreignSyntax } from './foreign-syntax.ts';

/** The values that a field's text stands for, ascending, or everything that is wrong with it. */
export function parseField(
  field: CronField,
  text: string,
): { readonly values: readonly number[]; readonly problems: readonly CronProblem[] } {
  if (text === '*') return { values: everyValue(field), problems: [] };
  const values = new Set<number>();
  const problems: CronProblem[] = [];
  const items = text.split(',');
  if (items.includes('')) {
    problems.push(problem(field, text, 'has an empty list item; remove the extra comma'));
  }
  for (const item of new Set(items)) {
    if (item === '') continue;
    const meant = itemValues(field, item);
    if (typeof meant === 'string') problems.push(problem(field, item, meant));
    else for (const value of meant) values.add(value);
  }
  // No day of month may still be right: the day of week may apply instead.
  if (values.size === 0 && problems.length === 0 && field !== FIELDS.dayOfMonth) {
    problems.push(
      problem(field, text, `matches no ${field.label}, so the schedule would never run`),
    );
  }
  return { values: [...values].sort((a, b) => a - b), problems };
}

/** The values of an item of a list, or what is wrong with it. */
function itemValues(field: CronField, item: string): readonly number[] | string {
  if (item === '*') return 'cannot be part of a list; write "*" alone or remove it';
  const period = /^\*\/(.*)$/.exec(item);
  if (period !== null) return multiples(field, period[1] ?? '');
  const foreign = foreignSyntax(field, item);
  if (foreign !== null) return foreign;
  if (item.includes('/')) return steps(field, item);
  const [from, to, more] = item.split('-');
  if (from === undefined || to === undefined) return listOr(readValue(field, item));
  if (more !== undefined || from === '' || to === '') {
    return `is neither a value nor a range such as ${field.first}-${field.last}`;
  }
  return range(field, from, to);
}

/** Every value that n divides. */
function multiples(field: CronField, n: string): readonly number[] | string {
  if (!/^\d+$/.test(n)) return 'needs a whole number after "*/", such as "*/5"';
  if (Number(n) === 0) return 'the number after "*/" must be 1 or more';
  return everyValue(field).filter((value) => value % Number(n) === 0);
}

function range(field: CronField, from: string, to: string): readonly number[] | string {
  if (field === FIELDS.dayOfWeek && Number(to) === 7) return rangeToSeven(field, from);
  const first = readValue(field, from);
  const last = readValue(field, to);
  if (typeof first === 'string') return typeof last === 'string' ? `${first}; ${last}` : first;
  if (typeof last === 'string') return last;
  if (first > last)
    return `runs backwards; write "${splitInTwo(field, [from, first], [to, last])}"`;
  return everyValue(field).filter((value) => value >= first && value <= last);
}

/** `5-7`, which is Friday to Sunday in other dialects. */
function rangeToSeven(field: CronField, from: string): string {
  const first = from === '7' ? 0 : readValue(field, from);
  if (typeof first === 'string') return first;
  const days = everyValue(field).filter((day) => day === 0 || day >= first);
  const meant = from === '7' ? '0' : days.length === 7 ? '*' : listText(days);
  return `7 is not a valid day, as Sunday is 0; write "${meant}"`;
}

/** `22-2` as `22-23,0-2`. */
function splitInTwo(
  field: CronField,
  [from, first]: [string, number],
  [to, last]: [string, number],
): string {
  const named = field.names.length > 0 && !/\d/.test(from + to);
  const end = named ? field.names.at(-1) : field.last;
  const start = named ? field.names[0] : field.first;
  const head = first === field.last ? from : `${from}-${end}`;
  return `${head},${last === field.first ? to : `${start}-${to}`}`;
}

/** `5/20` and `1-30/5`, which other dialects take, with the list that they would mean. */
function steps(field: CronField, item: string): string {
  const problem = 'a step can only follow "*", as in "*/5"';
  const parts = /^([^/-]+)(?:-([^/-]+))?\/(\d+)$/.exec(item);
  const first = readValue(field, parts?.[1] ?? '');
  const last = parts?.[2] === undefined ? field.last : readValue(field, parts[2]);
  const step = Number(parts?.[3]);
  if (typeof first === 'string' || typeof last === 'string' || first > last || !(step > 0)) {
    return problem;
  }
  const values = everyValue(field).filter(
    (value) => value >= first && value <= last && (value - first) % step === 0,
  );
  return `${problem}; write "${listText(values)}"`;
}

/** The value of a number or a name, or what is wrong with it. */
function readValue(field: CronField, text: string): number | string {
  if (/^\d+$/.test(text)) {
    const value = Number(text);
    if (value >= field.first && value <= field.last) return value;
    if (field === FIELDS.dayOfWeek && value === 7)
      return '7 is not a valid day, as Sunday is 0; write "0"';
    if (field === FIELDS.hour && value === 24)
      return '24 is not a valid hour, as midnight is 0; write "0"';
    return `${text} is out of range`;
  }
  const name = text.toLowerCase();
  const index = field.names.indexOf(name);
  return index >= 0 ? field.first + index : wrongName(field, text, name);
}

function wrongName(field: CronField, text: string, name: string): string {
  for (const other of [FIELDS.month, FIELDS.dayOfWeek]) {
    const short = other.names.find((known) => name.startsWith(known));
    if (short === undefined || !/^\p{L}+$/u.test(name)) continue;
    if (other === field) return `names have three letters; write "${short}"`;
    const place = other === FIELDS.month ? 'fourth' : 'fifth';
    return `"${text}" belongs in the ${place} field, ${other.label}`;
  }
  const kinds = field.names.length === 0 ? 'a whole number' : 'a whole number or a name';
  return `"${text}" is not ${kinds}${didYouMean(name, field.names)}`;
}

function listOr(value: number | string): readonly number[] | string {
  return typeof value === 'string' ? value : [value];
}

/** An ascending list of values as this dialect writes it, as short as possible. */
function listText(values: readonly number[]): string {
  return runsOf(values)
    .map(([first, last]) => {
      if (first === last) return first;
      return `${first}${last === first + 1 ? ',' : '-'}${last}`;
    })
    .join(',');
}

function problem(field: CronField, text: string, what: string): CronProblem {
  const message = `${field.label} "${text}": ${what}. Allowed: ${field.allowed}.`;
  return { field: field.key, text, message };
}
