/*
 * Where names and calls end in SQL that DuckDB has parsed already. Texts are strings of bytes
 * (`latin1`), as DuckDB counts places in bytes; every byte beyond ASCII is part of a name.
 */
const NAME = String.raw`"(?:[^"]|"")*"|[a-z_\x80-\xff][\w$\x80-\xff]*`;
const TEXT = String.raw`e'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\$(?<tag>\w*)\$.*?\$\k<tag>\$`;
const TABLE = new RegExp(`(?:${TEXT}|(?:${NAME})(?:\\s*\\.\\s*(?:${NAME}))*)`, 'isy');
const PART = new RegExp(`${TEXT}|${NAME}|--[^\\n]*|/\\*.*?\\*/|[()]|[^()]`, 'isy');

/** The end of the name of a table that begins at `start`; `start` itself where none does. */
export function endOfTable(bytes: string, start: number): number {
  TABLE.lastIndex = start;
  return TABLE.test(bytes) ? TABLE.lastIndex : start;
}

/** The place of the bracket that closes the first one after `start`, or `null`. */
export function closingBracket(bytes: string, start: number): number | null {
  let depth = 0;
  PART.lastIndex = start;
  for (let match = PART.exec(bytes); match !== null; match = PART.exec(bytes)) {
    if (match[0] === '(') depth += 1;
    if (match[0] === ')') depth -= 1;
    if (match[0] === ')' && depth === 0) return match.index;
  }
  return null;
}

/** The place of the keyword TABLE that stands before `start`, or `null`. */
export function keywordTable(bytes: string, start: number): number | null {
  return /\btable\s+$/i.exec(bytes.slice(0, start))?.index ?? null;
}

export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
