import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { runQueries, temporaryDirectory } from './run-queries.ts';

/** The rows of the files of each folder. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  texts: ['12::BIGINT AS user_ids', "unnest(['007', '1e3']) AS user_ids"],
  floats: ['12345678901234567::BIGINT AS user_ids', 'unnest([7.6, 8]::DOUBLE[]) AS USER_IDS'],
  named: ["'007' AS user_ids", '7::DOUBLE AS user_ids'],
  third: [
    '1::INTEGER AS user_ids',
    '7::DOUBLE AS user_ids',
    '12345678901234567::BIGINT AS user_ids',
  ],
  small: ['12::INTEGER AS user_ids', '7::DOUBLE AS user_ids', '5::SMALLINT AS user_ids'],
  decimals: ['12::DECIMAL(38, 0) AS user_ids', '7.5::DECIMAL(18, 2) AS user_ids'],
  lists: ['[1] AS user_ids', "['007'] AS user_ids"],
  wholes: ['12::BIGINT AS user_ids', '7::TINYINT AS user_ids', '5::DECIMAL(20, 0) AS user_ids'],
  first: ["'007' AS user_ids", '12::BIGINT AS user_ids'],
  others: [
    "'u1' AS user_ids, {a: 1, n: 2} AS s, 1 AS n",
    "{a: 1, n: 'x'} AS s, 'x' AS n, 'u2' AS user_ids",
  ],
};

test('Parquet files in which a column has different types are refused, with a reader that works', async () => {
  await using root = await temporaryDirectory();
  const directory = join(root.path, 'data');
  await mkdir(join(root.path, 'spill'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const [folder, files] of Object.entries(FOLDERS)) {
    await mkdir(join(directory, folder), { recursive: true });
    for (const [index, columns] of files.entries()) {
      await connection.run(
        `COPY (SELECT ${columns}) TO '${join(directory, folder, `${index}.parquet`)}'`,
      );
    }
  }
  instance.closeSync();
  const run = async (froms: readonly string[]) =>
    await runQueries(directory, {
      queries: froms.map((from) => `SELECT user_ids FROM ${from}`),
      spillDirectory: join(root.path, 'spill'),
    });
  const list = "read_parquet(['texts/0.parquet', 'texts/1.parquet'], filename = true)";
  const refused = ["'texts/*.parquet'", list, "'floats/*.parquet'", "'decimals/*.parquet'"];
  refused.push("'lists/*.parquet'", "parquet_scan('texts/*.parquet', union_by_name = false)");
  for (const folder of ['decimals', 'floats', 'named', 'third']) {
    refused.push(`read_parquet('${folder}/*.parquet', union_by_name = true)`);
  }
  const kept = ["'wholes/*.parquet'", "'first/*.parquet'", "'others/*.parquet'"];
  kept.push(
    "(SELECT user_ids::HUGEINT AS user_ids FROM read_parquet('small/*.parquet', union_by_name = true))",
  );
  const outcomes = await run([...refused, ...kept]);
  const failures = outcomes.slice(0, refused.length).map(({ failed }) => failed ?? 'no failure');
  expect(failures[0]).toContain(
    'The column user_ids is BIGINT in "texts/0.parquet" and VARCHAR in "texts/1.parquet". DuckDB would turn all values into one type, and change some. Write FROM read_parquet(\'texts/*.parquet\', union_by_name = true),',
  );
  expect(failures[1]).toContain('filename = true, union_by_name = true)');
  expect(outcomes.slice(refused.length).map((outcome) => outcome.failed ?? outcome.rows)).toEqual([
    [['12'], ['7'], ['5']],
    [['007'], ['12']],
    [['u1'], ['u2']],
    [['12'], ['7'], ['5']],
  ]);
  const advised = failures.map((failed) => {
    const [, reader, query] = /FROM (read_parquet\(.*?\)),|separately: (.*)\.$/.exec(failed) ?? [];
    return reader ?? `(${query})`;
  });
  const cured = await run(advised);
  const floats = [['12345678901234567'], [null], ['8']];
  const texts = [['12'], ['007'], ['1e3']];
  expect(cured.map((outcome) => outcome.failed ?? outcome.rows)).toEqual([
    texts,
    texts,
    floats,
    [['12'], ['7.50']],
    [[['1']], [['007']]],
    texts,
    [['12'], ['7.50']],
    floats,
    [['007'], ['7']],
    [['7'], ['12345678901234567']],
  ]);
});
