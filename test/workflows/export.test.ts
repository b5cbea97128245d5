import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { type ExportEnvironment, startExports } from './export-environment.ts';
import { eventsOf, factsOf, localActivityOf, timeOf } from './history-facts.ts';

let exports: ExportEnvironment;

beforeAll(async () => {
  exports = await startExports({
    files: {
      'data/members.csv': 'user_ids,device_ids,email\nu1,d1,a@example.com\nu2,,b@example.com\n,,\n',
      'other/members.csv': 'user_ids\nsomebody-else\n',
    },
  });
});
afterAll(() => exports[Symbol.asyncDispose]());
afterEach(() => exports.control.send('DELETE', 'cohorts'));

const duckdb = (query: string, connection = 'local') => ({ type: 'duckdb', connection, query });
const order = (query: string, more: object = {}) => ({
  source: duckdb(query),
  cohortId: 'vip',
  operation: 'APPEND',
  ...more,
});

const members = (cohortId = 'vip') => exports.control.membersOf(cohortId);

describe('an export', () => {
  it('an export sends the rows of its query, reports them, and leaves only the rejects', async () => {
    const report = await exports.run(
      order("SELECT * FROM 'members.csv'", {
        cohortName: 'VIP',
        aliases: 'email',
        skipOnInvalidRecord: true,
      }),
    );
    expect(report).toEqual({
      cohortId: 'vip',
      cohortName: 'VIP',
      operation: 'APPEND',
      rows: { read: 3, accepted: 2, rejected: 1 },
      identifiers: { userIds: 2, deviceIds: 1, aliases: 2, sent: 5, refused: 0, repeated: 0 },
      requests: { accepted: 1, retried: 0 },
      rejects: expect.stringMatching(/^\/.*\.jsonl$/),
      rejectReasons: [
        {
          column: null,
          reason: 'has no identifier: NULL or empty in user_ids, device_ids, email',
          rows: 1,
        },
      ],
      warnings: [],
      data: { location: exports.data, modifiedAt: expect.stringMatching(/^20\d\d-.*Z$/) },
      startedAt: expect.any(String),
      finishedAt: expect.any(String),
    });
    expect(await members()).toEqual({
      userIds: ['u1', 'u2'],
      deviceIds: ['d1'],
      aliases: [
        { alias_label: 'email', alias_name: 'a@example.com' },
        { alias_label: 'email', alias_name: 'b@example.com' },
      ],
    });
    expect(await exports.control.send('GET', 'cohorts')).toMatchObject([{ name: 'VIP', size: 5 }]);
    expect(JSON.parse(await readFile(report.rejects as string, 'utf8'))).toMatchObject({ row: 3 });
    expect(await readdir(join(exports.staging, 'runs'))).toEqual([]);
  });

  it.each([
    ['an integer', 'SELECT 9223372036854775807::BIGINT AS user_ids', ['9223372036854775807']],
    [
      'a HUGEINT',
      'SELECT 170141183460469231731687303715884105727 AS user_ids',
      ['170141183460469231731687303715884105727'],
    ],
    [
      'a DECIMAL(38,0)',
      'SELECT 12345678901234567890123456789012345678::DECIMAL(38,0) AS user_ids',
      ['12345678901234567890123456789012345678'],
    ],
    [
      'a UUID',
      "SELECT '0197f3a2-0000-7000-8000-000000000001'::UUID AS user_ids",
      ['0197f3a2-0000-7000-8000-000000000001'],
    ],
    ['an ENUM', "SELECT 'b'::ENUM('a', 'b') AS user_ids", ['b']],
    ['an array', "SELECT ['x', NULL, '', 'y'] AS user_ids", ['x', 'y']],
    ['text with blanks and quotes', 'SELECT \' Ünïcode "q" \' AS user_ids', [' Ünïcode "q" ']],
  ])('%s is sent unchanged', async (_, query, userIds) => {
    await exports.run(order(query));
    expect((await members()).userIds).toEqual(userIds);
  });

  it('exports keep the directories of their connections apart', async () => {
    const query = "SELECT user_ids FROM 'members.csv' WHERE user_ids <> ''";
    await Promise.all([
      exports.run({ ...order(query), cohortId: 'a' }),
      exports.run({ ...order(query), cohortId: 'b', source: duckdb(query, 'other') }),
    ]);
    expect((await members('a')).userIds).toEqual(['u1', 'u2']);
    expect((await members('b')).userIds).toEqual(['somebody-else']);
  });

  it('an export runs again and again as a cron workflow', async () => {
    const { client, taskQueue } = exports;
    const handle = await client.workflow.start('exportCohort', {
      taskQueue,
      workflowId: `cron-${taskQueue}`,
      cronSchedule: '@every 2s',
      args: [order("SELECT epoch_ms(getvariable('scheduled_time')) AS user_ids")],
    });
    const scheduledTimes = async () => (await members()).userIds.map(Number);
    await expect.poll(scheduledTimes).toHaveLength(3);
    await handle.terminate();
    // It is created at once, and scheduled for later.
    const first = client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId);
    const [created] = eventsOf(await first.fetchHistory());
    const wait = created?.workflowExecutionStartedEventAttributes?.firstWorkflowTaskBackoff;
    expect(Number(wait?.seconds)).toBeGreaterThan(0);
    const scheduled = timeOf(created) + Number(wait?.seconds) * 1_000;
    expect((await scheduledTimes())[0]).toBe(Math.floor(scheduled));
  });

  describe('a run of a schedule', () => {
    /** Runs an export that has one user, its nominal time, as if its tick were a while ago. */
    async function startDelayed(delaySeconds: number) {
      const { client, taskQueue } = exports;
      const nominal = new Date(Date.now() - 3_000);
      nominal.setMilliseconds(0);
      const scheduleId = `scheduled-${randomUUID()}`;
      const query = "SELECT epoch_ms(getvariable('scheduled_time')) AS user_ids";
      const schedule = await client.schedule.create({
        scheduleId,
        spec: { calendars: [{ comment: 'every second', second: '*', minute: '*', hour: '*' }] },
        state: { paused: true },
        action: {
          type: 'startWorkflow',
          workflowType: 'exportCohort',
          workflowId: scheduleId,
          taskQueue,
          args: [order(query, { delaySeconds })],
        },
      });
      await schedule.backfill({ start: nominal, end: nominal, overlap: 'ALLOW_ALL' });
      const workflowId = `${scheduleId}-${nominal.toISOString().replace('.000', '')}`;
      const handle = client.workflow.getHandle(workflowId);
      await eventually(() => handle.describe());
      await schedule.delete();
      return { handle, startsAt: nominal.getTime() + delaySeconds * 1_000, nominal };
    }

    it('a scheduled run knows its nominal time, and starts later by its delay', async () => {
      const { handle, nominal, startsAt } = await startDelayed(5);
      await handle.result();
      expect((await members()).userIds).toEqual([String(nominal.getTime())]);
      const history = await handle.fetchHistory();
      const waits = eventsOf(history).filter((event) => localActivityOf(event) === 'requestLock');
      expect(waits.map(timeOf)).toEqual([expect.toSatisfy((at: number) => at >= startsAt)]);
    });

    it('a delayed run shows when it will start, and is cancelled at once before that', async () => {
      const { handle, startsAt } = await startDelayed(3_600);
      await eventually(async () =>
        expect(await exports.progress(handle)).toMatchObject({
          stage: 'delayed',
          note: `starts at ${new Date(startsAt).toISOString()}`,
        }),
      );
      await handle.cancel();
      await expect(handle.result()).rejects.toThrow('cancelled');
      expect(await exports.progress(handle)).toMatchObject({ stage: 'cancelled' });
      expect(await exports.control.send('GET', 'cohorts')).toEqual([]);
      const history = await handle.fetchHistory();
      expect(factsOf(history)).not.toContain('local activity requestLock');
    });
  });
});
