import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  ACQUIRE_SIGNAL,
  COHORT_LOCK_WORKFLOW,
  cohortLockId,
  POSITION_SIGNAL,
} from '../../src/domain/cohort-lock-messages.ts';
import { cancelHanging } from './cancel.ts';
import { eventually } from './eventually.ts';
import { type ExportEnvironment, startExports } from './export-environment.ts';
import { activitiesOf, factsOf } from './history-facts.ts';
import { currentDetails } from './kept-by-temporal.ts';

// They wait more than they compute.
vi.setConfig({ maxConcurrency: 10 });

let exports: ExportEnvironment;

beforeAll(async () => {
  exports = await startExports({ latencyMs: 20 });
});
afterAll(async () => {
  await eventually(async () => expect(await openLocks()).toEqual([]));
  await exports[Symbol.asyncDispose]();
});

/** No lock outlives the exports that want it. */
async function openLocks(): Promise<string[]> {
  const ids: string[] = [];
  const list = exports.client.workflow.list({
    query: `WorkflowType = '${COHORT_LOCK_WORKFLOW}' AND ExecutionStatus = 'Running' AND TaskQueue = '${exports.taskQueue}'`,
  });
  for await (const { workflowId } of list) ids.push(workflowId);
  return ids;
}

const LANES = 2;

/** Sends a request for each 1,000 users, and one that names the cohort. */
const order = (cohortId: string, users: number) => ({
  source: { type: 'duckdb', query: `SELECT 'user-' || i AS user_ids FROM range(${users}) t(i)` },
  cohortId,
  operation: 'APPEND',
  threadCount: LANES,
});

const note = async (handle: WorkflowHandle) => (await exports.progress(handle)).note;
const stage = async (handle: WorkflowHandle) => (await exports.progress(handle)).stage;

const lockOf = (cohortId: string) =>
  exports.client.workflow.getHandle(
    cohortLockId(exports.taskQueue, { destination: 'braze', connection: 'main', cohortId }),
  );

/** An export that holds the lock, with all its lanes in flight, until it is cancelled. */
async function startHolder(cohortId: string): Promise<WorkflowHandle> {
  await exports.control.fault({ kind: 'hang', on: 'users', cohortId, times: LANES });
  const holder = await exports.start(order(cohortId, 4_000));
  await eventually(async () => expect(await exports.control.requestsFor(cohortId)).toBe(1 + LANES));
  return holder;
}

/** An export that has asked for the lock, and was told who holds it. */
async function startWaiting(cohortId: string, users = 1_000): Promise<WorkflowHandle> {
  const waiting = await exports.start(order(cohortId, users));
  await eventually(async () => expect(await note(waiting)).toContain('holds it'));
  return waiting;
}

const cancel = (holder: WorkflowHandle, cohortId: string) =>
  cancelHanging(exports.control, holder, cohortId);

/** What the latest run of an export asks the lock for. */
async function requestOf(handle: WorkflowHandle) {
  const { workflowId, runId, raw } = await handle.describe();
  return { workflowId, runId, exportRunId: raw.workflowExecutionInfo?.firstRunId ?? runId };
}

/** Asks for the lock, as an export does every five minutes. */
async function request(cohortId: string, asking: object): Promise<void> {
  await exports.client.workflow.signalWithStart(COHORT_LOCK_WORKFLOW, {
    workflowId: lockOf(cohortId).workflowId,
    taskQueue: exports.taskQueue,
    args: [{ cohort: { destination: 'braze', connection: 'main', cohortId }, line: [] }],
    signal: ACQUIRE_SIGNAL,
    signalArgs: [asking],
  });
}

/** Signals so often that the run continues as new: weeks of waiting in a second. */
async function outgrow(handle: WorkflowHandle, name: string, argument: object): Promise<void> {
  const { runId } = await handle.describe();
  for (let i = 0; i < 45; i += 1) await handle.signal(name, argument);
  await eventually(async () => expect((await handle.describe()).runId).not.toBe(runId));
}

const requestsBefore = 1 + LANES;

describe.concurrent('the lock of a cohort', () => {
  it('the lock is passed on in the order in which exports asked for it, visibly', async () => {
    const holder = await startHolder('order');
    const second = await startWaiting('order');
    const third = await startWaiting('order');
    expect(await exports.progress(second)).toMatchObject({
      stage: 'waiting',
      note: `waiting for the lock of cohort order (main): the export ${holder.workflowId} holds it`,
    });
    expect(await note(third)).toMatch(/holds it and 1 more is ahead$/);
    expect(await currentDetails(lockOf('order'))).toContain(
      `Held by \`${holder.workflowId}\`. Waiting, in order: \`${second.workflowId}\`, \`${third.workflowId}\`.`,
    );
    await cancel(holder, 'order');
    const reports = await Promise.all([second.result(), third.result()]);
    const finished = reports.map(({ finishedAt }) => finishedAt);
    expect(finished).toEqual([...finished].sort());
    expect(await exports.control.traffic('order')).toEqual({
      requests: requestsBefore + 2 + 2,
      maxInFlight: LANES,
      inFlight: 0,
    });
  });

  it('ten exports that ask for the lock at once change the cohort one after another', async () => {
    const holder = await startHolder('ten');
    const handles = await Promise.all(
      Array.from({ length: 10 }, (_, i) => exports.start(order('ten', i + 1))),
    );
    const inOrder = await eventually(async () => {
      const [, waiting = ''] = (await currentDetails(lockOf('ten'))).split('in order: ');
      const ids = waiting.match(/export-[\w-]+/g) ?? [];
      expect(ids).toHaveLength(10);
      return ids.map((id) => handles.findIndex(({ workflowId }) => workflowId === id) + 1);
    });
    await cancel(holder, 'ten');
    await Promise.all(handles.map((handle) => handle.result()));
    const sizes = (await exports.control.log())
      .filter(({ cohortId, status, path }) => {
        return cohortId === 'ten' && status === 201 && path.endsWith('/users');
      })
      .map(({ identifiers }) => identifiers.userIds)
      .reverse();
    // Those of the holder were answered first, when it was cancelled.
    expect(sizes.slice(LANES)).toEqual(inOrder);
    expect((await exports.control.traffic('ten')).maxInFlight).toBe(LANES);
  });

  it('an export that holds the lock does not hold up exports of other cohorts', async () => {
    const holder = await startHolder('slow');
    await exports.run(order('quick', 1_000));
    expect((await holder.describe()).status.name).toBe('RUNNING');
    await cancel(holder, 'slow');
  });

  it('an export that is cancelled while it waits does not hold up those behind it', async () => {
    const holder = await startHolder('left');
    const second = await startWaiting('left');
    const third = await startWaiting('left');
    await second.cancel();
    await expect(second.result()).rejects.toThrow('cancelled');
    expect(await stage(second)).toBe('cancelled');
    await eventually(async () =>
      expect(await currentDetails(lockOf('left'))).toContain(
        `Waiting, in order: \`${third.workflowId}\`.`,
      ),
    );
    await cancel(holder, 'left');
    await third.result();
    expect(activitiesOf(await second.fetchHistory())).not.toContain('stageRows');
    expect(await exports.control.requestsFor('left')).toBe(requestsBefore + 2);
  });

  it('the lock and an export that waits for it continue as new, and nobody loses a place in line', async () => {
    const holder = await startHolder('long');
    const waiting = await startWaiting('long');
    const last = await startWaiting('long');
    const before = await exports.progress(waiting);
    const { runId: firstRun, startTime } = await waiting.describe();
    await outgrow(waiting, POSITION_SIGNAL, { runId: 'another', position: 1, holder: '' });
    expect(await exports.progress(waiting)).toEqual(before);
    const line = `Held by \`${holder.workflowId}\`. Waiting, in order: \`${waiting.workflowId}\`, \`${last.workflowId}\`.`;
    await eventually(async () => expect(await currentDetails(lockOf('long'))).toContain(line));
    const request = await requestOf(holder);
    await outgrow(lockOf('long'), ACQUIRE_SIGNAL, request);
    await eventually(async () => expect(await currentDetails(lockOf('long'))).toContain(line));
    expect(await stage(holder)).toBe('sending');
    await cancel(holder, 'long');
    const [report, lastReport] = await Promise.all([waiting.result(), last.result()]);
    expect(report.startedAt).toBe(startTime.toISOString());
    expect(report.finishedAt < lastReport.finishedAt).toBe(true);
    expect((await waiting.describe()).runId).not.toBe(firstRun);
    expect(await exports.control.traffic('long')).toMatchObject({
      requests: requestsBefore + 2 + 2,
      maxInFlight: LANES,
    });
  });

  it('an export whose turn comes while it continues as new takes it, before those behind it', async () => {
    const holder = await startHolder('turn');
    const waiting = await startWaiting('turn');
    const firstRun = await requestOf(waiting);
    await outgrow(waiting, POSITION_SIGNAL, { runId: 'another', position: 1, holder: '' });
    const nextRun = await requestOf(waiting);
    await eventually(async () =>
      expect(factsOf(await waiting.fetchHistory())).toContain('local activity requestLock'),
    );
    // A new lock knows the run that has continued, and not yet the one that it continued as.
    await lockOf('turn').terminate('by hand');
    await request('turn', firstRun);
    const behind = await exports.start(order('turn', 1_000));
    await eventually(async () =>
      expect(await note(behind)).toContain(`${waiting.workflowId} holds it`),
    );
    expect(await stage(waiting)).toBe('waiting');
    await request('turn', { ...nextRun, continues: firstRun.runId });
    const [report, behindReport] = await Promise.all([waiting.result(), behind.result()]);
    expect(report.finishedAt < behindReport.finishedAt).toBe(true);
    await cancel(holder, 'turn');
  });

  it('a lock that is terminated by hand is created again by the next export that asks', async () => {
    const holder = await startHolder('by-hand');
    const waiting = await startWaiting('by-hand');
    await lockOf('by-hand').terminate('by hand');
    // It forgets the holder, as docs/guarantees.md says.
    await exports.run(order('by-hand', 1_000));
    expect(await stage(holder)).toBe('sending');
    expect(await stage(waiting)).toBe('waiting');
    // What a waiting export itself asks for every five minutes.
    await request('by-hand', await requestOf(waiting));
    await waiting.result();
    await cancel(holder, 'by-hand');
    expect(await exports.control.requestsFor('by-hand')).toBe(requestsBefore + 2 + 2);
  });
});
