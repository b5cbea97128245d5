import { hasWord, looksLikeName, redactSecrets } from '../../domain/masking.ts';

const MAX_LINES = 3;
const MAX_CHARACTERS = 600;

/** Lines that an engine quotes values in: what they quote is shown only where the query has it. */
const SPEAKS_OF_VALUES =
  /cast|conver|pars(e|ing)|format|malformed|range|overflow|invalid (value|input|argument|date|time|number|json|utf)|original line|processing row|csv|json|constraint|duplicate|divi/i;
/** In such a line everything after these words is a value. */
const VALUE_AFTER =
  /\b(original line|cannot be cast to [\w ()]+|(?:cast|convert|parse)\w*[^:'"`\n]*|invalid (?:value|input|argument|date|time|number)[^:'"`\n]*): .*$/i;
const SAYS_WHY = /fail|error|exception|cannot|could not|not (found|exist)|invalid|denied|exceed/i;
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
  return line
    .replace(/\{.*\}/g, (run) => (isTyped(run) ? run : '{…}'))
    .replace(VALUE_AFTER, (run, words: string) =>
      isTyped(run.slice(words.length + 2)) || /['"`]/.test(run.slice(words.length + 2))
        ? run
        : `${words}: …`,
    )
    .replace(/'[^']*'|"[^"]*"|`[^`]*`/g, (run) =>
      isShown(run.slice(1, -1)) ? run : `${run[0]}…${run[0]}`,
    )
    .replace(/[^\s'"`]*@[^\s'"`]*/g, (word) => (isTyped(word) ? word : '…'))
    .replace(/\b\d{7,}\b/g, (digits) => (isTyped(digits) ? digits : '…'));
}
