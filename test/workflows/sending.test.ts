import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ExportEnvironment, startExports } from './export-environment.ts';

let exports: ExportEnvironment;

beforeAll(async () => {
  exports = await startExports({ latencyMs: 20 });
});
afterAll(() => exports[Symbol.asyncDispose]());
afterEach(async () => {
  await exports.control('DELETE', 'faults');
  await exports.control('DELETE', 'cohorts');
  await exports.control('DELETE', 'stats');
  await exports.control('DELETE', 'rate-limit');
});

const users = (count: number) => ({
  type: 'duckdb',
  query: `SELECT 'user-' || i AS user_ids FROM range(${count}) t(i)`,
});
const order = (count: number, more: object = {}) => ({
  source: users(count),
  cohortId: 'vip',
  operation: 'APPEND',
  ...more,
});

interface Stats {
  requests: number;
  maxInFlight: number;
}

async function size(): Promise<number> {
  const [cohort] = await exports.control<{ size: number }[]>('GET', 'cohorts');
  return cohort?.size ?? 0;
}

describe('sending', () => {
  it.each([1, 3, 10])('has %i requests in flight, and no more', async (threadCount) => {
    await exports.control('POST', 'faults', {
      kind: 'latency',
      ms: 200,
      on: 'users',
      times: 'always',
    });
    const report = await exports.run(order(20_000, { threadCount }));
    expect(report.requests).toEqual({ accepted: 20, retried: 0 });
    const stats = await exports.control<Stats>('GET', 'stats');
    expect(stats.maxInFlight).toBe(threadCount);
    expect(stats.requests).toBe(21);
    expect(await size()).toBe(20_000);
  });

  it('removes as it adds', async () => {
    await exports.run(order(2_500));
    const report = await exports.run({ ...order(2_000), operation: 'REMOVE' });
    expect(report.identifiers.sent).toBe(2_000);
    expect(await size()).toBe(500);
  });

  it.each([
    ['423', { kind: 'status', status: 423, times: 3 }],
    ['429 with a wait', { kind: 'status', status: 429, times: 2, headers: { 'retry-after': '1' } }],
    ['500', { kind: 'status', status: 500, times: 3 }],
    ['503 in HTML', { kind: 'status', status: 503, times: 2, body: '<html>busy</html>' }],
    ['a reset', { kind: 'reset', times: 3 }],
    ['an answer that is lost', { kind: 'reset', times: 2, applied: true }],
  ])('rides out %s', async (_, fault) => {
    await exports.control('POST', 'faults', { ...fault, on: 'users', after: 5 });
    const report = await exports.run(order(20_000, { threadCount: 2 }));
    expect(report.requests).toEqual({ accepted: 20, retried: fault.times });
    expect(report.identifiers).toMatchObject({ userIds: 20_000, sent: 20_000 });
    expect((await exports.control<Stats>('GET', 'stats')).requests).toBe(21 + fault.times);
    expect(await size()).toBe(20_000);
  });

  it('keeps to a rate limit that it is told', async () => {
    await exports.control('PUT', 'rate-limit', { limit: 8, windowMs: 1_000 });
    const report = await exports.run(order(20_000, { threadCount: 4 }));
    expect(report.identifiers.sent).toBe(20_000);
    expect(report.requests.accepted).toBe(20);
    expect(await size()).toBe(20_000);
  });

  it('names the cohort and warns where there are no rows', async () => {
    const report = await exports.run(order(0));
    expect(report.warnings).toEqual([expect.stringContaining('no rows')]);
    expect(report.requests.accepted).toBe(0);
    const cohorts = await exports.control<unknown[]>('GET', 'cohorts');
    expect(cohorts).toEqual([{ cohortId: 'vip', name: 'vip', size: 0, requests: 0 }]);
  });

  it('tells of errors that come with a success', async () => {
    await exports.control('POST', 'faults', {
      kind: 'status',
      on: 'users',
      status: 201,
      applied: true,
      body: { message: 'success', errors: ['one was invalid'] },
    });
    const report = await exports.run(order(10));
    expect(report.warnings).toEqual(['Braze accepted a request with errors: one was invalid']);
  });

  it('stops within seconds when it is cancelled while its lanes wait to try again', async () => {
    await exports.control('POST', 'faults', {
      kind: 'status',
      on: 'users',
      status: 503,
      times: 'always',
    });
    const handle = await exports.start(order(30_000, { threadCount: 10 }));
    const requests = async () => (await exports.control<Stats>('GET', 'stats')).requests;
    await expect.poll(requests).toBeGreaterThanOrEqual(11);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow('cancelled');
    expect(await exports.progress(handle)).toMatchObject({
      stage: 'cancelled',
      identifiers: { sent: 0 },
    });
  });

  it('stops within seconds when it is cancelled, and says how far it came', async () => {
    await exports.control('POST', 'faults', {
      kind: 'hang',
      on: 'users',
      after: 7,
      times: 'always',
    });
    const handle = await exports.start(order(30_000, { threadCount: 3 }));
    await expect.poll(async () => (await exports.control<Stats>('GET', 'stats')).requests).toBe(11);
    const cancelledAt = Date.now();
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow('cancelled');
    expect(Date.now() - cancelledAt).toBeLessThan(5_000);
    const progress = await exports.progress(handle);
    expect(progress).toMatchObject({ stage: 'cancelled', identifiers: { sent: 7_000 } });
    expect((await handle.describe()).status.name).toBe('CANCELLED');
  });
});
