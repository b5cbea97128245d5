import { expect, it } from 'vitest';
import { startExports } from './export-environment.ts';

it('an export that outgrows a history continues as new, and nobody notices', async () => {
  await using exports = await startExports({ latencyMs: 30 });
  const handle = await exports.start({
    source: { type: 'duckdb', query: "SELECT 'user-' || i AS user_ids FROM range(200000) t(i)" },
    cohortId: 'long',
    operation: 'APPEND',
    threadCount: 10,
  });
  const firstRun = (await handle.describe()).runId;
  const next = await exports.start({
    source: { type: 'duckdb', query: 'SELECT 1 AS user_ids' },
    cohortId: 'long',
    operation: 'APPEND',
  });
  const report = await handle.result();
  expect((await handle.describe()).runId).not.toBe(firstRun);
  expect(report).toMatchObject({
    rows: { read: 200_000, accepted: 200_000, rejected: 0 },
    identifiers: { userIds: 200_000, sent: 200_000 },
    requests: { accepted: 200, retried: 0 },
  });
  expect(report.startedAt).toBe(
    (
      await exports.client.workflow.getHandle(handle.workflowId, firstRun).describe()
    ).startTime.toISOString(),
  );
  expect(await exports.progress(handle)).toMatchObject({ stage: 'finished', rows: report.rows });
  // The turn on the cohort was kept from run to run.
  expect((await next.result()).startedAt > report.startedAt).toBe(true);
  const stats = await exports.control.send<{ requests: number; maxInFlight: number }>(
    'GET',
    'stats',
  );
  expect(stats).toMatchObject({ requests: 203, maxInFlight: 10 });
});
