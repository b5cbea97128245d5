import { watch } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Box, createBox } from './box.ts';
import { type Outcome, type RunnerInput, runQueries } from './run-queries.ts';

let box: Box;
beforeAll(async () => {
  box = await createBox();
});
afterAll(() => box[Symbol.asyncDispose]());

/** Queries that read, and their rows. */
const READS: readonly [sql: string, rows: unknown[][]][] = [
  ["FROM 'members.csv'", [['u1'], ['u2']]],
  ['FROM members.csv', [['u1'], ['u2']]],
  ["TABLE 'members.csv'", [['u1'], ['u2']]],
  ["FROM 'sub/part-*.csv'", [['a'], ['b']]],
  ["FROM './sub/../members.csv'", [['u1'], ['u2']]],
  ["FROM 'members.json'", [['u3']]],
  ["FROM 'members.parquet'", [['u4']]],
  ["FROM 'link-inside.csv'", [['u1'], ['u2']]],
  ["FROM read_csv(['members.csv', 'sub/part-1.csv'])", [['u1'], ['u2'], ['a']]],
  ["FROM read_csv('members.csv', header = false, all_varchar = true) LIMIT 1", [['user_ids']]],
  [
    "SELECT m.user_ids FROM 'members.csv' m JOIN (VALUES ('u2')) v(id) ON m.user_ids = v.id",
    [['u2']],
  ],
  ["WITH m AS (FROM 'members.csv') SELECT user_ids FROM M ORDER BY ALL DESC", [['u2'], ['u1']]],
  [
    'WITH RECURSIVE t AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM t WHERE a < 3) FROM t',
    [['1'], ['2'], ['3']],
  ],
  ["VALUES ('a'), ('b')", [['a'], ['b']]],
  ["(SELECT 'a') UNION ALL (SELECT 'b');", [['a'], ['b']]],
  ["-- a comment\nSELECT 'a; COPY' -- another", [['a; COPY']]],
  ["PIVOT 'members.csv' ON user_ids IN ('u1', 'u2') USING count(*)", [['1', '1']]],
  ['SELECT unnest(generate_series(1, 3))', [['1'], ['2'], ['3']]],
  ['SELECT j.value->>\'$\' FROM json_each(\'["a", "b"]\') j', [['a'], ['b']]],
  ["SELECT 'a' WHERE false", []],
  ["SELECT try_cast('x' AS INTEGER)", [[null]]],
];

describe('what a query may read', () => {
  test('files, and what SQL makes of them', async () => {
    const outcomes = await runQueries(box.directory, {
      queries: READS.map(([sql]) => sql),
      spillDirectory: box.spillDirectory,
    });
    const found = outcomes.map((outcome, index) => [
      READS[index]?.[0],
      outcome.failed ?? outcome.rows,
    ]);
    expect(found).toEqual(READS);
  });

  test('columns have their names and types', async () => {
    expect(await run("SELECT 'a' AS user_ids, 1 AS n, 1 AS n, {'k@x.io': 1} AS s")).toMatchObject({
      columns: [
        { name: 'user_ids', type: 'VARCHAR' },
        { name: 'n', type: 'INTEGER' },
        { name: 'n', type: 'INTEGER' },
        { name: 's', type: 'STRUCT' },
      ],
    });
  });

  test('the nominal time is a TIMESTAMP in UTC', async () => {
    const query =
      "SELECT typeof(getvariable('scheduled_time')), CAST(getvariable('scheduled_time') AS VARCHAR), CAST(getvariable('scheduled_time') - INTERVAL 1 DAY AS DATE)::VARCHAR";
    expect(await run(query, { scheduledTime: '2026-03-01T03:04:05.678Z' })).toMatchObject({
      rows: [['TIMESTAMP', '2026-03-01 03:04:05.678', '2026-02-28']],
    });
    expect(await run("SELECT getvariable('scheduled_time')")).toMatchObject({ rows: [[null]] });
  });
});

describe('streaming', () => {
  // DuckDB lets such a result end as if it were whole.
  test.each([
    ["SELECT if(i = 900000, 'x' || i, '1')::INTEGER FROM range(1000000) t(i)", 'line 1, column 37'],
    [
      "-- by a join\nSELECT b.i, if(b.i = 900000, 'x' || b.i, '1')::INTEGER FROM range(1000000) a(i) JOIN range(1000000) b(i) USING (i)",
      'line 2, column 46',
    ],
    [
      "FROM (SELECT if(i = 900000, 'x' || i, '1')::INTEGER AS a FROM range(1000000) t(i));",
      'INT32',
    ],
  ])('an error in the middle of %s', async (query, place) => {
    const { failed } = await run(query);
    expect(failed).toContain("Could not convert string '…' to INT32");
    expect(failed).toContain(place);
    expect(failed).not.toContain('x900000');
  });

  test('an error in the middle of a file', async () => {
    const rows = Array.from({ length: 400_000 }, (_, row) => `${row},a text that is long enough`);
    await writeFile(join(box.directory, 'late.csv'), `n,user_ids\n${rows.join('\n')}\ns3cr3t,x\n`);
    const { failed } = await run(
      "SELECT n, user_ids FROM read_csv('late.csv', columns = {n: 'BIGINT', user_ids: 'VARCHAR'})",
    );
    expect(failed).toContain('CSV Error on Line: 400002; Error when converting column "n"');
    expect(failed).not.toContain('s3cr3t');
  });

  test('a sort that does not fit into memory spills, and leaves nothing', async () => {
    const spillDirectory = join(box.root, 'spill-of-sort');
    await mkdir(spillDirectory);
    const seen = new Set<string | null>();
    const watcher = watch(spillDirectory, (_, name) => seen.add(name));
    onTestFinished(() => watcher.close());
    const text = "hash(i)::VARCHAR || repeat('x', 200)";
    const outcome = await run(`SELECT ${text} AS user_ids FROM range(700000) t(i) ORDER BY 1`, {
      spillDirectory,
      memoryMb: 100,
    });
    expect(outcome).toMatchObject({ rowCount: 700_000 });
    await expect.poll(() => seen.size).toBeGreaterThan(0);
    expect(await readdir(spillDirectory)).toEqual([]);
  });
});

async function run(query: string, input: Partial<RunnerInput> = {}): Promise<Outcome> {
  const [outcome] = await runQueries(box.directory, {
    queries: [query],
    spillDirectory: box.spillDirectory,
    ...input,
  });
  if (outcome === undefined) throw new Error('the runner said nothing');
  return outcome;
}
