import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { expect, it } from 'vitest';
import { startSandbox } from '../../sandbox/server.ts';
import { startTemporalServer } from '../../scripts/temporal-cli/dev-server.ts';
import type { ExportReport } from '../../src/domain/report.ts';
import { schedule } from '../schedules/commands/schedule-command.ts';
import { createWorkerFolder } from './worker-process.ts';

/** A cron expression runs once a minute at most. */
const A_MINUTE_AND_MORE = { timeout: 100_000, interval: 200 };

it('a schedule that was applied from a file fires after Temporal and the worker were restarted', async () => {
  await using stack = new AsyncDisposableStack();
  const sandbox = await startSandbox();
  stack.defer(() => sandbox.close());
  const folder = stack.use(await createWorkerFolder(sandbox, `restart-${randomUUID()}`));
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

  const dbFile = join(folder.root, 'temporal.db');
  const first = await startTemporalServer({ headless: true, portsFrom: 27_233, dbFile });
  const { address } = first;
  const environment = { TEMPORAL_ADDRESS: address };
  const worker = await folder.startWorker(environment);
  const applied = await schedule(['apply', file], folder.root, environment);
  expect(applied).toMatchObject({ code: 0, stderr: '' });
  expect(applied.stdout).toContain('Created the schedule every-minute.');
  await worker.end('SIGKILL');
  await first.stop();

  const port = Number(address.split(':')[1]);
  const second = await startTemporalServer({ headless: true, port, dbFile });
  stack.defer(() => second.stop());
  const connection = await Connection.connect({ address });
  stack.defer(() => connection.close());
  const handle = new Client({ connection }).schedule.getHandle('every-minute');
  const before = (await handle.describe()).info.numActionsTaken;
  await folder.startWorker(environment);

  const taken = async () => (await handle.describe()).info.numActionsTaken;
  await expect.poll(taken, A_MINUTE_AND_MORE).toBeGreaterThan(before);
  const { recentActions } = (await handle.describe()).info;
  const { workflowId = '' } = recentActions.at(-1)?.action.workflow ?? {};
  const run = new Client({ connection }).workflow.getHandle<() => Promise<ExportReport>>(
    workflowId,
  );
  const { scheduledTime } = await run.result();
  expect(scheduledTime).toMatch(/:00\.000Z$/);
  const members = await fetch(`${sandbox.url}/sandbox/cohorts/minutes/members`);
  const { userIds } = (await members.json()) as { userIds: string[] };
  expect(userIds).toContain(`${scheduledTime?.slice(0, 19)}Z`);
});
