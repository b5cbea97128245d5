import type { DuckDBConnection } from '@duckdb/node-api';
import { constantsOf, csvParameters } from './file-calls.ts';
import type { FileRead } from './file-reads.ts';
import { constantText } from './parse-tree.ts';
import { sqlText } from './sql-tokens.ts';

/** What says how the bytes of a file become lines. */
const OF_LINES = ['compression', 'encoding', 'new_line', 'max_line_size', 'maximum_line_size'];
/** What says how lines become rows. */
const OF_ROWS = [
  ...['delim', 'sep', 'quote', 'escape', 'comment', 'header', 'skip', 'sample_size'],
  ...['null_padding', 'strict_mode', 'ignore_errors', 'buffer_size'],
];
const ADDED_OF_ROWS = /^(?:quote|escape|comment) =/;

/** What DuckDB would detect about a CSV file. */
export interface Sniffed {
  readonly delimiter: string;
  /** Lines before the first one that it would read, the header included. */
  readonly skipped: number;
  readonly hasHeader: boolean;
  readonly names: readonly string[];
}

export interface FileHead {
  readonly file: string;
  /** The first line that is read, which may be a header. */
  readonly first: string;
}

/** `null` where DuckDB does not find out, or the query computes a parameter that it depends on. */
export async function sniff(
  connection: DuckDBConnection,
  file: string,
  read: FileRead,
): Promise<Sniffed | null> {
  const given = [...OF_LINES, ...OF_ROWS];
  if (!areConstant(read, given)) return null;
  const added = csvParameters(read).filter((parameter) => ADDED_OF_ROWS.test(parameter));
  const call = [sqlText(file), ...constantsOf(read, given), ...added].join(', ');
  const found = await connection
    .runAndReadAll(
      `SELECT Delimiter, SkipRows::INTEGER, HasHeader, list_transform(Columns, lambda c: c.name) FROM sniff_csv(${call})`,
    )
    // Running the query says what is wrong.
    .catch(() => null);
  const row = found?.getRowsJson()[0] as [string, number, boolean, string[]] | undefined;
  if (row === undefined) return null;
  const [delimiter, skipped, hasHeader, names] = row;
  return { delimiter, skipped, hasHeader, names };
}

/**
 * The first lines of a file, without their ends, comments, and those that the query skips; empty where
 * they cannot be read.
 */
export async function firstLines(
  connection: DuckDBConnection,
  file: string,
  read: FileRead,
  most: number,
): Promise<string[]> {
  const lines = linesOf(file, read);
  if (lines === null) return [];
  const comment = constantText(read.parameters.get('comment')) ?? '';
  const isRow =
    comment === '' ? 'true' : `line IS NULL OR NOT starts_with(line, ${sqlText(comment)})`;
  return await connection
    .runAndReadAll(`SELECT line FROM ${lines} WHERE ${isRow} LIMIT ${most}`)
    .then(
      (found) => found.getRows().map(([line]) => String(line ?? '')),
      () => [],
    );
}

/** The number of fields of the longest row, roughly: a value in quotes counts by its lines. */
export async function longestRow(
  connection: DuckDBConnection,
  file: string,
  read: FileRead,
  delimiter: string,
): Promise<number> {
  const fields = `len(string_split(regexp_replace(line, '"[^"]*"', '', 'g'), ${sqlText(delimiter)}))`;
  return await connection.runAndReadAll(`SELECT max(${fields}) FROM ${linesOf(file, read)}`).then(
    (found) => Number(found.value(0, 0)),
    () => 0,
  );
}

/** How many lines of a file have a comment that begins after other text and outside of quotes. */
export async function cutLines(
  connection: DuckDBConnection,
  file: string,
  read: FileRead,
  comment: string,
): Promise<number> {
  const rest = `regexp_replace(line, '"[^"]*"', '', 'g')`;
  const test = `contains(${rest}, ${sqlText(comment)}) AND NOT starts_with(line, ${sqlText(comment)})`;
  return await connection
    .runAndReadAll(`SELECT count(*) FROM ${linesOf(file, read)} WHERE ${test}`)
    .then(
      (found) => Number(found.value(0, 0)),
      // Running the query says what is wrong with the file.
      () => 0,
    );
}

/** A call that reads the lines of a file; `null` where the query computes what it depends on. */
function linesOf(file: string, read: FileRead): string | null {
  const names = [...OF_LINES, 'skip'];
  if (!areConstant(read, names)) return null;
  const call = [
    sqlText(file),
    "auto_detect = false, header = false, columns = {'line': 'VARCHAR'}",
    // No line contains it, so each is one value.
    "delim = chr(1), quote = '', escape = ''",
    ...constantsOf(read, names),
  ];
  return `read_csv(${call.join(', ')})`;
}

/** Whether all of these that the call has are constants. */
function areConstant(read: FileRead, names: readonly string[]): boolean {
  const given = names.filter((name) => read.parameters.has(name));
  return constantsOf(read, given).length === given.length;
}
