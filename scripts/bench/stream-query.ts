/** The query of the staging benchmark, streamed and read by column, and nothing else. Argument: SQL. */
import { DuckDBInstance } from '@duckdb/node-api';

const connection = await (await DuckDBInstance.create()).connect();
const startedAt = performance.now();
const result = await connection.stream(process.argv[2] ?? '');
let rows = 0;
for (let chunk = await result.fetchChunk(); chunk?.rowCount; chunk = await result.fetchChunk()) {
  for (let column = 0; column < chunk.columnCount; column += 1) chunk.getColumnValues(column);
  rows += chunk.rowCount;
}
process.stdout.write(JSON.stringify({ rows, seconds: (performance.now() - startedAt) / 1_000 }));
