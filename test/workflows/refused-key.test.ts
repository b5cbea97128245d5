import { describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import {
  exportsToPause,
  LANES,
  order,
  pause,
  REQUESTS,
  resume,
  USERS,
} from './exports-to-pause.ts';
import { failureOf } from './failure-of.ts';
import { completedOf } from './history-facts.ts';
import { userNames } from './sandbox-control.ts';

const { exports, webhook, stage, requestsFor, membersOf } = exportsToPause();

describe.concurrent('a key that Braze refuses after it accepted something', () => {
  const refuse = (cohortId: string, status: number, after: number) =>
    exports().control.fault({
      kind: 'status',
      status,
      on: 'users',
      cohortId,
      times: 'always',
      after,
    });

  it.each([401, 403])(
    'pauses the export on a %i, which notifies and waits for its resume',
    async (status) => {
      const cohortId = `refused-${status}`;
      await refuse(cohortId, status, 5);
      const handle = await exports().start(order(cohortId, { onUnauthorized: 'pause' }));
      await eventually(async () => expect(await stage(handle)).toBe('paused'));
      expect((await exports().progress(handle)).note).toContain(`resume it by`);
      await eventually(() =>
        expect(
          webhook()
            .posted()
            .filter(({ run }) => run.workflowId === handle.workflowId),
        ).toMatchObject([{ event: 'exportPaused', text: expect.stringContaining(String(status)) }]),
      );
      const before = await requestsFor(cohortId);
      await exports().control.endFaults(cohortId);
      await resume(handle);
      const report = await handle.result();
      expect(report.requests.accepted).toBe(REQUESTS);
      // Nothing goes out again but what was refused.
      expect(await requestsFor(cohortId)).toBe(before + REQUESTS - 5);
      expect(await membersOf(cohortId)).toEqual(userNames(USERS));
    },
  );

  it('continues at once while its notification is not delivered, and can be paused again', async () => {
    const cohortId = 'unnotified';
    await refuse(cohortId, 401, 5);
    const handle = await exports().start(order(cohortId, { onUnauthorized: 'pause' }));
    webhook().hangFor(handle.workflowId);
    await eventually(async () => expect(await stage(handle)).toBe('paused'));
    await exports().control.endFaults(cohortId);
    const before = await requestsFor(cohortId);
    await exports().control.fault({ kind: 'hang', on: 'users', cohortId, times: LANES });
    await resume(handle);
    await eventually(async () => expect(await requestsFor(cohortId)).toBe(before + LANES));
    expect(completedOf(await handle.fetchHistory(), 'notify')).toBe(0);
    expect(await pause(handle)).toContain('The export is pausing');
    await exports().control.answerHanging(cohortId);
    await eventually(async () =>
      expect((await exports().progress(handle)).note).toContain('paused by an update'),
    );
    await handle.terminate();
  });

  it.each([
    ['by default', {}, 5],
    ['where nothing was accepted', { onUnauthorized: 'pause' }, 0],
  ])('fails the export %s', async (what, more, after) => {
    const cohortId = `fails ${what}`;
    await refuse(cohortId, 401, after);
    const handle = await exports().start(order(cohortId, more));
    expect((await failureOf(handle)).type).toBe('BrazeUnauthorized');
  });

  it('fails the export as what it was where it is not resumed in time', async () => {
    await refuse('unresumed', 401, 5);
    const input = order('unresumed', { onUnauthorized: 'pause', pauseTimeout: '1s' });
    const { type, message } = await failureOf(await exports().start(input));
    expect(type).toBe('BrazeUnauthorized');
    expect(message).toMatch(/dataImportKey.* was not resumed within 1 s \(pauseTimeout\)/s);
  });
});
