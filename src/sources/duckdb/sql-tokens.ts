/*
 * Where names and calls end in SQL that DuckDB has parsed already. Texts are strings of bytes
 * (`latin1`), as DuckDB counts places in bytes; every byte beyond ASCII is part of a name.
 */
const NAME = String.raw`"(?:[^"]|"")*"|[a-z_\x80-\xff][\w$\x80-\xff]*`;
const TEXT = String.raw`e'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\$(?<tag>\w*)\$.*?\$\k<tag>\$`;
const TABLE = new RegExp(`(?:${TEXT}|(?:${NAME})(?:\\s*\\.\\s*(?:${NAME}))*)`, 'isy');
const PART = new RegExp(`${TEXT}|${NAME}|--[^\\n]*|/\\*.*?\\*/|.`, 'isy');

/** The end of the name of a table that begins at `start`; `start` itself where none does. */
export function endOfTable(bytes: string, start: number): number {
  TABLE.lastIndex = start;
  return TABLE.test(bytes) ? TABLE.lastIndex : start;
}

/** The place of the bracket that closes the first one after `start`, or `null`. */
export function closingBracket(bytes: string, start: number): number | null {
  return bracketParts(bytes, start, '').close;
}

/** The first argument of the call that begins at `start`, or `null`. */
export function firstArgument(bytes: string, start: number): string | null {
  const { open, close } = bracketParts(bytes, start, ',');
  return open === null || close === null ? null : bytes.slice(open + 1, close);
}

/** The first bracket after `start`, and the one that closes it or, if earlier, the separator inside of it. */
function bracketParts(bytes: string, start: number, separator: string) {
  let depth = 0;
  let open: number | null = null;
  PART.lastIndex = start;
  for (let match = PART.exec(bytes); match !== null; match = PART.exec(bytes)) {
    const [part] = match;
    if (part === '(') open ??= match.index;
    if (part === '(' || (open !== null && /^[[{]$/.test(part))) depth += 1;
    if (open !== null && /^[)\]}]$/.test(part)) depth -= 1;
    const isEnd = part === ')' ? depth === 0 : depth === 1 && part === separator;
    if (open !== null && isEnd) return { open, close: match.index };
  }
  return { open, close: null };
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
