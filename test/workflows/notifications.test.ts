import { describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { type ExportEnvironment, startExports } from './export-environment.ts';
import { failureOf } from './failure-of.ts';
import { startWebhook } from './webhook-server.ts';

const order = (column: string) => ({
  source: { type: 'duckdb', query: `SELECT 'ada' AS ${column}` },
  cohortId: 'vip',
  operation: 'APPEND',
});

const startNotified = (url: string) => startExports({ notifications: `{ webhookUrl: "${url}" }` });

/** An export that has failed, and now tries to notify of it: the next one does not wait for that. */
async function startFailing(exports: ExportEnvironment) {
  const failing = await exports.start(order('nobody'));
  await eventually(async () =>
    expect(await exports.progress(failing)).toMatchObject({ stage: 'failed' }),
  );
  expect((await exports.run(order('user_ids'))).identifiers.sent).toBe(1);
  expect((await failing.describe()).status.name).toBe('RUNNING');
  return failing;
}

describe.concurrent('an export that fails', () => {
  it('a failed export ends as it would, within a minute, where the webhook is down', async () => {
    const webhook = await startWebhook();
    await webhook[Symbol.asyncDispose]();
    await using exports = await startNotified(webhook.url);
    const startedAt = Date.now();
    const failing = await startFailing(exports);
    const { type, message } = await failureOf(failing);
    expect(type).toBe('MissingColumns');
    expect(message).not.toMatch(/webhook|127\.0\.0\.1/);
    expect(Date.now() - startedAt).toBeLessThan(60_000);
  });

  it('a failed export waits only seconds for a webhook that hangs, and tries it only a few times', async () => {
    await using webhook = await startWebhook({ hangs: true });
    await using exports = await startNotified(webhook.url);
    const failing = await startFailing(exports);
    await eventually(() => expect(webhook.bodies.length).toBe(1));
    const firstAt = Date.now();
    await eventually(() => expect(webhook.bodies.length).toBe(2));
    expect(Date.now() - firstAt).toBeLessThan(30_000);
    const { raw } = await failing.describe();
    expect(raw.pendingActivities).toMatchObject([
      { activityType: { name: 'notify' }, maximumAttempts: 6 },
    ]);
    expect((await exports.progress(failing)).note).toContain('user_ids');
    await failing.terminate();
  });
});
