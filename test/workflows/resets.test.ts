import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ExportEnvironment, startExports } from './export-environment.ts';
import { type ResetExport, resetTo } from './reset.ts';

let exports: ExportEnvironment;

beforeAll(async () => {
  exports = await startExports({ latencyMs: 50 });
});
afterAll(() => exports[Symbol.asyncDispose]());

/** Sends a request for each 1,000 users, and one that names the cohort. */
const order = (cohortId: string, users: number, threadCount = 2) => ({
  source: { type: 'duckdb', query: `SELECT 'user-' || i AS user_ids FROM range(${users}) t(i)` },
  cohortId,
  operation: 'APPEND',
  threadCount,
});

interface Traffic {
  readonly requests: number;
  readonly maxInFlight: number;
}

async function traffic(cohortId: string): Promise<Traffic> {
  const stats = await exports.control<{ cohorts: Record<string, Traffic> }>('GET', 'stats');
  return stats.cohorts[cohortId] ?? { requests: 0, maxInFlight: 0 };
}

const requests = async (cohortId: string) => (await traffic(cohortId)).requests;
const stage = async (handle: WorkflowHandle) => (await exports.progress(handle)).stage;
const note = async (handle: WorkflowHandle) => (await exports.progress(handle)).note;

/** `expect.poll` is not for tests that run side by side. */
const eventually = (check: () => Promise<void>) =>
  vi.waitFor(check, { timeout: 30_000, interval: 50 });

const fault = (kind: string, cohortId: string, more: object) =>
  exports.control('POST', 'faults', { kind, on: 'users', cohortId, ...more });

async function reset(handle: WorkflowHandle, activity: string): Promise<ResetExport> {
  const { workflowId, runId } = await handle.describe();
  return await resetTo(exports.client, { workflowId, runId }, activity);
}

/** An export with both of its first requests in flight, for as long as it lives. */
async function startHanging(cohortId: string): Promise<WorkflowHandle> {
  await fault('hang', cohortId, { times: 2 });
  const handle = await exports.start(order(cohortId, 4_000));
  await eventually(async () => expect(await requests(cohortId)).toBe(3));
  return handle;
}

async function startWaiting(cohortId: string): Promise<WorkflowHandle> {
  const handle = await exports.start(order(cohortId, 3_000));
  await eventually(async () => expect(await note(handle)).toContain('is running'));
  return handle;
}

/** How long after the end of a run, which may still have requests in flight, another got its turn. */
async function turnAfter(ended: { workflowId: string; runId: string }, next: WorkflowHandle) {
  const { workflow } = exports.client;
  const { closeTime } = await workflow.getHandle(ended.workflowId, ended.runId).describe();
  const { events } = await next.fetchHistory();
  const staging = events?.find(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'stageRows',
  );
  return Number(staging?.eventTime?.seconds) * 1_000 - (closeTime?.getTime() ?? Number.NaN);
}

/** Ten seconds, but for the part of a second that is cut off above. */
const SETTLED_MS = 9_000;

const SENDS_NOTHING = {
  cause: { type: 'StagingFailed', message: expect.stringContaining('This run was reset') },
};

describe.concurrent('an export that is reset', () => {
  it.each(['stageRows', 'nameCohort', 'sendChunk'])(
    'to its %s sends nothing beside the one that has the turn, and says why',
    async (activity) => {
      const cohortId = `after-${activity}`;
      const over = await exports.start(order(cohortId, 3_000));
      await over.result();
      await fault('latency', cohortId, { ms: 2_000, times: 'always' });
      const other = await exports.start(order(cohortId, 6_000));
      await eventually(async () => expect(await requests(cohortId)).toBe(4 + 3));
      const again = await reset(over, activity);
      await expect(again.result()).rejects.toMatchObject(SENDS_NOTHING);
      expect(await stage(other)).toBe('sending');
      await other.result();
      expect(await traffic(cohortId)).toMatchObject({ requests: 4 + 7, maxInFlight: 2 });
    },
  );

  it('while it sends does not let the next one start before its requests are over', async () => {
    const holder = await startHanging('hanging');
    const { workflowId, runId } = await holder.describe();
    const next = await startWaiting('hanging');
    const again = await reset(holder, 'sendChunk');
    await expect(again.result()).rejects.toMatchObject(SENDS_NOTHING);
    await next.result();
    expect(await turnAfter({ workflowId, runId }, next)).toBeGreaterThan(SETTLED_MS);
    expect(await traffic('hanging')).toMatchObject({ requests: 3 + 4, maxInFlight: 2 });
  });

  it('to its first workflow task waits for its turn anew, and sends everything', async () => {
    const holder = await startHanging('anew');
    const { workflowId, runId } = await holder.describe();
    const next = await startWaiting('anew');
    const again = await reset(holder, 'checkExport');
    await eventually(async () => expect(await note(again)).toContain('an earlier run of'));
    const before = await next.result();
    expect(await turnAfter({ workflowId, runId }, next)).toBeGreaterThan(SETTLED_MS);
    const report = await again.result();
    expect(report).toMatchObject({
      identifiers: { userIds: 4_000, sent: 4_000 },
      requests: { accepted: 4, retried: 0 },
    });
    expect(report.finishedAt > before.finishedAt).toBe(true);
    expect(await traffic('anew')).toMatchObject({ requests: 3 + 4 + 5, maxInFlight: 2 });
    expect(existsSync(join(exports.staging, 'runs', runId))).toBe(false);
  });

  it('is given no turn by what the run before was told', async () => {
    const over = await exports.start(order('told', 1_000));
    await over.result();
    await fault('latency', 'told', { ms: 2_000, times: 'always' });
    const other = await exports.start(order('told', 4_000));
    await eventually(async () => expect(await requests('told')).toBe(2 + 3));
    const again = await reset(over, 'checkExport');
    await eventually(async () =>
      expect(await note(again)).toContain(`${other.workflowId} is running`),
    );
    const before = await other.result();
    const report = await again.result();
    expect(report.identifiers.sent).toBe(1_000);
    expect(report.finishedAt > before.finishedAt).toBe(true);
    expect(await traffic('told')).toMatchObject({ requests: 2 + 5 + 2, maxInFlight: 2 });
  });

  it('while it waited joins again, and comes behind those who wait', async () => {
    const holder = await startHanging('waited');
    const waiting = await startWaiting('waited');
    const next = await startWaiting('waited');
    const again = await reset(waiting, 'joinQueue');
    await eventually(async () => expect(await note(again)).toContain('2 more are ahead'));
    await holder.cancel();
    const before = await next.result();
    const report = await again.result();
    expect(report.finishedAt > before.finishedAt).toBe(true);
    expect(await traffic('waited')).toMatchObject({ requests: 3 + 4 + 4, maxInFlight: 2 });
  });

  it('to where it continued as new does not send on beside the next one', async () => {
    await fault('latency', 'continued', { ms: 1_000, after: 150, times: 'always' });
    const first = await exports.start(order('continued', 200_000, 10));
    const { runId } = await first.describe();
    await eventually(async () => expect(await requests('continued')).toBeGreaterThan(1));
    const next = await startWaiting('continued');
    await eventually(async () => expect((await first.describe()).runId).not.toBe(runId));
    // Not before it has its turn: the run that then replaces it would be the one that goes on.
    await eventually(async () => expect(await note(first)).toContain('requests at once'));
    const again = await reset(first, 'joinQueue');
    await next.result();
    const sent = await requests('continued');
    await expect(again.result()).rejects.toMatchObject({
      cause: { type: 'StagingFailed', message: expect.stringContaining('are gone') },
    });
    expect(await traffic('continued')).toEqual({
      requests: sent,
      maxInFlight: 10,
      inFlight: 0,
    });
  });
});
