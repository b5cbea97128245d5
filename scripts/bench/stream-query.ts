/**
 * The query of the staging benchmark, streamed as fast as the library can: its rows arrive in this
 * process, and none of their values is made a JavaScript one. Argument: SQL.
 */
import { DuckDBInstance } from '@duckdb/node-api';

const connection = await (await DuckDBInstance.create()).connect();
const startedAt = performance.now();
const result = await connection.stream(process.argv[2] ?? '');
let rows = 0;
for (let chunk = await result.fetchChunk(); chunk?.rowCount; chunk = await result.fetchChunk()) {
  rows += chunk.rowCount;
}
process.stdout.write(JSON.stringify({ rows, seconds: (performance.now() - startedAt) / 1_000 }));
