import { randomUUID } from 'node:crypto';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { s3Client } from '../../scripts/versitygw/server.ts';
import { hang } from '../support/s3-faults.ts';
import { s3ForFile, s3FrontForFile } from '../support/s3-for-file.ts';
import { eventually } from './eventually.ts';
import { startExports } from './export-environment.ts';
import { userNames } from './sandbox-control.ts';
import { temporalClient } from './temporal-client.ts';
import { startWorkerCase } from './worker-process.ts';

const BUCKET = 'exports';
const IDENTIFIERS = 60_000;
const LANES = 3;
/** Requests that are accepted before a worker is killed. */
const ACCEPTED = 24;

const temporal = temporalClient();

const server = s3ForFile(({ createBucket }) => createBucket(BUCKET));
const front = s3FrontForFile(server);

describe('workers that share a bucket', () => {
  async function keysIn(prefix: string): Promise<string[]> {
    const client = s3Client(server());
    const { Contents = [] } = await client.send(
      new ListObjectsV2Command({ Bucket: BUCKET, Prefix: `${prefix}/` }),
    );
    client.destroy();
    return Contents.map(({ Key = '' }) => Key.slice(prefix.length + 1));
  }

  it('and no directory, finish an export exactly, one killed while it stages and one while it sends', async () => {
    const prefix = randomUUID();
    const { endpoint, region, accessKeyId, secretAccessKey } = front();
    const s3 = `{ bucket: ${BUCKET}, prefix: ${prefix}/, region: ${region}, endpoint: '${endpoint}', forcePathStyle: true }`;
    await using test = await startWorkerCase({}, '', '', `{ s3: ${s3} }`);
    const credentials = {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
    const { control, folder, startExport } = test;
    await using otherHost = await test.addFolder();
    await control.fault({ kind: 'hang', on: 'users', after: ACCEPTED, times: LANES });
    const second = front().order({ method: 'PUT', key: /requests-000001$/ }, hang, 1);
    const first = await folder.startWorker(credentials);
    const query = `SELECT CASE i WHEN ${IDENTIFIERS} THEN '' ELSE 'user-' || i END AS user_ids FROM range(${IDENTIFIERS + 1}) t(i)`;
    const handle = await startExport(temporal.client, {
      source: { type: 'duckdb', query },
      threadCount: LANES,
      skipOnInvalidRecord: true,
    });
    await eventually(() => expect(second.met()).toBe(1));
    expect(await first.end('SIGKILL')).toBe('SIGKILL');
    const other = await otherHost.startWorker(credentials);
    await eventually(async () => {
      expect(await control.requestsFor('vip')).toBe(1 + ACCEPTED + LANES);
    });
    expect(await other.end('SIGKILL')).toBe('SIGKILL');
    await folder.startWorker(credentials);
    expect(await handle.result()).toMatchObject({
      rows: { read: IDENTIFIERS + 1, rejected: 1 },
      identifiers: { sent: IDENTIFIERS },
      rejects: expect.stringMatching(`^s3://${BUCKET}/${prefix}/rejects/.*[.]jsonl$`),
    });
    expect((await control.membersOf('vip')).userIds).toEqual(userNames(IDENTIFIERS));
    await eventually(async () => {
      const keys = await keysIn(prefix);
      expect(keys.map((key) => key.split('/')[0]).sort()).toEqual(['rejects', 'store']);
    });
  });

  it('go on where they were once it is back, whether it was away while they staged or sent', async () => {
    const { endpoint, region, accessKeyId, secretAccessKey } = front();
    vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
    onTestFinished(() => void vi.unstubAllEnvs());
    const prefix = randomUUID();
    await using exports = await startExports({
      latencyMs: 100,
      s3: {
        bucket: BUCKET,
        prefix: `${prefix}/`,
        region,
        endpoint,
        forcePathStyle: true,
        checksums: 'always',
      },
    });
    await front().away();
    const handle = await exports.start({
      source: {
        type: 'duckdb',
        query: `SELECT 'user-' || i AS user_ids FROM range(${IDENTIFIERS}) t(i)`,
      },
      cohortId: 'away',
      operation: 'APPEND',
      threadCount: LANES,
    });
    const isTriedAgain = () =>
      eventually(async () => {
        const { raw } = await handle.describe();
        const failures = (raw.pendingActivities ?? []).map(({ lastFailure }) => lastFailure);
        expect(failures.map((failure) => failure?.message).join()).toContain(
          '(ECONNREFUSED): it did not answer in time',
        );
      });
    await isTriedAgain();
    await front().back();
    await eventually(async () => {
      expect(await exports.control.requestsFor('away')).toBeGreaterThan(LANES);
    });
    await front().away();
    await isTriedAgain();
    await front().back();
    expect(await handle.result()).toMatchObject({ identifiers: { sent: IDENTIFIERS } });
    expect((await exports.control.membersOf('away')).userIds).toEqual(userNames(IDENTIFIERS));
    expect(await keysIn(prefix)).toEqual(['store/id']);
  });
});
