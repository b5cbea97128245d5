import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SCHEDULE_MEMO } from '../../src/domain/schedule-pausing.ts';
import { findTimeZone } from '../../src/schedules/cron/find-time-zone.ts';
import { parseCron } from '../../src/schedules/cron/parse.ts';
import { runsWithin } from '../../src/schedules/cron/runs.ts';
import { isoText } from '../../src/schedules/cron/time-text.ts';
import { temporalRunTimes } from '../../src/schedules/temporal/temporal-run-times.ts';
import {
  done,
  EXPORT,
  json,
  scheduleFile,
  useRealSchedules,
} from '../schedules/commands/real-schedules.ts';
import { schedule } from '../schedules/commands/schedule-command.ts';
import { emptyFolder } from '../support/folders.ts';

const DAY = 86_400_000;
const { client, connection, newId, applied } = useRealSchedules();

test('apply creates a Temporal schedule without a cron string, and applying it again changes nothing', async () => {
  const [id, folder] = [newId(), emptyFolder()];
  const file = scheduleFile(folder, { scheduleId: id, overlap: 'bufferOne', catchupWindow: '15m' });
  const created = await done(['apply', file], folder);
  expect(created).toContain(`Created the schedule ${id}.`);
  expect(created).toContain(
    `connection names: no configuration file was found at ${join(folder, 'cohort-export.yaml')}`,
  );
  expect(created).toMatch(/task queue +cohort-export \(no configuration found\)/);

  const { spec, action, policies } = await client.schedule.getHandle(id).describe();
  expect(spec).toMatchObject({ timezone: 'Asia/Tokyo', calendars: [{ hour: [{ start: 3 }] }] });
  expect(policies).toEqual({
    overlap: 'BUFFER_ONE',
    catchupWindow: 900_000,
    pauseOnFailure: false,
  });
  expect(action).toMatchObject({
    workflowType: 'exportCohort',
    workflowId: id,
    taskQueue: 'cohort-export',
    args: [EXPORT],
    memo: {
      [SCHEDULE_MEMO]: {
        scheduleId: id,
        cron: '0 3 * * *',
        timezone: 'Asia/Tokyo',
        overlap: 'bufferOne',
        catchupWindow: '15m',
        pauseAfterFailures: 3,
      },
    },
  });

  expect(await done(['apply', file], folder)).toContain('Nothing changed');
  expect(await json(['apply', file], folder)).toMatchObject({ result: 'unchanged', changes: [] });
});

test('apply shows what it changes, leaves a paused schedule paused, and keeps its note', async () => {
  const { id, folder } = await applied({});
  expect(await done(['pause', id, '--note', 'until Monday'])).toContain('it was active');
  expect(await done(['pause', id])).toMatch(/was already paused\.\nNote: until Monday\n$/);

  const query = EXPORT.source.query.replace('members', 'people');
  const source = { ...EXPORT.source, query };
  const changed = { scheduleId: id, cron: '0 4 * * *', export: { ...EXPORT, source } };
  const output = await done(['apply', scheduleFile(folder, changed)], folder);
  expect(output).toMatch(/\n {2}cron +0 3 \* \* \* → 0 4 \* \* \*\n/);
  expect(output).toMatch(/\n {2}export\.source\.query +SELECT .*⏎FROM 'members\.csv' → .*people/);
  expect(output).toContain('paused and stays paused (until Monday)');
  const { state, spec } = await client.schedule.getHandle(id).describe();
  expect(state).toMatchObject({ paused: true, note: 'until Monday' });
  expect(spec.calendars?.[0]?.hour).toEqual([{ start: 4, end: 4, step: 1 }]);

  expect(await done(['resume', id])).toContain('it was paused (until Monday)');
  expect(await done(['resume', id])).toContain('was already active');
  const resumed = await client.schedule.getHandle(id).describe();
  expect(resumed.state.paused).toBe(false);
  expect(resumed.state.note).toMatch(/^Resumed at \S+Z /);
});

test('changes made in Temporal by hand are found, reported and reverted', async () => {
  const { id, folder } = await applied({});
  const handle = client.schedule.getHandle(id);
  const asApplied = await handle.describe();
  await handle.update(({ action, policies, state }) => ({
    spec: { calendars: [{ hour: 5, minute: [{ start: 10, end: 50, step: 20 }] }], timezone: 'UTC' },
    action: {
      ...action,
      taskQueue: 'elsewhere',
      args: [{ ...EXPORT, cohortId: 'other' }],
    } as never,
    policies: { ...policies, catchupWindow: '2h' },
    state: { ...state, remainingActions: 7 },
  }));
  const described = await schedule(['describe', id]);
  expect(described.stderr).toMatch(/changed in Temporal by hand: .*times in Temporal, time zone/);

  // Without a configuration it would keep its task queue.
  const configuration = 'braze: { main: {} }\nduckdb: { local: {} }\n';
  writeFileSync(join(folder, 'cohort-export.yaml'), configuration);
  const file = scheduleFile(folder, { scheduleId: id });
  const { changes } = await json<{ changes: unknown[] }>(['apply', file], folder);
  expect(changes).toEqual([
    { field: 'times in Temporal', from: 'minute 10,30,50, hour 5', to: 'minute 0, hour 3' },
    { field: 'time zone in Temporal', from: 'UTC', to: 'Asia/Tokyo' },
    { field: 'catch-up window in Temporal', from: '2h', to: '1h' },
    { field: 'task queue', from: 'elsewhere', to: 'cohort-export' },
    { field: 'export.cohortId', from: 'other', to: 'vip' },
    { field: 'remaining runs', from: '7', to: null },
  ]);
  const { spec, action, policies, state } = await handle.describe();
  expect({ spec, action, policies, state }).toEqual({
    spec: asApplied.spec,
    action: asApplied.action,
    policies: asApplied.policies,
    state: { paused: false, note: '' },
  });
});

/** The examples of Treasure Data's page, and how many days to compare: Temporal lists 1,000 times. */
const EXAMPLES: readonly (readonly [cron: string, days: number])[] = [
  ['0 * * * *', 40],
  ['@hourly', 40],
  ['0 0 * * *', 400],
  ['@daily', 400],
  ['0 0 1 * *', 400],
  ['0 0 1-10 * *', 400],
  ['0 0 1,11,21 * *', 400],
  ['30 */2 1 * *', 400],
  ['0 0 */5 * *', 400],
  ['0 0 5,*/10,25 * *', 400],
  ['0 0 1 * 1', 400],
  ['', 400],
];

test.each(EXAMPLES)('Temporal runs %j when the cron expression says so', async (cron, days) => {
  const { id } = await applied({ cron });
  const { zone } = findTimeZone('Asia/Tokyo');
  const text = parseCron(cron).schedule;
  if (zone === null || text === null) throw new Error('not understood');
  const [from, to] = [Date.UTC(2027, 0, 1), Date.UTC(2027, 0, 1) + days * DAY];
  const ours = runsWithin(text, zone, from, to);
  const theirs = await temporalRunTimes({ client, connection, namespace: 'default' }, id, from, to);
  expect(theirs.map(isoText)).toEqual(ours.map(isoText));
  expect(ours.length === 0).toBe(cron === '');
});

test('a schedule that touches a night which this Temporal gets wrong says so', async () => {
  const [id, folder] = [newId(), emptyFolder()];
  const fields = { scheduleId: id, cron: '30 1 * * *', timezone: 'Europe/Berlin' };
  const { stderr } = await schedule(['apply', scheduleFile(folder, fields)], folder);
  expect(stderr).toMatch(
    /^Warning: Around \S+, when the clocks of Europe\/Berlin change, this Temporal/,
  );
});

test('a delay that reaches the next scheduled time is warned about', async () => {
  const [id, folder] = [newId(), emptyFolder()];
  const warningsAt = async (delaySeconds: number) => {
    const fields = { scheduleId: id, cron: '*/20 3 * * *', export: { ...EXPORT, delaySeconds } };
    const { warnings } = await json(['apply', scheduleFile(folder, fields)], folder);
    return warnings;
  };
  expect(await warningsAt(1_199)).toEqual([]);
  expect(await warningsAt(1_200)).toEqual([expect.stringContaining('only 20m apart')]);
});

test('an unknown id is an error that suggests the nearest one', async () => {
  const { id } = await applied({});
  const typed = id.replace('cli-', 'cil-');
  const hint = async () => (await schedule(['describe', typed])).stderr;
  // Temporal lists a new schedule after a moment.
  await expect.poll(hint).toContain(`(did you mean "${id}"?)`);
  expect(await schedule(['describe', typed])).toMatchObject({ code: 1, stdout: '' });
});

test('schedules created by other means are listed as such, and those of others are left alone', async () => {
  const [plain, foreign] = [newId(), newId()];
  for (const [scheduleId, workflowType] of [
    [plain, 'exportCohort'],
    [foreign, 'somethingElse'],
  ] as const) {
    await client.schedule.create({
      scheduleId,
      spec: { cronExpressions: ['0 0 1 * 1'] },
      action: { type: 'startWorkflow', workflowType, taskQueue: 'none', args: [EXPORT] },
    });
  }
  const { id } = await applied({});
  const ids = async () => (await json<{ scheduleId: string }[]>(['list'])).map((s) => s.scheduleId);
  await expect.poll(ids).toEqual(expect.arrayContaining([id, plain]));
  expect(await ids()).not.toContain(foreign);
  const list = await done(['list']);
  expect(list).toMatch(
    new RegExp(`${id} +0 3 \\* \\* \\* +Asia/Tokyo +active +\\w{3} .* none yet`),
  );
  expect(list).toMatch(new RegExp(`${plain} +Temporal's own specification +UTC +active`));
  expect(await json(['describe', plain])).toMatchObject({
    cron: null,
    runs: 'minute 0, hour 0, dayOfMonth 1, dayOfWeek 1',
  });

  const folder = emptyFolder();
  const file = scheduleFile(folder, { scheduleId: foreign });
  for (const args of [
    ['apply', file],
    ['delete', foreign],
    ['pause', foreign],
  ]) {
    const { code, stderr } = await schedule(args, folder);
    expect([code, stderr]).toEqual([1, expect.stringContaining('not exportCohort')]);
  }
  const refused = await schedule(['backfill', plain, '--from', '2026-10-01', '--to', '2026-10-02']);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining('not created by apply'),
  ]);
});
