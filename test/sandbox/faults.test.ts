import { expect, test } from 'vitest';
import { eventually } from '../support/wait.ts';
import { type Client, withSandbox } from './client.ts';

interface Traffic {
  requests: number;
  inFlight: number;
  maxInFlight: number;
}

type Stats = Traffic & { byStatus: Record<string, number>; cohorts: Record<string, Traffic> };

const inFlight = async ({ control }: Client): Promise<number> =>
  (await control<Stats>('GET', '/stats')).inFlight;

const order = ({ control }: Client, fault: object): Promise<unknown> =>
  control('POST', '/faults', fault);

test('a status fault responds with its own status, body and headers, and changes nothing', () =>
  withSandbox({}, async (client) => {
    await client.name('vip');
    const headers = { 'Retry-After': '7', 'content-type': 'text/plain' };
    await order(client, { kind: 'status', status: 503, body: '<h1>Oops</h1>' });
    await order(client, { kind: 'status', status: 500, body: 'oops', headers });
    await order(client, { kind: 'status', status: 201, body: { message: 'success', errors: [1] } });

    const html = await client.change('vip', { user_ids: ['a'] });
    expect(html).toMatchObject({ status: 503, body: '<h1>Oops</h1>' });
    expect(html.headers.get('content-type')).toContain('text/html');
    const plain = await client.change('vip', { user_ids: ['a'] });
    expect(plain).toMatchObject({ status: 500, body: 'oops' });
    expect(plain.headers.get('content-type')).toBe('text/plain');
    expect(plain.headers.get('retry-after')).toBe('7');
    const partly = await client.change('vip', { user_ids: ['a'] });
    expect(partly).toMatchObject({ status: 201, body: { message: 'success', errors: [1] } });
    expect(await client.members('vip')).toMatchObject({ userIds: [] });
    expect(await client.change('vip', { user_ids: ['a'] })).toMatchObject({ status: 201 });
    expect(await client.members('vip')).toMatchObject({ userIds: ['a'] });
  }));

test('without a body, a status fault has Braze’s message', () =>
  withSandbox({}, async (client) => {
    const cases: [number, string][] = [
      [401, 'Unauthorized access'],
      [423, 'Resource locked'],
    ];
    for (const [status, message] of cases) {
      await order(client, { kind: 'status', status });
      expect(await client.name('vip')).toMatchObject({ status, body: { message } });
    }
  }));

test('an applied fault makes the change and loses the response', () =>
  withSandbox({}, async (client) => {
    await client.name('vip');
    await order(client, { kind: 'status', status: 502, applied: true });
    expect(await client.change('vip', { user_ids: ['a'] })).toMatchObject({ status: 502 });
    await order(client, { kind: 'reset', applied: true });
    await expect(client.change('vip', { user_ids: ['b'] })).rejects.toThrow();
    expect(await client.members('vip')).toMatchObject({ userIds: ['a', 'b'] });
    expect(await client.control('GET', '/cohorts')).toMatchObject([{ requests: 2 }]);
  }));

test('a reset breaks the connection before anything is changed', () =>
  withSandbox({}, async (client) => {
    await client.name('vip');
    await order(client, { kind: 'reset' });
    const error = await client.change('vip', { user_ids: ['a'] }).catch((cause: Error) => cause);
    expect((error as Error).cause).toMatchObject({ code: 'ECONNRESET' });
    expect(await client.members('vip')).toMatchObject({ userIds: [] });
    expect(await client.control('GET', '/requests')).toMatchObject([
      { status: null, fault: 'reset' },
      { status: 201 },
    ]);
  }));

test('a hanging request is in flight until its client leaves', () =>
  withSandbox({}, async (client) => {
    const { sandbox } = client;
    await order(client, { kind: 'hang', cohortId: 'vip' });
    const abort = new AbortController();
    const request = fetch(`${sandbox.url}/partners/${sandbox.braze.partnerName}/cohorts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"cohort_id":"vip"}',
      signal: abort.signal,
    });
    await eventually(async () => expect(await inFlight(client)).toBe(1));
    const { cohorts } = await client.control<Stats>('GET', '/stats');
    expect(cohorts).toEqual({ vip: { requests: 1, inFlight: 1, maxInFlight: 1 } });
    abort.abort();
    await expect(request).rejects.toThrow();
    await eventually(async () => expect(await inFlight(client)).toBe(0));
    expect(await client.control('GET', '/requests')).toMatchObject([
      { status: null, fault: 'hang', cohortId: 'vip' },
    ]);
  }));

test('a hanging request is answered by order, and others are not', () =>
  withSandbox({}, async (client) => {
    for (const cohortId of ['vip', 'other']) await client.name(cohortId);
    await order(client, { kind: 'hang', on: 'users', times: 2 });
    const answers = ['vip', 'other'].map((id) => client.change(id, { user_ids: ['a'] }));
    answers[1]?.catch(() => undefined);
    await eventually(async () => expect(await inFlight(client)).toBe(2));
    expect(await client.control('DELETE', '/hanging/vip')).toEqual({ answered: 1 });
    expect(await answers[0]).toMatchObject({ status: 201 });
    expect(await client.members('vip')).toMatchObject({ userIds: ['a'] });
    expect(await client.members('other')).toMatchObject({ userIds: [] });
    expect(await inFlight(client)).toBe(1);
    expect(await client.control('DELETE', '/hanging/vip')).toEqual({ answered: 0 });
  }));

test.each([
  ['reset', {}],
  ['latency', { ms: 60_000 }],
])('what is applied later is applied also where its client has gone: %s', (kind, more) =>
  withSandbox({}, async (client) => {
    await client.name('vip');
    await order(client, { kind, ...more, appliedAfterMs: 2_000 });
    const { url, braze } = client.sandbox;
    const abort = new AbortController();
    const request = fetch(`${url}/partners/${braze.partnerName}/cohorts/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        partner_api_key: braze.partnerApiKey,
        client_secret: braze.dataImportKey,
        cohort_id: 'vip',
        cohort_changes: [{ user_ids: ['a'] }],
      }),
      signal: abort.signal,
    });
    if (kind === 'latency') {
      await eventually(async () => expect(await inFlight(client)).toBe(1));
      abort.abort();
    }
    await expect(request).rejects.toThrow();
    await eventually(async () => expect(await inFlight(client)).toBe(0));
    expect(await client.members('vip')).toMatchObject({ userIds: [] });
    await eventually(async () =>
      expect(await client.members('vip')).toMatchObject({ userIds: ['a'] }),
    );
  }),
);

test('a request that is applied later is answered when it was', () =>
  withSandbox({}, async (client) => {
    await client.name('vip');
    await order(client, { kind: 'latency', ms: 0, appliedAfterMs: 100 });
    expect(await client.change('vip', { user_ids: ['a'] })).toMatchObject({ status: 201 });
    expect(await client.members('vip')).toMatchObject({ userIds: ['a'] });
  }));

test('closing the sandbox ends hanging and late requests at once', () =>
  withSandbox({ latencyMs: 60_000 }, async (client) => {
    await order(client, { kind: 'hang' });
    const requests = [client.name('vip'), client.name('vip')].map((request) =>
      request.then(
        () => 'answered',
        () => 'cut off',
      ),
    );
    await eventually(async () => expect(await inFlight(client)).toBe(2));
    await client.sandbox.close();
    await client.sandbox.close();
    expect(await Promise.all(requests)).toEqual(['cut off', 'cut off']);
  }));

test('a latency fault delays the change, or only its response', () =>
  withSandbox({}, async (client) => {
    await client.name('held up');
    await client.name('applied');
    await order(client, { kind: 'latency', ms: 60_000, cohortId: 'held up' });
    await order(client, { kind: 'latency', ms: 60_000, cohortId: 'applied', applied: true });
    await order(client, { kind: 'latency', ms: 30 });
    for (const cohortId of ['held up', 'applied']) {
      client.change(cohortId, { user_ids: ['a'] }).catch(() => undefined);
    }
    await eventually(async () => expect(await inFlight(client)).toBe(2));
    expect(await client.members('held up')).toMatchObject({ userIds: [] });
    await eventually(async () =>
      expect(await client.members('applied')).toMatchObject({ userIds: ['a'] }),
    );
    await client.name('other');
    const [entry] = await client.control<{ durationMs: number }[]>('GET', '/requests');
    expect(entry).toMatchObject({ fault: 'latency', status: 201, cohortId: 'other' });
    // A timer may fire up to a millisecond early.
    expect(entry?.durationMs).toBeGreaterThanOrEqual(29);
  }));

test('a fault hits the requests that it selects, after and as often as ordered', () =>
  withSandbox({}, async (client) => {
    await client.name('a');
    await client.name('b');
    const member = { user_ids: ['x'] };
    const statuses = async (...requests: (() => Promise<{ status: number }>)[]) => {
      const found: number[] = [];
      for (const request of requests) found.push((await request()).status);
      return found;
    };
    const changeA = () => client.change('a', member);
    const changeB = () => client.change('b', member);
    const nameA = () => client.name('a');

    await order(client, {
      kind: 'status',
      status: 500,
      on: 'users',
      cohortId: 'a',
      after: 1,
      times: 2,
    });
    expect(await client.control('GET', '/faults')).toMatchObject([
      { kind: 'status', after: 1, times: 2, remaining: { after: 1, times: 2 } },
    ]);
    expect(await statuses(changeB, nameA, changeA)).toEqual([201, 201, 201]);
    expect(await statuses(changeA)).toEqual([500]);
    expect(await client.control('GET', '/faults')).toMatchObject([
      { remaining: { after: 0, times: 1 } },
    ]);
    expect(await statuses(changeA, changeA, changeA)).toEqual([500, 201, 201]);
    expect(await client.control('GET', '/faults')).toEqual([]);

    await order(client, { kind: 'status', status: 500, on: 'cohorts', times: 'always' });
    expect(await statuses(nameA, nameA, changeA, nameA)).toEqual([500, 500, 201, 500]);
    await client.control('DELETE', '/faults');
    expect(await statuses(nameA)).toEqual([201]);
  }));

test('faults are tried in the order in which they came', () =>
  withSandbox({}, async (client) => {
    await order(client, { kind: 'status', status: 500 });
    await order(client, { kind: 'status', status: 502, after: 1 });
    await order(client, { kind: 'status', status: 503 });
    const found: number[] = [];
    for (let i = 0; i < 4; i += 1) found.push((await client.name('vip')).status);
    expect(found).toEqual([500, 503, 502, 201]);
  }));

test('faults can be taken back for one cohort', () =>
  withSandbox({}, async (client) => {
    const always = { kind: 'status', status: 500, on: 'users', times: 'always' };
    for (const cohortId of ['ours', 'theirs']) {
      await client.name(cohortId);
      await order(client, { ...always, cohortId });
    }
    await client.control('DELETE', '/faults?cohortId=ours');
    expect(await client.change('ours', { user_ids: ['a'] })).toMatchObject({ status: 201 });
    expect(await client.change('theirs', { user_ids: ['a'] })).toMatchObject({ status: 500 });
  }));

test('an invalid order is rejected, and the response says why', () =>
  withSandbox({}, async ({ send, control }) => {
    const cases: [unknown, string][] = [
      [{}, 'kind'],
      [{ kind: 'explode' }, 'kind'],
      [{ kind: 'status' }, 'status'],
      [{ kind: 'status', status: 99 }, 'status'],
      [{ kind: 'latency' }, 'ms'],
      [{ kind: 'reset', status: 500 }, 'status'],
      [{ kind: 'reset', on: 'members' }, 'on'],
      [{ kind: 'reset', after: -1 }, 'after'],
      [{ kind: 'reset', times: 0 }, 'times'],
      [{ kind: 'hang', on: 'td.show', appliedAfterMs: 5 }, 'for requests to Braze'],
      [{ kind: 'slow' }, 'ms'],
      [{ kind: 'stall' }, 'bytes'],
      [{ kind: 'stall', bytes: -1 }, 'bytes'],
      [{ kind: 'cut', bytes: 1, on: 'users', applied: false }, 'applied'],
      [{ kind: 'chunked', bytes: 1 }, 'bytes'],
      [{ kind: 'status', status: 500, headers: { 'bad name': 'x' } }, 'bad name'],
      [{ kind: 'status', status: 500, headers: { 'Content-Length': '1' } }, 'Content-Length'],
      [[], 'expected object'],
    ];
    for (const [fault, complaint] of cases) {
      const answer = await send('POST', '/sandbox/faults', JSON.stringify(fault));
      expect([fault, answer.status]).toEqual([fault, 400]);
      expect(JSON.stringify(answer.body)).toContain(complaint);
    }
    expect(await send('POST', '/sandbox/faults', 'nonsense')).toMatchObject({ status: 400 });
    expect(await control('GET', '/faults')).toEqual([]);
  }));
