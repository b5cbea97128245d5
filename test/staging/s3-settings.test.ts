import { GetObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { s3Client } from '../../scripts/versitygw/server.ts';
import type { Reject } from '../../src/domain/staging-port.ts';
import { S3Store } from '../../src/staging/s3/s3-store.ts';
import { sweepStaging } from '../../src/staging/sweep.ts';
import { startProxy } from '../support/proxy.ts';
import { passOn } from '../support/s3-faults.ts';
import { s3ForFile, s3FrontForFile } from '../support/s3-for-file.ts';
import { namespace, stageIn, users } from './create-staging.ts';
import { BUCKET, createS3Case, credentialsOf, settingsOf } from './s3-case.ts';

const server = s3ForFile(({ createBucket }) => createBucket(BUCKET));
const front = s3FrontForFile(server);

/** About 9 MB: more than a part of an upload. */
const MANY_REJECTS = 90_000;
const MORE_THAN_A_PAGE = 1_001;

function open(changes: object): S3Store {
  const store = new S3Store({ ...settingsOf(front()), ...changes }, credentialsOf(front()));
  onTestFinished(() => store[Symbol.dispose]());
  return store;
}

describe('a bucket', () => {
  it('is reached through the proxy of the configuration, unless that leaves it out', async () => {
    using proxy = await startProxy();
    const host = new URL(front().endpoint).host;
    await open({ proxy: { httpProxy: proxy.url, httpsProxy: null, noProxy: null } }).prepare(0);
    expect(new Set(proxy.asked)).toEqual(new Set([host]));
    const asked = proxy.asked.length;
    await open({ proxy: { httpProxy: proxy.url, httpsProxy: null, noProxy: '127.0.0.1' } }).prepare(
      0,
    );
    expect(proxy.asked).toHaveLength(asked);
  });

  it('encrypts everything with the key of the configuration', async () => {
    const keys = new Set<unknown>();
    using _ = front().order({ method: 'PUT' }, async (exchange) => {
      keys.add(exchange.request.headers['x-amz-server-side-encryption-aws-kms-key-id']);
      await passOn(exchange);
    });
    const store = open({ kmsKey: 'alias/exports' });
    await store.prepare(0);
    const staged = await stageIn(store, ['user_ids'], [['a'], ['']]);
    await store.addReject(staged, namespace, { row: 1, column: null, reason: 'x', value: null });
    expect([...keys]).toEqual(['alias/exports']);
  });

  it('gets checksums unless the configuration says that its service refuses them', async () => {
    const sent = async (checksums: string) => {
      const seen = new Set<boolean>();
      using _ = front().order({ method: 'PUT', key: /requests/ }, async (exchange) => {
        seen.add('x-amz-checksum-crc32' in exchange.request.headers);
        await passOn(exchange);
      });
      const store = open({ checksums });
      await store.prepare(0);
      await stageIn(store, ['user_ids'], users(3));
      return [...seen];
    };
    expect(await sent('always')).toEqual([true]);
    expect(await sent('whenRequired')).toEqual([false]);
  });

  it('takes rejects that are too many for one request, and adds to them', async () => {
    const { store, again, names } = await createS3Case(server());
    const rows = [['a'], ...Array.from({ length: MANY_REJECTS }, () => [''])];
    const staged = await stageIn(store, ['user_ids'], rows);
    const refused: Reject = { row: 1, column: 'user_ids', reason: 'was refused', value: '…' };
    await store.addReject(staged, namespace, refused);
    // By two workers at once.
    const added = [store, again()].map((each, index) =>
      each.addReject(staged, namespace, { ...refused, row: 7 + index }),
    );
    await Promise.all(added);
    await store.addReject(staged, namespace, refused);
    const client = s3Client(server());
    onTestFinished(() => client.destroy());
    const key = (staged.rejects ?? '').replace(`s3://${BUCKET}/`, '');
    const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
    const lines = ((await Body?.transformToString()) ?? '').trimEnd().split('\n');
    expect(lines).toHaveLength(MANY_REJECTS + 3);
    const last = lines.slice(-3).map((line) => (JSON.parse(line) as Reject).row);
    expect(last.toSorted()).toEqual([1, 7, 8]);
    expect((await names()).filter((name) => name.startsWith('rejects/'))).toHaveLength(1);
  });

  it('with more objects than S3 lists or deletes at once is emptied all the same', async () => {
    const { store, names, writeFile } = await createS3Case(server());
    const { namespaceId } = namespace;
    const owner = JSON.stringify({ workflowId: 'w', namespace: 'n', namespaceId });
    await writeFile('runs/over/export.json', owner);
    const files = Array.from(
      { length: MORE_THAN_A_PAGE },
      (_, index) => `runs/over/run.1/${index}`,
    );
    await Promise.all(files.map((name) => writeFile(name, '-')));
    const isOpen = async () => false;
    const options = { store: store.swept, namespace, keepRejectsMs: 0, isOpen };
    expect(await sweepStaging(options)).toMatchObject({ runs: 1, failed: [] });
    expect(await names()).toEqual(['store/id']);
  });
});
