import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { memberOf } from '../sources/sequence.ts';
import { type SourceHarness, sourceSuite } from '../sources/source-suite.ts';
import { emptyFolder } from '../support/folders.ts';
import { jsonFiles } from './json-files/source.ts';
import { writeTable } from './json-files/write-table.ts';

sourceSuite({ type: jsonFiles, start });

async function start(): Promise<SourceHarness> {
  const folder = emptyFolder();
  const path = join(folder, 'table.jsonl');
  const source = { type: 'jsonFiles', file: 'table.jsonl' };
  return {
    section: { folder },
    secrets: [folder],
    table: async (columns) => {
      const rowCount = columns[0]?.values.length ?? 0;
      const rows = Array.from({ length: rowCount }, (_, row) =>
        columns.map(({ values }) => values[row]),
      );
      await writeTable(path, columns, rows);
      return source;
    },
    sequence: async (rows) => {
      await writeTable(path, [{ name: 'user_ids', type: 'text' }], sequence(rows));
      return source;
    },
    failure: async (value) => {
      await writeFile(path, `[{"name": "user_ids", "type": "text"}]\n["${value}]\n`);
      return { source, type: 'QueryFailed' };
    },
    endless: async () => {
      await writeTable(path, [{ name: 'user_ids', type: 'text' }], sequence(10));
      return { ...source, times: 1_000_000_000 };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function* sequence(rows: number): Generator<readonly [string]> {
  for (let row = 0; row < rows; row += 1) yield [memberOf(row)];
}
