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
/** The parameters that have to be constants, so that the files can be looked at before they are read. */
export const LOOKED_AT: readonly string[] = [...OF_LINES, ...OF_ROWS];
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

/** `null` where DuckDB does not find out. */
export async function sniff(
  connection: DuckDBConnection,
  file: string,
  read: FileRead,
): Promise<Sniffed | null> {
  const added = csvParameters(read).filter((parameter) => ADDED_OF_ROWS.test(parameter));
  const call = [sqlText(file), ...constantsOf(read, LOOKED_AT), ...added].join(', ');
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
  const comment = constantText(read.parameters.get('comment')) ?? '';
  const isRow =
    comment === '' ? 'true' : `line IS NULL OR NOT starts_with(line, ${sqlText(comment)})`;
  return await connection
    .runAndReadAll(`SELECT line FROM ${linesOf(file, read)} WHERE ${isRow} LIMIT ${most}`)
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

/** A call that reads the lines of a file. */
function linesOf(file: string, read: FileRead): string {
  const call = [
    sqlText(file),
    "auto_detect = false, header = false, columns = {'line': 'VARCHAR'}",
    // No line contains it, so each is one value.
    "delim = chr(1), quote = '', escape = ''",
    ...constantsOf(read, [...OF_LINES, 'skip']),
  ];
  return `read_csv(${call.join(', ')})`;
}
