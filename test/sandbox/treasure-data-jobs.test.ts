import { expect, test } from 'vitest';
import { eventually } from '../support/wait.ts';
import { withTreasureData } from './treasure-data-client.ts';

const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/;

test('a job goes from queued to success, and shows what it was issued with', () =>
  withTreasureData({}, async ({ issue, get, control, finished, status }) => {
    await control('PUT', '/treasure-data', { hold: 'queued' });
    const id = await issue('SELECT 1 AS user_ids', { priority: '-1', retry_limit: '3' });
    const passed: string[] = [];
    for (const hold of ['queued', 'booting', 'running'] as const) {
      await control('PUT', '/treasure-data', { hold });
      await eventually(async () => expect(await status(id)).toBe(hold));
      const { body } = await get(`/job/show/${id}`);
      passed.push(`${body.status} ${body.start_at === '' ? 'not started' : 'started'}`);
      expect(body).toMatchObject({ end_at: '', num_records: null, hive_result_schema: null });
    }
    expect(passed).toEqual(['queued not started', 'booting not started', 'running started']);
    await control('PUT', '/treasure-data', { hold: null });
    expect(await finished(id)).toMatchObject({
      job_id: id,
      status: 'success',
      type: 'trino',
      database: 'd',
      query: 'SELECT 1 AS user_ids',
      priority: -1,
      retry_limit: 3,
      hive_result_schema: '[["user_ids","integer"]]',
      num_records: 1,
      result_size: expect.any(Number),
      duration: expect.any(Number),
      created_at: expect.stringMatching(TIME),
      start_at: expect.stringMatching(TIME),
      end_at: expect.stringMatching(TIME),
      debug: {
        cmdout: expect.stringMatching(/^started at .*\nexecuting query: SELECT 1 AS user_ids\n/),
        stderr: null,
      },
    });
  }));

test('a form, a form in parts and JSON issue a job, and ids are text', () =>
  withTreasureData({}, async ({ post, finished }) => {
    const parts = new FormData();
    parts.set('query', 'SELECT 2');
    const json = JSON.stringify({ query: 'SELECT 3', priority: 1, unknown: 'tolerated' });
    for (const answer of [
      await post('/job/issue/presto/d', { query: 'SELECT 1' }),
      await post('/job/issue/hive/d', parts),
      await post('/job/issue/trino/d', json, { 'content-type': 'application/json' }),
    ]) {
      const { job_id } = answer.body;
      expect(answer.body).toEqual({ job: job_id, job_id: expect.any(String), database: 'd' });
      expect(await finished(job_id)).toMatchObject({ status: 'success', num_records: 1 });
    }
  }));

test('what is rejected, in the shape of Treasure Data’s errors', () =>
  withTreasureData({}, async ({ post, get }) => {
    const query = 'SELECT 1';
    const issue = '/job/issue/trino/d';
    const cases: [string, Record<string, string>, number, string][] = [
      [issue, {}, 422, 'query'],
      [issue, { query: '' }, 422, 'query'],
      [issue, { query, priority: '3' }, 422, 'priority'],
      [issue, { query, priority: '-3' }, 422, 'priority'],
      [issue, { query, priority: '0.5' }, 422, 'priority'],
      [issue, { query, retry_limit: '33' }, 422, 'retry_limit'],
      [issue, { query, pool_name: 'unknown' }, 400, 'pool'],
      [issue, { query, engine_version: 'latest' }, 422, 'engine_version'],
      [issue, { query, scheduled_time: 'tomorrow' }, 422, 'scheduled_time'],
      ['/job/issue/pig/d', { query }, 400, 'pig'],
      ['/job/issue/trino/D-1', { query }, 404, 'Database'],
      ['/job/kill/1', {}, 404, "Couldn't find Job"],
      ['/schedule/run/none/0', {}, 404, 'Schedule'],
      ['/nothing', {}, 404, 'not found'],
    ];
    for (const [path, parameters, status, words] of cases) {
      const answer = await post(path, parameters);
      expect([path, parameters, answer.status]).toEqual([path, parameters, status]);
      expect(answer.body).toEqual({
        error: expect.stringContaining(words),
        message: answer.body.error,
        text: answer.body.error,
        severity: 'error',
        status_code: status,
      });
    }
    const valid = { query, priority: '2', retry_limit: '32', pool_name: 'default' };
    for (const engine_version of ['stable', '2020.1']) {
      expect(await post(issue, { ...valid, engine_version })).toMatchObject({ status: 200 });
    }
    for (const path of ['show/1', 'status/x', 'result/1', 'status_by_domain_key/none']) {
      expect(await get(`/job/${path}`)).toMatchObject({ status: 404 });
    }
    const notAnObject = await post(issue, '[]', { 'content-type': 'application/json' });
    expect(notAnObject.status).toBe(400);
  }));

test('without the key everything but the server’s status is 401', () =>
  withTreasureData({}, async ({ get, sandbox }) => {
    const { apiKey } = sandbox.treasureData;
    const wrong = [`TD1 ${apiKey}0`, `Bearer ${apiKey}`, apiKey, 'TD1', ''];
    for (const authorization of wrong) {
      for (const path of ['/job/list', '/schedule/list', '/user/show', '/job/show/1']) {
        const { status, body } = await get(path, { authorization });
        expect([authorization, path, status]).toEqual([authorization, path, 401]);
        expect(body).toMatchObject({ error: 'Authentication failed', status_code: 401 });
      }
    }
    expect(await get('/system/server_status', { authorization: '' })).toMatchObject({
      status: 200,
      body: { status: 'ok' },
    });
    expect(await get('/user/show')).toMatchObject({ status: 200 });
  }));

test('a domain key names one job for good', () =>
  withTreasureData({}, async ({ post, get, issue, control }) => {
    const id = await issue('SELECT 1', { domain_key: 'a/b' });
    const again = await post('/job/issue/hive/e', { query: 'SELECT 2', domain_key: 'a/b' });
    expect(again).toMatchObject({
      status: 409,
      body: { status_code: 409, details: { conflicts_with: Number(id) } },
    });
    expect(await get('/job/status_by_domain_key/a%2Fb')).toMatchObject({
      status: 200,
      body: { job_id: id },
    });
    expect(await control('GET', '/treasure-data/jobs')).toMatchObject([
      { jobId: id, domainKey: 'a/b', query: 'SELECT 1' },
    ]);
  }));

test('a killed job stays killed, whatever its state was', () =>
  withTreasureData({}, async ({ post, issue, finished, control, status }) => {
    for (const hold of ['queued', 'booting', 'running']) {
      await control('PUT', '/treasure-data', { hold });
      const id = await issue('SELECT count(*) FROM range(100000000000)');
      await eventually(async () => expect(await status(id)).toBe(hold));
      expect(await post(`/job/kill/${id}`)).toMatchObject({
        status: 200,
        body: { job_id: id, former_status: hold },
      });
      await control('PUT', '/treasure-data', { hold: null });
      const job = await finished(id);
      expect(job).toMatchObject({ status: 'killed', num_records: null, debug: { stderr: null } });
    }
    const id = await issue('SELECT 1');
    await finished(id);
    expect(await post(`/job/kill/${id}`)).toMatchObject({ body: { former_status: 'success' } });
    expect(await status(id)).toBe('success');
  }));

test('the list has the newest job first, by twenty, by state', () =>
  withTreasureData({}, async ({ issue, get, finished }) => {
    const ids: string[] = [];
    for (let i = 0; i < 22; i += 1) ids.unshift(await issue(i === 3 ? 'nonsense' : `SELECT ${i}`));
    for (const id of ids) await finished(id);
    const listed = async (query: string) => {
      const { body } = await get(`/job/list${query}`);
      return body.jobs.map(({ job_id }: { job_id: string }) => job_id);
    };
    expect(await listed('')).toEqual(ids.slice(0, 20));
    expect(await listed('?from=20&to=30')).toEqual(ids.slice(20));
    expect(await listed('?from=0&to=0')).toEqual(ids.slice(0, 1));
    expect(await listed('?status=error')).toEqual([ids[18]]);
  }));

test('a double slash in the path, as some clients send', () =>
  withTreasureData({}, async ({ sandbox }) => {
    const response = await fetch(`${sandbox.url}//v3/system/server_status`);
    expect(await response.json()).toEqual({ status: 'ok' });
  }));

test('closing the sandbox ends running jobs at once', () =>
  withTreasureData({}, async ({ issue, status, sandbox }) => {
    const id = await issue('SELECT count(*) FROM range(100000000000)');
    await eventually(async () => expect(await status(id)).toBe('running'));
    await sandbox.close();
    await expect(status(id)).rejects.toThrow();
  }));
