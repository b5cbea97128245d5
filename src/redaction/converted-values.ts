import type { IsTyped } from './typed.ts';

const SAYS = [
  "(?:could(?: not|n['’]t)|cannot|can['’]t|failed to|unable to) (?:convert|parse|cast|decode|interpret|coerce)",
  'cannot be (?:converted|parsed|cast|decoded)',
  '(?:conversion|cast|parsing) (?:failed|error)',
  'out of range',
].join('|');

/** A quote opens after a space or a colon, unlike the one in `server's`. An unclosed one hides the rest. */
const CONVERTED_VALUE = new RegExp(
  `(?<says>\\b(?:${SAYS})\\b[^"'\`]{0,80}(?<=[\\s:(=]))(?<quote>["'\`])(?<value>.*?)(?:\\k<quote>(?=\\s|[.,;:)]|$)|$)`,
  'gis',
);

/**
 * Hides what a conversion error quotes, which is data even if it consists of ordinary words. Takes a
 * whole message, before it is split or cut: values may contain line breaks and be of any length.
 */
export function hideConvertedValues(message: string, isTyped: IsTyped): string {
  return message.replace(CONVERTED_VALUE, (part, ...match) => {
    const { says, quote, value } = match.at(-1) as Record<string, string>;
    return isTyped(`'${value}'`) ? part : `${says}${quote}…${quote}`;
  });
}
