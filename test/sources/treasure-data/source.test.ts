import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSandbox } from '../../../sandbox/server.ts';
import { treasureData } from '../../../src/sources/treasure-data/source.ts';
import { emptyFolder } from '../../support/folders.ts';
import { type SourceHarness, sourceSuite } from '../source-suite.ts';
import { sequenceQuery, tableQuery } from '../sql-table.ts';

sourceSuite({ type: treasureData, start });

async function start(): Promise<SourceHarness> {
  const tables = emptyFolder();
  const sandbox = await startSandbox({ dataDirectory: tables });
  const { apiKey } = sandbox.treasureData;
  const query = (text: string) => {
    return { type: 'treasureData', database: 'd', engine: 'trino', query: text };
  };
  return {
    section: { endpoint: sandbox.url, apiKey },
    secrets: [apiKey],
    table: async (columns) => query(tableQuery(columns)),
    sequence: async (rows) => query(sequenceQuery(rows)),
    failure: async (value) => {
      await writeFile(join(tables, 'ids.csv'), `user_ids\n1\n${value}\n`);
      const source = query('SELECT CAST(user_ids AS BIGINT) AS user_ids FROM ids');
      return { source, type: 'QueryFailed' };
    },
    // The download of its result never begins.
    endless: async () => {
      await fetch(`${sandbox.url}/sandbox/faults`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ kind: 'hang', on: 'td.result' }),
      });
      return query('SELECT 1 AS user_ids');
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}
