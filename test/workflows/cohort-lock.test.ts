import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cohortLockId } from '../../src/domain/cohort-lock.ts';
import { type ExportEnvironment, startExports } from './export-environment.ts';

let exports: ExportEnvironment;

beforeAll(async () => {
  exports = await startExports({ latencyMs: 50 });
});
afterAll(() => exports[Symbol.asyncDispose]());

const order = (cohortId: string, count: number, prefix = 'user') => ({
  source: {
    type: 'duckdb',
    query: `SELECT '${prefix}-' || i AS user_ids FROM range(${count}) t(i)`,
  },
  cohortId,
  operation: 'APPEND',
  threadCount: 2,
});

const stage = async (handle: Parameters<ExportEnvironment['progress']>[0]) =>
  (await exports.progress(handle)).stage;

interface Stats {
  cohorts: Record<string, { maxInFlight: number; requests: number }>;
}

describe('exports of one cohort', () => {
  it('take turns in the order in which they came, visibly', async () => {
    const first = await exports.start(order('vip', 20_000, 'first'));
    await expect.poll(() => stage(first)).toBe('sending');
    const second = await exports.start(order('vip', 4_000, 'second'));
    await expect
      .poll(async () => (await exports.progress(second)).note)
      .toContain(first.workflowId);
    const third = await exports.start(order('vip', 4_000, 'third'));
    await expect
      .poll(async () => (await exports.progress(third)).note)
      .toContain('1 more is ahead');
    expect(await exports.progress(second)).toMatchObject({ stage: 'waiting' });

    const reports = await Promise.all([first.result(), second.result(), third.result()]);
    const finished = reports.map((report) => report.finishedAt);
    expect(finished).toEqual([...finished].sort());
    const { cohorts } = await exports.control<Stats>('GET', 'stats');
    expect(cohorts.vip?.maxInFlight).toBe(2);
  });

  it('of other cohorts run side by side', async () => {
    const never = { kind: 'hang', on: 'users', cohortId: 'slow', times: 'always' };
    await exports.control('POST', 'faults', never);
    const slow = await exports.start(order('slow', 1_000));
    await expect.poll(() => stage(slow)).toBe('sending');
    await exports.run(order('quick', 1_000));
    expect((await slow.describe()).status.name).toBe('RUNNING');
    await slow.cancel();
    await expect(slow.result()).rejects.toThrow();
    await exports.control('DELETE', 'faults');
  });

  it('are not held up by one that is cancelled while it waits', async () => {
    const first = await exports.start(order('queue', 10_000));
    await expect.poll(() => stage(first)).toBe('sending');
    const second = await exports.start(order('queue', 1_000));
    await expect.poll(() => stage(second)).toBe('waiting');
    const third = await exports.start(order('queue', 1_000));
    await second.cancel();
    await expect(second.result()).rejects.toThrow();
    expect(await stage(second)).toBe('cancelled');
    await first.result();
    await third.result();
  });

  it('are held up for seconds only by one that is terminated, and its staged rows go', async () => {
    await exports.control('POST', 'faults', {
      kind: 'hang',
      on: 'users',
      cohortId: 'gone',
      times: 2,
    });
    const first = await exports.start(order('gone', 4_000));
    await expect
      .poll(async () => (await exports.control<Stats>('GET', 'stats')).cohorts.gone?.requests)
      .toBe(3);
    const second = await exports.start(order('gone', 1_000));
    await expect.poll(() => stage(second)).toBe('waiting');
    const terminatedAt = Date.now();
    await first.terminate('by hand');
    await second.result();
    expect(Date.now() - terminatedAt).toBeLessThan(30_000);
    const { cohorts } = await exports.control<Stats>('GET', 'stats');
    expect(cohorts.gone?.maxInFlight).toBe(2);
    await expect.poll(() => readdir(join(exports.staging, 'runs'))).toEqual([]);
  });

  it('keep their turns in a queue that outgrows its history', async () => {
    const { client, taskQueue } = exports;
    const slow = { kind: 'latency', ms: 500, on: 'users', cohortId: 'long', times: 'always' };
    await exports.control('POST', 'faults', slow);
    const holder = await exports.start(order('long', 100_000));
    await expect.poll(() => stage(holder)).toBe('sending');
    const queue = client.workflow.getHandle(
      cohortLockId(taskQueue, { destination: 'braze', connection: 'main', cohortId: 'long' }),
    );
    const firstRun = (await queue.describe()).runId;
    const waiting = await exports.start(order('long', 10));
    await expect.poll(() => stage(waiting)).toBe('waiting');
    // A waiting export joins again every five minutes; here it does so many times at once.
    const { workflowId } = waiting;
    const { runId } = await waiting.describe();
    const request = { workflowId, exportRunId: runId, runId };
    for (let i = 0; i < 40; i += 1) await queue.signal('acquireLock', request);
    await expect.poll(async () => (await queue.describe()).runId).not.toBe(firstRun);
    expect(await stage(holder)).toBe('sending');
    await exports.control('DELETE', 'faults');
    await holder.cancel();
    await waiting.result();
    const { cohorts } = await exports.control<Stats>('GET', 'stats');
    expect(cohorts.long?.maxInFlight).toBe(2);
  });

  it('leave no queue behind', async () => {
    const open = async () => {
      const ids: string[] = [];
      const list = exports.client.workflow.list({
        query: `WorkflowType = 'cohortLock' AND ExecutionStatus = 'Running' AND TaskQueue = '${exports.taskQueue}'`,
      });
      for await (const { workflowId } of list) ids.push(workflowId);
      return ids;
    };
    await expect.poll(open).toEqual([]);
  });
});
