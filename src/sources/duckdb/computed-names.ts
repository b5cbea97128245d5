import type { DuckDBConnection } from '@duckdb/node-api';
import type { FileRead } from './file-reads.ts';
import { LOCATION } from './parse-tree.ts';
import { firstArgument } from './sql-tokens.ts';

/**
 * The reads with the names of files that a query computes, as in `read_csv('day-' || today() || '.csv')`:
 * DuckDB allows only expressions without columns there.
 */
export async function withFileNames(
  connection: DuckDBConnection,
  reads: readonly FileRead[],
  query: string,
): Promise<FileRead[]> {
  const named: FileRead[] = [];
  for (const read of reads) {
    const isComputed = read.isCall && read.files.length === 0;
    named.push(isComputed ? { ...read, files: await namesIn(connection, read, query) } : read);
  }
  return named;
}

async function namesIn(
  connection: DuckDBConnection,
  { node }: FileRead,
  query: string,
): Promise<string[]> {
  const bytes = Buffer.from(query).toString('latin1');
  const argument = firstArgument(bytes, Number(node[LOCATION]));
  if (argument === null) return [];
  // The line break ends a comment.
  const sql = `SELECT (${Buffer.from(argument, 'latin1').toString()}\n)`;
  // Running the query says what is wrong with it.
  const found = await connection.runAndReadAll(sql).catch(() => null);
  const value: unknown = found?.getRowsJson()[0]?.[0];
  const names = Array.isArray(value) ? value : [value];
  return names.every((name) => typeof name === 'string') ? names : [];
}
