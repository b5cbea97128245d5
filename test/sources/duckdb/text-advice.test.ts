import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Outcome, runQueries, temporaryDirectory } from './run-queries.ts';

let root: Awaited<ReturnType<typeof temporaryDirectory>>;
let directory: string;

beforeAll(async () => {
  root = await temporaryDirectory();
  directory = join(root.path, 'data');
  await mkdir(directory);
  await mkdir(join(root.path, 'spill'));
  const ids = ['1', '3', '007', '1e5', '12.7', '13'];
  const files: Record<string, string> = {
    'late.csv': `user_ids\n${ids.join('\n')}\n`,
    'three.csv': 'user_ids,n,d,x\n1,10,2026-01-01,1.5\n2,9,2026-02-01,2\n003,100,2026-03-01,3\n',
    'long.csv': `user_ids,n\n007,1.5\n12345678901234567890,9007199254740993\n`,
    'text.json': '{"user_ids": "07"}\n{"user_ids": "a"}\n',
    'mixed.json': '{"user_ids": 1.5}\n{"user_ids": "b"}\n',
    'mixed.csv': 'user_ids,n,d\n1,10,2026-01-01\n2,s3cr3t,soon\n',
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(directory, name), content);
  }
  await writePeople();
});
afterAll(() => root[Symbol.asyncDispose]());

async function writePeople(): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const people = "(1, 'one'), (3, 'three'), (13, 'thirteen'), (100000, 'many')";
  await connection.run(
    `COPY (SELECT id::BIGINT AS user_ids, email, id * 1.5::DOUBLE AS f FROM (VALUES ${people}) t(id, email)) TO '${join(directory, 'people.parquet')}'`,
  );
  instance.closeSync();
}

const COMPUTE: readonly [query: string, cure: string][] = [
  ["SELECT n + 1 FROM 'three.csv'", 'To compute with n, write CAST(n AS BIGINT).'],
  ["SELECT user_ids FROM 'three.csv' WHERE n > 9", 'CAST(n AS BIGINT).'],
  ["SELECT user_ids FROM 'three.csv' t WHERE 9 < t.n", 'with t.n, write CAST(t.n AS BIGINT).'],
  ["SELECT user_ids FROM 'three.csv' WHERE n BETWEEN 1 AND 20", 'CAST(n AS BIGINT).'],
  ["SELECT user_ids FROM 'three.csv' WHERE x >= 1.5", 'CAST(x AS DOUBLE).'],
  ["SELECT sum(n) FROM 'three.csv'", 'CAST(n AS BIGINT).'],
  ["SELECT avg(x) FROM 'three.csv'", 'CAST(x AS DOUBLE).'],
  ["SELECT year(d) FROM 'three.csv'", 'CAST(d AS DATE).'],
  ["SELECT date_trunc('month', d) FROM 'three.csv'", 'CAST(d AS DATE).'],
  ["SELECT user_ids FROM 'three.csv' WHERE d > DATE '2026-01-15'", 'CAST(d AS DATE).'],
  ["SELECT d - INTERVAL 1 DAY FROM 'three.csv'", 'CAST(d AS DATE).'],
  ["SELECT user_ids FROM 'three.csv' WHERE d >= getvariable('scheduled_time')", 'CAST(d AS DATE).'],
  ["SELECT user_ids FROM 'long.csv' WHERE user_ids > 10", 'CAST(user_ids AS HUGEINT).'],
  ["SELECT user_ids FROM 'long.csv' WHERE n > 10", 'CAST(n AS DECIMAL(38,1)).'],
  ["SELECT -user_ids FROM 'long.csv'", 'CAST(user_ids AS HUGEINT).'],
  // Numbers would match what is not equal as text.
  ["SELECT user_ids FROM 'late.csv' WHERE user_ids = 7", "Compare it with text: user_ids = '7'."],
  ["SELECT user_ids FROM 'late.csv' t WHERE 7 <> t.user_ids", "t.user_ids <> '7'."],
  ["SELECT user_ids FROM 'late.csv' WHERE user_ids IN ('a', 7, 9)", "user_ids IN ('7', …)."],
  ["SELECT user_ids FROM 'late.csv' WHERE user_ids NOT IN (7.5)", "user_ids NOT IN ('7.5', …)."],
  ["SELECT user_ids FROM 'text.json' WHERE user_ids = 7", "user_ids = '7'."],
  ["SELECT n + 1 FROM 'mixed.csv'", 'TRY_CAST(n AS HUGEINT), which is NULL where'],
  ["SELECT year(d) FROM 'mixed.csv'", 'TRY_CAST(d AS TIMESTAMP), which is NULL where'],
  ["SELECT upper(n) + 1 FROM 'three.csv'", 'as in CAST(amount AS HUGEINT).'],
  [
    "SELECT user_ids FROM 'mixed.json' WHERE user_ids = 'b'",
    "by its text, such as user_ids->>'$'.",
  ],
  // Equality would work, and match what is not equal.
  [
    "SELECT email AS user_ids FROM 'late.csv' l JOIN 'people.parquet' p ON l.user_ids = p.user_ids",
    'l.user_ids = CAST(p.user_ids AS VARCHAR).',
  ],
  [
    "SELECT email AS user_ids FROM 'people.parquet' JOIN late.csv USING (user_ids)",
    'late.user_ids = CAST(people.user_ids AS VARCHAR).',
  ],
  [
    "SELECT email AS user_ids FROM 'late.csv' l, 'people.parquet' p WHERE l.user_ids = p.f",
    'TRY_CAST(l.user_ids AS DOUBLE) = p.f.',
  ],
  [
    "WITH t AS (SELECT trim(user_ids) AS k FROM 'late.csv') SELECT email FROM t, 'people.parquet' WHERE k = user_ids AND 1e10 > 0.50",
    'k = CAST(user_ids AS VARCHAR).',
  ],
  [
    "SELECT user_ids FROM 'late.csv' WHERE user_ids IN (SELECT user_ids FROM 'people.parquet')",
    'cast the one that is a number with CAST(… AS VARCHAR).',
  ],
];

test('where a query computes with text, the message has the cast to paste', async () => {
  const outcomes = await run(COMPUTE.map(([query]) => query));
  const wrong = COMPUTE.flatMap(([query, cure], index) => {
    const failed = outcomes[index]?.failed ?? 'no failure';
    return failed.includes(cure) && failed.length < 500 ? [] : [[query, cure, failed]];
  });
  expect(wrong).toEqual([]);
  expect(JSON.stringify(outcomes)).not.toContain('s3cr3t');
});

test('the casts that messages name work', async () => {
  const queries = [
    "SELECT user_ids FROM 'three.csv' WHERE CAST(n AS BIGINT) > 99",
    "SELECT user_ids FROM 'three.csv' WHERE CAST(d AS DATE) > DATE '2026-02-15'",
    "SELECT l.user_ids FROM 'three.csv' l JOIN 'people.parquet' p ON CAST(l.user_ids AS BIGINT) = p.user_ids WHERE p.user_ids = 3",
    "SELECT user_ids FROM 'three.csv' WHERE n = '100'",
    "SELECT user_ids FROM 'three.csv' WHERE n IN ('100', '7') AND x IS NOT NULL",
  ];
  const outcomes = await run(queries);
  for (const outcome of outcomes) expect(outcome).toMatchObject({ rows: [['003']] });
  const [joined] = await run([
    "SELECT email FROM 'late.csv' l JOIN 'people.parquet' p ON l.user_ids = CAST(p.user_ids AS VARCHAR) ORDER BY 1",
  ]);
  // Neither 12.7 is 13 nor 1e5 100000.
  expect(joined).toMatchObject({ rows: [['one'], ['thirteen'], ['three']] });
});

test('where the order of numbers that are text decides, the report warns', async () => {
  const warned = [
    "SELECT user_ids FROM 'three.csv' ORDER BY n DESC LIMIT 1",
    "SELECT user_ids FROM 'three.csv' t ORDER BY t.n FETCH FIRST 1 ROWS ONLY",
    "SELECT DISTINCT ON (d) user_ids FROM 'three.csv' ORDER BY d, n",
    'SELECT max(n) AS user_ids FROM three.csv',
    "SELECT arg_max(user_ids, n) AS user_ids FROM 'three.csv'",
    "SELECT user_ids FROM 'three.csv' WHERE n > '9'",
    "FROM 'three.csv' QUALIFY row_number() OVER (ORDER BY n) = 1",
    "SELECT user_ids FROM (FROM 'three.csv') WHERE '9' <= n",
  ];
  const quiet = [
    "SELECT user_ids FROM 'three.csv' ORDER BY n",
    "SELECT user_ids FROM 'three.csv' ORDER BY CAST(n AS BIGINT) LIMIT 1",
    "SELECT user_ids, CAST(n AS BIGINT) AS n FROM 'three.csv' ORDER BY n LIMIT 1",
    "SELECT user_ids FROM 'three.csv' ORDER BY d DESC LIMIT 1",
    "SELECT user_ids FROM 'three.csv' WHERE d >= '2026-01-15' AND n = '9'",
    "SELECT user_ids FROM 'people.parquet' ORDER BY user_ids LIMIT 1",
    "SELECT max(x) AS user_ids FROM read_csv('three.csv', types = {x: 'DOUBLE'})",
  ];
  const outcomes = await run([...warned, ...quiet]);
  const warnings = outcomes.map((outcome) =>
    outcome.failed === undefined ? outcome.warnings.join() : outcome.failed,
  );
  const wrong = warnings.filter((text, index) => {
    const isRight = /as text, in which 10 comes before 9.*: write CAST\((t\.)?n AS BIGINT\)\.$/;
    return index < warned.length ? !isRight.test(text) : text !== '';
  });
  expect(wrong).toEqual([]);
});

async function run(queries: readonly string[]): Promise<Outcome[]> {
  return await runQueries(directory, {
    queries,
    spillDirectory: join(root.path, 'spill'),
    scheduledTime: '2026-03-01T00:00:00Z',
  });
}
