import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ExportReport } from '../../src/domain/report.ts';
import { schedule } from '../schedules/commands/schedule-command.ts';
import { eventually } from './eventually.ts';
import { startRestartable } from './restartable-temporal.ts';
import { userNames } from './sandbox-control.ts';
import { startWorkerCase } from './worker-process.ts';

const LANES = 3;
/** Servers of other test files start elsewhere. */
const PORTS_FROM = 25_233;

describe.concurrent('a restart of Temporal', () => {
  it('an export that was sending continues after a restart of Temporal, with the same worker', async () => {
    await using temporal = await startRestartable(PORTS_FROM);
    await using test = await startWorkerCase();
    const { control, folder, startExport } = test;
    await control.fault({ kind: 'latency', on: 'users', ms: 1_000, times: 'always' });
    const worker = await folder.startWorker(temporal.environment);
    const handle = await startExport(temporal.client, {
      source: { type: 'duckdb', query: "SELECT 'user-' || i AS user_ids FROM range(40000) t(i)" },
      threadCount: LANES,
    });
    await eventually(async () => expect(await control.requestsFor('vip')).toBeGreaterThan(1));
    await temporal.restart();
    // Without Temporal a lane comes to the end of its chunk at most.
    expect(await control.requestsFor('vip')).toBeLessThan(41);
    await control.send('DELETE', 'faults');
    // Its shards may take a moment.
    await eventually(() => handle.describe());
    expect(await handle.result()).toMatchObject({
      identifiers: { userIds: 40_000, sent: 40_000 },
    });
    expect((await control.membersOf('vip')).userIds).toEqual(userNames(40_000));
    expect((await control.traffic('vip')).maxInFlight).toBe(LANES);
    expect(await worker.end('SIGTERM')).toBe(0);
  });

  it('a schedule that was applied from a file fires after Temporal and the worker were restarted', async () => {
    await using temporal = await startRestartable(PORTS_FROM);
    await using test = await startWorkerCase();
    const { control, folder } = test;
    const file = join(folder.root, 'every-minute.yaml');
    await writeFile(
      file,
      `scheduleId: every-minute
cron: "* * * * *"
export:
  source:
    type: duckdb
    query: SELECT strftime(getvariable('scheduled_time'), '%Y-%m-%dT%H:%M:%SZ') AS user_ids
  cohortId: minutes
  operation: APPEND
`,
    );
    const worker = await folder.startWorker(temporal.environment);
    const applied = await schedule(['apply', file], folder.root, temporal.environment);
    expect(applied).toMatchObject({ code: 0, stderr: '' });
    expect(applied.stdout).toContain('Created the schedule every-minute.');
    const handle = temporal.client.schedule.getHandle('every-minute');
    // A cron expression runs once a minute at most, and nobody wants to wait for that.
    await handle.update((previous) => ({
      ...previous,
      spec: { calendars: [{ second: '*', minute: '*', hour: '*' }] },
      state: { ...previous.state, paused: true },
    }));
    await worker.end('SIGKILL');
    await temporal.restart();
    await eventually(() => handle.unpause());
    await folder.startWorker(temporal.environment);
    const { recentActions } = await eventually(async () => {
      const { info } = await handle.describe();
      expect(info.recentActions.length).toBeGreaterThan(0);
      return info;
    });
    const { workflowId = '' } = recentActions[0]?.action.workflow ?? {};
    const run = temporal.client.workflow.getHandle<() => Promise<ExportReport>>(workflowId);
    const { scheduledTime } = await run.result();
    const { userIds } = await control.membersOf('minutes');
    expect(userIds).toContain(`${scheduledTime?.slice(0, 19)}Z`);
  });
});
