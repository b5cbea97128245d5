import { expect, test } from 'vitest';
import { ensureSampleData } from '../../scripts/sample-data.ts';
import { rowsOf, type TreasureDataClient, withTreasureData } from './treasure-data-client.ts';

async function runOf({ post, finished, get }: TreasureDataClient, path: string) {
  const answer = await post(`/schedule/run/${path}`);
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.bytes}`);
  const job = await finished(String(answer.body.jobs[0].job_id));
  const { bytes } = await get(`/job/result/${job.job_id}?format=msgpack.gz`);
  return { answer, job, rows: rowsOf(bytes) };
}

test('with the sample data the queries of Braze’s examples are saved', async () => {
  const dataDirectory = await ensureSampleData();
  await withTreasureData({ dataDirectory }, async (client) => {
    const { body } = await client.get('/schedule/list');
    expect(body.schedules).toMatchObject(
      ['cohort_external_ids', 'cohort_user_aliases', 'cohort_device_ids'].map((name) => {
        return { name, cron: null, timezone: 'UTC', delay: 0, type: 'trino', database: 'sample' };
      }),
    );
    const { answer, job, rows } = await runOf(client, 'cohort_external_ids/1700000000');
    expect(answer.body.jobs).toEqual([
      {
        job_id: expect.any(Number),
        type: 'trino',
        scheduled_at: '2023-11-14 22:13:20 UTC',
      },
    ]);
    expect(job.hive_result_schema).toBe('[["user_ids","varchar"]]');
    expect(rows).toEqual([['TDCohort1'], ['TDCohort2'], ['TDCohort3'], ['TDCohort4']]);
  });
});

test('without the table of the examples none is saved', () =>
  withTreasureData({}, async ({ get }) => {
    expect((await get('/schedule/list')).body).toEqual({ schedules: [] });
  }));

test('a saved query is put, shown, run at its scheduled time, and deleted', () =>
  withTreasureData({}, async (client) => {
    const { control, get, post } = client;
    const path = '/treasure-data/saved-queries/daily%20vips';
    const saved = { database: 'd', type: 'hive', cron: '0 3 * * *', timezone: 'Asia/Tokyo' };
    await control('PUT', path, { ...saved, query: 'SELECT 0', delay: 60 });
    await control('PUT', path, { ...saved, query: 'SELECT TD_SCHEDULED_TIME() AS t', priority: 1 });
    expect((await get('/schedule/list')).body.schedules).toMatchObject([
      { name: 'daily vips', ...saved, delay: 0, priority: 1, created_at: expect.any(String) },
    ]);
    const { job, rows } = await runOf(client, 'daily%20vips/1700000000');
    expect(rows).toEqual([[1_700_000_000]]);
    expect(job).toMatchObject({
      type: 'hive',
      priority: 1,
      hive_result_schema: '[["t","bigint"]]',
    });
    await control('DELETE', path);
    expect(await post('/schedule/run/daily%20vips/0')).toMatchObject({ status: 404 });
    await expect(control('DELETE', path)).rejects.toThrow('404');
    await expect(control('PUT', path, { query: 'SELECT 1' })).rejects.toThrow('database');
  }));

test('a run takes a number of jobs, or a domain key', () =>
  withTreasureData({}, async ({ control, post }) => {
    await control('PUT', '/treasure-data/saved-queries/q', { database: 'd', query: 'SELECT 1' });
    const run = (parameters: Record<string, string>, time = '0') =>
      post(`/schedule/run/q/${time}`, parameters);
    const three = await run({ num: '3' });
    const ids = three.body.jobs.map(({ job_id }: { job_id: number }) => job_id);
    expect(new Set(ids).size).toBe(3);
    const first = await run({ domain_key: 'k' });
    expect(await run({ domain_key: 'k' })).toMatchObject({
      status: 409,
      body: { details: { conflicts_with: first.body.jobs[0].job_id } },
    });
    for (const parameters of [{ num: '11' }, { num: '0' }, { num: '2', domain_key: 'x' }]) {
      expect(await run(parameters as Record<string, string>)).toMatchObject({ status: 422 });
    }
    expect(await run({}, 'now')).toMatchObject({ status: 422 });
  }));
