import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../sandbox/server.ts';
import type { ExportReport } from '../../src/domain/report.ts';
import { selfSigned } from '../sandbox/certificate.ts';
import { startTlsFront, type TlsFront } from '../support/tls-front.ts';
import { failureOf } from './failure-of.ts';
import { SandboxControl, userNames } from './sandbox-control.ts';
import { temporalClient } from './temporal-client.ts';
import { createWorkerFolder, type WorkerFolder } from './worker-process.ts';

const certificate = selfSigned();

const temporal = temporalClient();
let sandbox: Sandbox;
let front: TlsFront;

beforeAll(async () => {
  sandbox = await startSandbox();
  front = await startTlsFront(sandbox.url, certificate);
});
afterAll(async () => {
  await front[Symbol.asyncDispose]();
  await sandbox.close();
});

/** A worker whose Braze and Treasure Data are the sandbox, over https. */
async function workerFolder(): Promise<{ folder: WorkerFolder; taskQueue: string }> {
  const taskQueue = `tls-${randomUUID()}`;
  const folder = await createWorkerFolder({ ...sandbox, url: front.url }, taskQueue);
  return { folder, taskQueue };
}

async function start(taskQueue: string, source: object, cohortId: string) {
  return await temporal.client.workflow.start('exportCohort', {
    taskQueue,
    workflowId: `tls-${randomUUID()}`,
    args: [{ source, cohortId, operation: 'APPEND' }],
  });
}

const query = "SELECT 'member-' || i AS user_ids FROM range(2500) AS t(i)";
const fromTreasureData = { type: 'treasureData', database: 'd', engine: 'trino', query };
const fromDuckdb = { type: 'duckdb', query };

describe('over https', () => {
  it('everything works where NODE_EXTRA_CA_CERTS names the root certificate', async () => {
    const { folder, taskQueue } = await workerFolder();
    await using _ = folder;
    const roots = join(folder.root, 'root.pem');
    await writeFile(roots, certificate.cert);
    await folder.startWorker({ NODE_EXTRA_CA_CERTS: roots });
    const handle = await start(taskQueue, fromTreasureData, 'trusted');
    const report = (await handle.result()) as ExportReport;
    expect(report.identifiers).toMatchObject({ userIds: 2_500, sent: 2_500 });
    const { userIds } = await new SandboxControl(sandbox).membersOf('trusted');
    expect(userIds).toEqual(userNames(2_500, 'member-'));
  });

  it('nothing is sent to a server without a trusted certificate, and nothing is retried', async () => {
    const { folder, taskQueue } = await workerFolder();
    await using _ = folder;
    await folder.startWorker();
    for (const [source, name, type, setting] of [
      [fromDuckdb, 'Braze', 'BrazeUnavailable', 'restEndpoint'],
      [fromTreasureData, 'Treasure Data', 'SourceUnavailable', 'endpoint'],
    ] as const) {
      const before = front.connections();
      const failure = await failureOf(await start(taskQueue, source, 'unknown'));
      expect(failure.type).toBe(type);
      expect(failure.message).toContain(
        `The certificate of ${name} was rejected (DEPTH_ZERO_SELF_SIGNED_CERT). Check ${setting}`,
      );
      expect(failure.message).toContain(
        'set NODE_EXTRA_CA_CERTS to the file of its root certificate',
      );
      expect(front.connections() - before).toBe(1);
    }
  });
});
