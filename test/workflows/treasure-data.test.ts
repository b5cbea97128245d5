import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { type ExportEnvironment, startExports } from './export-environment.ts';
import { resetTo } from './reset.ts';
import { NOBODY } from './sandbox-control.ts';
import { EXAMPLE_TABLE, queryingJob, TreasureData } from './treasure-data-exports.ts';

let exports: ExportEnvironment;
let main: TreasureData;
/** Its jobs run until they are told otherwise. */
let held: TreasureData;

beforeAll(async () => {
  held = await TreasureData.start({ jobTimes: { hold: 'running' } });
  exports = await startExports({
    treasureData: [held.connection('held')],
    files: {
      'tables/example_cohort_table.csv': EXAMPLE_TABLE,
      'tables/cohort.csv':
        'user_ids,device_ids,alias_label_1\nu1,d1,a1\nu2,,a2\n,d3,\n,,a4\nu5,d5,a5\n',
    },
  });
  main = new TreasureData(exports.sandbox);
});
afterAll(async () => {
  await exports[Symbol.asyncDispose]();
  await held.sandbox.close();
});

const source = (query: string, more: object = {}) => ({
  type: 'treasureData',
  database: 'sample',
  engine: 'trino',
  query,
  ...more,
});
const order = (cohortId: string, from: object, more: object = {}) => ({
  source: from,
  cohortId,
  operation: 'APPEND',
  ...more,
});
const aliases = (alias_label: string, names: string[]) =>
  names.map((alias_name) => ({ alias_label, alias_name }));

describe.concurrent('the examples of Braze and Treasure Data', () => {
  it.each([
    [
      'external-ids',
      'SELECT\n  external_id as user_ids\nFROM\n  example_cohort_table',
      {},
      { ...NOBODY, userIds: ['TDCohort1', 'TDCohort2', 'TDCohort3', 'TDCohort4'] },
    ],
    [
      'user-aliases',
      'SELECT\n  email\nFROM\n  example_cohort_table',
      { aliases: 'email' },
      {
        ...NOBODY,
        aliases: aliases('email', [
          'TDCohort1@gmail.com',
          'TDCohort2@gmail.com',
          'TDCohort3@gmail.com',
          'TDCohort4@gmail.com',
        ]),
      },
    ],
    [
      'device-ids',
      'SELECT\n  device_ids\nFROM\n  example_cohort_table',
      {},
      { ...NOBODY, deviceIds: ['1a2b3c', '1ab2cd', '4d5f6g', '7h8j9k'] },
    ],
    [
      'all-kinds',
      'SELECT\n   user_ids,\n   device_ids,\n   alias_label_1\nFROM\n   cohort',
      { aliases: 'alias_label_1' },
      {
        userIds: ['u1', 'u2', 'u5'],
        deviceIds: ['d1', 'd3', 'd5'],
        aliases: aliases('alias_label_1', ['a1', 'a2', 'a4', 'a5']),
      },
    ],
  ])('the example %s is added, and removed', async (cohortId, query, more, members) => {
    const added = await exports.run(order(cohortId, source(query), more));
    expect(await exports.control.membersOf(cohortId)).toEqual(members);
    const removed = await exports.run(
      order(cohortId, source(query), { ...more, operation: 'REMOVE' }),
    );
    expect(await exports.control.membersOf(cohortId)).toEqual(NOBODY);
    expect(removed.identifiers).toEqual(added.identifiers);
    expect(removed.warnings).toEqual([]);
  });
});

describe.concurrent('a query', () => {
  it.each(['trino', 'presto', 'hive'])('a query runs on %s with its settings', async (engine) => {
    const query = `SELECT '${engine}' AS user_ids`;
    const settings = { priority: -2, retryLimit: 3, poolName: 'default', engineVersion: '2020.1' };
    await exports.run(order(engine, source(query, { engine, ...settings })));
    expect(await main.jobOf(query)).toMatchObject({
      type: engine,
      database: 'sample',
      ...settings,
    });
    expect((await exports.control.membersOf(engine)).userIds).toEqual([engine]);
  });

  it('a query has Treasure Data’s defaults where the export sets nothing', async () => {
    const query = "SELECT 'plain' AS user_ids";
    await exports.run(order('plain', source(query)));
    expect(await main.jobOf(query)).toMatchObject({
      priority: 0,
      retryLimit: 0,
      poolName: null,
      engineVersion: null,
      savedQuery: null,
    });
  });

  it('a query knows the nominal time, in whole seconds, however late it starts', async () => {
    const query = 'SELECT TD_SCHEDULED_TIME() AS user_ids';
    const handle = await exports.start(order('time', source(query), { delaySeconds: 1 }));
    await handle.result();
    const { startTime } = await handle.describe();
    expect((await exports.control.membersOf('time')).userIds).toEqual([
      String(Math.floor(startTime.getTime() / 1_000)),
    ]);
  });

  it('a query of many rows arrives in full', async () => {
    const query = "SELECT 'user-' || i AS user_ids, i AS device_ids FROM range(30000) t(i)";
    const report = await exports.run(order('many', source(query)));
    expect(report).toMatchObject({
      rows: { read: 30_000, accepted: 30_000, rejected: 0 },
      identifiers: { userIds: 30_000, deviceIds: 30_000, sent: 60_000, repeated: 0 },
    });
    const { userIds, deviceIds } = await exports.control.membersOf('many');
    const numbers = Array.from({ length: 30_000 }, (_, i) => i);
    expect(new Set(userIds)).toEqual(new Set(numbers.map((i) => `user-${i}`)));
    expect(new Set(deviceIds)).toEqual(new Set(numbers.map(String)));
  });

  it('a query without rows names the cohort, and warns', async () => {
    const query = 'SELECT external_id AS user_ids FROM example_cohort_table WHERE false';
    const report = await exports.run(order('none', source(query), { cohortName: 'Nobody' }));
    expect(report.warnings).toEqual([expect.stringContaining('no rows')]);
    expect(report.rows.read).toBe(0);
    const cohorts = await exports.control.send<{ cohortId: string }[]>('GET', 'cohorts');
    expect(cohorts).toContainEqual({ cohortId: 'none', name: 'Nobody', size: 0, requests: 0 });
  });
});

describe.concurrent('an export of a job', () => {
  it('an export of a job that has finished reads its result', async () => {
    const jobId = await main.finished("SELECT 'by-id' AS user_ids");
    await exports.run(order('finished', { type: 'treasureData', jobId }));
    expect((await exports.control.membersOf('finished')).userIds).toEqual(['by-id']);
    const jobs = (await main.jobs()).filter(({ query }) => query.includes('by-id'));
    expect(jobs).toMatchObject([{ jobId }]);
  });

  it('an export of a job that still runs waits for it', async () => {
    const jobId = await held.issue("SELECT 'late' AS user_ids");
    const handle = await exports.start(
      order('late', { type: 'treasureData', connection: 'held', jobId }),
    );
    expect(await queryingJob(exports, handle)).toBe(jobId);
    await eventually(async () =>
      expect((await held.requests('td.status', jobId)).length).toBeGreaterThanOrEqual(2),
    );
    await held.hold(null);
    await handle.result();
    expect((await exports.control.membersOf('late')).userIds).toEqual(['late']);
    expect(await held.jobs()).toHaveLength(1);
  });

  it('an export of a saved query starts it with its own settings', async () => {
    const name = 'cohort of “émigrés” / 2';
    const query = 'SELECT TD_SCHEDULED_TIME() AS user_ids';
    await main.control.send('PUT', `treasure-data/saved-queries/${encodeURIComponent(name)}`, {
      database: 'other',
      type: 'presto',
      query,
      priority: 1,
    });
    const handle = await exports.start(order('saved', { type: 'treasureData', savedQuery: name }));
    await handle.result();
    const seconds = Math.floor((await handle.describe()).startTime.getTime() / 1_000);
    const jobs = (await main.jobs()).filter(({ savedQuery }) => savedQuery === name);
    expect(jobs).toMatchObject([
      { type: 'presto', database: 'other', priority: 1, scheduledTime: seconds },
    ]);
    expect((await exports.control.membersOf('saved')).userIds).toEqual([String(seconds)]);
  });
});

describe.concurrent('the key that makes a query start once', () => {
  it('the key stays that of the run after a reset to its first workflow task', async () => {
    const query = "SELECT 'reset' AS user_ids";
    const first = await exports.start(order('reset', source(query)));
    await first.result();
    const { workflowId, runId } = await first.describe();
    const again = await resetTo(exports.client, { workflowId, runId }, 'checkExport');
    const report = await again.result();
    expect(report.identifiers.sent).toBe(1);
    expect((await main.jobOf(query)).domainKey).toMatch(/^cohort-export-[0-9a-f]{64}$/);
  });

  it('the key is another for a new run of the same workflow id', async () => {
    const { client, taskQueue } = exports;
    const query = "SELECT 'again' AS user_ids";
    const workflowId = `again-${randomUUID()}`;
    for (let run = 0; run < 2; run += 1) {
      const args = [order('again', source(query))];
      await client.workflow.execute('exportCohort', { taskQueue, workflowId, args });
    }
    const keys = (await main.jobs()).filter((job) => job.query === query).map((j) => j.domainKey);
    expect(new Set(keys).size).toBe(2);
  });

  it('the key is another for each run of a cron workflow', async () => {
    const { client, taskQueue } = exports;
    const query = "SELECT 'cron' AS user_ids";
    const handle = await client.workflow.start('exportCohort', {
      taskQueue,
      workflowId: `cron-${randomUUID()}`,
      cronSchedule: '@every 1s',
      args: [order('cron', source(query))],
    });
    const keys = async () =>
      (await main.jobs()).filter((job) => job.query === query).map((job) => job.domainKey);
    await eventually(async () => expect(new Set(await keys()).size).toBeGreaterThanOrEqual(2));
    await handle.terminate();
    expect(new Set(await keys()).size).toBe((await keys()).length);
  });
});
