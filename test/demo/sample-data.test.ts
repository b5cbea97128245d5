import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, expect, test } from 'vitest';
import { ensureSampleData } from '../../scripts/sample-data.ts';
import { emptyFolder } from '../support/folders.ts';

const FILES = ['.version', 'customers.parquet', 'example_cohort_table.csv', 'orders.csv'];

async function query(sql: string): Promise<unknown> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const reader = await connection.runAndReadAll(sql);
  return reader.getRowsJson()[0];
}

/** Where the repository's own are, which the demo uses. */
let folder: string;
beforeAll(async () => {
  folder = await ensureSampleData();
});

test('the rows are the same on every machine', async () => {
  expect(readdirSync(folder).sort()).toEqual(FILES);
  // A Parquet file tells the version of DuckDB that wrote it, so its rows are compared.
  const customers = `SELECT count(*)::INTEGER, md5(string_agg(c::VARCHAR, chr(10) ORDER BY customer_id))
    FROM '${folder}/customers.parquet' AS c`;
  expect(await query(customers)).toEqual([50_000, '1c2ce3df2f82ab25236a73c9424a37a2']);
  const orders = readFileSync(join(folder, 'orders.csv'));
  expect(createHash('sha256').update(orders).digest('hex')).toBe(
    'dc7f51a18cb57854803cf8360cfa8a6e67e897771b0750458fccb213c1cda13e',
  );
  expect(readFileSync(join(folder, 'example_cohort_table.csv'), 'utf8').split('\n')).toEqual([
    'external_id,email,device_ids',
    'TDCohort1,TDCohort1@gmail.com,1a2b3c',
    'TDCohort2,TDCohort2@gmail.com,4d5f6g',
    'TDCohort3,TDCohort3@gmail.com,7h8j9k',
    'TDCohort4,TDCohort4@gmail.com,1ab2cd',
    '',
  ]);
});

test('they are plausible: unique numbers, and no order before its customer signed up', async () => {
  const customers = `'${folder}/customers.parquet'`;
  const found = await query(`SELECT
    (SELECT count(DISTINCT customer_id)::INTEGER FROM ${customers}) AS customers,
    (SELECT count(email) - count(DISTINCT nullif(email, ''))
      - count(*) FILTER (email = '') FROM ${customers})::INTEGER AS repeated_emails,
    (SELECT count(*) FROM '${folder}/orders.csv' AS o JOIN ${customers} AS c USING (customer_id)
      WHERE o.ordered_at < c.signed_up_on)::INTEGER AS too_early,
    (SELECT count(*) FROM (SELECT unnest(device_ids) AS id FROM ${customers})
      GROUP BY id HAVING count(*) > 1) AS shared_devices`);
  expect(found).toEqual([50_000, 0, 0, null]);
});

test('they are made once, and again when they are incomplete or outdated', async () => {
  const root = emptyFolder();
  mkdirSync(join(root, 'data/sample-new-left-behind'), { recursive: true });
  const [made, same] = await Promise.all([ensureSampleData(root), ensureSampleData(root)]);
  expect(same).toBe(made);
  expect(readdirSync(join(root, 'data'))).toEqual(['sample']);

  const customers = join(made, 'customers.parquet');
  const { ino } = statSync(customers);
  await ensureSampleData(root);
  expect(statSync(customers).ino).toBe(ino);

  writeFileSync(join(made, '.version'), 'older');
  await ensureSampleData(root);
  expect(readFileSync(join(made, '.version'), 'utf8')).not.toBe('older');

  rmSync(customers);
  await ensureSampleData(root);
  expect(readdirSync(made).sort()).toEqual(FILES);
});
