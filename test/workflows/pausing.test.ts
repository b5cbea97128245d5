import { randomUUID } from 'node:crypto';
import { type Connection, ScheduleOverlapPolicy, type WorkflowHandle } from '@temporalio/client';
import { describe, expect, it, vi } from 'vitest';
import { describeRun, endOf, mayBeOpen } from '../../src/temporal/export-status.ts';
import { cancelHanging } from './cancel.ts';
import { eventually } from './eventually.ts';
import {
  exportsToPause,
  LANES,
  order,
  pause,
  REQUESTS,
  resume,
  USERS,
} from './exports-to-pause.ts';
import { failureOf } from './failure-of.ts';
import { completedOf } from './history-facts.ts';
import { userNames } from './sandbox-control.ts';
import { createSchedule, startOne } from './scheduled-exports.ts';

// They wait more than they compute.
vi.setConfig({ maxConcurrency: 10 });

const { exports, webhook, stage, requestsFor, membersOf } = exportsToPause();

/** Why an update was rejected. */
async function rejectionOf(update: Promise<string>): Promise<string> {
  const error = await update.then(
    (text) => new Error(`it was accepted: ${text}`),
    (rejected: Error) => rejected,
  );
  return (error.cause as Error | undefined)?.message ?? error.message;
}

/** How often an export has looked for runs that were skipped. */
async function lookedForSkipped(handle: WorkflowHandle): Promise<number> {
  return completedOf(await handle.fetchHistory(), 'countSkippedRuns');
}

/** An export that has sent some requests, each of which takes a while. */
async function startSending(cohortId: string, more: object = {}): Promise<WorkflowHandle> {
  await exports().control.fault({
    kind: 'latency',
    ms: 150,
    on: 'users',
    times: 'always',
    cohortId,
  });
  const handle = await exports().start(order(cohortId, more));
  await eventually(async () => expect(await requestsFor(cohortId)).toBeGreaterThan(3));
  return handle;
}

describe.concurrent('a pause', () => {
  it('stops what is sent, keeps the lock, and goes on where it was', async () => {
    const handle = await startSending('paused');
    expect(await pause(handle)).toBe('The export is paused: nothing is in flight.');
    const before = await requestsFor('paused');
    expect(before).toBeLessThan(1 + REQUESTS);
    const progress = await exports().progress(handle);
    expect(progress).toMatchObject({
      stage: 'paused',
      note: expect.stringMatching(/^paused by an update; resume it by \S+Z \(pauseTimeout\)/),
    });
    expect(progress.identifiers.sent).toBe((before - 1) * 1_000);

    const next = await exports().start(order('paused', { operation: 'REMOVE' }));
    await exports().run(order('another'));
    expect(await stage(next)).toBe('waiting');
    expect(await requestsFor('paused')).toBe(before);
    expect(await rejectionOf(pause(handle))).toContain('already paused');

    expect(await resume(handle)).toContain('continues');
    const report = await handle.result();
    expect(report.requests).toEqual({ accepted: REQUESTS, retried: 0 });
    expect(report.identifiers).toMatchObject({ userIds: USERS, sent: USERS });
    await next.result();
    expect(await requestsFor('paused')).toBe(2 * (1 + REQUESTS));
    expect(await membersOf('paused')).toEqual([]);
  });

  it('may come and go often, also while Braze fails and the history grows long', async () => {
    const cohortId = 'often';
    const users = 60_000;
    const ofCohort = { on: 'users', cohortId };
    await exports().control.fault(
      { ...ofCohort, kind: 'status', status: 503, after: 4, times: 2 },
      { ...ofCohort, kind: 'latency', ms: 100, times: 'always' },
    );
    const query = `SELECT 'user-' || i AS user_ids FROM range(${users}) t(i)`;
    const handle = await exports().start(order(cohortId, { source: { type: 'duckdb', query } }));
    const { runId } = await handle.describe();
    await eventually(async () => expect(await requestsFor(cohortId)).toBeGreaterThan(1));
    while ((await handle.describe()).runId === runId) {
      await pause(handle);
      expect(await stage(handle)).toBe('paused');
      await eventually(() => resume(handle));
    }
    const report = await handle.result();
    expect(report.identifiers.sent).toBe(users);
    expect(report.requests.accepted).toBe(users / 1_000);
    expect(await requestsFor(cohortId)).toBe(1 + users / 1_000 + 2);
    expect(await membersOf(cohortId)).toEqual(userNames(users));
  });

  it('before anything is sent holds the first request back', async () => {
    const slow = `SELECT 'user-' || i AS user_ids FROM range(${USERS}) t(i) WHERE (SELECT max(sin(x.i)) FROM range(30_000_000) x(i)) > 0`;
    const handle = await exports().start(
      order('early', { source: { type: 'duckdb', query: slow } }),
    );
    await eventually(async () => expect(await stage(handle)).toBe('staging'));
    expect(await pause(handle)).toBe('The export will pause before it sends anything.');
    expect((await exports().progress(handle)).note).toMatch(
      /; it will pause before it sends anything$/,
    );
    await eventually(async () => expect(await stage(handle)).toBe('paused'));
    expect(await requestsFor('early')).toBe(0);
    await resume(handle);
    await handle.result();
    expect(await membersOf('early')).toEqual(userNames(USERS));
  });

  it('says so where the requests in flight were the last', async () => {
    const fault = { kind: 'latency', ms: 3_000, on: 'users', times: 'always', cohortId: 'last' };
    await exports().control.fault(fault);
    const query = "SELECT 'ada' AS user_ids";
    const handle = await exports().start(order('last', { source: { type: 'duckdb', query } }));
    await eventually(async () => expect(await requestsFor('last')).toBe(2));
    expect(await pause(handle)).toBe(
      'The export has finished in the meantime, so there is nothing to pause.',
    );
    expect((await handle.result()).identifiers.sent).toBe(1);
  });

  it('notifies of runs that the schedule skips meanwhile', async () => {
    const cohortId = 'scheduled';
    const slow = { kind: 'latency', ms: 150, on: 'users', times: 'always', cohortId };
    await exports().control.fault(slow);
    const schedule = await createSchedule(exports(), order(cohortId));
    const run = await startOne(exports(), schedule);
    await eventually(async () => expect(await requestsFor(cohortId)).toBeGreaterThan(2));
    await pause(run);
    await eventually(async () => expect(await lookedForSkipped(run)).toBe(1));
    await schedule.trigger(ScheduleOverlapPolicy.SKIP);
    await eventually(async () =>
      expect((await schedule.describe()).info.numActionsSkippedOverlap).toBe(1),
    );
    await resume(run);
    await run.result();
    const posted = webhook()
      .posted()
      .filter((each) => each.run.workflowId === run.workflowId);
    expect(posted).toMatchObject([{ event: 'skipped', text: expect.stringContaining('a run') }]);
  });

  it('ends with a cancel, and the lock passes on', async () => {
    const handle = await startSending('cancelled');
    await pause(handle);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    await exports().run(order('cancelled'));
  });

  it('says so where it is cancelled in the meantime', async () => {
    const cohortId = 'cancelled-meanwhile';
    await exports().control.fault({ kind: 'hang', on: 'users', cohortId, times: LANES });
    const handle = await exports().start(order(cohortId));
    await eventually(async () => expect(await requestsFor(cohortId)).toBe(1 + LANES));
    const answer = pause(handle);
    await eventually(async () => expect(await stage(handle)).toBe('paused'));
    await handle.cancel();
    await exports().control.answerHanging(cohortId);
    expect(await answer).toBe(
      'The export has been cancelled in the meantime, so there is nothing to pause.',
    );
    await expect(handle.result()).rejects.toThrow('cancelled');
  });

  it('ends with pauseTimeout, as a failure that says so', async () => {
    const handle = await startSending('expired', { pauseTimeout: '2s' });
    await pause(handle);
    const { type, message } = await failureOf(handle);
    expect(type).toBe('BrazeUnavailable');
    expect(message).toMatch(/paused, and was not resumed within 2 s \(pauseTimeout\)/);
    expect(
      webhook()
        .posted()
        .find(({ run }) => run.workflowId === handle.workflowId),
    ).toMatchObject({
      event: 'failed',
    });
    await exports().run(order('expired'));
  });

  it('is refused where it makes no sense, and so is a resume', async () => {
    const delayed = await exports().start(order('delayed', { delaySeconds: 3_600 }));
    await eventually(async () => expect(await stage(delayed)).toBe('delayed'));
    expect(await rejectionOf(pause(delayed))).toContain('waits for delaySeconds');
    expect(await rejectionOf(resume(delayed))).toBe('This export is not paused.');
    await delayed.terminate();

    const hang = { kind: 'hang', on: 'users', cohortId: 'refused', times: LANES };
    await exports().control.fault(hang);
    const holder = await exports().start(order('refused'));
    await eventually(async () => expect(await requestsFor('refused')).toBe(1 + LANES));
    const waiting = await exports().start(order('refused'));
    await eventually(async () =>
      expect((await exports().progress(waiting)).note).toContain('holds it'),
    );
    expect(await rejectionOf(pause(waiting))).toContain('waits for the lock');
    expect(await rejectionOf(resume(holder))).toBe('This export is not paused.');
    await cancelHanging(exports().control, holder, 'refused');
    await waiting.result();
  });
});

describe("Temporal's own pause of a workflow", () => {
  it('lets the chunks in flight finish and starts no others; the export keeps what it has', async () => {
    const handle = await startSending('held');
    const { workflowId } = handle;
    const { runId } = await handle.describe();
    const { client } = exports();
    const { workflowService } = client.connection as Connection;
    const run = { namespace: 'default', workflowId, runId, identity: 'test', reason: 'a test' };
    await workflowService.pauseWorkflowExecution({ ...run, requestId: randomUUID() });
    await eventually(async () => {
      const { status, raw } = await handle.describe();
      expect({ status: status.name, pending: raw.pendingActivities }).toEqual({
        status: 'PAUSED',
        pending: [],
      });
    });
    expect(await requestsFor('held')).toBeLessThan(1 + REQUESTS);
    // Neither does the sweep remove its staged rows, nor does the lock pass on.
    expect(await mayBeOpen(client, { workflowId, exportRunId: runId, ageMs: 0 })).toBe(true);
    expect(endOf(await describeRun(client, { workflowId, runId, exportRunId: runId }))).toBe(null);
    const update = pause(handle).catch(({ cause }) => cause.message);
    expect(await update).toContain('Workflow is paused');

    await workflowService.unpauseWorkflowExecution({ ...run, requestId: randomUUID() });
    expect((await handle.result()).requests).toEqual({ accepted: REQUESTS, retried: 0 });
    expect(await requestsFor('held')).toBe(1 + REQUESTS);
  });
});
