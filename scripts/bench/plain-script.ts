/**
 * What one would write by hand: the query streamed, batched by 1,000, sent by lanes; no validation,
 * no staging, no retries, nothing kept. Arguments: URL, keys as JSON, query, lanes.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { Pool } from 'undici';

const [url = '', keys = '', query = '', lanes = ''] = process.argv.slice(2);
const { partnerName, partnerApiKey, dataImportKey } = JSON.parse(keys);
const pool = new Pool(url, { connections: Number(lanes) });

async function post(path: string, body: object): Promise<void> {
  const answer = await pool.request({
    method: 'POST',
    path: `/partners/${partnerName}/${path}`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      partner_api_key: partnerApiKey,
      client_secret: dataImportKey,
      cohort_id: 'plain',
      ...body,
    }),
  });
  await answer.body.dump();
  if (answer.statusCode !== 201) throw new Error(`Braze answered ${answer.statusCode}`);
}

async function* batches(): AsyncGenerator<string[]> {
  const connection = await (await DuckDBInstance.create()).connect();
  const result = await connection.stream(query);
  let batch: string[] = [];
  for (let chunk = await result.fetchChunk(); chunk?.rowCount; chunk = await result.fetchChunk()) {
    for (const value of chunk.getColumnValues(0)) {
      batch.push(value as string);
      if (batch.length < 1_000) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

await post('cohorts', { name: 'plain', created_at: new Date().toISOString() });
const source = batches();
await Promise.all(
  Array.from({ length: Number(lanes) }, async () => {
    for (let next = await source.next(); !next.done; next = await source.next()) {
      await post('cohorts/users', { cohort_changes: [{ user_ids: next.value }] });
    }
  }),
);
await pool.close();
