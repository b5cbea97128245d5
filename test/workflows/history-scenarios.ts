import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { defineUpdate } from '@temporalio/workflow';
import { startSandbox } from '../../sandbox/server.ts';
import { cohortLockId } from '../../src/domain/cohort-lock-messages.ts';
import { scheduleFailuresId } from '../../src/domain/schedule-pausing.ts';
import { cancelHanging } from './cancel.ts';
import { eventually } from './eventually.ts';
import type { ExportEnvironment } from './export-environment.ts';
import type { HistoryName } from './history-contents.ts';
import { resetTo } from './reset.ts';
import { SandboxControl } from './sandbox-control.ts';
import { changeInput, createSchedule, runOnce, startOne } from './scheduled-exports.ts';
import { createWorkerFolder } from './worker-process.ts';

const LANES = 2;

export interface Recording {
  readonly exports: ExportEnvironment;
  readonly save: (name: HistoryName, workflowId: string, runId?: string) => Promise<void>;
}

/** What runs side by side while histories are recorded: each has a cohort of its own. */
export const SCENARIOS: readonly ((recording: Recording) => Promise<void>)[] = [
  finishedAndReset,
  refusals,
  failedAttempts,
  continued,
  ofTreasureData,
  cancelledTreasureData,
  waitingAndTerminated,
  withoutResponse,
  cancelled,
  continuedLock,
  schedule,
  pausedAndResumed,
  continuedCounter,
  lostWorker,
];

const order = (cohortId: string, users: number, more: object = {}) => ({
  source: { type: 'duckdb', query: `SELECT 'user-' || i AS user_ids FROM range(${users}) t(i)` },
  cohortId,
  operation: 'APPEND',
  threadCount: LANES,
  ...more,
});
const good = (cohortId: string) => order(cohortId, 10);
const bad = (cohortId: string) => ({
  ...good(cohortId),
  source: { type: 'duckdb', query: 'SELECT 1 AS nobody' },
});

/** A run of a schedule: only those look for runs that were skipped. */
async function pausedAndResumed({ exports, save }: Recording): Promise<void> {
  const latency = { kind: 'latency', ms: 200, on: 'users', cohortId: 'paused', times: 20 };
  await exports.control.fault(latency);
  const run = await startOne(exports, await createSchedule(exports, order('paused', 20_000)));
  await eventually(async () => assert((await exports.control.requestsFor('paused')) > 2));
  const { runId } = await run.describe();
  await run.executeUpdate(defineUpdate<string>('pause'));
  await untilNote(exports, run, /paused by an update/);
  await run.executeUpdate(defineUpdate<string>('resume'));
  await over(run);
  // It may have continued as new.
  await save('export-paused', run.workflowId, runId);
}

/** Waits for the end of a run, whichever it is: the recorder looks at the history. */
async function over(handle: WorkflowHandle): Promise<void> {
  await handle.result().then(
    () => undefined,
    () => undefined,
  );
}

function lockOf({ client, taskQueue }: ExportEnvironment, cohortId: string): WorkflowHandle {
  const cohort = { destination: 'braze', connection: 'main', cohortId };
  return client.workflow.getHandle(cohortLockId(taskQueue, cohort));
}

/** An export that holds the lock, with all its lanes in flight, until it is ended. */
async function startHolder(exports: ExportEnvironment, cohortId: string): Promise<WorkflowHandle> {
  await exports.control.fault({ kind: 'hang', on: 'users', cohortId, times: LANES });
  const holder = await exports.start(order(cohortId, 4_000));
  await eventually(async () =>
    assert.equal(await exports.control.requestsFor(cohortId), 1 + LANES),
  );
  return holder;
}

async function startWaiting(exports: ExportEnvironment, input: object): Promise<WorkflowHandle> {
  const waiting = await exports.start(input);
  await untilNote(exports, waiting, /holds it/);
  return waiting;
}

const untilNote = (exports: ExportEnvironment, handle: WorkflowHandle, pattern: RegExp) =>
  eventually(async () => assert.match((await exports.progress(handle)).note, pattern));

async function finishedAndReset({ exports, save }: Recording): Promise<void> {
  const finished = await exports.start(order('finished', 30_000));
  await over(finished);
  const { runId } = await finished.describe();
  await save('export-finished', finished.workflowId, runId);
  await over(lockOf(exports, 'finished'));
  await save('lock-ordinary', lockOf(exports, 'finished').workflowId);
  const { workflowId } = finished;
  const again = await resetTo(exports.client, { workflowId, runId }, 'sendChunk');
  await over(again);
  await save('export-reset-under-the-lock', workflowId);
}

async function refusals({ exports, save }: Recording): Promise<void> {
  const invalid = await exports.start(order('invalid', 10, { operation: 'ADD' }));
  await over(invalid);
  await save('export-invalid', invalid.workflowId);

  const refusal = { kind: 'status', status: 400, on: 'users', cohortId: 'rejected', after: 3 };
  await exports.control.fault(refusal);
  const rejected = await exports.start(order('rejected', 30_000));
  await over(rejected);
  await save('export-rejected', rejected.workflowId);

  const query = "SELECT unnest(['ada', ' ', 'bob']) AS user_ids";
  const source = { type: 'duckdb', query };
  const degraded = await exports.start({
    ...order('degraded', 0),
    source,
    skipOnInvalidRecord: true,
  });
  await over(degraded);
  await save('export-degraded', degraded.workflowId);
}

async function failedAttempts({ exports, save }: Recording): Promise<void> {
  const cohortId = 'failed-attempts';
  await exports.control.fault({ kind: 'status', status: 503, on: 'users', cohortId, times: 2 });
  const run = await exports.start(order(cohortId, 10));
  await over(run);
  await save('export-failed-attempts', run.workflowId);
}

async function continued({ exports, save }: Recording): Promise<void> {
  const long = await exports.start(order('long', 400_000, { threadCount: 10 }));
  const firstRun = (await long.describe()).runId;
  await over(long);
  await save('export-continued-first-run', long.workflowId, firstRun);
  await save('export-continued-last-run', long.workflowId);
}

const ofJob = (cohortId: string) => {
  const { query } = order(cohortId, 2_000).source;
  const source = { type: 'treasureData', database: 'd', engine: 'trino', query };
  return { ...order(cohortId, 0), source };
};

async function ofTreasureData({ exports, save }: Recording): Promise<void> {
  const job = await exports.start(ofJob('job'));
  await over(job);
  await save('export-treasure-data', job.workflowId);
}

async function cancelledTreasureData({ exports, save }: Recording): Promise<void> {
  const input = ofJob('killed');
  const stopped = await exports.start({
    ...input,
    source: { ...input.source, connection: 'held' },
  });
  await untilNote(exports, stopped, /^waiting for job/);
  await stopped.cancel();
  await over(stopped);
  await save('export-treasure-data-cancelled', stopped.workflowId);
}

async function waitingAndTerminated({ exports, save }: Recording): Promise<void> {
  const holder = await startHolder(exports, 'terminated');
  const waiting = await startWaiting(exports, order('terminated', 1_000, { delaySeconds: 5 }));
  const lock = lockOf(exports, 'terminated');
  await holder.terminate();
  await over(waiting);
  await save('export-delayed-and-waiting', waiting.workflowId);
  await over(lock);
  await save('lock-with-terminated-export', lock.workflowId);
}

async function withoutResponse({ exports, save }: Recording): Promise<void> {
  const cohortId = 'settling';
  const refusal = { kind: 'status', status: 400, on: 'users', cohortId };
  await exports.control.fault({ kind: 'reset', on: 'users', cohortId }, refusal);
  await over(await exports.start(order(cohortId, 10)));
  await over(await exports.start(order(cohortId, 10)));
  const lock = lockOf(exports, cohortId);
  await over(lock);
  await save('lock-settling', lock.workflowId);
}

async function cancelled({ exports, save }: Recording): Promise<void> {
  const sending = await startHolder(exports, 'cancelled');
  const waiting = await startWaiting(exports, good('cancelled'));
  await waiting.cancel();
  await over(waiting);
  await save('export-cancelled-while-waiting', waiting.workflowId);
  await cancelHanging(exports.control, sending, 'cancelled');
  await over(sending);
  await save('export-cancelled-while-sending', sending.workflowId);
}

/** Signals a run until it continues as new, and not the next one. Resolves to the run that did. */
async function outgrow(
  handle: WorkflowHandle,
  times: number,
  name: string,
  ...args: object[]
): Promise<string> {
  const { runId } = await handle.describe();
  const run = handle.client.getHandle(handle.workflowId, runId);
  try {
    for (let i = 0; i < times; i += 1) await run.signal(name, ...args);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  await eventually(async () => assert.notEqual((await handle.describe()).runId, runId));
  return runId;
}

async function continuedLock({ exports, save }: Recording): Promise<void> {
  const holder = await startHolder(exports, 'line');
  const lock = lockOf(exports, 'line');
  const { workflowId } = holder;
  const { runId } = await holder.describe();
  const request = { workflowId, exportRunId: runId, runId };
  const waiting = await startWaiting(exports, good('line'));
  const another = { runId: 'another', position: 1, holder: '' };
  const firstWaiting = await outgrow(waiting, 45, 'lockPosition', another);
  const firstRun = await outgrow(lock, 45, 'acquireLock', request);
  await cancelHanging(exports.control, holder, 'line');
  await over(waiting);
  await save('export-waiting-continued-first-run', waiting.workflowId, firstWaiting);
  await save('export-waiting-continued-last-run', waiting.workflowId);
  await over(lock);
  await save('lock-continued-first-run', lock.workflowId, firstRun);
  await save('lock-continued-last-run', lock.workflowId);
}

const counterOf = ({ client, taskQueue }: ExportEnvironment, scheduleId: string) =>
  client.workflow.getHandle(scheduleFailuresId(taskQueue, scheduleId));

async function schedule({ exports, save }: Recording): Promise<void> {
  const handle = await createSchedule(exports, bad('scheduled'));
  const { scheduleId } = handle;
  await save('export-scheduled-failed', (await runOnce(exports, handle)).workflowId);
  await save('export-scheduled-pausing', (await runOnce(exports, handle)).workflowId);
  const counter = counterOf(exports, scheduleId);
  await handle.unpause();
  await counter.signal('resumed');
  await changeInput(handle, good('scheduled'));
  await save('export-scheduled-recovered', (await runOnce(exports, handle)).workflowId);
  await over(counter);
  await save('counter-paused-resumed-succeeded', counter.workflowId);
  await save('export-scheduled', (await runOnce(exports, handle)).workflowId);
  await handle.delete();
}

async function continuedCounter({ exports, save }: Recording): Promise<void> {
  const handle = await createSchedule(exports, bad('counted'));
  await runOnce(exports, handle);
  const counter = counterOf(exports, handle.scheduleId);
  const firstRun = await outgrow(counter, 125, 'resumed');
  await counter.signal('succeeded');
  await over(counter);
  await save('counter-continued-first-run', counter.workflowId, firstRun);
  await save('counter-continued-last-run', counter.workflowId);
  await handle.delete();
}

async function lostWorker({ exports, save }: Recording): Promise<void> {
  const sandbox = await startSandbox();
  const control = new SandboxControl(sandbox);
  const taskQueue = `lost-${randomUUID()}`;
  {
    await using folder = await createWorkerFolder(sandbox, taskQueue);
    await control.fault({ kind: 'hang', on: 'users', times: LANES });
    const first = await folder.startWorker();
    const handle = await exports.client.workflow.start('exportCohort', {
      taskQueue,
      workflowId: `export-${randomUUID()}`,
      args: [order('lost', 4_000)],
    });
    await eventually(async () => assert.equal(await control.requestsFor('lost'), 1 + LANES));
    await first.end('SIGKILL');
    await folder.startWorker();
    await over(handle);
    await save('export-after-a-lost-worker', handle.workflowId);
  }
  await sandbox.close();
}
