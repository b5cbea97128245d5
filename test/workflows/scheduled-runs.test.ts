import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ScheduleHandle, ScheduleOverlapPolicy } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ExportReport } from '../../src/domain/report.ts';
import { SCHEDULE_MEMO } from '../../src/domain/schedule-runs.ts';
import { type ExportEnvironment, startExports } from './export-environment.ts';

interface Posted {
  readonly text: string;
  readonly event: string;
  readonly run: { readonly scheduleId: string | null; readonly workflowId: string };
}

let exports: ExportEnvironment;
let server: Server;
let posted: Posted[];
beforeAll(async () => {
  server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    posted.push(JSON.parse(text));
    response.end('ok');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  exports = await startExports({
    notifications: `{ webhookUrl: "http://127.0.0.1:${port}/hook/secret-path", degradedAbove: 0.4 }`,
    files: { 'tables/members.csv': 'user_ids\nada\n' },
  });
});
beforeEach(() => {
  posted = [];
});
afterAll(async () => {
  await exports[Symbol.asyncDispose]();
  server.close();
});

const good = "SELECT 'ada' AS user_ids";
const bad = "SELECT 'ada' AS userids";

function input(query: string, source: object = { type: 'duckdb', query }) {
  return { source, cohortId: `c-${randomUUID()}`, operation: 'APPEND', skipOnInvalidRecord: true };
}

/** A schedule without times of its own, as `npm run schedule` would apply it. */
async function schedule(
  export_: object,
  pauseAfterFailures = 2,
  scheduleId = `s-${randomUUID()}`,
): Promise<ScheduleHandle> {
  const applied = { scheduleId, cron: '', timezone: 'UTC', pauseAfterFailures };
  return await exports.client.schedule.create({
    scheduleId,
    spec: {},
    action: {
      type: 'startWorkflow',
      workflowType: 'exportCohort',
      workflowId: scheduleId,
      taskQueue: exports.taskQueue,
      args: [export_],
      memo: { [SCHEDULE_MEMO]: applied },
    },
    policies: { overlap: ScheduleOverlapPolicy.BUFFER_ALL },
  });
}

/** Runs it now, and waits until the run is over. Resolves to the report of one that succeeded. */
async function runOnce(handle: ScheduleHandle): Promise<ExportReport | null> {
  const before = (await handle.describe()).info.numActionsTaken;
  await handle.trigger();
  await expect.poll(async () => (await handle.describe()).info.numActionsTaken).toBe(before + 1);
  const { recentActions } = (await handle.describe()).info;
  const workflowId = recentActions.at(-1)?.action.workflow.workflowId ?? '';
  const run = exports.client.workflow.getHandle<() => Promise<ExportReport>>(workflowId);
  const report = await run.result().catch(() => null);
  // The schedule has to know the end before the next run is told of it.
  await expect.poll(async () => (await handle.describe()).info.runningActions).toEqual([]);
  return report;
}

async function change(handle: ScheduleHandle, export_: object): Promise<void> {
  await handle.update((previous) => ({
    ...previous,
    action: { ...previous.action, args: [export_] },
  }));
}

const eventsOf = (handle: ScheduleHandle) =>
  posted.filter(({ run }) => run.scheduleId === handle.scheduleId).map(({ event }) => event);

describe('the runs of a schedule', () => {
  it('pause it with a note when they keep failing, and tell of each failure before', async () => {
    const handle = await schedule(input(bad));
    await runOnce(handle);
    expect((await handle.describe()).state.paused).toBe(false);
    expect(eventsOf(handle)).toEqual(['failed']);
    await runOnce(handle);
    const { state } = await handle.describe();
    expect(state.paused).toBe(true);
    expect(state.note).toMatch(
      /^Paused by cohort-export. 2 runs in a row failed since \d{4}-.*MissingColumns: /,
    );
    expect(state.note).toContain(`npm run schedule -- resume ${handle.scheduleId}`);
    expect(eventsOf(handle)).toEqual(['failed', 'failed', 'paused']);
    expect(posted[1]?.text).toContain('Failure 2 in a row since');
    // By hand it still runs; it is paused already, so nothing more is said of that.
    await runOnce(handle);
    expect(eventsOf(handle)).toEqual(['failed', 'failed', 'paused', 'failed']);
    await handle.delete();
  });

  it('begin to count anew after a success, which is told, and after a resume', async () => {
    const handle = await schedule(input(bad));
    await runOnce(handle);
    await change(handle, input(good));
    expect(await runOnce(handle)).not.toBeNull();
    expect(eventsOf(handle)).toEqual(['failed', 'recovered']);
    await change(handle, input(bad));
    await runOnce(handle);
    expect((await handle.describe()).state.paused).toBe(false);
    await runOnce(handle);
    expect((await handle.describe()).state.paused).toBe(true);
    await handle.unpause('Unpaused by somebody');
    await runOnce(handle);
    expect((await handle.describe()).state.paused).toBe(false);
    await runOnce(handle);
    expect((await handle.describe()).state.paused).toBe(true);
    await handle.delete();
  });

  it('are not counted for a later schedule of the same id', async () => {
    const deleted = await schedule(input(bad));
    await runOnce(deleted);
    await deleted.delete();
    const handle = await schedule(input(bad), 2, deleted.scheduleId);
    await runOnce(handle);
    expect((await handle.describe()).state.paused).toBe(false);
    await runOnce(handle);
    expect((await handle.describe()).state.paused).toBe(true);
    await handle.delete();
  });

  it('are not counted where they failed in a way that may pass', async () => {
    const tooLong = input("SELECT ' ' AS user_ids");
    const handle = await schedule({ ...tooLong, skipOnInvalidRecord: false }, 1);
    await runOnce(handle);
    await runOnce(handle);
    expect(eventsOf(handle)).toEqual(['failed', 'failed']);
    expect((await handle.describe()).state.paused).toBe(false);
    await handle.delete();
  });

  it('tell of many rejected rows, and of few nothing', async () => {
    const half = await schedule(input("SELECT unnest(['ada', ' ']) AS user_ids"));
    await runOnce(half);
    expect(eventsOf(half)).toEqual(['degraded']);
    expect(posted[0]?.text).toContain('1 of 2 rows (50.0 %)');
    const third = await schedule(input("SELECT unnest(['ada', 'bob', ' ']) AS user_ids"));
    await runOnce(third);
    expect(eventsOf(third)).toEqual([]);
    await Promise.all([half.delete(), third.delete()]);
  });

  it('know their nominal times, one after another, when they are caught up', async () => {
    const query = "SELECT strftime(getvariable('scheduled_time'), 'd-%H:%M') AS user_ids";
    const handle = await schedule(input(query));
    await handle.update((previous) => ({
      ...previous,
      spec: { calendars: [{ hour: '*', minute: 30 }] },
    }));
    await handle.backfill({
      start: new Date('2026-03-01T05:30:00Z'),
      end: new Date('2026-03-01T07:30:00Z'),
      overlap: ScheduleOverlapPolicy.BUFFER_ALL,
    });
    await expect.poll(async () => (await handle.describe()).info.numActionsTaken).toBe(3);
    const { recentActions } = (await handle.describe()).info;
    const runs = recentActions.slice(-3).map(({ action }) => action.workflow.workflowId);
    const reports = await Promise.all(
      runs.map((id) => exports.client.workflow.getHandle(id).result() as Promise<ExportReport>),
    );
    expect(reports.map(({ scheduledTime }) => scheduledTime)).toEqual(
      ['05', '06', '07'].map((hour) => `2026-03-01T${hour}:30:00.000Z`),
    );
    const members = await exports.control<{ userIds: string[] }>(
      'GET',
      `cohorts/${reports[0]?.cohortId}/members`,
    );
    expect(members.userIds).toEqual(['d-05:30', 'd-06:30', 'd-07:30']);
    await handle.delete();
  });

  it('hand their nominal time to Treasure Data', async () => {
    const query = 'SELECT CAST(TD_SCHEDULED_TIME() AS VARCHAR) AS user_ids';
    const source = { type: 'treasureData', database: 'd', engine: 'trino', query };
    const handle = await schedule(input('', source));
    await handle.update((previous) => ({ ...previous, spec: { calendars: [{ hour: 5 }] } }));
    const at = new Date('2026-03-01T05:00:00Z');
    await handle.backfill({ start: at, end: at, overlap: ScheduleOverlapPolicy.BUFFER_ALL });
    await expect.poll(async () => (await handle.describe()).info.numActionsTaken).toBe(1);
    const [run] = (await handle.describe()).info.recentActions;
    const workflowId = run?.action.workflow.workflowId ?? '';
    const { cohortId } = (await exports.client.workflow
      .getHandle(workflowId)
      .result()) as ExportReport;
    const members = await exports.control<{ userIds: string[] }>(
      'GET',
      `cohorts/${cohortId}/members`,
    );
    expect(members.userIds).toEqual([String(at.getTime() / 1000)]);
    await handle.delete();
  });
});

describe('a run without a schedule', () => {
  it('is told of as well, and no less failed where nobody listens', async () => {
    const failing = await exports.start({ source: { type: 'duckdb', query: bad }, operation: 'X' });
    await expect(failing.result()).rejects.toThrow();
    const [event] = posted;
    expect(event).toMatchObject({ event: 'failed', run: { scheduleId: null } });
    const { events } = await failing.fetchHistory();
    const history = JSON.stringify(events, (_, value) => value?.toString?.('base64') ?? value);
    expect(history).not.toContain('secret-path');
  });
});
