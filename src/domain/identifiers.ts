import { type Cell, InvalidValue } from './rows.ts';

/**
 * An external id "must be fewer than 988 bytes"; for the other kinds no length is documented.
 * https://www.braze.com/docs/api/objects_filters/user_attributes_object
 */
const IDENTIFIER_MAX_BYTES = 987;

/** Unicode's white space, and U+FEFF as JavaScript has it; `\s` alone lacks U+0085, NEXT LINE. */
const OTHER_THAN_WHITE_SPACE = /[^\s\u0085]/;

const utf8 = new TextEncoder();

/** What is wrong with an identifier that is neither NULL nor empty, or `null`. */
export function identifierProblem(value: string): string | null {
  const first = value.charCodeAt(0);
  if ((first <= 0x20 || first >= 0x7f) && !OTHER_THAN_WHITE_SPACE.test(value))
    return 'is only white space';
  // A UTF-16 unit takes at most 3 bytes of UTF-8, so most values need no counting.
  if (value.length * 3 > IDENTIFIER_MAX_BYTES) {
    const bytes = utf8.encode(value).length;
    if (bytes > IDENTIFIER_MAX_BYTES) {
      return `is ${bytes} bytes long; Braze takes at most ${IDENTIFIER_MAX_BYTES}`;
    }
  }
  return value.isWellFormed() ? null : 'is not valid Unicode text (UTF-8)';
}

/** The first value of a cell that makes its row invalid, or `null`. */
export function cellProblem(cell: Cell): InvalidValue | null {
  if (cell === null || cell === '') return null;
  if (typeof cell === 'string') {
    const reason = identifierProblem(cell);
    return reason === null ? null : new InvalidValue(reason, cell);
  }
  if (cell instanceof InvalidValue) return cell;
  for (const value of cell) {
    const problem = cellProblem(value);
    if (problem !== null) return problem;
  }
  return null;
}

/** Whether a cell without a problem has an identifier. */
export function hasIdentifier(cell: Cell): boolean {
  if (cell === null || cell === '') return false;
  return typeof cell === 'string' || cell instanceof InvalidValue || cell.some(hasIdentifier);
}
