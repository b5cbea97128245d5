import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { expect, it } from 'vitest';
import { RUNS } from '../../src/staging/layout.ts';
import { namedPipe } from '../support/processes.ts';
import { eventually } from './eventually.ts';
import { temporalClient } from './temporal-client.ts';
import { startWorkerCase } from './worker-process.ts';

/** Twice as many as Node has threads for files where nothing is set. */
const LANES = 8;
const USERS = LANES * 5_000;

const temporal = temporalClient();

async function lanesOf(handle: WorkflowHandle): Promise<number> {
  const { raw } = await handle.describe();
  const names = (raw.pendingActivities ?? []).map(({ activityType }) => activityType?.name);
  return names.filter((name) => name === 'sendChunk').length;
}

it('reads of one export that hang, in many lanes, do not keep the others of the worker', async () => {
  await using test = await startWorkerCase();
  const { control, folder, startExport } = test;
  await control.fault({ kind: 'hang', on: 'cohorts', cohortId: 'vip' });
  await folder.startWorker();
  const hanging = await startExport(temporal.client, {
    source: { type: 'duckdb', query: `SELECT 'user-' || i AS user_ids FROM range(${USERS}) t(i)` },
    threadCount: LANES,
  });
  await eventually(async () => expect(await control.requestsFor('vip')).toBe(1));
  const runs = join(folder.root, 'staging', RUNS);
  const staged = (await readdir(runs, { recursive: true })).filter((path) =>
    path.includes('requests-'),
  );
  for (const file of staged) {
    await rm(join(runs, file));
    // To open it for reading blocks a thread for good.
    await namedPipe(join(runs, file));
  }
  await control.answerHanging('vip');
  await eventually(async () => expect(await lanesOf(hanging)).toBe(LANES));
  const other = await startExport(temporal.client, {
    source: { type: 'duckdb', query: "SELECT 'ada' AS user_ids" },
    cohortId: 'other',
  });
  expect((await other.result()).identifiers.sent).toBe(1);
  expect(await control.requestsFor('vip')).toBe(1);
});
