import { columnWords } from './known-words.ts';
import { redactWords } from './redact-words.ts';
import type { IsTyped } from './typed.ts';

/** The rest of a wide table is only counted. */
const MOST_NAMES = 8;

const VOCABULARY = { words: new Set<string>(), terms: columnWords };
const isLetter = (word: string): boolean => /^[a-z]$/i.test(word);

/**
 * Whether a column's name may be shown. A file without a header, or an object with a key for each user,
 * turns identifiers into names: only what the query types and ordinary words of column names are safe.
 */
export function isSafeName(name: string, isTyped: IsTyped): boolean {
  return (
    redactWords(name, { vocabulary: VOCABULARY, isTyped, isSafe: isLetter, hasCounts: false }) ===
    name
  );
}

/** Names of columns for a message, each in quotes; those that may be identifiers are only counted. */
export function listNames(names: readonly string[], isTyped: IsTyped): string {
  const safe = names.filter((name) => isSafeName(name, isTyped));
  const hidden = names.length - safe.length;
  const list = safe.slice(0, MOST_NAMES).map((name) => `"${name}"`);
  if (safe.length > MOST_NAMES) list.push(`${safe.length - MOST_NAMES} more`);
  if (hidden === 1) list.push('1 hidden because its name looks like data');
  if (hidden > 1) list.push(`${hidden} hidden because their names look like data`);
  return list.join(', ');
}
