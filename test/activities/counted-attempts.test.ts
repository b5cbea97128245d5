import { ActivityCancellationDetails } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { activity } from '../../src/activities/support/activity.ts';
import { type Attempts, countAttempts } from '../../src/activities/support/counted-attempts.ts';
import { ExportError } from '../../src/domain/failures.ts';

/** Runs an attempt after those that `before` tells of; resolves to how it ended, and what it left. */
async function attempt(
  before: object | undefined,
  work: (attempts: Attempts) => Promise<unknown>,
  { stops = false, most = 3 } = {},
) {
  const environment = new MockActivityEnvironment({
    heartbeatDetails: before,
    startToCloseTimeoutMs: 24 * 60 * 60 * 1_000,
  });
  let left: unknown;
  environment.on('heartbeat', (details) => {
    left = { ...details };
  });
  const ended = environment.run(() =>
    countAttempts({ most, unavailable }, (attempts) => {
      if (stops) {
        const details = ActivityCancellationDetails.fromProto({ isWorkerShutdown: true });
        environment.cancel('WORKER_SHUTDOWN', details);
      }
      return work(attempts);
    }),
  );
  const failure = await ended.then(
    () => null,
    (error: unknown) => error as ExportError,
  );
  return { failure, left };
}

const unavailable = { afterMs: 60_000, setting: null, says: 'The source could not be read' };
const fails = () => Promise.reject(new ExportError('StagingFailed', 'the disk is full', 'backoff'));
const succeeds = () => Promise.resolve();
const isUnavailable = () =>
  Promise.reject(new ExportError('SourceUnavailable', 'the disk is not mounted', 'backoff'));

const needsMemory = () =>
  Promise.reject(new ExportError('StagingFailed', 'it needs more memory', 'briefly'));

/** As Temporal counts attempts: also those that never began to work. */
const STARTED_OFTEN = 50;

describe('a failure that is tried again only briefly', () => {
  const before = { counted: 5, isUnderWay: false };

  it('has three attempts of its own, whatever else went wrong before', async () => {
    let left: object | undefined = before;
    for (const retry of ['briefly', 'briefly', 'never'] as const) {
      const next = await attempt(left, needsMemory, { most: 10 });
      expect(next.failure).toMatchObject({ message: 'it needs more memory', retry });
      left = next.left as Attempts;
    }
    expect(left).toMatchObject({ counted: 8, brief: 3 });
  });

  it('is not the last one because the activity was started often', async () => {
    const work = () => countAttempts({ most: 10, unavailable }, needsMemory);
    const info = { attempt: STARTED_OFTEN, heartbeatDetails: before };
    const environment = new MockActivityEnvironment(info);
    const failed = environment.run(() => activity(work)({}));
    await expect(failed).rejects.toMatchObject({ type: 'StagingFailed', nonRetryable: false });
  });
});

describe('an attempt that is counted', () => {
  it('is one that failed, and the last of them fails for good', async () => {
    const first = await attempt(undefined, fails);
    expect(first).toMatchObject({ left: { counted: 1, isUnderWay: false } });
    expect(first.failure).toMatchObject({ message: 'the disk is full', retry: 'backoff' });
    const third = await attempt({ counted: 2, isUnderWay: false }, fails);
    expect(third.failure).toMatchObject({ message: 'the disk is full', retry: 'never' });
  });

  it('is, with an error that nobody expected, the last too', async () => {
    const broken = () => Promise.reject(new TypeError('of alice'));
    const third = await attempt({ counted: 2, isUnderWay: false }, broken);
    expect(third.failure).toMatchObject({ type: 'Internal', retry: 'never' });
    expect(third.failure?.message).not.toContain('alice');
  });

  it('is one that said nothing of its end: its worker was lost', async () => {
    const next = await attempt({ counted: 1, isUnderWay: true }, succeeds);
    expect(next).toMatchObject({ failure: null, left: { counted: 2, isUnderWay: true } });
    const last = await attempt({ counted: 2, isUnderWay: true }, succeeds);
    expect(last.failure).toMatchObject({ type: 'StagingFailed', retry: 'never' });
    expect(last.failure?.message).toContain(
      '3 attempts failed, were lost with their worker or took longer than 24 h;',
    );
  });

  it('is not one that ended because its worker stops', async () => {
    const stopped = await attempt({ counted: 2, isUnderWay: false }, fails, { stops: true });
    expect(stopped).toMatchObject({
      failure: { type: 'WorkerStopping' },
      left: { counted: 2, isUnderWay: false },
    });
  });

  it('is not one that failed while it waited for others', async () => {
    const waited = await attempt({ counted: 2, isUnderWay: false }, async (attempts) => {
      attempts.isUnderWay = false;
      throw new Error('it was handed back');
    });
    expect(waited.failure?.message).toBe('it was handed back');
    expect(waited.left).toMatchObject({ counted: 2, isUnderWay: false });
  });

  it('is not one whose store is away: that ends by time', async () => {
    const isAway = () =>
      Promise.reject(new ExportError('StagingFailed', 'the bucket is away.', 'patiently'));
    const first = await attempt({ counted: 2, isUnderWay: false }, isAway);
    expect(first.failure).toMatchObject({ retry: { afterMs: expect.any(Number) } });
    expect(first.left).toMatchObject({ counted: 2, isUnderWay: false, failures: 1 });
    const failingForMs = unavailable.afterMs;
    const last = await attempt({ ...(first.left as Attempts), failingForMs }, isAway);
    expect(last.failure).toMatchObject({
      type: 'StagingFailed',
      retry: 'never',
      message:
        'The rows could not be staged for 1 min, so the export gave up. Last error: the bucket is away. Start the export again when the problem is solved.',
    });
  });

  it('is not one whose source is unavailable: that ends by time', async () => {
    const first = await attempt({ counted: 2, isUnderWay: false }, isUnavailable);
    expect(first.failure).toMatchObject({
      type: 'SourceUnavailable',
      retry: { afterMs: expect.any(Number) },
    });
    expect(first.left).toMatchObject({ counted: 2, isUnderWay: false, failures: 1 });
    const failingForMs = unavailable.afterMs;
    const last = await attempt({ ...(first.left as Attempts), failingForMs }, isUnavailable);
    expect(last.failure).toMatchObject({
      type: 'SourceUnavailable',
      retry: 'never',
      message:
        'The source could not be read for 1 min, so the export gave up. Last error: the disk is not mounted Start the export again when the problem is solved.',
    });
  });
});
