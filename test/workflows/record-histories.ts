/**
 * Records the histories that `replay.test.ts` replays: `npm run record-histories`. Record anew, next
 * to the old ones, when workflows do something new; old ones stay for as long as such runs may live.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { cohortLockId } from '../../src/domain/cohort-lock.ts';
import { type ExportEnvironment, startExports } from './export-environment.ts';
import { HISTORIES } from './histories.ts';
import { resetTo } from './reset.ts';
import startTemporal from './temporal-server.ts';

const stopTemporal = await startTemporal();
{
  await using exports = await startExports({ latencyMs: 50 });
  await mkdir(HISTORIES, { recursive: true });
  await record(exports);
}
await stopTemporal();

async function record(exports: ExportEnvironment): Promise<void> {
  const { client, taskQueue } = exports;
  const order = (cohortId: string, users: number, more: object = {}) => ({
    source: {
      type: 'duckdb',
      query: `SELECT CASE i WHEN 3 THEN ' ' ELSE 'user-' || i END AS user_ids FROM range(${users}) t(i)`,
    },
    cohortId,
    operation: 'APPEND',
    skipOnInvalidRecord: true,
    ...more,
  });
  const ended = (handle: WorkflowHandle) => handle.result().catch(() => undefined);
  const until = async (stage: string, handle: WorkflowHandle) => {
    while ((await exports.progress(handle)).stage !== stage);
  };
  const save = async (name: string, workflowId: string, runId?: string) => {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    await writeFile(join(HISTORIES, `${name}.json`), `${withoutStacks(historyToJSON(history))}\n`);
    console.log(`${name}: ${history.events?.length} events`);
  };

  const finished = await exports.start(order('finished', 30_000));
  await ended(finished);
  await save('export-finished', finished.workflowId);

  const { runId } = await finished.describe();
  const reset = await resetTo(client, { workflowId: finished.workflowId, runId }, 'sendChunk');
  await ended(reset);
  await save('export-reset-after-its-turn', finished.workflowId);

  const refused = await exports.start({ ...order('refused', 10), operation: 'ADD' });
  await ended(refused);
  await save('export-invalid', refused.workflowId);

  await exports.control('POST', 'faults', { kind: 'status', status: 400, on: 'users', after: 3 });
  const failed = await exports.start(order('failed', 30_000));
  await ended(failed);
  await save('export-rejected', failed.workflowId);

  const long = await exports.start(order('long', 200_000, { threadCount: 10 }));
  const firstRun = (await long.describe()).runId;
  await ended(long);
  await save('export-continued-first-run', long.workflowId, firstRun);
  await save('export-continued-last-run', long.workflowId);

  const job = (cohortId: string) => {
    const { query } = order(cohortId, 2_000).source;
    const source = { type: 'treasureData', database: 'd', engine: 'trino', query };
    return { ...order(cohortId, 0), source };
  };
  const ofJob = await exports.start(job('job'));
  await ended(ofJob);
  await save('export-treasure-data', ofJob.workflowId);

  await exports.control('PUT', 'treasure-data', { hold: 'running' });
  const killed = await exports.start(job('killed'));
  await until('querying', killed);
  while (!(await exports.progress(killed)).note.startsWith('waiting for job'));
  await killed.cancel();
  await ended(killed);
  await save('export-treasure-data-cancelled', killed.workflowId);

  const terminated = await exports.start(order('turns', 100_000, { threadCount: 1 }));
  await until('sending', terminated);
  const waiting = await exports.start(order('turns', 1_000, { delaySeconds: 1 }));
  await until('waiting', waiting);
  const cancelled = await exports.start(order('turns', 1_000));
  await until('waiting', cancelled);
  await cancelled.cancel();
  await ended(cancelled);
  const queue = client.workflow.getHandle(
    cohortLockId(taskQueue, { destination: 'braze', connection: 'main', cohortId: 'turns' }),
  );
  await terminated.terminate();
  await ended(waiting);
  await ended(queue);
  await save('export-cancelled-while-waiting', cancelled.workflowId);
  await save('export-delayed-and-waiting', waiting.workflowId);
  await save('queue-with-terminated-export', queue.workflowId);
}

/** Stacks name the folders of the machine that recorded, and replay does not look at them. */
function withoutStacks(json: string): string {
  const value: unknown = JSON.parse(json, (key, each) => (key === 'stackTrace' ? '' : each));
  return JSON.stringify(value, null, 1);
}
