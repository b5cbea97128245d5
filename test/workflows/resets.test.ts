import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Activities } from '../../src/activities/index.ts';
import { type LockPosition, POSITION_SIGNAL } from '../../src/domain/cohort-lock-messages.ts';
import { UNKNOWN_SETTLE_MS } from '../../src/domain/unanswered-requests.ts';
import { cancelHanging } from './cancel.ts';
import { eventually } from './eventually.ts';
import { type ExportEnvironment, startExports } from './export-environment.ts';
import { releaseIn, scheduledEvent, timeOf } from './history-facts.ts';
import { type ResetExport, resetTo, resetToTask, workflowTasksOf } from './reset.ts';
import { userNames } from './sandbox-control.ts';

// They wait more than they compute.
vi.setConfig({ maxConcurrency: 10 });

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

const requests = (cohortId: string) => exports.control.requestsFor(cohortId);
const stage = async (handle: WorkflowHandle) => (await exports.progress(handle)).stage;
const note = async (handle: WorkflowHandle) => (await exports.progress(handle)).note;

async function reset(handle: WorkflowHandle, activity: keyof Activities): Promise<ResetExport> {
  const { workflowId, runId } = await handle.describe();
  return await resetTo(exports.client, { workflowId, runId }, activity);
}

/** An export with both of its first requests in flight, for as long as it lives. */
async function startHanging(cohortId: string): Promise<WorkflowHandle> {
  const before = await requests(cohortId);
  await exports.control.fault({ kind: 'hang', on: 'users', cohortId, times: 2 });
  const handle = await exports.start(order(cohortId, 4_000));
  await eventually(async () => expect(await requests(cohortId)).toBe(before + 3));
  return handle;
}

async function startWaiting(cohortId: string): Promise<WorkflowHandle> {
  const handle = await exports.start(order(cohortId, 3_000));
  await eventually(async () => expect(await note(handle)).toContain('holds it'));
  return handle;
}

const cancel = (handle: WorkflowHandle, cohortId: string) =>
  cancelHanging(exports.control, handle, cohortId);

/** When a run ended, which may still have had requests in flight. */
async function closedAt({ workflowId, runId }: { workflowId: string; runId: string }) {
  const run = exports.client.workflow.getHandle(workflowId, runId);
  return (await run.describe()).closeTime?.getTime() ?? Number.NaN;
}

/** When an export gave its lock back. */
async function releasedAt(handle: WorkflowHandle): Promise<number> {
  return releaseIn(await handle.fetchHistory()).at;
}

/** When an export that held the lock began to stage. */
async function stagedAt(handle: WorkflowHandle): Promise<number> {
  return timeOf(scheduledEvent(await handle.fetchHistory(), 'stageRows'));
}

const SENDS_NOTHING = {
  cause: { type: 'RunSuperseded', message: expect.stringContaining('This run was reset') },
};

describe.concurrent('resets', () => {
  it.each(['stageRows', 'nameCohort', 'sendChunk'] as const)(
    'an export that is reset to its %s sends nothing beside the export that holds the lock, and says why',
    async (activity) => {
      const cohortId = `after-${activity}`;
      const over = await exports.start(order(cohortId, 3_000));
      await over.result();
      const other = await startHanging(cohortId);
      const again = await reset(over, activity);
      await expect(again.result()).rejects.toMatchObject(SENDS_NOTHING);
      expect(await stage(other)).toBe('sending');
      expect(await exports.control.traffic(cohortId)).toEqual({
        requests: 4 + 3,
        inFlight: 2,
        maxInFlight: 2,
      });
      await cancel(other, cohortId);
    },
  );

  it('a reset while it sends does not let the next export start before its requests are over', async () => {
    const holder = await startHanging('hanging');
    const held = await holder.describe();
    const next = await startWaiting('hanging');
    const again = await reset(holder, 'sendChunk');
    await expect(again.result()).rejects.toMatchObject(SENDS_NOTHING);
    await next.result();
    expect((await stagedAt(next)) - (await closedAt(held))).toBeGreaterThanOrEqual(
      UNKNOWN_SETTLE_MS,
    );
    expect(await exports.control.traffic('hanging')).toMatchObject({
      requests: 3 + 4,
      maxInFlight: 2,
    });
  });

  it('an export that is reset to its first workflow task waits for the lock again, and sends everything', async () => {
    const holder = await startHanging('anew');
    const held = await holder.describe();
    const next = await startWaiting('anew');
    const again = await reset(holder, 'checkExport');
    await eventually(async () => expect(await note(again)).toContain('an earlier run of'));
    const before = await next.result();
    expect((await stagedAt(next)) - (await closedAt(held))).toBeGreaterThanOrEqual(
      UNKNOWN_SETTLE_MS,
    );
    const report = await again.result();
    expect(report).toMatchObject({
      identifiers: { userIds: 4_000, sent: 4_000 },
      requests: { accepted: 4, retried: 0 },
    });
    expect(report.finishedAt > before.finishedAt).toBe(true);
    expect(await exports.control.traffic('anew')).toMatchObject({
      requests: 3 + 4 + 5,
      maxInFlight: 2,
    });
    expect(existsSync(join(exports.staging, 'runs', held.runId))).toBe(false);
  });

  it('a run after a reset does not hold the lock that the run before it got', async () => {
    const over = await exports.start(order('told', 1_000));
    await over.result();
    const other = await startHanging('told');
    const again = await reset(over, 'checkExport');
    await eventually(async () =>
      expect(await note(again)).toContain(`${other.workflowId} holds it`),
    );
    expect(await requests('told')).toBe(2 + 3);
    await cancel(other, 'told');
    expect((await again.result()).identifiers.sent).toBe(1_000);
    expect(await stagedAt(again)).toBeGreaterThan(await releasedAt(other));
    expect(await exports.control.traffic('told')).toMatchObject({
      requests: 2 + 3 + 2,
      maxInFlight: 2,
    });
  });

  it('an export that is reset while it waits asks for the lock again, behind those that wait', async () => {
    const holder = await startHanging('waited');
    const waiting = await startWaiting('waited');
    const next = await startWaiting('waited');
    const again = await reset(waiting, 'requestLock');
    await eventually(async () => expect(await note(again)).toContain('2 more are ahead'));
    await cancel(holder, 'waited');
    const before = await next.result();
    const report = await again.result();
    expect(report.finishedAt > before.finishedAt).toBe(true);
    expect(await exports.control.traffic('waited')).toMatchObject({
      requests: 3 + 4 + 4,
      maxInFlight: 2,
    });
  });

  it('an export that is reset to where it continued as new does not keep sending beside the next one', async () => {
    await exports.control.fault({ kind: 'hang', on: 'users', cohortId: 'continued', times: 10 });
    const first = await exports.start(order('continued', 20_000, 10));
    const { runId } = await first.describe();
    // So many that its history is long before it sends: the run that continues sends everything.
    const told: LockPosition = { runId: 'nobody', position: 1, holder: 'nobody' };
    for (let i = 0; i < 80; i += 1) await first.signal(POSITION_SIGNAL, told);
    await eventually(async () => expect((await first.describe()).runId).not.toBe(runId));
    await eventually(async () => expect(await requests('continued')).toBe(1 + 10));
    const next = await startWaiting('continued');
    const again = await reset(first, 'requestLock');
    await next.result();
    await expect(again.result()).rejects.toMatchObject({
      cause: { type: 'StagingFailed', message: expect.stringContaining('are gone') },
    });
    expect(await exports.control.traffic('continued')).toEqual({
      requests: 1 + 10 + 4,
      maxInFlight: 10,
      inFlight: 0,
    });
  });

  it('an export that is over may be reset to each of its workflow tasks: no two runs overlap, and the cohort is right', async () => {
    const cohortId = 'each-task';
    const over = await exports.start(order(cohortId, 4_000));
    const report = await over.result();
    const { workflowId, runId } = await over.describe();
    const tasks = await workflowTasksOf(exports.client, { workflowId, runId });
    const sentBy: number[] = [];
    for (const task of tasks) {
      const before = await requests(cohortId);
      const again = await resetToTask(exports.client, { workflowId, runId }, task);
      await again.result().then(
        ({ identifiers }) => expect(identifiers).toEqual(report.identifiers),
        (error: unknown) => expect(error).toMatchObject(SENDS_NOTHING),
      );
      sentBy.push((await requests(cohortId)) - before);
    }
    // Those that asked for the lock themselves sent everything, and all others nothing.
    const first = sentBy.lastIndexOf(1 + 4) + 1;
    expect(first).toBeGreaterThan(0);
    expect(sentBy).toEqual([...Array(first).fill(1 + 4), ...Array(tasks.length - first).fill(0)]);
    expect(await exports.control.traffic(cohortId)).toMatchObject({ inFlight: 0, maxInFlight: 2 });
    expect((await exports.control.membersOf(cohortId)).userIds).toEqual(userNames(4_000));
  });
});
