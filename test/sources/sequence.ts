/** What the identifiers of a sequence begin with: long, so that rows which are kept show in memory. */
export const MEMBER_PREFIX = `${'member'.repeat(40)}-`;

/** The identifier in a row, from 0, of a sequence. */
export function memberOf(row: number): string {
  return `${MEMBER_PREFIX}${row}`;
}
