import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SCHEDULE_MEMO } from '../../src/domain/schedule-pausing.ts';
import {
  done,
  EXPORT,
  json,
  scheduleFile,
  useRealSchedules,
} from '../schedules/commands/real-schedules.ts';
import { schedule } from '../schedules/commands/schedule-command.ts';
import { emptyFolder } from '../support/folders.ts';
import { startExports } from './export-environment.ts';

const { client, newId, applied } = useRealSchedules();

test('trigger prints which run it started, or what the overlap policy made of it', async () => {
  const skip = await applied({ cron: '' });
  const started = await json<{ workflowId: string }>(['trigger', skip.id]);
  expect(started).toMatchObject({ result: 'started', running: [started.workflowId] });
  expect(started.workflowId).toMatch(new RegExp(`^${skip.id}-`));
  const { memo } = await client.workflow.getHandle(started.workflowId).describe();
  expect(memo).toMatchObject({ [SCHEDULE_MEMO]: { scheduleId: skip.id, cron: '' } });
  const skipped = await schedule(['trigger', skip.id]);
  expect(skipped.stderr).toMatch(/^Warning: No worker is polling the task queue "cohort-export"/);
  expect(skipped.stdout).toBe(
    `Skipped by overlap: ${started.workflowId} is still running, so nothing was started.\n`,
  );

  const buffer = await applied({ cron: '', overlap: 'bufferOne' });
  expect(await json(['trigger', buffer.id])).toMatchObject({ result: 'started' });
  expect(await json(['trigger', buffer.id])).toMatchObject({ result: 'buffered' });
  expect(await json(['trigger', buffer.id])).toMatchObject({ result: 'skipped' });
});

test('backfill runs all scheduled times, both ends included, one after another, regardless of overlap', async () => {
  const { id } = await applied({});
  // In Tokyo it is a day later than in UTC from 15:00 on; the last date counts as a whole.
  const output = await done(['backfill', id, '--from', '2026-10-01T03:00', '--to', '2026-10-03']);
  expect(output).toContain(`${id}: 3 runs, one after another`);
  expect(output).toContain('Thu 2026-10-01 03:00  2026-09-30T18:00:00.000Z');
  expect(output).toContain('Sat 2026-10-03 03:00  2026-10-02T18:00:00.000Z');
  const handle = client.schedule.getHandle(id);
  for (const day of ['2026-09-30', '2026-10-01', '2026-10-02']) {
    const workflowId = `${id}-${day}T18:00:00Z`;
    await expect
      .poll(async () => (await handle.describe()).info.runningActions)
      .toMatchObject([{ workflow: { workflowId } }]);
    await client.workflow.getHandle(workflowId).terminate('the next one, please');
  }
  await expect.poll(async () => (await handle.describe()).info.runningActions).toEqual([]);
  expect((await handle.describe()).info.numActionsTaken).toBe(3);
  const listed = new RegExp(`${id} .* terminated \\(2026-10-02 18:00, started \\S+ \\S+ UTC\\)\n`);
  expect(await done(['list'])).toMatch(listed);
});

test('backfill rejects what it cannot do, and then starts nothing', async () => {
  const { id } = await applied({ cron: '* * * * *' });
  // It would run by itself at the next full minute.
  await done(['pause', id]);
  const refusal = async (from: string, to: string, of = id) => {
    const { code, stderr } = await schedule(['backfill', of, '--from', from, '--to', to]);
    return `${code} ${stderr}`;
  };
  expect(await refusal('2026-10-02', '2026-10-01')).toMatch(/^2 --from \(\S+\) is after --to/);
  expect(await refusal('2026-10-02', '2999-10-01')).toMatch(
    /^2 --to \(2999-\S+\) is in the future/,
  );
  expect(await refusal('2026-10-02T00:00', '2026-10-02T16:40')).toMatch(
    /^2 The range has 1,001 scheduled times, but Temporal can queue only 1,000 more\. .* --to 2026-10-02T07:39:00\.000Z/,
  );
  expect(await refusal('2026-10-02T00:00:10Z', '2026-10-02T00:00:50Z')).toMatch(
    /^2 Nothing to run: /,
  );
  expect((await client.schedule.getHandle(id).describe()).info.numActionsTaken).toBe(0);
  const byHand = await applied({ cron: '' });
  expect(await refusal('2026-10-01', '2026-10-02', byHand.id)).toMatch(/^1 .* runs only by hand/);
});

test('describe shows everything; delete says what it deleted and leaves runs alone', async () => {
  const { id } = await applied({ pauseAfterFailures: 0 });
  const { workflowId } = await json<{ workflowId: string }>(['trigger', id]);
  const text = await done(['describe', id]);
  expect(text).toMatch(/runs +at 03:00 every day\n/);
  expect(text).toMatch(/pauses after +never\n/);
  expect(text).toMatch(new RegExp(`${workflowId} +\\w{3} \\S+ \\S+ +\\S+Z +running\n`));
  expect(text).toContain("    query: |-\n      SELECT id AS user_ids\n      FROM 'members.csv'\n");
  const { nextRuns } = await json<{ nextRuns: string[] }>(['describe', id]);
  expect(nextRuns).toHaveLength(5);
  for (const at of nextRuns) expect(at).toMatch(/T18:00:00\.000Z$/);

  expect(await done(['delete', id])).toContain(`Its run ${workflowId} continues.`);
  const run = client.workflow.getHandle(workflowId);
  expect((await run.describe()).status.name).toBe('RUNNING');
  await run.terminate('the test is over');
  const gone = await schedule(['describe', id]);
  expect([gone.code, gone.stdout]).toEqual([1, '']);
  expect(gone.stderr).toContain(`There is no schedule "${id}"`);
  expect(gone.stderr).not.toContain('did you mean');
});

test('a run that fails shows its failure, and pauses the schedule as configured', async () => {
  await using exports = await startExports();
  const [id, folder] = [newId(), emptyFolder()];
  // The worker has no such connection.
  const configuration = `braze: { gone: {} }\nduckdb: { local: {} }\nworker: { taskQueue: ${exports.taskQueue} }\n`;
  writeFileSync(join(folder, 'cohort-export.yaml'), configuration);
  const fields = {
    scheduleId: id,
    pauseAfterFailures: 1,
    export: { ...EXPORT, connection: 'gone' },
  };
  expect(await json(['apply', scheduleFile(folder, fields)], folder)).toMatchObject({
    taskQueue: exports.taskQueue,
    configuration: join(folder, 'cohort-export.yaml'),
  });
  // A worker polls, so there is nothing to warn about.
  expect(await schedule(['trigger', id])).toMatchObject({ code: 0, stderr: '' });
  const row = async () =>
    (await json<{ scheduleId: string }[]>(['list'])).find((s) => s.scheduleId === id);
  await expect.poll(row).toMatchObject({
    paused: true,
    note: expect.stringContaining('UnknownConnection'),
    lastRun: {
      status: 'failed',
      failureType: 'UnknownConnection',
      failureMessage: expect.stringContaining('"gone"'),
    },
  });
  expect(await done(['describe', id])).toMatch(
    / failed: UnknownConnection\n {6}There is no braze connection named "gone"\. .*\n/,
  );
  expect(await done(['resume', id])).toContain('Its failure count is reset');
});

test('resume also resets the failure count of a schedule that is active', async () => {
  await using exports = await startExports();
  const id = newId();
  const folder = emptyFolder();
  const configuration = `braze: { main: {} }\nduckdb: { local: {} }\nworker: { taskQueue: ${exports.taskQueue} }\n`;
  writeFileSync(join(folder, 'cohort-export.yaml'), configuration);
  const query = "SELECT 'ada' AS nobody";
  const export_ = { ...EXPORT, source: { type: 'duckdb', connection: 'local', query } };
  const fields = { scheduleId: id, overlap: 'bufferOne', pauseAfterFailures: 2, export: export_ };
  await done(['apply', scheduleFile(folder, fields)], folder);
  const fails = async () => {
    const { workflowId } = await json<{ workflowId: string }>(['trigger', id]);
    await expect(client.workflow.getHandle(workflowId).result()).rejects.toThrow();
    await expect
      .poll(async () => (await client.schedule.getHandle(id).describe()).info.runningActions)
      .toEqual([]);
  };
  const paused = async () => (await client.schedule.getHandle(id).describe()).state.paused;
  await fails();
  await done(['resume', id]);
  await fails();
  expect(await paused()).toBe(false);
  await fails();
  expect(await paused()).toBe(true);
});
