import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { describe, expect, it, vi } from 'vitest';
import { requireStore, withRetryState } from '../../src/activities/support/retry-state.ts';
import { ExportError } from '../../src/domain/failures.ts';
import { NOT_FAILING, type RetryState } from '../../src/domain/retry.ts';
import { type Staging, StoreNotSeen } from '../../src/domain/staging-port.ts';

/** No time at all: what is handed back must not end by it. */
const giveUp = { afterMs: 0, setting: 'giveUpAfter' };
const SENTENCE = 'This worker does not see it. Share one staging.directory.';
const MINUTE = 60_000;

interface Attempt {
  /** What the attempt before left. */
  readonly before?: RetryState | undefined;
  readonly sees: boolean;
  /** What comes next, on a worker that sees the store. */
  readonly send?: () => Promise<unknown>;
}

async function attempt({ before, sees, send = async () => 'sent' }: Attempt) {
  const logged: LogEntry[] = [];
  const logger = new DefaultLogger('WARN', (entry) => logged.push(entry));
  const environment = new MockActivityEnvironment({ heartbeatDetails: before }, { logger });
  let left: RetryState | undefined;
  environment.on('heartbeat', (details) => {
    left = structuredClone(details);
  });
  const staging: Pick<Staging, 'requireStore'> = {
    requireStore: async () => {
      if (!sees) throw new StoreNotSeen(SENTENCE);
    },
  };
  const now: { state?: RetryState } = {};
  const ended = environment.run(() =>
    withRetryState(
      giveUp,
      () => ({ [Symbol.dispose]: () => undefined }),
      async (state) => {
        now.state = state;
        await requireStore(staging, 'id', state);
        return await send();
      },
    ),
  );
  const failure = await ended.then(
    () => null,
    (error: unknown) => error,
  );
  return { failure, left, state: now.state, logged };
}

const notSeenFor = (failingForMs: number): RetryState => ({
  ...NOT_FAILING,
  notSeen: { failures: 3, failingForMs, waitMs: 1_000 },
});

describe('work of a store that the worker does not see', () => {
  it('goes back to the task queue, whatever giveUpAfter says, and is logged once a minute', async () => {
    vi.spyOn(performance, 'now').mockReturnValue(1e9);
    const first = await attempt({ sees: false });
    expect(first.failure).toMatchObject({
      type: 'StagingFailed',
      message: SENTENCE,
      nonRetryable: false,
      category: 'BENIGN',
    });
    expect(first.left).toMatchObject({ failures: 0, failingForMs: 0, notSeen: { failures: 1 } });
    expect(first.logged.map(({ message }) => message)).toEqual([
      `Work was handed back to the task queue. ${SENTENCE}`,
    ]);
    const again = await attempt({ before: first.left, sees: false });
    expect(again.left).toMatchObject({ notSeen: { failures: 2 } });
    expect(again.logged).toEqual([]);
    vi.spyOn(performance, 'now').mockReturnValue(1e9 + MINUTE);
    expect((await attempt({ before: again.left, sees: false })).logged).toHaveLength(1);
    vi.restoreAllMocks();
  });

  it('fails with the same words once no worker has seen it for ten minutes', async () => {
    const before = await attempt({ before: notSeenFor(9 * MINUTE), sees: false });
    expect(before.failure).toMatchObject({ nonRetryable: false });
    const after = await attempt({ before: notSeenFor(10 * MINUTE), sees: false });
    expect(after.failure).toMatchObject({ type: 'StagingFailed', nonRetryable: true });
    expect((after.failure as Error).message).toContain(SENTENCE);
  });

  it('is forgotten as soon as a worker sees it', async () => {
    const { failure, state } = await attempt({ before: notSeenFor(9 * MINUTE), sees: true });
    expect(failure).toBeNull();
    expect(state?.notSeen).toBeUndefined();
    const busy = () => Promise.reject(new ExportError('BrazeUnavailable', 'busy', 'backoff'));
    const failed = await attempt({ before: notSeenFor(9 * MINUTE), sees: true, send: busy });
    expect(failed.failure).toMatchObject({ type: 'BrazeUnavailable', nonRetryable: false });
    expect(failed.left).toMatchObject({ failures: 1, notSeen: undefined });
  });
});
