import { expect, it } from 'vitest';
import { RESPONSE_WITHIN_MS } from '../../src/domain/unanswered-requests.ts';
import { eventually } from './eventually.ts';
import { startExports } from './export-environment.ts';
import { activitiesOf, releaseIn } from './history-facts.ts';

it('an export that outgrows its history continues as new, keeps the lock and reports as usual', async () => {
  await using exports = await startExports({ latencyMs: 30 });
  const { control, client } = exports;
  await control.fault(
    { kind: 'reset', on: 'users' },
    { kind: 'latency', on: 'users', ms: 2_000, times: 'always' },
  );
  const handle = await exports.start({
    source: { type: 'duckdb', query: "SELECT 'user-' || i AS user_ids FROM range(400000) t(i)" },
    cohortId: 'long',
    operation: 'APPEND',
    threadCount: 10,
  });
  const firstRun = (await handle.describe()).runId;
  await eventually(async () => expect(await control.requestsFor('long')).toBeGreaterThan(1));
  const next = await exports.start({
    source: { type: 'duckdb', query: 'SELECT 1 AS user_ids' },
    cohortId: 'long',
    operation: 'APPEND',
  });
  await eventually(async () =>
    expect((await exports.progress(next)).note).toContain(`${handle.workflowId} holds it`),
  );
  await control.send('DELETE', 'faults');
  const report = await handle.result();
  const lastRun = await handle.describe();
  expect(lastRun.runId).not.toBe(firstRun);
  expect(report).toMatchObject({
    rows: { read: 400_000, accepted: 400_000, rejected: 0 },
    identifiers: { userIds: 400_000, sent: 400_000 },
    requests: { accepted: 400, retried: 1 },
  });
  const { startTime } = await client.workflow.getHandle(handle.workflowId, firstRun).describe();
  expect(report.startedAt).toBe(startTime.toISOString());
  expect(await exports.progress(handle)).toMatchObject({ stage: 'finished', rows: report.rows });
  expect(await control.stats()).toMatchObject({ requests: 402, maxInFlight: 10 });
  // The last run knows of the request that had no response in the first.
  const { settleMs } = releaseIn(await handle.fetchHistory());
  expect(settleMs).toBeGreaterThan(0);
  expect(settleMs).toBeLessThan(RESPONSE_WITHIN_MS);
  // The lock was kept in between.
  await eventually(async () => expect((await exports.progress(next)).note).toContain('has ended'));
  expect(activitiesOf(await next.fetchHistory())).not.toContain('stageRows');
  await next.cancel();
  await expect(next.result()).rejects.toThrow('cancelled');
});
