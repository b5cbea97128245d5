import { readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ensureSampleData } from '../../scripts/sample-data.ts';
import { withFiles, withTreasureData } from './treasure-data-client.ts';

const MEMBERS = 'user_ids,email\nu1,a@example.com\nu2,\n';

test('files are tables: by stem, by name, and in the job’s database', () =>
  withFiles(
    {
      'members.csv': MEMBERS,
      'events.json': '[{"id": 1}, {"id": 2}, {"id": 3}]',
      'members.json': '[{"other": 1}]',
      'It-s.tsv': 'a\tb\n1\t2\n',
    },
    (dataDirectory) =>
      withTreasureData({ dataDirectory }, async ({ run }) => {
        const count = async (table: string) =>
          (await run(`SELECT count(*) FROM ${table}`)).rows[0]?.[0];
        for (const table of ['members', 'd.members', "'members.csv'", '"members.csv"', 'MEMBERS']) {
          expect([table, await count(table)]).toEqual([table, 2]);
        }
        for (const table of ['events', 'd.events', "'events.json'"]) {
          expect([table, await count(table)]).toEqual([table, 3]);
        }
        expect(await count("'members.json'")).toBe(1);
        expect(await count('"It-s"')).toBe(1);
        expect(await count('members JOIN events ON true')).toBe(6);
      }),
  ));

test('tables have types, as those of Treasure Data do', () =>
  withFiles(
    { 'orders.csv': 'id,amount,day\n1,9,2026-01-01\n2,10.5,2026-01-02\n' },
    (dataDirectory) =>
      withTreasureData({ dataDirectory }, async ({ run }) => {
        const query =
          "SELECT id + 1, max(amount) FROM orders WHERE day > DATE '2025-01-01' GROUP BY id";
        expect((await run(`${query} ORDER BY id`)).rows).toEqual([
          [2, 9],
          [3, 10.5],
        ]);
      }),
  ));

test('the sample data', async () => {
  const dataDirectory = await ensureSampleData();
  await withTreasureData({ dataDirectory }, async ({ run }) => {
    const buyers = 'SELECT DISTINCT customer_id FROM d.orders JOIN customers USING (customer_id)';
    const { rows } = await run(`SELECT count(*) FROM (${buyers})`);
    expect(Number(rows[0]?.[0])).toBeGreaterThan(10_000);
  });
});

test('without a directory SQL still runs', () =>
  withTreasureData({}, async ({ run }) => {
    expect((await run('SELECT 40 + 2')).rows).toEqual([[42]]);
  }));

test('TD_SCHEDULED_TIME is the job’s scheduled time, else when it was issued', () =>
  withTreasureData({}, async ({ issue, finished, get, run }) => {
    const id = await issue('SELECT TD_SCHEDULED_TIME()', { scheduled_time: '1700000000' });
    await finished(id);
    expect((await get(`/job/result/${id}?format=json`)).body).toBe('[1700000000]\n');
    const [now] = (await run('SELECT td_scheduled_time() - epoch(now())')).rows;
    expect(Math.abs(Number(now?.[0]))).toBeLessThan(30);
  }));

test('a job changes its own copy, and nothing of the files or of other jobs', () =>
  withFiles({ 'members.csv': MEMBERS }, (dataDirectory) =>
    withTreasureData({ dataDirectory }, async ({ issue, finished, run }) => {
      for (const query of [
        "INSERT INTO members VALUES ('u3', NULL)",
        'DELETE FROM members',
        'CREATE TABLE copied AS SELECT * FROM members',
        'DROP TABLE members',
      ]) {
        const job = await finished(await issue(query));
        expect([query, job.status, job.debug.stderr]).toEqual([query, 'success', null]);
      }
      expect((await run('SELECT count(*) FROM members')).rows).toEqual([[2]]);
      expect(await readFile(join(dataDirectory, 'members.csv'), 'utf8')).toBe(MEMBERS);
    }),
  ));

test('SQL reaches no other file, writes none, and changes no setting', () =>
  withFiles({ 'secret.csv': 'password\nhunter2\n' }, (outside) =>
    withFiles({ 'members.csv': MEMBERS }, (dataDirectory) =>
      withTreasureData({ dataDirectory }, async ({ issue, finished }) => {
        await symlink(join(outside, 'secret.csv'), join(dataDirectory, 'linked.csv'));
        for (const query of [
          `SELECT * FROM '${join(outside, 'secret.csv')}'`,
          `SELECT * FROM read_text('${join(outside, 'secret.csv')}')`,
          `SELECT * FROM '${join(dataDirectory, 'members.csv')}'`,
          "SELECT * FROM 'linked.csv'",
          'SELECT * FROM linked',
          "SELECT * FROM glob('*')",
          `COPY members TO '${join(dataDirectory, 'copied.csv')}'`,
          `COPY (SELECT 1) TO '${join(dataDirectory, 'members.csv')}'`,
          `ATTACH '${join(dataDirectory, 'new.db')}'`,
          `EXPORT DATABASE '${dataDirectory}'`,
          "SET memory_limit = '10GB'",
          'PRAGMA enable_profiling',
          'INSTALL httpfs',
          'LOAD json',
          "FROM enable_logging(storage := 'stdout')",
          `FROM enable_profiling(format := 'json', save_location := '${dataDirectory}/p.json')`,
          "FROM query /* */ ('FROM enable_' || 'logging()')",
          'SELECT 1; SELECT 2',
          '-- nothing',
        ]) {
          const job = await finished(await issue(query));
          expect([query, job.status]).toEqual([query, 'error']);
          expect(job.debug.stderr).not.toBe('');
        }
        expect((await readdir(dataDirectory)).sort()).toEqual(['linked.csv', 'members.csv']);
        expect(await readFile(join(dataDirectory, 'members.csv'), 'utf8')).toBe(MEMBERS);
      }),
    ),
  ));

test('a query that fails has DuckDB’s words, also in the middle of its result', () =>
  withTreasureData({}, async ({ issue, finished }) => {
    const unknown = await finished(await issue('SELECT nonsense FROM range(3)'));
    expect(unknown).toMatchObject({ status: 'error', num_records: null });
    expect(unknown.debug.stderr).toMatch(/^Binder Error: Referenced column "nonsense"/);
    const middle = await finished(
      await issue(
        "SELECT CASE WHEN i = 250000 THEN error('at ' || i) ELSE i END FROM range(300000) t(i)",
      ),
    );
    expect(middle).toMatchObject({ status: 'error', num_records: null });
    expect(middle.debug.stderr).toContain('at 250000');
  }));

test('a file that cannot be read fails only the queries that need it', () =>
  withFiles({ 'broken.json': '{"a": ', 'members.csv': MEMBERS }, (dataDirectory) =>
    withTreasureData({ dataDirectory }, async ({ issue, finished, run }) => {
      const job = await finished(await issue('SELECT * FROM broken'));
      expect(job.status).toBe('error');
      expect(job.debug.stderr).toMatch(/^broken\.json: /);
      expect((await run("SELECT 'broken', count(*) FROM members")).rows).toEqual([['broken', 2]]);
    }),
  ));

test('a query of a million characters runs, and Trino accepts no more', () =>
  withTreasureData({}, async ({ issue, finished, run }) => {
    const query = (length: number) => 'SELECT 1'.padEnd(length, ' ');
    expect((await run(query(1_000_000))).rows).toEqual([[1]]);
    const job = await finished(await issue(query(1_000_001)));
    expect(job).toMatchObject({
      status: 'error',
      debug: { stderr: 'Query text length (1000001) exceeds the maximum length (1000000)' },
    });
    expect((await run(query(1_000_001), 'hive')).rows).toEqual([[1]]);
  }));
