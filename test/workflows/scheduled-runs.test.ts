import { randomUUID } from 'node:crypto';
import { type ScheduleHandle, ScheduleOverlapPolicy } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cohortLockId } from '../../src/domain/cohort-lock-messages.ts';
import type { ExportReport } from '../../src/domain/report.ts';
import { scheduleFailuresId } from '../../src/domain/schedule-pausing.ts';
import { eventually } from './eventually.ts';
import { type ExportEnvironment, startExports } from './export-environment.ts';
import { failureOf } from './failure-of.ts';
import { keptByTemporal } from './kept-by-temporal.ts';
import { changeInput, createSchedule, runOnce, type ScheduledRun } from './scheduled-exports.ts';
import { startWebhook, type WebhookServer } from './webhook-server.ts';

let exports: ExportEnvironment;
let webhook: WebhookServer;
beforeAll(async () => {
  webhook = await startWebhook();
  exports = await startExports({
    notifications: `{ webhookUrl: "${webhook.url}", degradedAbove: 0.4 }`,
    files: { 'tables/members.csv': 'user_ids\nada\n' },
  });
});
afterAll(async () => {
  await exports[Symbol.asyncDispose]();
  await webhook[Symbol.asyncDispose]();
});

const good = "SELECT 'ada' AS user_ids";
const bad = "SELECT 'ada' AS userids";

function input(query: string, source: object = { type: 'duckdb', query }) {
  return { source, cohortId: `c-${randomUUID()}`, operation: 'APPEND', skipOnInvalidRecord: true };
}

const schedule = (of: object, pauseAfterFailures?: number, scheduleId?: string) =>
  createSchedule(exports, of, pauseAfterFailures, scheduleId);

async function succeeds(handle: ScheduleHandle): Promise<ExportReport> {
  return (await runOnce(exports, handle)).result();
}

async function fails(handle: ScheduleHandle, type = 'MissingColumns'): Promise<ScheduledRun> {
  const run = await runOnce(exports, handle);
  expect((await failureOf(run)).type).toBe(type);
  return run;
}

const postedOf = ({ scheduleId }: ScheduleHandle) =>
  webhook.posted().filter(({ run }) => run.scheduleId === scheduleId);
const eventsOf = (handle: ScheduleHandle) => postedOf(handle).map(({ event }) => event);
const isPaused = async (handle: ScheduleHandle) => (await handle.describe()).state.paused;

describe.concurrent('runs of a schedule', () => {
  it('runs that keep failing pause their schedule with a note, and notify of each failure before', async () => {
    const handle = await schedule(input(bad));
    await fails(handle);
    expect(await isPaused(handle)).toBe(false);
    expect(eventsOf(handle)).toEqual(['failed']);
    await fails(handle);
    const { state } = await handle.describe();
    expect(state.paused).toBe(true);
    expect(state.note).toMatch(
      /^Paused automatically: 2 consecutive runs failed since \d{4}-.*MissingColumns: /,
    );
    expect(state.note).toContain(`npm run schedule -- resume ${handle.scheduleId}`);
    expect(eventsOf(handle)).toEqual(['failed', 'failed', 'paused']);
    expect(postedOf(handle)[1]?.text).toContain('Consecutive failure 2 since');
    // By hand it still runs; it is paused already, so nothing more is said of that.
    await fails(handle);
    expect(eventsOf(handle)).toEqual(['failed', 'failed', 'paused', 'failed']);
    await handle.delete();
  });

  it('failures are counted from zero after a success, which is notified, and after a resume', async () => {
    const handle = await schedule(input(bad));
    await fails(handle);
    await changeInput(handle, input(good));
    expect((await succeeds(handle)).identifiers.sent).toBe(1);
    expect(eventsOf(handle)).toEqual(['failed', 'recovered']);
    await changeInput(handle, input(bad));
    await fails(handle);
    expect(await isPaused(handle)).toBe(false);
    await fails(handle);
    expect(await isPaused(handle)).toBe(true);
    await handle.unpause('Unpaused by somebody');
    await fails(handle);
    expect(await isPaused(handle)).toBe(false);
    await fails(handle);
    expect(await isPaused(handle)).toBe(true);
    await handle.delete();
  });

  it('failures are not counted for a later schedule of the same id', async () => {
    const deleted = await schedule(input(bad));
    await fails(deleted);
    await deleted.delete();
    const handle = await schedule(input(bad), 2, deleted.scheduleId);
    await fails(handle);
    expect(await isPaused(handle)).toBe(false);
    await fails(handle);
    expect(await isPaused(handle)).toBe(true);
    await handle.delete();
  });

  it('failures that may pass are not counted', async () => {
    const tooLong = input("SELECT ' ' AS user_ids");
    const handle = await schedule({ ...tooLong, skipOnInvalidRecord: false }, 1);
    await fails(handle, 'InvalidRecord');
    await fails(handle, 'InvalidRecord');
    expect(eventsOf(handle)).toEqual(['failed', 'failed']);
    expect(await isPaused(handle)).toBe(false);
    await handle.delete();
  });

  it('runs notify of many rejected rows, and not of a few', async () => {
    const half = await schedule(input("SELECT unnest(['ada', ' ']) AS user_ids"));
    await succeeds(half);
    expect(eventsOf(half)).toEqual(['degraded']);
    expect(postedOf(half)[0]?.text).toContain('1 of 2 rows (50.0%)');
    const third = await schedule(input("SELECT unnest(['ada', 'bob', ' ']) AS user_ids"));
    await succeeds(third);
    expect(eventsOf(third)).toEqual([]);
    await Promise.all([half.delete(), third.delete()]);
  });

  it('runs that are caught up know their nominal times, one after another', async () => {
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
    await eventually(async () => expect((await handle.describe()).info.numActionsTaken).toBe(3));
    const { recentActions } = (await handle.describe()).info;
    const runs = recentActions.slice(-3).map(({ action }) => action.workflow.workflowId);
    const reports = await Promise.all(
      runs.map((id) => exports.client.workflow.getHandle(id).result() as Promise<ExportReport>),
    );
    expect(reports.map(({ scheduledTime }) => scheduledTime)).toEqual(
      ['05', '06', '07'].map((hour) => `2026-03-01T${hour}:30:00.000Z`),
    );
    const members = await exports.control.membersOf(reports[0]?.cohortId ?? '');
    expect(members.userIds).toEqual(['d-05:30', 'd-06:30', 'd-07:30']);
    await handle.delete();
  });

  it('runs pass their nominal time to Treasure Data', async () => {
    const query = 'SELECT CAST(TD_SCHEDULED_TIME() AS VARCHAR) AS user_ids';
    const source = { type: 'treasureData', database: 'd', engine: 'trino', query };
    const handle = await schedule(input('', source));
    await handle.update((previous) => ({ ...previous, spec: { calendars: [{ hour: 5 }] } }));
    const at = new Date('2026-03-01T05:00:00Z');
    await handle.backfill({ start: at, end: at, overlap: ScheduleOverlapPolicy.BUFFER_ALL });
    await eventually(async () => expect((await handle.describe()).info.numActionsTaken).toBe(1));
    const [run] = (await handle.describe()).info.recentActions;
    const workflowId = run?.action.workflow.workflowId ?? '';
    const { cohortId } = (await exports.client.workflow
      .getHandle(workflowId)
      .result()) as ExportReport;
    const members = await exports.control.membersOf(cohortId);
    expect(members.userIds).toEqual([String(at.getTime() / 1000)]);
    await handle.delete();
  });
});

describe('what runs store and post', () => {
  it('runs that fail or succeed neither store nor post credentials or identifiers', async () => {
    const { client, taskQueue, sandbox } = exports;
    const secrets = [
      'secret-path',
      'secret-member',
      sandbox.braze.dataImportKey,
      sandbox.braze.partnerApiKey,
    ];
    // A query's text is kept; what comes out of it is not.
    const query = (column: string) => `SELECT 'secret' || '-member' AS ${column}`;
    const order = input(query('nobody'));
    const handle = await schedule(order, 1);
    const failed = await fails(handle);
    const counter = client.workflow.getHandle(scheduleFailuresId(taskQueue, handle.scheduleId));
    const kept = [await keptByTemporal(failed), await keptByTemporal(counter)];
    await changeInput(handle, { ...order, source: { type: 'duckdb', query: query('user_ids') } });
    const succeeded = await runOnce(exports, handle);
    expect((await succeeded.result()).identifiers.sent).toBe(1);
    const cohort = { destination: 'braze', connection: 'main', cohortId: order.cohortId };
    const lock = client.workflow.getHandle(cohortLockId(taskQueue, cohort));
    kept.push(await keptByTemporal(succeeded), await keptByTemporal(lock));
    const bodies = webhook.bodies.filter((body) => body.includes(handle.scheduleId));
    expect(eventsOf(handle)).toEqual(['failed', 'paused', 'recovered']);
    // What only payloads hold is found at all.
    for (const [i, text] of [
      "'secret' ||",
      'MissingColumns',
      "'secret' ||",
      'exportRunId',
    ].entries()) {
      expect(kept[i]).toContain(text);
    }
    for (const text of [...kept, ...bodies]) {
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
    await handle.delete();
  });

  it('a notification does not name a schedule if none started the run', async () => {
    const failing = await exports.start({ source: { type: 'duckdb', query: bad }, operation: 'X' });
    expect((await failureOf(failing)).type).toBe('InvalidExport');
    const [event] = webhook.posted().filter(({ run }) => run.workflowId === failing.workflowId);
    expect(event).toMatchObject({ event: 'failed', run: { scheduleId: null } });
    const history = await keptByTemporal(failing);
    expect(history).toContain('operation: must be');
    expect(history).not.toContain('secret-path');
  });
});
