import { type Cell, InvalidValue } from './rows.ts';

/** Unicode's white space, and U+FEFF as JavaScript has it; `\s` alone lacks U+0085, NEXT LINE. */
const OTHER_THAN_WHITE_SPACE = /[^\s\u0085]/;

/** Why a destination would not take a valid text as an identifier, or `null`. */
export type IdentifierRule = (value: string) => string | null;

/** What is wrong with an identifier that is neither NULL nor empty, or `null`. */
export function identifierProblem(value: string, rule: IdentifierRule): string | null {
  const first = value.charCodeAt(0);
  if ((first <= 0x20 || first >= 0x7f) && !OTHER_THAN_WHITE_SPACE.test(value))
    return 'contains only white space';
  return rule(value) ?? (value.isWellFormed() ? null : 'is not valid Unicode text (UTF-8)');
}

/** The first value of a cell that makes its row invalid, or `null`. */
export function cellProblem(cell: Cell, rule: IdentifierRule): InvalidValue | null {
  if (cell === null || cell === '') return null;
  if (typeof cell === 'string') {
    const reason = identifierProblem(cell, rule);
    return reason === null ? null : new InvalidValue(reason, cell);
  }
  if (cell instanceof InvalidValue) return cell;
  for (const value of cell) {
    const problem = cellProblem(value, rule);
    if (problem !== null) return problem;
  }
  return null;
}

/** Whether a cell without a problem has an identifier. */
export function hasIdentifier(cell: Cell): boolean {
  if (cell === null || cell === '') return false;
  return typeof cell === 'string' || cell instanceof InvalidValue || cell.some(hasIdentifier);
}
