import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cohortLockId } from '../../src/domain/cohort-lock-messages.ts';
import { RESPONSE_WITHIN_MS } from '../../src/domain/unanswered-requests.ts';
import { cancelHanging, untilLanesKnow } from './cancel.ts';
import { eventually } from './eventually.ts';
import { type ExportEnvironment, startExports } from './export-environment.ts';
import { eventsOf, localActivityOf, releaseIn, scheduledEvent, timeOf } from './history-facts.ts';
import { currentDetails } from './kept-by-temporal.ts';
import { queryingJob, TreasureData } from './treasure-data-exports.ts';

// They wait more than they compute.
vi.setConfig({ maxConcurrency: 10 });

let exports: ExportEnvironment;
let main: TreasureData;
/** Its jobs run for ever. */
let held: TreasureData;

beforeAll(async () => {
  held = await TreasureData.start({ jobTimes: { hold: 'running' } });
  exports = await startExports({ latencyMs: 20, treasureData: [held.connection('held')] });
  main = new TreasureData(exports.sandbox);
});
afterAll(async () => {
  await exports[Symbol.asyncDispose]();
  await held.sandbox.close();
});

const LANES = 2;
const users = (count: number) => `SELECT 'user-' || i AS user_ids FROM range(${count}) t(i)`;
const order = (cohortId: string, source: object) => ({
  source,
  cohortId,
  operation: 'APPEND',
  threadCount: LANES,
});
const duckdb = (count: number) => ({ type: 'duckdb', query: users(count) });

const note = async (handle: WorkflowHandle) => (await exports.progress(handle)).note;
const stage = async (handle: WorkflowHandle) => (await exports.progress(handle)).stage;
const stagedRows = ({ runId }: { runId: string }) => join(exports.staging, 'runs', runId);

interface Held {
  /** What an export does that stays in the stage until it is ended. */
  readonly source: (cohortId: string) => Promise<object> | object;
  /** Waits until it is in the middle of the stage. */
  readonly arrived: (handle: WorkflowHandle, cohortId: string) => Promise<unknown>;
}

const STAGES: Record<string, Held> = {
  querying: {
    source: () => ({
      type: 'treasureData',
      connection: 'held',
      database: 'd',
      engine: 'trino',
      query: users(10),
    }),
    arrived: (handle) => queryingJob(exports, handle),
  },
  staging: {
    source: async () => {
      const jobId = await main.finished(users(10));
      await main.control.fault({ kind: 'hang', on: 'td.result', jobId });
      return { type: 'treasureData', jobId };
    },
    arrived: async (handle) => {
      const run = await handle.describe();
      await eventually(async () => {
        expect(await stage(handle)).toBe('staging');
        expect(existsSync(stagedRows(run))).toBe(true);
      });
    },
  },
  sending: {
    source: async (cohortId) => {
      await exports.control.fault({ kind: 'hang', on: 'users', cohortId, times: LANES });
      return duckdb(4_000);
    },
    arrived: (_, cohortId) =>
      eventually(async () => expect(await exports.control.requestsFor(cohortId)).toBe(1 + LANES)),
  },
  paused: {
    source: async (cohortId) => {
      await exports.control.fault({ kind: 'hang', on: 'users', cohortId, times: LANES });
      return duckdb(4_000);
    },
    arrived: async (handle, cohortId) => {
      await eventually(async () =>
        expect(await exports.control.requestsFor(cohortId)).toBe(1 + LANES),
      );
      const paused = handle.executeUpdate('pause');
      await untilLanesKnow(handle, LANES);
      await exports.control.answerHanging(cohortId);
      await paused;
      expect(await stage(handle)).toBe('paused');
    },
  },
};

/** Long enough to come to any stage on a busy machine. */
const TIMES_OUT_AFTER = '45s';

type Ending = 'is terminated' | 'times out';

/** Starts an export that comes to an abrupt end by itself, or that `end` terminates. */
async function startEnding(ending: Ending, input: object) {
  const { client, taskQueue } = exports;
  const handle = await client.workflow.start('exportCohort', {
    taskQueue,
    workflowId: `export-${crypto.randomUUID()}`,
    args: [input],
    ...(ending === 'times out' && { workflowExecutionTimeout: TIMES_OUT_AFTER }),
  });
  const end = async () => {
    if (ending === 'is terminated') await handle.terminate('by hand');
    await expect(handle.result()).rejects.toThrow();
    const { status } = await handle.describe();
    expect(status.name).toBe(ending === 'is terminated' ? 'TERMINATED' : 'TIMED_OUT');
  };
  return { handle, end };
}

async function startWaiting(cohortId: string): Promise<WorkflowHandle> {
  const handle = await exports.start(order(cohortId, duckdb(1_000)));
  await eventually(async () => expect(await note(handle)).toContain('holds it'));
  return handle;
}

/** The lock had passed on to that export before the rows of the one that had ended were removed. */
async function expectNoWaitForCleanUp(cohortId: string, next: string): Promise<void> {
  const id = cohortLockId(exports.taskQueue, {
    destination: 'braze',
    connection: 'main',
    cohortId,
  });
  const events = eventsOf(await exports.client.workflow.getHandle(id).fetchHistory());
  const passedOn = events.findLastIndex(
    ({ signalExternalWorkflowExecutionInitiatedEventAttributes: signal }) =>
      signal?.workflowExecution?.workflowId === next,
  );
  const cleanedUp = events.findIndex((event) => localActivityOf(event) === 'cleanUp');
  expect(passedOn).toBeGreaterThan(0);
  expect(cleanedUp).toBeGreaterThan(passedOn);
}

const CASES = (['times out', 'is terminated'] as const).flatMap((ending) =>
  Object.entries(STAGES).map(([name, held]) => ({ ending, stage: name, held })),
);

describe.concurrent('abrupt ends', () => {
  it.each(CASES)(
    'an export $ending while $stage: the next one goes on, and its staged rows are gone',
    async ({ ending, stage: name, held: { source, arrived } }) => {
      const cohortId = `${name}-${ending.replaceAll(' ', '-')}`;
      const input = order(cohortId, await source(cohortId));
      const { handle, end } = await startEnding(ending, input);
      const run = await handle.describe();
      await arrived(handle, cohortId);
      const requests = await exports.control.requestsFor(cohortId);
      const next = await startWaiting(cohortId);
      await end();
      expect((await next.result()).identifiers.sent).toBe(1_000);
      expect(await exports.control.requestsFor(cohortId)).toBe(requests + 2);
      await expectNoWaitForCleanUp(cohortId, next.workflowId);
      expect((await exports.control.traffic(cohortId)).maxInFlight).toBeLessThanOrEqual(LANES);
      expect(existsSync(stagedRows(run))).toBe(false);
    },
  );

  it.each(['is terminated', 'times out'] as const)(
    'an export %s while it is delayed: it never asks for the lock, and leaves nothing',
    async (ending) => {
      const cohortId = `delayed-${ending.replaceAll(' ', '-')}`;
      const input = { ...order(cohortId, duckdb(4_000)), delaySeconds: 3_600 };
      const { handle, end } = await startEnding(ending, input);
      const run = await handle.describe();
      await eventually(async () => expect(await stage(handle)).toBe('delayed'));
      const next = await exports.start(order(cohortId, duckdb(1_000)));
      expect((await next.result()).identifiers.sent).toBe(1_000);
      await end();
      expect(await exports.control.requestsFor(cohortId)).toBe(2);
      expect(existsSync(stagedRows(run))).toBe(false);
    },
  );

  it.each(['is terminated', 'times out'] as const)(
    'an export %s while it waits for the lock: those behind it do not wait for it',
    async (ending) => {
      const cohortId = `waiting-${ending.replaceAll(' ', '-')}`;
      await exports.control.fault({ kind: 'hang', on: 'users', cohortId, times: LANES });
      const holder = await exports.start(order(cohortId, duckdb(4_000)));
      await eventually(async () =>
        expect(await exports.control.requestsFor(cohortId)).toBe(1 + LANES),
      );
      const { handle, end } = await startEnding(ending, order(cohortId, duckdb(1_000)));
      await eventually(async () => expect(await note(handle)).toContain('holds it'));
      const next = await startWaiting(cohortId);
      await end();
      await cancelHanging(exports.control, holder, cohortId);
      expect((await next.result()).identifiers.sent).toBe(1_000);
      expect(await exports.control.requestsFor(cohortId)).toBe(1 + LANES + 2);
    },
  );
});

const sentTo = (cohortId: string) => exports.control.requestsFor(cohortId);
const stagedAt = async (handle: WorkflowHandle) =>
  timeOf(scheduledEvent(await handle.fetchHistory(), 'stageRows'));
/** Waits until Braze has applied so many changes of a cohort. */
const allApplied = (cohortId: string, changes: number) =>
  eventually(async () => {
    const cohorts = await exports.control.send<object[]>('GET', 'cohorts');
    expect(cohorts).toContainEqual(expect.objectContaining({ cohortId, requests: changes }));
  });
const removeAll = (cohortId: string) =>
  exports.start({ ...order(cohortId, duckdb(4_000)), operation: 'REMOVE' });

describe.concurrent('ends while Braze has requests', () => {
  it('what Braze applies late of a cancelled export is removed by the next one, which starts at once', async () => {
    const cohortId = 'applied-late';
    const late = { kind: 'latency', ms: 8_000, appliedAfterMs: 8_000 };
    await exports.control.fault({ ...late, on: 'users', cohortId, times: LANES });
    const cancelled = await exports.start(order(cohortId, duckdb(4_000)));
    await eventually(async () => expect(await sentTo(cohortId)).toBe(1 + LANES));
    const next = await removeAll(cohortId);
    await cancelled.cancel();
    await expect(cancelled.result()).rejects.toThrow('cancelled');
    // In each lane the request in flight: it was accepted.
    expect(await exports.progress(cancelled)).toMatchObject({
      identifiers: { sent: LANES * 1_000 },
    });
    await next.result();
    await allApplied(cohortId, LANES + 4);
    expect((await exports.control.membersOf(cohortId)).userIds).toEqual([]);
    const release = releaseIn(await cancelled.fetchHistory());
    expect(release.settleMs).toBe(0);
    // Seconds on a busy machine, and far from a minute.
    expect((await stagedAt(next)) - release.at).toBeLessThan(15_000);
  });

  it('what Braze applies late of a failed export, which had no response, is removed by the next one, visibly later', async () => {
    const cohortId = 'no-response';
    await exports.control.fault(
      { kind: 'reset', appliedAfterMs: 20_000, on: 'users', cohortId },
      { kind: 'status', status: 400, on: 'users', cohortId },
    );
    const input = { ...order(cohortId, duckdb(4_000)), threadCount: 1 };
    const startedAt = Date.now();
    const failing = await exports.start(input);
    await expect(failing.result()).rejects.toThrow();
    const { at, settleMs } = releaseIn(await failing.fetchHistory());
    expect(settleMs).toBeGreaterThan(RESPONSE_WITHIN_MS - (at - startedAt));
    expect(settleMs).toBeLessThan(RESPONSE_WITHIN_MS);
    const next = await removeAll(cohortId);
    const settles = await eventually(async () => {
      const shown = await note(next);
      expect(shown).toContain(`the export ${failing.workflowId} has ended`);
      return Date.parse(/may be applied until (\S+Z)$/.exec(shown)?.[1] ?? '');
    });
    expect(settles).toBeGreaterThanOrEqual(at + settleMs);
    const lock = exports.client.workflow.getHandle(
      cohortLockId(exports.taskQueue, { destination: 'braze', connection: 'main', cohortId }),
    );
    expect(await currentDetails(lock)).toContain(
      `Held by \`${failing.workflowId}\`. It has ended, but one of its requests had no response and may still be applied, so the lock passes on at ${new Date(settles).toISOString()}. Waiting, in order: \`${next.workflowId}\`.`,
    );
    await next.result();
    await allApplied(cohortId, 1 + 4);
    expect(await stagedAt(next)).toBeGreaterThanOrEqual(settles);
    expect((await exports.control.membersOf(cohortId)).userIds).toEqual([]);
  });
});
