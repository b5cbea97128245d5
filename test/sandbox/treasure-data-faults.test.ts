import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { eventually } from '../support/wait.ts';
import { rowsOf, type TreasureDataClient, withTreasureData } from './treasure-data-client.ts';

const order = ({ control }: TreasureDataClient, fault: object): Promise<unknown> =>
  control('POST', '/faults', fault);

const requests = ({ control }: TreasureDataClient): Promise<Record<string, unknown>[]> =>
  control('GET', '/treasure-data/requests');

/** A finished job of 1,000 rows, and the path of its result. */
async function withResult(client: TreasureDataClient): Promise<{ id: string; path: string }> {
  const id = await client.issue('SELECT i FROM range(1000) t(i)');
  await client.finished(id);
  return { id, path: `/job/result/${id}?format=msgpack.gz` };
}

test('every route can be made to fail, and an order for one leaves the others alone', () =>
  withTreasureData({}, async (client) => {
    const { control, get, post } = client;
    await control('PUT', '/treasure-data/saved-queries/q', { database: 'd', query: 'SELECT 1' });
    const { id, path } = await withResult(client);
    const calls: Record<string, () => Promise<{ status: number }>> = {
      'td.issue': () => post('/job/issue/trino/d', { query: 'SELECT 1' }),
      'td.status': () => get(`/job/status/${id}`),
      'td.statusByDomainKey': () => get('/job/status_by_domain_key/none'),
      'td.show': () => get(`/job/show/${id}`),
      'td.list': () => get('/job/list'),
      'td.result': () => get(path),
      'td.kill': () => post(`/job/kill/${id}`),
      'td.schedules': () => get('/schedule/list'),
      'td.runSchedule': () => post('/schedule/run/q/0'),
    };
    for (const on of Object.keys(calls)) {
      await order(client, { kind: 'status', status: 503, on });
      for (const [route, call] of Object.entries(calls)) {
        const { status } = await call();
        expect([on, route, status === 503]).toEqual([on, route, on === route]);
      }
    }
    await order(client, { kind: 'status', status: 500, on: 'td', times: 'always' });
    for (const call of Object.values(calls)) expect((await call()).status).toBe(500);
  }));

test('an order without a route is for Braze only', () =>
  withTreasureData({}, async (client) => {
    await order(client, { kind: 'status', status: 503, times: 'always' });
    expect((await client.get('/job/list')).status).toBe(200);
    expect(await client.control('GET', '/faults')).toMatchObject([{ remaining: { after: 0 } }]);
  }));

test('a status fault has Treasure Data’s shape, or its own body and headers', () =>
  withTreasureData({}, async (client) => {
    await order(client, { kind: 'status', status: 429, on: 'td.list' });
    await order(client, {
      kind: 'status',
      status: 502,
      on: 'td.list',
      body: '<h1>Bad gateway</h1>',
      headers: { 'Retry-After': '7' },
    });
    expect(await client.get('/job/list')).toMatchObject({
      status: 429,
      body: { error: 'Too many requests', severity: 'error', status_code: 429 },
    });
    const html = await client.get('/job/list');
    expect(html).toMatchObject({ status: 502, body: '<h1>Bad gateway</h1>' });
    expect(html.headers.get('content-type')).toContain('text/html');
    expect(html.headers.get('retry-after')).toBe('7');
  }));

test('a lost response: the job exists, and its domain key finds it', () =>
  withTreasureData({}, async (client) => {
    const { issue, get, post } = client;
    const query = 'SELECT 1';
    await order(client, { kind: 'reset', on: 'td.issue', applied: true });
    await order(client, { kind: 'status', status: 504, on: 'td.issue', applied: true });
    await order(client, { kind: 'reset', on: 'td.issue' });
    const error = await issue(query, { domain_key: 'k1' }).catch((cause: Error) => cause);
    expect((error as Error).cause).toMatchObject({ code: 'ECONNRESET' });
    expect((await post('/job/issue/trino/d', { query, domain_key: 'k2' })).status).toBe(504);
    await expect(issue(query, { domain_key: 'k3' })).rejects.toThrow();
    const found = async (key: string) => (await get(`/job/status_by_domain_key/${key}`)).status;
    expect([await found('k1'), await found('k2'), await found('k3')]).toEqual([200, 200, 404]);
    expect((await requests(client)).slice(3)).toMatchObject([
      { route: 'td.issue', status: null, fault: 'reset' },
      { route: 'td.issue', status: 504, fault: 'status' },
      { route: 'td.issue', status: null, fault: 'reset' },
    ]);
  }));

test('hanging and late requests end with their client', () =>
  withTreasureData({}, async (client) => {
    const { sandbox, get } = client;
    const headers = { authorization: `TD1 ${sandbox.treasureData.apiKey}` };
    const countOf = async () =>
      (await client.control<{ requests: Record<string, number> }>('GET', '/treasure-data'))
        .requests;
    for (const kind of ['hang', 'latency']) {
      const ms = kind === 'latency' ? { ms: 60_000 } : {};
      await order(client, { kind, on: 'td.show', ...ms });
      const before = (await countOf())['td.show'] ?? 0;
      const abort = new AbortController();
      const { signal } = abort;
      const request = fetch(`${sandbox.url}/v3/job/show/1`, { headers, signal });
      await eventually(async () => expect((await countOf())['td.show']).toBe(before + 1));
      abort.abort();
      await expect(request).rejects.toThrow();
    }
    await eventually(async () =>
      expect(await requests(client)).toMatchObject([
        { fault: 'latency', status: null },
        { fault: 'hang', status: null },
      ]),
    );
    await order(client, { kind: 'latency', ms: 30, on: 'td' });
    const startedAt = performance.now();
    expect((await get('/job/list')).status).toBe(200);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(29);
  }));

test('a late kill has happened, or is still to come', () =>
  withTreasureData({ jobTimes: { hold: 'running' } }, async (client) => {
    const [early, late] = [await client.issue('SELECT 1'), await client.issue('SELECT 2')];
    const slow = { kind: 'latency', ms: 60_000, on: 'td.kill' };
    await order(client, { ...slow, jobId: early, applied: true });
    await order(client, { ...slow, jobId: late });
    for (const id of [late, early]) client.post(`/job/kill/${id}`).catch(() => undefined);
    await eventually(async () => expect(await client.status(early)).toBe('killed'));
    expect(await client.status(late)).not.toBe('killed');
  }));

test('a kill takes its time, and may come too late', () =>
  withTreasureData({ jobTimes: { killMs: 60_000, hold: 'running' } }, async (client) => {
    const { issue, post, status, finished, control } = client;
    const late = await issue('SELECT 1');
    await eventually(async () => expect(await status(late)).toBe('running'));
    const answer = await post(`/job/kill/${late}`);
    expect(answer).toMatchObject({ status: 200, body: { former_status: 'running' } });
    expect(await status(late)).toBe('running');

    await control('PUT', '/treasure-data', { killMs: 50 });
    const soon = await issue('SELECT 2');
    await eventually(async () => expect(await status(soon)).toBe('running'));
    await post(`/job/kill/${soon}`);
    expect(await finished(soon)).toMatchObject({ status: 'killed' });

    await control('PUT', '/treasure-data', { hold: null });
    expect(await finished(late)).toMatchObject({ status: 'success' });
  }));

test('a cut download has the bytes that were ordered, and resumes from there', () =>
  withTreasureData({}, async (client) => {
    const { path } = await withResult(client);
    const whole = await client.get(path);
    await order(client, { kind: 'cut', bytes: 100 });
    await order(client, { kind: 'cut', bytes: 50 });
    await order(client, { kind: 'cut', bytes: 0 });
    const first = await downloadUntilCut(client, path, {});
    expect(first.bytes).toEqual(whole.bytes.subarray(0, 100));
    const ifRange = { 'if-range': whole.headers.get('etag') ?? '' };
    const second = await downloadUntilCut(client, path, { ...ifRange, range: 'bytes=100-' });
    expect(second).toMatchObject({ status: 206, bytes: whole.bytes.subarray(100, 150) });
    const third = await downloadUntilCut(client, path, { ...ifRange, range: 'bytes=150-' });
    expect(third.bytes).toHaveLength(0);
    const last = await client.get(path, { ...ifRange, range: 'bytes=150-' });
    expect(last).toMatchObject({ status: 206, bytes: whole.bytes.subarray(150) });
    expect((await requests(client)).slice(0, 4)).toMatchObject([
      { status: 206, range: 'bytes=150-', fault: null },
      { status: 206, range: 'bytes=150-', fault: 'cut' },
      { status: 206, range: 'bytes=100-', fault: 'cut' },
      { status: 200, range: null, fault: 'cut' },
    ]);
  }));

async function downloadUntilCut(
  { sandbox }: TreasureDataClient,
  path: string,
  headers: Record<string, string>,
): Promise<{ status: number; bytes: Buffer }> {
  const authorization = `TD1 ${sandbox.treasureData.apiKey}`;
  const response = await fetch(`${sandbox.url}/v3${path}`, {
    headers: { ...headers, authorization },
  });
  const chunks: Uint8Array[] = [];
  const reading = (async () => {
    for await (const chunk of response.body ?? []) chunks.push(chunk);
  })();
  await expect(reading).rejects.toThrow();
  return { status: response.status, bytes: Buffer.concat(chunks) };
}

test('a truncated response is complete for HTTP, but its gzip or its rows lack the end', () =>
  withTreasureData({}, async (client) => {
    const { path } = await withResult(client);
    const whole = await client.get(path);
    await order(client, { kind: 'truncate', bytes: 8 });
    await order(client, { kind: 'truncate', of: 'rows', bytes: 1 });
    const body = await client.get(path);
    expect(body).toMatchObject({ status: 200, bytes: whole.bytes.subarray(0, -8) });
    expect(() => gunzipSync(body.bytes)).toThrow('unexpected end of file');
    const rows = await client.get(path);
    expect(rows.headers.get('content-length')).toBe(String(rows.bytes.length));
    const unzipped = gunzipSync(whole.bytes);
    expect(gunzipSync(rows.bytes)).toEqual(unzipped.subarray(0, -1));
    expect((await client.get(path)).bytes).toEqual(whole.bytes);
  }));

test('a renewed result has another ETag from then on, so that no download resumes', () =>
  withTreasureData({}, async (client) => {
    const { path } = await withResult(client);
    const whole = await client.get(path);
    const etag = whole.headers.get('etag') ?? '';
    await order(client, { kind: 'renew', after: 1 });
    const resume = { 'if-range': etag, range: 'bytes=10-' };
    expect((await client.get(path, resume)).status).toBe(206);
    const renewed = await client.get(path, resume);
    expect(renewed).toMatchObject({ status: 200, bytes: whole.bytes });
    expect(renewed.headers.get('etag')).not.toBe(etag);
    expect((await client.get(path, resume)).status).toBe(200);
  }));

test('a miscounted result has a wrong number of records, where it was ordered', () =>
  withTreasureData({}, async (client) => {
    const { id, path } = await withResult(client);
    await order(client, { kind: 'miscount' });
    await order(client, { kind: 'miscount', by: 5, on: 'td.status', times: 2 });
    const records = async (route: string) =>
      (await client.get(`/job/${route}/${id}`)).body.num_records;
    expect([await records('show'), await records('show')]).toEqual([999, 1_000]);
    expect([await records('status'), await records('status')]).toEqual([1_005, 1_005]);
    expect(await records('status')).toBe(1_000);
    await order(client, { kind: 'miscount', by: null });
    expect([await records('show'), await records('show')]).toEqual([null, 1_000]);
    expect(rowsOf((await client.get(path)).bytes)).toHaveLength(1_000);
  }));

test('the next job fails, or somebody else kills it', () =>
  withTreasureData({}, async (client) => {
    await order(client, { kind: 'fail', stderr: 'out of memory', cmdout: 'line 1\n' });
    await order(client, { kind: 'kill', after: 1 });
    const results: unknown[] = [];
    for (let i = 0; i < 4; i += 1) {
      const job = await client.finished(await client.issue('SELECT 1'));
      results.push([job.status, job.debug.stderr, job.num_records]);
    }
    expect(results).toEqual([
      ['error', 'out of memory', null],
      ['success', null, 1],
      ['killed', null, null],
      ['success', null, 1],
    ]);
  }));

test('an invalid order is rejected', () =>
  withTreasureData({}, async ({ sandbox }) => {
    for (const [fault, complaint] of [
      [{ kind: 'cut' }, 'bytes'],
      [{ kind: 'cut', bytes: 1, on: 'td.job' }, 'on'],
      [{ kind: 'truncate', of: 'head' }, 'of'],
      [{ kind: 'miscount', on: 'td.result' }, 'on'],
      [{ kind: 'fail' }, 'stderr'],
      [{ kind: 'kill', jobId: '1' }, 'jobId'],
      [{ kind: 'reset', on: 'td.nothing' }, 'on'],
    ] as const) {
      const answer = await fetch(`${sandbox.url}/sandbox/faults`, {
        method: 'POST',
        body: JSON.stringify(fault),
      });
      expect([fault, answer.status]).toEqual([fault, 400]);
      expect(await answer.text()).toContain(complaint);
    }
  }));
