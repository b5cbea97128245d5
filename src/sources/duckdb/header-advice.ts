import type { DuckDBConnection } from '@duckdb/node-api';
import { ExportError } from '../../domain/failures.ts';
import { isSafeName } from '../../redaction/names.ts';
import { wordsTypedIn } from '../../redaction/typed.ts';
import { callOf, csvParameters } from './file-calls.ts';
import { expand, headOf } from './file-contents.ts';
import type { FileRead, ReadStatement } from './file-reads.ts';
import { CsvHead } from './ragged-rows.ts';
import { sqlText } from './sql-tokens.ts';

/** As DuckDB names columns without a header. */
const NO_NAME = /^column\d+$/;
const SAYS_NAMES = ['header', 'names', 'column_names', 'columns'];

/**
 * Why the columns of a CSV file may not be those of its header, and the reader to use instead; empty
 * if they are.
 */
export async function headerAdvice(
  query: ReadStatement,
  connection: DuckDBConnection,
): Promise<string> {
  for (const read of query.reads) {
    if (!isChecked(read)) continue;
    const files = await expand(connection, read.files);
    // Otherwise the columns are those of the first file alone.
    const relevant = read.parameters.has('union_by_name') ? files : files.slice(0, 1);
    const names = relevant.length === 0 ? [] : await namesOf(read, query, connection);
    for (const file of relevant) {
      const advice = adviceFor(file, read, query, names);
      if (advice !== '') return advice;
    }
  }
  return '';
}

function adviceFor(
  file: string,
  read: FileRead,
  query: ReadStatement,
  names: readonly string[],
): string {
  const isTyped = wordsTypedIn(query.query);
  const head = csvHead(file, query.directory);
  const lost = head.header.filter(
    (cell) => /[\p{L}_]/u.test(cell) && isSafeName(cell, isTyped) && !names.includes(cell),
  );
  if (lost.length > 0 && names.length > 0) {
    if (head.hasSecondHeader) return joined(file);
    const ragged = head.raggedParameters(names.length, isTyped);
    return `The rows of "${file}" have different numbers of fields, so its first line was not taken as the header. A value that contains the delimiter needs quotes; to fill short rows with NULL, write FROM read_csv(${argumentOf(read)}, ${ragged}).`;
  }
  const isNamed = names.some((name) => !NO_NAME.test(name) && isSafeName(name, isTyped));
  if (isNamed || names.length === 0) return '';
  return `"${file}" seems to have no header line, so name its columns in order: FROM read_csv(${argumentOf(read)}, header = false, names = ['user_ids']).`;
}

/**
 * Refuses a file whose first line would be skipped although it is a header, as when two files were
 * joined: DuckDB would skip all rows before the second header.
 * @throws ExportError `QueryFailed`
 */
export async function refuseSecondHeaders(
  connection: DuckDBConnection,
  reads: readonly FileRead[],
  directory: string,
): Promise<void> {
  for (const read of reads) {
    if (!isChecked(read) || read.parameters.has('skip')) continue;
    // DuckDB looks for the header of each file by itself, so each can lose rows.
    for (const file of await expand(connection, read.files)) {
      if (await hasSkippedHeader(connection, file, directory)) {
        throw new ExportError('QueryFailed', joined(file));
      }
    }
  }
}

async function hasSkippedHeader(
  connection: DuckDBConnection,
  file: string,
  directory: string,
): Promise<boolean> {
  const { header } = csvHead(file, directory);
  const sniffed = await connection
    .runAndReadAll(
      `SELECT list_transform(Columns, lambda c: c.name) FROM sniff_csv(${sqlText(file)}, quote = '"', escape = '"', comment = '') WHERE SkipRows > 0`,
    )
    // Running the query says what is wrong.
    .catch(() => null);
  const [[found] = []] = (sniffed?.getRowsJson() ?? []) as string[][][];
  return found !== undefined && header.some((cell) => found.includes(cell));
}

/** Whether DuckDB looks for the header of the files. */
function isChecked({ format, parameters }: FileRead): boolean {
  return format === 'csv' && !SAYS_NAMES.some((name) => parameters.has(name));
}

/** The files as the query has them, so that what is pasted reads all of them. */
function argumentOf({ files: [first = '', ...others] }: FileRead): string {
  if (others.length === 0) return sqlText(first);
  return `[${[first, ...others].map(sqlText).join(', ')}]`;
}

async function namesOf(
  read: FileRead,
  { query }: ReadStatement,
  connection: DuckDBConnection,
): Promise<readonly string[]> {
  // What it reads is what ran, so an error here is the one that was reported.
  const call = [callOf(read, query), ...csvParameters(read)].join(', ');
  return await connection.run(`FROM ${call}) LIMIT 0`).then(
    (result) => result.columnNames(),
    () => [],
  );
}

function joined(file: string): string {
  return `"${file}" has more than one header, with different numbers of fields, as if files had been joined. Split it into one file for each header.`;
}

function csvHead(file: string, directory: string): CsvHead {
  return new CsvHead(headOf(file, directory)?.toString() ?? '');
}
