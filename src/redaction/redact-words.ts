import { hideConvertedValues } from './converted-values.ts';
import { GENERATED_NAME, type Vocabulary } from './known-words.ts';
import type { IsTyped } from './typed.ts';

export interface KnownSafe {
  readonly vocabulary: Vocabulary;
  readonly isTyped: IsTyped;
  /** `false` where `line 5` is not the place of an error. @default true */
  readonly hasCounts?: boolean;
  /** What else the service writes by itself, such as the id of a query. */
  readonly isSafe?: (word: string) => boolean;
}

/** Longer lines quote a value, and their end says nothing. */
const LONGEST_LINE = 2_000;

const BREAKS = String.raw`\s!"#$&'()*,:;<=>?[\]\\^${'`'}{|}~“”‘’«»„…`;
/** Whatever does not break a word belongs to it: letters of all scripts, digits, `@`, `.`, `-`, `/`. */
const LETTER = `[^${BREAKS}]`;
/** So that `line 5@x.io` is not a line. */
const END = `(?!\\.*[^.${BREAKS}])`;

/** An e-mail address may hold most of what breaks words. */
const ADDRESS = String.raw`[^\s,;"'${'`'}()<>[\]{}]`;

const COUNTABLE =
  'argument|parameter|column|entry|element|field|partition|split|stage|attempt|character';
const COUNTABLES = `(?:${COUNTABLE})s|entries`;
const SIZE = String.raw`(?:\d{1,15} bytes|\d{1,4}(?:\.\d{1,3})? ?[kmgtp]i?b)`;
/** Numbers are shown only where the words around them say what they count: `line 1:8`, `2 arguments`. */
const COUNTS = [
  String.raw`(?:line |on line: )\d{1,9}(?::\d{1,6}|, column \d{1,6})?`,
  String.raw`line: \d{1,9}, column: \d{1,6}`,
  String.raw`(?:byte|position|index|location|record/value|of size):? \d{1,9}`,
  String.raw`number of columns: \d{1,6} found: \d{1,6}`,
  String.raw`(?:return code|status|status code|error code|multiple of) \d{1,3}`,
  String.raw`\[error \d{5}`,
  String.raw`(?:decimal|numeric|n?varchar|char|bpchar|varbinary|timestamp|time|float|bit)\(\d{1,4}(?:, ?\d{1,3})?(?=\))`,
  `${SIZE}(?:/${SIZE})?`,
  String.raw`limit of \d{1,4}(?:\.\d{1,3})?(?:ms|[smhdb])`,
  String.raw`(?:only|at most|up to|maximum of|limit of) \d{1,3}(?:,\d{3})?`,
  String.raw`\d{1,6}(?:\.\d{1,3})? (?:milliseconds|seconds|minutes|hours|days)`,
  String.raw`(?:1 (?:${COUNTABLE})|\d{1,4} (?:${COUNTABLES}))`,
];

const PARTS = new RegExp(
  [
    `(?<count>(?<!${LETTER})(?:${COUNTS.join('|')})${END})`,
    // An e-mail address is hidden as a whole, whatever it is made of.
    `(?<email>${ADDRESS}*@(?:${ADDRESS}*(?!\\.)${ADDRESS})?)`,
    `(?<word>${LETTER}+(?:['’](?=\\p{L})${LETTER}+)*)`,
  ].join('|'),
  'giu',
);

/** Hidden words beside each other become one. */
const HIDDEN_RUN = /…(?:(?:[\s,='"`*|+]{1,5}|[:>]{1,2})…)+/g;

/**
 * One policy for all that others wrote: a word is shown only where it is known to be safe, else it is
 * hidden (`…`). Safe are the vocabulary, what people typed, and numbers that count lines and the like.
 */
export function redactWords(text: string, safe: KnownSafe): string {
  const hidden = hideConvertedValues(text, safe.isTyped);
  const isWhole = hidden.length <= LONGEST_LINE;
  const line = isWhole ? hidden : hidden.slice(0, LONGEST_LINE).replace(/\S*$/, '…');
  return line
    .replace(PARTS, (part, ...match) => {
      const { count, email } = match.at(-1) as Record<string, string | undefined>;
      if (count !== undefined) return safe.hasCounts === false ? '…' : part;
      if (email !== undefined) return safe.isTyped(part) ? part : '…';
      const offset = match.at(-3) as number;
      return showWord(part, isQuoted(line, offset, part.length), safe);
    })
    .replace(HIDDEN_RUN, '…');
}

/** Whether a redacted text still says something. */
export function saysSomething(redacted: string): boolean {
  return /[\p{L}\p{N}]/u.test(redacted);
}

/** A single word in quotes is a name or a value; words of a longer quote are as safe as outside of it. */
function isQuoted(line: string, offset: number, length: number): boolean {
  const before = line[offset - 1] ?? '';
  return /["'`]/.test(before) && before === line[offset + length];
}

function showWord(word: string, quoted: boolean, safe: KnownSafe): string {
  if (safe.isTyped(word)) return word;
  const [, before = '', bare = '', after = ''] = /^([-+./%]*)(.*?)([-+./%]*)$/s.exec(word) ?? [];
  if (bare === '') return word;
  const isShown =
    safe.isTyped(bare) ||
    safe.isSafe?.(bare) ||
    GENERATED_NAME.test(bare) ||
    isKnown(bare, quoted, safe) ||
    bare.split('.').every((piece) => safe.isTyped(piece) || isKnown(piece, quoted, safe));
  return isShown ? `${before}${bare}${after}` : `…${after}`;
}

function isKnown(piece: string, quoted: boolean, { vocabulary }: KnownSafe): boolean {
  const isListed = (word: string): boolean => {
    const lower = word.toLowerCase().replace('’', "'");
    return vocabulary.terms.has(lower) || (!quoted && vocabulary.words.has(lower));
  };
  if (isListed(piece)) return true;
  return piece
    .split(/[_/-]/)
    .every((part) => isListed(part) || partsOfCamelCase(part).every(isListed));
}

/** `SemanticException` is two words; any other word is a single part. */
function partsOfCamelCase(word: string): string[] {
  const parts = word.match(/\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})/gu) ?? [];
  return parts.join('') === word ? parts : [word];
}
