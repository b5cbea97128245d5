import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { describe, expect, it, vi } from 'vitest';
import { withRetryState } from '../../src/activities/support/retry-state.ts';
import { NOT_FAILING, type RetryState } from '../../src/domain/retry.ts';
import { StoreNotSeen } from '../../src/domain/staging-port.ts';

/** No time at all: what is handed back must not end by it. */
const giveUp = { afterMs: 0, setting: 'giveUpAfter' };
const SENTENCE = 'This worker does not see it. Share one staging.directory.';
const MINUTE = 60_000;

/** An attempt that ends so. @param before what the attempt before left */
async function attempt(before?: RetryState) {
  const logged: LogEntry[] = [];
  const logger = new DefaultLogger('WARN', (entry) => logged.push(entry));
  const environment = new MockActivityEnvironment({ heartbeatDetails: before }, { logger });
  let left: RetryState | undefined;
  environment.on('heartbeat', (details) => {
    left = structuredClone(details);
  });
  const startHeartbeats = () => ({ [Symbol.dispose]: () => undefined });
  const ended = environment.run(() =>
    withRetryState(giveUp, startHeartbeats, () => Promise.reject(new StoreNotSeen(SENTENCE))),
  );
  const failure = await ended.then(
    () => null,
    (error: unknown) => error,
  );
  return { failure, left, logged };
}

const notSeenFor = (failingForMs: number): RetryState => ({
  ...NOT_FAILING,
  notSeen: { failures: 3, failingForMs, waitMs: 1_000 },
});

describe('work of a store that the worker does not see', () => {
  it('goes back to the task queue, whatever giveUpAfter says, and is logged once a minute', async () => {
    vi.spyOn(performance, 'now').mockReturnValue(1e9);
    const first = await attempt();
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
    const again = await attempt(first.left);
    expect(again.left).toMatchObject({ notSeen: { failures: 2 } });
    expect(again.logged).toEqual([]);
    vi.spyOn(performance, 'now').mockReturnValue(1e9 + MINUTE);
    expect((await attempt(again.left)).logged).toHaveLength(1);
    vi.restoreAllMocks();
  });

  it('fails with the same words once no worker has seen it for ten minutes', async () => {
    const before = await attempt(notSeenFor(9 * MINUTE));
    expect(before.failure).toMatchObject({ nonRetryable: false });
    const after = await attempt(notSeenFor(10 * MINUTE));
    expect(after.failure).toMatchObject({ type: 'StagingFailed', nonRetryable: true });
    expect((after.failure as Error).message).toContain(SENTENCE);
  });
});
