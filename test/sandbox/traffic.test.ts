import { expect, test } from 'vitest';
import { RateLimit } from '../../sandbox/braze/rate-limit.ts';
import { eventually } from '../support/wait.ts';
import { withSandbox } from './client.ts';

interface Stats {
  requests: number;
  inFlight: number;
  maxInFlight: number;
  byStatus: Record<string, number>;
  cohorts: Record<string, unknown>;
  warnings: Record<string, number>;
}

test('requests are counted in flight, over all and for each cohort', () =>
  withSandbox({}, async ({ name, change, control }) => {
    await name('a');
    await name('b');
    // Long enough that all of them are there before the first is answered.
    await control('POST', '/faults', { kind: 'latency', ms: 600, on: 'users', times: 'always' });
    const member = { user_ids: ['x'] };
    await Promise.all([1, 2, 3].map(() => change('a', member)));
    await Promise.all([change('a', member), change('b', member), change('b', { user_ids: [1] })]);
    expect(await control('GET', '/stats')).toEqual({
      requests: 8,
      inFlight: 0,
      maxInFlight: 3,
      byStatus: { 201: 7, 400: 1 },
      cohorts: {
        a: { requests: 5, inFlight: 0, maxInFlight: 3 },
        b: { requests: 3, inFlight: 0, maxInFlight: 2 },
      },
      warnings: {},
    });
  }));

test('a client that waits for each response never has two requests in flight', () =>
  withSandbox({}, async ({ name, change, control }) => {
    await name('a');
    for (let i = 0; i < 50; i += 1) await change('a', { user_ids: [`${i}`] });
    expect(await control('GET', '/stats')).toMatchObject({ requests: 51, maxInFlight: 1 });
  }));

test('a reset of the counts keeps what is in flight', () =>
  withSandbox({}, async ({ name, control }) => {
    await name('gone');
    await control('POST', '/faults', { kind: 'hang' });
    name('here').catch(() => undefined);
    await eventually(async () => expect((await control<Stats>('GET', '/stats')).inFlight).toBe(1));
    await control('DELETE', '/stats');
    expect(await control('GET', '/stats')).toEqual({
      requests: 0,
      inFlight: 1,
      maxInFlight: 1,
      byStatus: {},
      cohorts: { here: { requests: 0, inFlight: 1, maxInFlight: 1 } },
      warnings: {},
    });
  }));

test('the latency does not make one request wait for another', () =>
  withSandbox({ latencyMs: 100 }, async ({ name, control }) => {
    await control('POST', '/faults', { kind: 'latency', ms: 600_000, cohortId: 'slow' });
    name('slow').catch(() => undefined);
    await eventually(async () =>
      expect(await control('GET', '/stats')).toMatchObject({ inFlight: 1 }),
    );
    // If these waited for the first one, the test would not end.
    await Promise.all(Array.from({ length: 20 }, () => name('vip')));
    const log = await control<{ durationMs: number }[]>('GET', '/requests');
    expect(log).toHaveLength(20);
    for (const { durationMs } of log) expect(durationMs).toBeGreaterThanOrEqual(99);
  }));

test('the log has the newest request first, with counts and no identifier', () =>
  withSandbox({}, async ({ name, change, send, sandbox, control }) => {
    const { partnerName } = sandbox.braze;
    const path = `/partners/${partnerName}/cohorts/users`;
    await name('vip');
    await change(
      'vip',
      { user_ids: ['secret-1', 'secret-2'], aliases: [] },
      { device_ids: ['secret-3'], should_remove: true, user_id: 'secret-4' },
    );
    await send('POST', `${path}?secret=5`, '{"cohort_changes":[]}');
    const log = await control('GET', '/requests');
    const nobody = { userIds: 0, deviceIds: 0, aliases: 0 };
    const anyTime = { at: expect.stringMatching(/^\d{4}-.*Z$/), durationMs: expect.any(Number) };
    expect(log).toEqual([
      {
        ...anyTime,
        path,
        status: 401,
        cohortId: null,
        identifiers: nobody,
        remove: false,
        warnings: ['no identifiers'],
      },
      {
        ...anyTime,
        path,
        status: 201,
        cohortId: 'vip',
        identifiers: { userIds: 2, deviceIds: 1, aliases: 0 },
        remove: true,
        warnings: ['empty array', 'unknown field'],
      },
      {
        ...anyTime,
        path: `/partners/${partnerName}/cohorts`,
        status: 201,
        cohortId: 'vip',
        identifiers: nobody,
        remove: false,
        warnings: [],
      },
    ]);
    expect(JSON.stringify(log)).not.toContain('secret');
  }));

test('the log keeps the last 200 requests', () =>
  withSandbox({}, async ({ name, control }) => {
    for (let i = 0; i < 205; i += 1) await name(`c${i}`);
    const log = await control<{ cohortId: string }[]>('GET', '/requests');
    const newestFirst = Array.from({ length: 200 }, (_, index) => `c${204 - index}`);
    expect(log.map(({ cohortId }) => cohortId)).toEqual(newestFirst);
  }));

test('requests beyond the rate limit are rejected, and all responses state the limit', () =>
  withSandbox({}, async ({ name, control, send }) => {
    expect((await name('vip')).headers.has('x-ratelimit-limit')).toBe(false);
    await control('PUT', '/rate-limit', { limit: 2, windowMs: 3_600_000 });
    const answers = [await name('vip'), await name('vip'), await name('vip')];
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 429]);
    const header = (name: string) => answers.map(({ headers }) => headers.get(name));
    expect(header('x-ratelimit-limit')).toEqual(['2', '2', '2']);
    expect(header('x-ratelimit-remaining')).toEqual(['1', '0', '0']);
    const [reset = 0] = header('x-ratelimit-reset').map(Number);
    expect(Math.abs(reset - (Date.now() / 1_000 + 3_600))).toBeLessThan(60);
    const [first, second, retryAfter] = header('retry-after');
    expect([first, second]).toEqual([null, null]);
    expect(Math.abs(Number(retryAfter) - 3_600)).toBeLessThan(60);

    await control('DELETE', '/rate-limit');
    expect((await name('vip')).status).toBe(201);
    expect(await send('PUT', '/sandbox/rate-limit', '{"limit":1}')).toMatchObject({ status: 400 });
  }));

test('too many concurrent requests get a 429, too many for one cohort a 423', () =>
  withSandbox({}, async ({ name, change, control }) => {
    for (const id of ['a', 'b', 'c']) await name(id);
    await control('PUT', '/concurrency', { requests: 3, perCohort: 2 });
    await control('POST', '/faults', { kind: 'latency', ms: 60_000, on: 'users', times: 3 });
    const member = { user_ids: ['x'] };
    const held = async (cohortId: string, count: number) => {
      change(cohortId, member).catch(() => undefined);
      await eventually(async () =>
        expect(await control('GET', '/stats')).toMatchObject({ inFlight: count }),
      );
    };
    await held('a', 1);
    await held('a', 2);
    const locked = { status: 423, body: { message: 'Resource locked' } };
    expect(await change('a', member)).toMatchObject(locked);
    await held('b', 3);
    expect(await change('c', member)).toMatchObject({ status: 429 });
    await control('PUT', '/concurrency', { perCohort: 2 });
    expect(await change('c', member)).toMatchObject({ status: 201 });
    expect(await change('a', member)).toMatchObject(locked);
    await control('DELETE', '/concurrency');
    expect(await change('a', member)).toMatchObject({ status: 201 });
  }));

test('a request that has ended makes room for another', () =>
  withSandbox({}, async ({ name, change, control }) => {
    await name('a');
    await control('PUT', '/concurrency', { requests: 1, perCohort: 1 });
    for (let i = 0; i < 3; i += 1) {
      expect(await change('a', { user_ids: ['x'] })).toMatchObject({ status: 201 });
    }
    await control('POST', '/faults', { kind: 'reset' });
    await expect(change('a', { user_ids: ['x'] })).rejects.toThrow();
    expect(await change('a', { user_ids: ['x'] })).toMatchObject({ status: 201 });
  }));

test('the rate limit starts again with each window', () => {
  const rateLimit = new RateLimit();
  rateLimit.set({ limit: 2, windowMs: 1_500 });
  const allowed = (now: number) => rateLimit.take(now).allowed;
  expect([1_000_000, 1_000_900, 1_001_499].map(allowed)).toEqual([true, true, false]);
  expect(rateLimit.take(1_000_700).headers).toEqual({
    'x-ratelimit-limit': '2',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': '1002',
    'retry-after': '1',
  });
  expect([1_001_500, 1_001_501, 1_001_502].map(allowed)).toEqual([true, true, false]);
});
