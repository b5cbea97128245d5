import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { duckdb } from '../../../src/sources/duckdb/source.ts';
import { emptyFolder } from '../../support/folders.ts';
import { type SourceHarness, sourceSuite } from '../source-suite.ts';
import { sequenceQuery, tableQuery } from '../sql-table.ts';

sourceSuite({ type: duckdb, start });

async function start(): Promise<SourceHarness> {
  const directory = emptyFolder();
  const query = (text: string) => ({ type: 'duckdb', query: text });
  return {
    section: { directory },
    secrets: [directory],
    table: async (columns) => query(tableQuery(columns)),
    sequence: async (rows) => query(sequenceQuery(rows)),
    failure: async (value) => {
      await writeFile(join(directory, 'ids.csv'), `user_ids\n1\n${value}\n`);
      const source = query("SELECT user_ids::BIGINT AS user_ids FROM 'ids.csv'");
      return { source, type: 'QueryFailed' };
    },
    endless: async () => query(sequenceQuery(9_000_000_000_000)),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
