import { expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { startExports } from './export-environment.ts';
import { failureOf } from './failure-of.ts';
import { startWebhook } from './webhook-server.ts';

/** Six deliveries with waits between them, or three that hang for 10 s each: and a busy machine. */
const BOUND_MS = 75_000;

const order = (column: string) => ({
  source: { type: 'duckdb', query: `SELECT 'ada' AS ${column}` },
  cohortId: 'vip',
  operation: 'APPEND',
});

it.concurrent.each(['is down', 'hangs'])(
  'an export fails as it would, in bounded time, and lets the next one go on where the webhook %s',
  async (how) => {
    await using webhook = await startWebhook({ hangs: true });
    if (how === 'is down') await webhook[Symbol.asyncDispose]();
    await using exports = await startExports({
      notifications: `{ webhookUrl: "${webhook.url}" }`,
    });
    const startedAt = Date.now();
    const failing = await exports.start(order('nobody'));
    await eventually(async () =>
      expect(await exports.progress(failing)).toMatchObject({ stage: 'failed' }),
    );
    // The lock was released although the run still tries to notify.
    const report = await exports.run(order('user_ids'));
    expect(report.identifiers.sent).toBe(1);
    expect((await failing.describe()).status.name).toBe('RUNNING');
    const { type, message } = await failureOf(failing);
    expect(type).toBe('MissingColumns');
    expect(message).not.toMatch(/webhook|127\.0\.0\.1/);
    expect(Date.now() - startedAt).toBeLessThan(BOUND_MS);
    if (how === 'hangs') expect(webhook.bodies.length).toBeGreaterThanOrEqual(2);
  },
);
