import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ChunkEnd, createSendChunk } from '../../src/activities/sending.ts';
import { createCleanUp, createStageRows } from '../../src/activities/staging.ts';
import type { ActivityDependencies } from '../../src/activities/support/dependencies.ts';
import { NOTHING_SENT, UNDER_WAY } from '../../src/activities/support/send-requests.ts';
import type { ChunkState } from '../../src/activities/support/send-staged.ts';
import { chunkAt } from '../../src/domain/chunk-plan.ts';
import { NOTHING_OF_CHUNK } from '../../src/domain/chunk-progress.ts';
import type { Destination } from '../../src/domain/destination-port.ts';
import type { StagedRows } from '../../src/domain/staging-port.ts';
import { RESPONSE_WITHIN_MS, UNKNOWN_SETTLE_MS } from '../../src/domain/unanswered-requests.ts';
import type { DirectoryStaging } from '../../src/staging/directory/directory-staging.ts';
import { createStaging, namespace, stageIn, users } from '../staging/create-staging.ts';
import { namedPipe } from '../support/processes.ts';
import { eventually } from '../support/wait.ts';
import type { SandboxControl } from '../workflows/sandbox-control.ts';
import { type BrazeWithCohort, startBraze } from './braze-destination.ts';

const COHORT = { cohortId: 'vip', cohortName: 'VIP', createdAt: '2026-11-21T12:00:00.000Z' };
const USERS = 3_000;
/** An attempt of these tests is over before its first heartbeat at the interval. */
const HEARTBEAT_INTERVAL_MS = 60_000;
const STORE_WITHIN_MS = 30_000;
/** What fails on purpose need not be read. */
const logger = new DefaultLogger('ERROR');
const MINUTE = 60_000;

/**
 * Nobody listens there: what a lease heartbeats by itself is lost, and only the SDK's is seen. It stays
 * open, as the SDK may still be trying.
 */
const unheard = new Client({ connection: Connection.lazy({ address: '127.0.0.1:9' }) });

let brazeWithCohort: BrazeWithCohort;
let control: SandboxControl;
let destination: Destination;
let staging: DirectoryStaging;
let staged: StagedRows;

beforeEach(async () => {
  brazeWithCohort = await startBraze(COHORT);
  ({ control, destination } = brazeWithCohort);
  staging = await createStaging();
  staged = await stageIn(staging, ['user_ids'], users(USERS), { threadCount: 1 });
});
afterEach(() => brazeWithCohort[Symbol.asyncDispose]());

/** An attempt to send the only chunk. */
class Attempt {
  readonly environment: MockActivityEnvironment;
  readonly #stopping = new AbortController();
  readonly #stopped = new AbortController();
  /** How it ended. */
  readonly end: Promise<ChunkEnd>;
  /** What it has heartbeated last. */
  left: ChunkState | undefined;

  /** @param before what the last attempt that heartbeated has left */
  constructor(attempt = 1, before?: ChunkState) {
    const heartbeatDetails = structuredClone(before);
    this.environment = new MockActivityEnvironment(
      { attempt, heartbeatDetails },
      { logger, client: unheard },
    );
    this.environment.on('heartbeat', (details) => {
      this.left = structuredClone(details);
    });
    const sendChunk = createSendChunk({
      destinations: { find: () => destination },
      staging,
      namespace,
      heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
      draining: this.#stopping.signal,
      drained: this.#stopped.signal,
    } as unknown as ActivityDependencies);
    this.end = this.environment.run(() =>
      sendChunk({
        destination: 'braze',
        connection: 'default',
        cohortId: COHORT.cohortId,
        staged,
        chunk: chunkAt(staged.chunks, 0),
        before: NOTHING_OF_CHUNK,
        lockHolderRunId: this.environment.context.info.workflowExecution?.runId ?? '',
      }),
    );
    // The error reaches who awaits it, perhaps later.
    this.end.catch(() => undefined);
  }

  /** The failure that it ends with. */
  get failure(): Promise<unknown> {
    return this.end.then(
      () => Promise.reject(new Error('it did not fail')),
      (error: unknown) => error,
    );
  }

  /** Its worker is told to stop. */
  drain(): void {
    this.#stopping.abort();
  }

  /** The time that its worker has to stop is over. */
  stop(): void {
    this.#stopped.abort();
  }
}

describe('how long the lock waits after an attempt', () => {
  /** Attempt 1 ends properly, before anything was accepted. */
  async function endedByA503(): Promise<ChunkState | undefined> {
    await control.fault({ kind: 'status', status: 503, on: 'users' });
    const first = new Attempt();
    expect(await first.failure).toMatchObject({ type: 'BrazeUnavailable' });
    expect(first.left).toMatchObject({ settleMs: 0, done: 0 });
    return first.left;
  }

  it('is not at all after one whose requests all had a response', async () => {
    const second = new Attempt(2, await endedByA503());
    expect(await second.end).toMatchObject({ done: 3, settleMs: 0 });
  });

  it('is as after any lost worker where one was killed before its first heartbeat', async () => {
    const left = await endedByA503();
    const before = await control.requestsFor(COHORT.cohortId);
    await control.fault({ kind: 'hang', on: 'users' });
    const killed = new Attempt(2, left);
    await eventually(async () => {
      expect(await control.requestsFor(COHORT.cohortId)).toBe(before + 1);
    });
    expect(killed.left).toBeUndefined();
    const third = await new Attempt(3, left).end;
    expect(third.settleMs).toBeGreaterThan(RESPONSE_WITHIN_MS);
    expect(third.settleMs).toBeLessThanOrEqual(UNKNOWN_SETTLE_MS);
    killed.stop();
    expect(await killed.failure).toMatchObject({ type: 'WorkerStopping' });
  });

  it('is the same where somebody reset the activity, so that its attempts are counted from 1 again', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const before = await control.requestsFor(COHORT.cohortId);
    await control.fault({ kind: 'hang', on: 'users' });
    const running = new Attempt();
    await eventually(async () => {
      expect(await control.requestsFor(COHORT.cohortId)).toBe(before + 1);
    });
    vi.advanceTimersByTime(HEARTBEAT_INTERVAL_MS);
    expect(running.left?.endedAttempt).toBe(UNDER_WAY);
    await control.answerHanging(COHORT.cohortId);
    await running.end;
    const lost = { ...NOTHING_OF_CHUNK, ...NOTHING_SENT, endedAttempt: UNDER_WAY };
    const next = await new Attempt(1, lost).end;
    expect(next.settleMs).toBeGreaterThan(RESPONSE_WITHIN_MS);
  });
});

it('a chunk that the store has less of does not count as sent', async () => {
  const read = staging.read.bind(staging);
  staging.read = (key, chunk) => read(key, { ...chunk, requests: chunk.requests - 1 });
  expect(await new Attempt().failure).toMatchObject({ type: 'Internal', nonRetryable: false });
});

/** Makes a file of the store hang. Returns a function that resolves once it is read. */
async function hang(...path: string[]): Promise<() => Promise<void>> {
  const file = join(staging.root, ...path);
  await rm(file);
  await namedPipe(file);
  return async () => {
    // To open a named pipe for writing succeeds as soon as somebody reads it, and not before.
    const writer = await open(file, 'w');
    // Else the read would keep its thread.
    onTestFinished(() => writer.close());
  };
}

/** From now on, only `vi` lets the time go by that the store has. */
function stopTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
}

describe('a cancel', () => {
  it.each([
    ['has nothing to stop while the last request is in flight', 2, 3],
    ['stops what comes after the request in flight', 1, 2],
  ])('%s', async (_, after, sent) => {
    const before = await control.requestsFor(COHORT.cohortId);
    await control.fault({ kind: 'hang', on: 'users', after });
    const attempt = new Attempt();
    await eventually(async () =>
      expect(await control.requestsFor(COHORT.cohortId)).toBe(before + sent),
    );
    attempt.environment.cancel();
    await control.answerHanging(COHORT.cohortId);
    const ended = await attempt.end.catch((error: { details: [ChunkState] }) => error);
    if (sent === 3) expect(ended).toMatchObject({ done: 3, settleMs: 0 });
    else expect(ended).toMatchObject({ message: 'cancelled', details: [{ done: 2, settleMs: 0 }] });
  });
});

describe('a store that hangs on this worker', () => {
  const NOT_RESPONDING = {
    type: 'StagingFailed',
    message: expect.stringContaining('did not respond within 30 s'),
  };
  const sent = () => control.requestsFor(COHORT.cohortId);

  it('is left to another worker after 30 s', async () => {
    const isRead = await hang('store', 'id');
    stopTimers();
    const attempt = new Attempt();
    await isRead();
    const before = await sent();
    let isOver = false;
    const failure = attempt.failure.finally(() => {
      isOver = true;
    });
    await vi.advanceTimersByTimeAsync(STORE_WITHIN_MS - 1);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await failure).toMatchObject({
      ...NOT_RESPONDING,
      nonRetryable: false,
      category: 'BENIGN',
    });
    expect(attempt.left).toMatchObject({ failures: 0, notSeen: { failures: 1 } });
    expect(await sent()).toBe(before);
  });

  it.each([
    ['the id', ['store', 'id']],
    ['the manifest', [() => staged.location, 'manifest.json']],
    ['the requests', [() => staged.location, 'requests-000000']],
  ] as const)('delays neither a cancel nor the end of its worker: %s', async (_, parts) => {
    const path = parts.map((part) => (typeof part === 'string' ? part : part()));
    const isRead = await hang(...path);
    const cancelled = new Attempt();
    await isRead();
    cancelled.environment.cancel();
    expect(await cancelled.failure).toMatchObject({ name: 'CancelledFailure' });
    const isReadAgain = await hang(...path);
    const draining = new Attempt();
    await isReadAgain();
    draining.drain();
    expect(await draining.failure).toMatchObject({ type: 'WorkerStopping' });
  });

  it('keeps neither the clean-up nor a query', async () => {
    const isRead = await hang('store', 'id');
    stopTimers();
    const input = { exportRunId: 'export-1', store: staged.store };
    const cleaning = new MockActivityEnvironment({}, { logger }).run(
      createCleanUp({ staging }),
      input,
    );
    const cleaned = cleaning.catch((error: unknown) => error);
    const environment = new MockActivityEnvironment({}, { logger });
    const { runId } = environment.context.info.workflowExecution ?? {};
    const stageRows = createStageRows({ staging, namespace } as unknown as ActivityDependencies);
    const stage = { request: {}, exportRunId: 'export-1', lockHolderRunId: runId };
    const failed = environment.run(stageRows, stage as never).catch((error: unknown) => error);
    await isRead();
    await vi.advanceTimersByTimeAsync(STORE_WITHIN_MS);
    expect(await cleaned).toMatchObject(NOT_RESPONDING);
    expect(await failed).toMatchObject(NOT_RESPONDING);
  });
});

describe('for how long no worker has seen the store', () => {
  const notSeenFor = (failingForMs: number): ChunkState => ({
    ...NOTHING_SENT,
    ...NOTHING_OF_CHUNK,
    notSeen: { failures: 3, failingForMs, waitMs: 1_000 },
  });

  it('is forgotten once a worker has read rows of it', async () => {
    await control.fault({ kind: 'status', status: 503, on: 'users' });
    const attempt = new Attempt(2, notSeenFor(9 * MINUTE));
    expect(await attempt.failure).toMatchObject({ type: 'BrazeUnavailable', nonRetryable: false });
    expect(attempt.left).toMatchObject({ failures: 1, notSeen: undefined });
  });

  it('is not forgotten where its id can be read, and its rows cannot', async () => {
    const isRead = await hang(staged.location, 'requests-000000');
    stopTimers();
    const attempt = new Attempt(2, notSeenFor(10 * MINUTE));
    await isRead();
    await vi.advanceTimersByTimeAsync(STORE_WITHIN_MS);
    expect(await attempt.failure).toMatchObject({ type: 'StagingFailed', nonRetryable: true });
  });
});
