import type { WorkflowHandle } from '@temporalio/client';
import { defineUpdate } from '@temporalio/workflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { type ExportEnvironment, startExports } from './export-environment.ts';
import { failureOf } from './failure-of.ts';
import { completedOf } from './history-facts.ts';
import { userNames } from './sandbox-control.ts';
import { startWebhook, type WebhookServer } from './webhook-server.ts';

const LANES = 2;
/** Of 1,000 users each. */
const REQUESTS = 12;
const USERS = REQUESTS * 1_000;

let exports: ExportEnvironment;
let webhook: WebhookServer;

beforeAll(async () => {
  webhook = await startWebhook();
  exports = await startExports({ notifications: `{ webhookUrl: "${webhook.url}" }` });
});
afterAll(async () => {
  await exports[Symbol.asyncDispose]();
  await webhook[Symbol.asyncDispose]();
});

const order = (cohortId: string, more: object = {}) => ({
  source: { type: 'duckdb', query: `SELECT 'user-' || i AS user_ids FROM range(${USERS}) t(i)` },
  cohortId,
  operation: 'APPEND',
  threadCount: LANES,
  ...more,
});
const pause = (handle: WorkflowHandle) => handle.executeUpdate(defineUpdate<string>('pause'));
const resume = (handle: WorkflowHandle) => handle.executeUpdate(defineUpdate<string>('resume'));
const stage = async (handle: WorkflowHandle) => (await exports.progress(handle)).stage;
const requestsFor = (cohortId: string) => exports.control.requestsFor(cohortId);
const membersOf = async (cohortId: string) => (await exports.control.membersOf(cohortId)).userIds;

describe.concurrent('a key that Braze refuses after it accepted something', () => {
  const refuse = (cohortId: string, status: number, after: number) =>
    exports.control.fault({
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
      const handle = await exports.start(order(cohortId, { onUnauthorized: 'pause' }));
      await eventually(async () => expect(await stage(handle)).toBe('paused'));
      expect((await exports.progress(handle)).note).toContain(`resume it by`);
      await eventually(() =>
        expect(
          webhook.posted().filter(({ run }) => run.workflowId === handle.workflowId),
        ).toMatchObject([{ event: 'exportPaused', text: expect.stringContaining(String(status)) }]),
      );
      const before = await requestsFor(cohortId);
      await exports.control.endFaults(cohortId);
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
    const handle = await exports.start(order(cohortId, { onUnauthorized: 'pause' }));
    webhook.hangFor(handle.workflowId);
    await eventually(async () => expect(await stage(handle)).toBe('paused'));
    await exports.control.endFaults(cohortId);
    const before = await requestsFor(cohortId);
    await exports.control.fault({ kind: 'hang', on: 'users', cohortId, times: LANES });
    await resume(handle);
    await eventually(async () => expect(await requestsFor(cohortId)).toBe(before + LANES));
    expect(completedOf(await handle.fetchHistory(), 'notify')).toBe(0);
    expect(await pause(handle)).toContain('The export is pausing');
    await exports.control.answerHanging(cohortId);
    await eventually(async () =>
      expect((await exports.progress(handle)).note).toContain('paused by an update'),
    );
    await handle.terminate();
  });

  it.each([
    ['by default', {}, 5],
    ['where nothing was accepted', { onUnauthorized: 'pause' }, 0],
  ])('fails the export %s', async (what, more, after) => {
    const cohortId = `fails ${what}`;
    await refuse(cohortId, 401, after);
    const handle = await exports.start(order(cohortId, more));
    expect((await failureOf(handle)).type).toBe('BrazeUnauthorized');
  });

  it('fails the export as what it was where it is not resumed in time', async () => {
    await refuse('unresumed', 401, 5);
    const input = order('unresumed', { onUnauthorized: 'pause', pauseTimeout: '1s' });
    const { type, message } = await failureOf(await exports.start(input));
    expect(type).toBe('BrazeUnauthorized');
    expect(message).toMatch(/dataImportKey.* was not resumed within 1 s \(pauseTimeout\)/s);
  });
});
