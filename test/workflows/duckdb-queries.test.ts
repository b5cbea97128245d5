import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { namedPipe } from '../support/processes.ts';
import { eventually } from './eventually.ts';
import { temporalClient } from './temporal-client.ts';
import { startWorkerCase, type WorkerProcess } from './worker-process.ts';

const temporal = temporalClient();

/** What the only activity of an export shows, and why it is tried again. */
async function shown(handle: WorkflowHandle) {
  const [activity] = (await handle.describe()).raw.pendingActivities ?? [];
  const [payload] = activity?.heartbeatDetails?.payloads ?? [];
  const { payloadConverter } = temporal.client.options.loadedDataConverter;
  const details: unknown = payload ? payloadConverter.fromPayload(payload) : null;
  const { lastFailure } = activity ?? {};
  return {
    details,
    failure: lastFailure?.applicationFailureInfo?.type,
    message: lastFailure?.message,
  };
}

const isUnderWay = (handle: WorkflowHandle) =>
  eventually(async () => {
    expect((await shown(handle)).details).toMatchObject({ isUnderWay: true });
  });

/** The processes that a worker has started, of which Linux has a list. */
function childrenOf({ child: { pid } }: WorkerProcess): number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return list.trim().split(' ').map(Number);
}

describe.concurrent('DuckDB queries', () => {
  it('that wait for a slot show it, and are cancelled and handed back at once', async () => {
    await using test = await startWorkerCase({}, 'maxConcurrentQueries: 1');
    const { folder, startExport } = test;
    const first = await folder.startWorker();
    const start = (cohortId: string, query: string) =>
      startExport(temporal.client, { cohortId, source: { type: 'duckdb', query } });
    await namedPipe(join(folder.root, 'data', 'never.csv'));
    const holder = await start('holds', "FROM 'never.csv'");
    await isUnderWay(holder);
    const waiting: WorkflowHandle[] = [];
    for (const ahead of [0, 1]) {
      const handle = await start(`waits-${ahead}`, "SELECT 'u' AS user_ids");
      waiting.push(handle);
      const note = `waiting for a free query slot, ${ahead} ahead`;
      await eventually(async () => {
        expect((await shown(handle)).details).toMatchObject({ isUnderWay: false, note });
      });
    }
    const [cancelled, handedBack] = waiting as [WorkflowHandle, WorkflowHandle];
    await cancelled.cancel();
    await expect(cancelled.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    const ended = first.end('SIGTERM');
    await eventually(async () => {
      expect(await shown(handedBack)).toMatchObject({
        failure: 'WorkerStopping',
        details: { counted: 0, isUnderWay: false },
      });
    });
    // What runs goes on while the worker drains.
    expect(await shown(holder)).toMatchObject({ details: { isUnderWay: true } });
    expect(first.child.exitCode).toBe(null);
    await holder.cancel();
    expect(await ended).toBe(0);
    await folder.startWorker();
    expect(await handedBack.result()).toMatchObject({ identifiers: { sent: 1 } });
  });

  it('that are killed run again, and those of a worker that is told to stop are handed back with no attempt spent', async ({
    skip,
  }) => {
    skip(process.platform !== 'linux', 'the processes are found in /proc, which is of Linux');
    await using test = await startWorkerCase();
    const { control, folder, startExport } = test;
    const first = await folder.startWorker();
    const members = await namedPipe(join(folder.root, 'data', 'members.csv'));
    const source = { type: 'duckdb', query: "FROM 'members.csv'" };
    const handle = await startExport(temporal.client, { source });
    await isUnderWay(handle);
    for (const pid of childrenOf(first)) process.kill(pid, 'SIGKILL');
    await eventually(async () => {
      const { failure, message } = await shown(handle);
      expect({ failure, message }).toEqual({
        failure: 'StagingFailed',
        message: expect.stringContaining('SIGKILL'),
      });
    });
    await eventually(async () => {
      expect((await shown(handle)).details).toMatchObject({ counted: 1, isUnderWay: true });
    });
    expect(await first.endGroup('SIGTERM')).toBe(0);
    expect(await shown(handle)).toMatchObject({
      failure: 'WorkerStopping',
      details: { counted: 1, isUnderWay: false },
    });
    expect(await control.requestsFor('vip')).toBe(0);
    await rm(members);
    await writeFile(members, 'user_ids\nada\nbob\n');
    await folder.startWorker();
    expect(await handle.result()).toMatchObject({ identifiers: { sent: 2 } });
    expect((await control.membersOf('vip')).userIds).toEqual(['ada', 'bob']);
    expect(await control.requestsFor('vip')).toBe(2);
  });
});
