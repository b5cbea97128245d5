import { describe, expect, it, onTestFinished } from 'vitest';
import { chunkAt } from '../../src/domain/chunk-plan.ts';
import { type StagedRows, StoreNotSeen } from '../../src/domain/staging-port.ts';
import { S3Store } from '../../src/staging/s3/s3-store.ts';
import { stageRows } from '../../src/staging/stage-rows.ts';
import {
  cutBody,
  damage,
  errorResponse,
  type Fault,
  hang,
  loseResponse,
  reset,
  slow,
  stallBody,
} from '../support/s3-faults.ts';
import { s3ForFile, s3FrontForFile } from '../support/s3-for-file.ts';
import { startS3Front, type Which } from '../support/s3-front.ts';
import { failureOf, namespace, options, place, stageIn, users } from './create-staging.ts';
import { rowsOf } from './in-memory-source.ts';
import { BUCKET, createS3Case, settingsOf, usersIn } from './s3-case.ts';

const ROWS = 30_000;
const second = { ...place, attempt: 2 };
const requests: Which = { method: 'PUT', key: /requests-000001$/ };
const manifest = { method: 'PUT', key: /manifest\.json$/ } as const;
const refused = { row: 1, column: 'user_ids', reason: 'was refused', value: '…' };

const server = s3ForFile(({ createBucket }) => createBucket(BUCKET));
const front = s3FrontForFile(server);

describe('a bucket with faults', () => {
  describe('that pass', () => {
    it.each<[string, Which, () => Fault]>([
      ['503 while requests are written', requests, () => errorResponse('SlowDown')],
      ['500 while requests are written', requests, () => errorResponse('InternalError')],
      ['a connection that breaks while requests are written', requests, () => reset],
      ['a response that is lost while requests are written', requests, () => loseResponse],
      ['503 at the commit', manifest, () => errorResponse('SlowDown')],
      ['409 at the commit', manifest, () => errorResponse('ConditionalRequestConflict')],
      ['a response that is lost at the commit', manifest, () => loseResponse],
      [
        '500 at the owner',
        { method: 'PUT', key: /export\.json$/ },
        () => errorResponse('InternalError'),
      ],
    ])('change nothing of what is staged: %s', async (_, which, fault) => {
      const { store, names } = await createS3Case(server(), front());
      using order = front().order(which, fault(), 1);
      const staged = await stageIn(store, ['user_ids'], users(ROWS));
      expect(order.met()).toBe(1);
      expect(await store.committed(second)).toEqual(staged);
      expect(await usersIn(store, staged)).toBe(ROWS);
      await store.remove(place.exportRunId);
      expect(await names()).toEqual(['store/id']);
    });

    it.each<[string, Fault]>([
      ['503', errorResponse('SlowDown')],
      ['a body that is cut off', cutBody(50_000)],
      ['a body that stalls', stallBody(50_000)],
      ['a body that is damaged', damage],
      ['a slow body', slow(2_000_000)],
    ])('change nothing of what is read: %s', async (_, fault) => {
      const { store } = await createS3Case(server(), front());
      const staged = await stageIn(store, ['user_ids'], users(ROWS));
      using order = front().order({ method: 'GET', key: /requests-000001$/ }, fault, 1);
      expect(await usersIn(store, staged)).toBe(ROWS);
      expect(order.met()).toBe(1);
    });

    it('change nothing of what is removed and swept: 503', async () => {
      const { store, names } = await createS3Case(server(), front());
      await stageIn(store, ['user_ids'], users(3));
      using order = front().order({ method: 'POST' }, errorResponse('SlowDown'), 1);
      await store.remove(place.exportRunId);
      expect(order.met()).toBe(1);
      expect(await names()).toEqual(['store/id']);
    });
  });

  describe('that last', () => {
    /** Everything that a worker does with the store, on one that is away. */
    it('fail each step so that it is tried again for hours, and nothing hangs', async () => {
      const own = await startS3Front(server());
      onTestFinished(() => own[Symbol.asyncDispose]());
      const { store } = await createS3Case(server(), own);
      const staged = await stageIn(store, ['user_ids'], users(3));
      const writer = await store.write({ ...place, runId: 'run-2' });
      writer.append('["a"]', { userIds: 1, deviceIds: 0, aliases: 0 }, null);
      const summary = { ...staged, chunks: [], warnings: [] };
      await using progress = await store.openSendProgress(staged, chunkAt(staged.chunks, 0));
      await own.away();
      const steps: readonly (() => Promise<unknown>)[] = [
        () => store.requireStore(staged.store),
        () => store.committed(second),
        () => store.write(second),
        () => writer.commit(summary),
        () => usersIn(store, staged),
        () => store.addReject(staged, namespace, refused),
        () =>
          progress?.record({ done: 1, accepted: 1, identifiers: 1, refused: 0 }) as Promise<void>,
        () => store.remove(place.exportRunId),
      ];
      for (const step of steps) {
        const failure = await failureOf(step());
        expect(failure).toMatchObject({ type: 'StagingFailed', retry: 'patiently' });
        expect(failure).not.toBeInstanceOf(StoreNotSeen);
        expect(failure.message).toContain('(ECONNREFUSED): it did not answer in time');
      }
      await own.back();
      expect(await usersIn(store, staged)).toBe(3);
    });

    it('are left by the worker that alone may not read to another one', async () => {
      const { store } = await createS3Case(server(), front());
      const staged = await stageIn(store, ['user_ids'], users(3));
      using _ = front().order({ method: 'GET' }, errorResponse('AccessDenied'));
      expect(await failureOf(store.requireStore(staged.store))).toBeInstanceOf(StoreNotSeen);
      const failure = await failureOf(usersIn(store, staged));
      expect(failure).toBeInstanceOf(StoreNotSeen);
      expect(failure.message).toContain('(AccessDenied): the credentials of this worker may not');
    });

    it('are seldom a missing right to write, which is tried a few times', async () => {
      const { store } = await createS3Case(server(), front());
      using _ = front().order({ method: 'PUT' }, errorResponse('AccessDenied'));
      const failure = await failureOf(stageIn(store, ['user_ids'], users(3)));
      expect(failure).toMatchObject({ type: 'StagingFailed', retry: 'briefly' });
    });

    it('fail an attempt of which a single file cannot be written, and nothing of it counts', async () => {
      const { store, names } = await createS3Case(server(), front());
      using _ = front().order(
        { ...requests, key: /requests-000000$/ },
        errorResponse('AccessDenied'),
      );
      const failure = await failureOf(stageIn(store, ['user_ids'], users(ROWS)));
      expect(failure.message).toContain('could not be written (AccessDenied)');
      expect(await store.committed(second)).toBeNull();
      expect((await names()).filter((name) => name.includes('requests'))).toEqual([]);
    });

    it('do not make a worker wait for ever that reads: a service that says nothing', async () => {
      const { store } = await createS3Case(server(), front());
      const staged = await stageIn(store, ['user_ids'], users(3));
      using _ = front().order({ method: 'GET', key: /requests/ }, hang);
      const startedAt = performance.now();
      expect(await failureOf(usersIn(store, staged))).toMatchObject({ retry: 'patiently' });
      expect(performance.now() - startedAt).toBeLessThan(30_000);
    });

    it('are an error at once where a body never has its checksum, and nothing of it is sent', async () => {
      const { store } = await createS3Case(server(), front());
      const staged = await stageIn(store, ['user_ids'], users(3));
      using _ = front().order({ method: 'GET', key: /requests/ }, damage);
      const failure = await failureOf(usersIn(store, staged));
      expect(failure).toMatchObject({ type: 'StagingFailed', retry: 'never' });
      expect(failure.message).toContain('is not as it was committed');
    });
  });

  describe('at the commit', () => {
    it('a result that was committed, though nobody heard of it, is found by the next attempt', async () => {
      const { store } = await createS3Case(server(), front());
      {
        using lost = front().order(manifest, loseResponse, 1);
        // The client writes it again, in vain, while all else goes on.
        using _ = front().order(manifest, reset);
        const failure = await failureOf(stageIn(store, ['user_ids'], users(ROWS)));
        expect(failure).toMatchObject({ type: 'StagingFailed', retry: 'patiently' });
        expect(lost.met()).toBe(1);
      }
      const staged = (await store.committed(second)) as StagedRows;
      expect(staged).toMatchObject({ rows: { read: ROWS } });
      expect(await usersIn(store, staged)).toBe(ROWS);
    });

    it('many attempts at once have one result, and leave nothing else', async () => {
      const { again, names } = await createS3Case(server());
      const attempts = Array.from({ length: 8 }, async (_, index) => {
        const writer = await again().write({ ...place, attempt: index + 1 });
        const rows = rowsOf(['user_ids'], [...users(20, `from-${index}-`), ['']]);
        return await stageRows(rows, writer, options);
      });
      const [first, ...others] = await Promise.all(attempts);
      for (const other of others) expect(other).toEqual(first);
      expect(await usersIn(again(), first as StagedRows)).toBe(20);
      const left = (await names()).filter((name) => /requests|rejects/.test(name));
      expect(left).toHaveLength(2);
    });
  });

  it('credentials that expire in the middle are asked for again', async () => {
    const asked: boolean[] = [];
    const { accessKeyId, secretAccessKey } = front();
    const store = new S3Store(settingsOf(front()), async (renew) => {
      asked.push(renew);
      return { accessKeyId, secretAccessKey };
    });
    onTestFinished(() => store[Symbol.dispose]());
    await store.prepare(0);
    using order = front().order(requests, errorResponse('ExpiredToken'), 1);
    const staged = await stageIn(store, ['user_ids'], users(ROWS));
    expect(order.met()).toBe(1);
    expect(await usersIn(store, staged)).toBe(ROWS);
    expect(asked).toEqual([false, true]);
  });
});
