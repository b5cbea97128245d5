import type { DuckDBConnection } from '@duckdb/node-api';
import { isSafeName } from '../../redaction/names.ts';
import { wordsTypedIn } from '../../redaction/typed.ts';
import { callOf } from './file-calls.ts';
import { headOf } from './file-contents.ts';
import type { FileRead, ReadStatement } from './file-reads.ts';
import { sqlText } from './sql-tokens.ts';

const DELIMITERS = /[,;\t|]/;
/** As DuckDB names columns without a header. */
const NO_NAME = /^column\d+$/;
const SAYS_NAMES = ['header', 'names', 'column_names', 'columns'];

/**
 * Why the columns of a CSV file may not be those of its header, and the reader that cures it; empty
 * where they are.
 */
export async function headerAdvice(
  query: ReadStatement,
  connection: DuckDBConnection,
): Promise<string> {
  for (const read of query.reads) {
    const [file] = read.files;
    if (read.format !== 'csv' || file === undefined) continue;
    if (SAYS_NAMES.some((name) => read.parameters.has(name))) continue;
    const advice = await adviceFor(file, read, query, connection);
    if (advice !== '') return advice;
  }
  return '';
}

async function adviceFor(
  file: string,
  read: FileRead,
  query: ReadStatement,
  connection: DuckDBConnection,
): Promise<string> {
  const names = await namesOf(read, query, connection);
  const isTyped = wordsTypedIn(query.query);
  const firstLine = firstLineOf(file, query.directory);
  const lost = firstLine
    .split(DELIMITERS)
    .map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
    .filter((cell) => /[\p{L}_]/u.test(cell) && isSafeName(cell, isTyped) && !names.includes(cell));
  if (lost.length > 0 && names.length > 0) {
    return `The rows of "${file}" differ in their number of fields, so its first line was not taken for the header: FROM read_csv(${sqlText(file)}, header = true, null_padding = true).`;
  }
  const isNamed = names.some((name) => !NO_NAME.test(name) && isSafeName(name, isTyped));
  if (isNamed || names.length === 0) return '';
  return `"${file}" seems to have no header line, so name its columns, in their order: FROM read_csv(${sqlText(file)}, header = false, names = ['user_ids']).`;
}

async function namesOf(
  read: FileRead,
  { query }: ReadStatement,
  connection: DuckDBConnection,
): Promise<readonly string[]> {
  // What it reads is what ran, so an error here is the one that was reported.
  return await connection.run(`FROM ${callOf(read, query)}, all_varchar = true) LIMIT 0`).then(
    (result) => result.columnNames(),
    () => [],
  );
}

function firstLineOf(file: string, directory: string): string {
  const [line = ''] = (headOf(file, directory)?.toString() ?? '').split(/[\r\n]/);
  return line.replace(/^\ufeff/, '');
}
