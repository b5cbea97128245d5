import type { DuckDBConnection } from '@duckdb/node-api';
import { csvCause } from './csv-causes.ts';
import type { EngineError } from './engine-error.ts';
import type { ReadStatement } from './file-reads.ts';
import { headerAdvice } from './header-advice.ts';
import { textAdvice } from './text-advice.ts';

/** What to do about an error, beyond what DuckDB says; may be empty. */
export async function adviceOn(
  error: EngineError,
  query: ReadStatement,
  connection: DuckDBConnection,
): Promise<string> {
  if (error.kind !== 'Binder') return await csvCause(error, query, connection);
  if (/^Referenced column .* not found in FROM clause/.test(error.message)) {
    return await headerAdvice(query, connection);
  }
  return await textAdvice(error, query, connection);
}
