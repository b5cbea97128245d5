import { type CronProblem, FIELD_KEYS } from './fields.ts';

/** A cron expression, and below it a mark under what is wrong. */
export function markedCron(text: string, { field, text: part }: CronProblem): string[] {
  const shown = text.replace(/[^\S ]|\p{C}/gu, '␣');
  const { start, length } = placeOf(text, field, part);
  return [shown, `${' '.repeat(start)}${'^'.repeat(Math.max(length, 1))}`];
}

function placeOf(text: string, field: CronProblem['field'], part: string) {
  const whole = { start: 0, length: text.length };
  if (field === 'cron') return whole;
  const fields = [...text.matchAll(/\S+/g)];
  const found = fields[FIELD_KEYS.indexOf(field)];
  if (found === undefined) return whole;
  // An item of a list may also be a part of the item before it.
  const items = found[0].split(',');
  const index = items.indexOf(part);
  const before = index < 1 ? 0 : items.slice(0, index).join(',').length + 1;
  return { start: found.index + before, length: part.length };
}
