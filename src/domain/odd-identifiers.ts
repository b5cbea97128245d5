/** Why an identifier looks like a mistake. It is sent all the same. */
type Oddity = 'missing' | 'spaces' | 'decimal' | 'exponent' | 'quotes' | 'name' | 'formula' | 'nul';

/** What the warnings say about each, after the number of identifiers. */
const SAYS: Readonly<Record<Oddity, readonly [one: string, many: string, cure: string]>> = {
  missing: [
    'looks like a missing value, such as NULL or N/A',
    'look like missing values, such as NULL or N/A',
    'exclude such rows with WHERE',
  ],
  spaces: [
    'begins or ends with white space',
    'begin or end with white space',
    'remove it with trim',
  ],
  decimal: [
    'ends in .0, like a whole number that was a float before it became text',
    'end in .0, like whole numbers that were floats before they became text',
    'cast such numbers to an integer type before they become text',
  ],
  exponent: [
    'is a number with an exponent, which may have lost digits',
    'are numbers with an exponent, which may have lost digits',
    'write the column as text where the data is exported',
  ],
  quotes: [
    'is in quotes',
    'are in quotes',
    'remove them with trim, or with the quote option of read_csv',
  ],
  name: [
    'is the name of its own column, like a second header',
    'are the names of their own columns, like a second header',
    'remove the headers inside of files that were joined',
  ],
  formula: [
    'is a formula such as ="007"',
    'are formulas such as ="007"',
    'take the text out of them',
  ],
  nul: [
    'contains a NUL character',
    'contain a NUL character',
    'write the files again as UTF-8 text',
  ],
};

const MISSING: ReadonlySet<string> = new Set([
  ...['null', '(null)', '<null>', '[null]', 'nil', 'none', 'undefined', 'nan', '\\n'],
  ...['n/a', '#n/a', '<na>', 'na', 'n.a.', '-', '--', '?'],
]);
const LONGEST_MISSING = 9;
const WHITE_SPACE = /[\s\u0085]/;
const DECIMAL = /^[+-]?\d+\.0+$/;
/** As programs write numbers; a sign or a decimal point tells it from a hash. */
const EXPONENT = /^[+-]?(?:\d+\.\d+e[+-]?|\d+e[+-])\d+$/i;
const QUOTES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['“', '”'],
  ['‘', '’'],
  ['«', '»'],
]);

const SPACE = 0x20;
const ASCII = 0x7f;
const ZERO = 0x30;
const NINE = 0x39;
const LETTER_A = 0x61;
const LETTER_Z = 0x7a;
const LOWER_CASE = 0x20;

/** Counts the identifiers of an export that look odd, by column. */
export class OddIdentifiers {
  readonly #counts = new Map<Oddity, Map<string, number>>();

  /** @param value valid and not empty */
  add(column: string, value: string): void {
    const oddity = oddityIn(column, value);
    if (oddity === null) return;
    const columns = this.#counts.get(oddity) ?? new Map<string, number>();
    this.#counts.set(oddity, columns.set(column, (columns.get(column) ?? 0) + 1));
  }

  /** A warning for each oddity that was found, with counts and without any value. */
  warnings(): string[] {
    return [...this.#counts].map(([oddity, columns]) => {
      const counts = [...columns];
      const total = counts.reduce((sum, [, count]) => sum + count, 0);
      const places = counts.map(([column, count]) =>
        counts.length === 1 ? `in "${column}"` : `${count} in "${column}"`,
      );
      const [one, many, cure] = SAYS[oddity];
      const what =
        total === 1
          ? `1 identifier (${places}) ${one}`
          : `${total} identifiers (${places.join(', ')}) ${many}`;
      return `${what}. Identifiers are sent unchanged: if this is wrong, ${cure}.`;
    });
  }
}

function oddityIn(column: string, value: string): Oddity | null {
  if (isSame(column, value)) return 'name';
  return oddityOf(value) ?? (value.includes('\0') ? 'nul' : null);
}

/** Comparisons of single characters come first: nearly all identifiers pass, and there are millions. */
function oddityOf(value: string): Oddity | null {
  const first = value.charCodeAt(0);
  const last = value.charCodeAt(value.length - 1);
  if (mayBeSpace(first) && WHITE_SPACE.test(value.charAt(0))) return 'spaces';
  if (isDigit(last)) {
    const mayBeDecimal = last === ZERO && value.charCodeAt(value.length - 2) <= ZERO;
    if (mayBeDecimal && DECIMAL.test(value)) return 'decimal';
    const mayBeNumber = first <= NINE && (value.includes('e') || value.includes('E'));
    return mayBeNumber && EXPONENT.test(value) ? 'exponent' : null;
  }
  if (mayBeSpace(last) && WHITE_SPACE.test(value.slice(-1))) return 'spaces';
  if (value.startsWith('="') && value.length > 3 && value.endsWith('"')) return 'formula';
  if (!isLetter(first) && value.length > 2 && QUOTES.get(value.charAt(0)) === value.slice(-1)) {
    return 'quotes';
  }
  const isShort = value.length <= LONGEST_MISSING;
  return isShort && MISSING.has(value.toLowerCase()) ? 'missing' : null;
}

function isSame(column: string, value: string): boolean {
  return value.length === column.length && value.toLowerCase() === column.toLowerCase();
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function mayBeSpace(code: number): boolean {
  return code <= SPACE || code > ASCII;
}

function isLetter(code: number): boolean {
  return (code | LOWER_CASE) >= LETTER_A && (code | LOWER_CASE) <= LETTER_Z;
}
