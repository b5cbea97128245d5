import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { whyNoS3Server } from '../../scripts/versitygw/server.ts';
import { braze } from '../../src/destinations/braze/destination.ts';
import type { StagedRows, StagingPlace } from '../../src/domain/staging-port.ts';
import { duckdb } from '../../src/sources/duckdb/source.ts';
import { Scratch } from '../../src/staging/scratch.ts';
import { StagingProcesses } from '../../src/staging/staging-processes.ts';
import { forward } from '../support/forward.ts';
import { errorResponse, type Fault, hang } from '../support/s3-faults.ts';
import { s3ForFile, s3FrontForFile } from '../support/s3-for-file.ts';
import type { Which } from '../support/s3-front.ts';
import { place } from './create-staging.ts';
import { BUCKET, createS3Case, usersIn } from './s3-case.ts';
import type { StoreCase } from './staging-suite.ts';

const ROWS = 30_000;
const QUERY = `SELECT CASE i WHEN ${ROWS} THEN '' ELSE 'user-' || i END AS user_ids FROM range(${ROWS + 1}) t(i)`;
const never = new AbortController().signal;

/** The server does what was asked, and the client never hears of it. */
const sayNothing: Fault = async ({ request, url }) => {
  await buffer(await forward(request, url));
};

const server = s3ForFile(({ createBucket }) => createBucket(BUCKET));
const front = s3FrontForFile(server);

describe('processes that stage in a bucket', () => {
  const stack = new AsyncDisposableStack();
  let at: StoreCase;
  let processes: StagingProcesses;
  let data: string;
  beforeAll(async () => {
    if (whyNoS3Server !== null) return;
    at = await createS3Case(server(), front(), (close) => stack.defer(close));
    const root = await mkdtemp(join(tmpdir(), 's3-processes-'));
    stack.defer(() => rm(root, { recursive: true, maxRetries: 5 }));
    data = join(root, 'data');
    await mkdir(data);
    processes = stack.use(
      new StagingProcesses({
        store: at.store,
        scratch: stack.use(new Scratch(join(root, 'scratch'))),
        memoryMb: 100,
        isMemoryShare: false,
        // Where other tests have compiled the same.
        cacheDirectory: dirname(process.env.NODE_COMPILE_CACHE ?? join(root, 'cache/x')),
        modules: [duckdb.reader.href, braze.format.href],
        certificates: {},
      }),
    );
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const run = (at: StagingPlace, signal = never, query = QUERY) =>
    processes.run(
      {
        source: {
          reader: duckdb.reader.href,
          data: { directory: data, query, scheduledTime: new Date(0).toISOString() },
        },
        format: braze.format.href,
        place: at,
        operation: 'APPEND',
        aliases: [],
        threadCount: 1,
        skipOnInvalidRecord: true,
      },
      { signal, onProgress: () => undefined },
    );

  async function expectWhole(staged: StagedRows): Promise<void> {
    expect(staged.rows).toEqual({ read: ROWS + 1, accepted: ROWS, rejected: 1 });
    expect(await usersIn(at.store, staged)).toBe(ROWS);
  }

  it.each<[string, Which, Fault]>([
    ['its last file', { method: 'PUT', key: /requests-000001$/ }, hang],
    ['its rejects', { method: 'PUT', key: /rejects/ }, hang],
    ['its manifest', { method: 'PUT', key: /manifest\.json$/ }, hang],
    ['its manifest, which is there', { method: 'PUT', key: /manifest\.json$/ }, sayNothing],
    ['what is left to remove', { method: 'LIST', key: /run-1\.$/ }, hang],
  ])(
    'that are killed at %s lose nothing: the next attempt is whole, and alone',
    async (...each) => {
      const [, which, fault] = each;
      const { store, names } = at;
      using order = front().order(which, fault, 1);
      const killed = new AbortController();
      const first = run(place, killed.signal);
      first.catch(() => undefined);
      await expect.poll(order.met, { interval: 20 }).toBe(1);
      killed.abort(new Error('killed'));
      await expect(first).rejects.toThrow('killed');
      const second = { ...place, attempt: 2 };
      const staged = (await store.committed(second)) ?? (await run(second));
      await expectWhole(staged);
      expect(await store.committed(second)).toEqual(staged);
      const left = (await names()).map((name) => name.replace(/run-1\.\d+/, 'ATTEMPT'));
      expect(left).toEqual([
        'rejects/id-of-ours/ATTEMPT.jsonl',
        'runs/export-1/export.json',
        'runs/export-1/ATTEMPT/requests-000000',
        'runs/export-1/ATTEMPT/requests-000001',
        'runs/export-1/run-1.manifest.json',
        'store/id',
      ]);
      for (const name of left.concat(await names())) {
        if (name !== 'store/id') await at.removeFile(name);
      }
    },
  );

  it('get their credentials from the worker, again once they expire, and show them nowhere', async ({
    skip,
  }) => {
    skip(process.platform !== 'linux', 'what a process shows is read in /proc, which is of Linux');
    const ask = vi.spyOn(at.store, 'askSecrets');
    using expired = front().order(
      { method: 'PUT', key: /requests-000001$/ },
      errorResponse('ExpiredToken'),
      1,
    );
    using held = front().order({ method: 'PUT', key: /manifest\.json$/ }, hang, 1);
    const staging = run(place);
    staging.catch(() => undefined);
    await expect.poll(held.met, { interval: 20 }).toBe(1);
    expect(expired.met()).toBe(1);
    expect(ask.mock.calls).toEqual([[false], [true]]);
    const shown = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => ['environ', 'cmdline'].map((file) => read(`/proc/${name}/${file}`)))
      .filter((text) => text.includes('staging-process-main') || text.includes('MALLOC_ARENA_MAX'));
    expect(shown.length).toBeGreaterThan(1);
    for (const text of shown) {
      expect(text).not.toContain(front().secretAccessKey);
      expect(text).not.toContain(front().accessKeyId);
    }
    // The client asks for it again by itself.
    await expectWhole(await staging);
    const query = "SELECT getenv('AWS_SECRET_ACCESS_KEY') AS user_ids";
    const other = { ...place, runId: 'run-2' };
    await expect(run(other, never, query)).rejects.toMatchObject({ type: 'QueryFailed' });
  });
});

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It has ended, or is another user's.
    return '';
  }
}
