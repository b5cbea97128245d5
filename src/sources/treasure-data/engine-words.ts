import { hasWord, looksLikeName, redactSecrets } from '../../domain/masking.ts';

const MAX_LINES = 3;
const MAX_CHARACTERS = 600;

/** Lines that an engine quotes values in: what they quote is shown only where the query has it. */
const SPEAKS_OF_VALUES =
  /cast|conver|pars(e|ing)|format|malformed|range|overflow|\bvalues?\b|map key|in map|input string|invalid (value|input|argument|date|time|number|json|utf)|not a valid|original line|processing row|csv|json|constraint|duplicate|divi/i;
/** In such a line everything after these words is a value. */
const VALUE_AFTER =
  /\b(original line|input string|key not present in map|\w*overflow|cannot be cast to [\w ()]+|(?:cast|convert|parse)\w*[^:'"`\n]*|(?:not a valid|out of range for|invalid (?:value|input|argument|date|time|number|uuid))[^:'"`\n]*): .*$/i;
/** A value in the middle of a line, without quotes: `with value 300 can't be cast`. */
const VALUE_WITHIN =
  /\b(value )((?!(?:can|could|is|was|has|must|out|of|to|for|in|not|at)\b)[^\s'"`]+)(?= (?:to|is|was|exceeds|can|could|out)\b)/gi;
const SAYS_WHY =
  /fail|error|exception|cannot|could not|not (found|exist)|invalid|denied|exceed|candidate|did you mean/i;
const STACK = /^\s*(at [\w$.<>]+\(|\.\.\. \d+ more|Caused by: [\w.$]+$)/;
const ECHO = /^\s*(executing query|query):/i;

/**
 * What an engine wrote about a job that failed, cut to the lines that say why. Values that came out of
 * the data are masked; names of columns and tables and places in the query stay.
 */
export function errorWords(
  outputs: readonly (string | null | undefined)[],
  query: string,
  secrets: readonly string[],
): string {
  for (const output of outputs) {
    const lines = (output ?? '')
      .split('\n')
      .filter((line) => line.trim() !== '' && !STACK.test(line) && !ECHO.test(line));
    const telling = lines.filter((line) => SAYS_WHY.test(line));
    const shown = [...new Set(telling.length > 0 ? telling : lines)].slice(-MAX_LINES);
    if (shown.length === 0) continue;
    const words = shown
      .map((line) => mask(redactSecrets(line.trim(), secrets), query).replace(/\.$/, ''))
      .join('; ');
    return words.length <= MAX_CHARACTERS ? words : `${words.slice(0, MAX_CHARACTERS)}…`;
  }
  return '';
}

function mask(line: string, query: string): string {
  const isTyped = (run: string) => hasWord(query, run);
  const speaksOfValues = SPEAKS_OF_VALUES.test(line);
  const isShown = (run: string) => isTyped(run) || (!speaksOfValues && looksLikeName(run));
  const unquoted = line
    .replace(/n't\b/g, 'n’t')
    .replace(/\{.*\}/g, (run) => (isTyped(run) ? run : '{…}'))
    .replace(VALUE_AFTER, (run, words: string) =>
      isTyped(run.slice(words.length + 2)) || /(^|\s)['"`]/.test(run.slice(words.length + 2))
        ? run
        : `${words}: …`,
    )
    .replace(VALUE_WITHIN, (run, word: string, value: string) =>
      isTyped(value) ? run : `${word}…`,
    )
    .replace(/\bmap keys \(.*\)/i, 'map keys (…)');
  return ["'", '"', '`']
    .reduce((text, quote) => maskQuoted(text, quote, isShown, speaksOfValues), unquoted)
    .replace(/[^\s'"`]*@[^\s'"`]*/g, (word) => (isTyped(word) ? word : '…'))
    .replace(/\b\d{7,}\b/g, (digits) => (isTyped(digits) ? digits : '…'));
}

/** A value may have quotes of its own (O'Brien), or go on in the next line: then the rest is masked. */
function maskQuoted(
  text: string,
  quote: string,
  isShown: (run: string) => boolean,
  isValue: boolean,
): string {
  const last = text.lastIndexOf(quote);
  let masked = '';
  let at = 0;
  for (;;) {
    const start = text.indexOf(quote, at);
    const next = start === -1 ? -1 : text.indexOf(quote, start + 1);
    if (start === -1 || (next === -1 && !isValue)) return masked + text.slice(at);
    const isRunShown = next !== -1 && isShown(text.slice(start + 1, next));
    const end = isRunShown || !isValue ? next : last > start ? last : text.length;
    const run = isRunShown ? text.slice(start, end + 1) : `${quote}…${quote}`;
    masked += text.slice(at, start) + run;
    at = end + 1;
  }
}
