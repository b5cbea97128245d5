import { join } from 'node:path';
import { DuckDBInstance, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnCells } from '../../../src/sources/duckdb/cells.ts';
import { textColumn } from '../../../src/sources/duckdb/text-column.ts';
import { temporaryDirectory } from './run-queries.ts';

const database = await DuckDBInstance.create(':memory:');
const connection = await database.connect();

/** Empty, inlined (up to 12 bytes) and longer strings of every kind of Unicode, and NULL. */
const text = fc.oneof(
  fc.constant(null),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 30 }),
  fc.constantFrom('', '\0', 'a\0b', '\ufeff', '\ufeffa long text after a mark', '123456789012'),
  fc.constantFrom('1234567890123', '12345678901é', '😀😀😀', '😀😀😀a', 'é'.repeat(3000)),
);

test('random strings are read unchanged', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 3000 }), async (strings) => {
      expect(await decode('SELECT unnest($strings)', strings)).toEqual(strings);
    }),
    { numRuns: 60 },
  );
});

test('a list column is cut out of its items', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.option(fc.array(text, { maxLength: 5 })), { minLength: 1 }),
      async (lists) => {
        const result = await connection.stream(
          'SELECT unnest($lists)',
          { lists: listValue(lists.map((list) => (list === null ? null : listValue(list)))) },
          { lists: LIST(LIST(VARCHAR)) },
        );
        const found: unknown[] = [];
        for await (const chunk of result) {
          const vector = duckdb.data_chunk_get_vector(chunk.chunk, 0);
          found.push(...columnCells(vector, result.columnType(0), chunk.rowCount, 'c'));
        }
        expect(found).toEqual(lists);
      },
    ),
    { numRuns: 60 },
  );
});

test.each([
  ['a constant', "SELECT 'the same long string' FROM range(5000)"],
  ['a constant NULL', 'SELECT NULL::VARCHAR FROM range(5000)'],
  ['a dictionary', "SELECT (i % 3)::VARCHAR::ENUM('0', '1', '2')::VARCHAR FROM range(5000) t(i)"],
  [
    'a filter',
    "SELECT s FROM (SELECT 'a long string number ' || i AS s, i FROM range(20000) t(i)) WHERE hash(i) % 7 = 0",
  ],
  [
    'a join',
    "SELECT a.s FROM (SELECT 'left hand side ' || i AS s, i % 10 AS k FROM range(3000) t(i)) a JOIN (SELECT i AS k FROM range(10) t(i)) b USING (k)",
  ],
  ['a sort', "SELECT 'unsorted and long ' || hash(i) AS s FROM range(10000) t(i) ORDER BY s"],
  ['windows', "SELECT lag('a rather long string ' || i) OVER (ORDER BY i) FROM range(5000) t(i)"],
  ['short and long by turns', "SELECT repeat('x', (i % 30)::INTEGER) FROM range(6000) t(i)"],
  [
    'substrings of one string',
    "SELECT substr('a string that is quite long', 1 + (i % 5)::INTEGER) FROM range(5000) t(i)",
  ],
])('%s reads as getColumnValues does', async (_, sql) => {
  const result = await connection.run(sql);
  const expected = (await result.getColumns())[0];
  expect(await decode(sql)).toEqual(expected);
});

test('a Parquet file with a dictionary reads as getColumnValues does', async () => {
  await using root = await temporaryDirectory();
  const file = join(root.path, 'dictionary.parquet');
  await connection.run(
    `COPY (SELECT 'one of a few long values ' || i % 5 AS s, 'unique and long ' || i AS u FROM range(20000) t(i)) TO '${file}'`,
  );
  for (const column of ['s', 'u']) {
    const sql = `SELECT ${column} FROM '${file}' WHERE hash(u) % 3 > 0`;
    expect(await decode(sql)).toEqual((await (await connection.run(sql)).getColumns())[0]);
  }
});

async function decode(sql: string, strings?: (string | null)[]): Promise<(string | null)[]> {
  const result =
    strings === undefined
      ? await connection.stream(sql)
      : await connection.stream(sql, { strings: listValue(strings) }, { strings: LIST(VARCHAR) });
  const cells: (string | null)[] = [];
  for await (const chunk of result) {
    cells.push(...textColumn(duckdb.data_chunk_get_vector(chunk.chunk, 0), chunk.rowCount));
  }
  return cells;
}
