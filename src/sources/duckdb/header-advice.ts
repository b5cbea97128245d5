import type { DuckDBConnection } from '@duckdb/node-api';
import { isSafeName } from '../../redaction/names.ts';
import { wordsTypedIn } from '../../redaction/typed.ts';
import { givenNames } from './column-names.ts';
import { firstLines } from './csv-look.ts';
import { callOf } from './file-calls.ts';
import { expand } from './file-contents.ts';
import type { FileRead, ReadStatement } from './file-reads.ts';
import { noHeader } from './uneven-rows.ts';

/** As DuckDB names columns without a header. */
const NO_NAME = /^column\d+$/;
const SOME_LINES = 1_000;

/**
 * Why the columns of a CSV file may not be those of its header, and the reader to use instead; empty
 * if they are.
 */
export async function headerAdvice(
  query: ReadStatement,
  connection: DuckDBConnection,
): Promise<string> {
  for (const read of query.reads) {
    if (read.format !== 'csv' || read.parameters.has('header') || givenNames(read) !== null) {
      continue;
    }
    const [file] = await expand(connection, read.files);
    const names = file === undefined ? [] : await namesOf(read, query, connection);
    const isTyped = wordsTypedIn(query.query);
    const isNamed = names.some((name) => !NO_NAME.test(name) && isSafeName(name, isTyped));
    if (file === undefined || isNamed || names.length === 0) continue;
    const lines = await firstLines(connection, file, read, SOME_LINES);
    return noHeader({ file, lines }, read, query);
  }
  return '';
}

async function namesOf(
  read: FileRead,
  { query }: ReadStatement,
  connection: DuckDBConnection,
): Promise<readonly string[]> {
  // What it reads is what ran, so an error here is the one that was reported.
  const call = [callOf(read, query), ...read.added].join(', ');
  return await connection.run(`FROM ${call}) LIMIT 0`).then(
    (result) => result.columnNames(),
    () => [],
  );
}
