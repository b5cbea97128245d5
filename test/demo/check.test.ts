import { PassThrough } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../sandbox/server.ts';
import { check } from '../../scripts/demo/check.ts';
import { appendVips, type ExportInput } from '../../scripts/demo/exports.ts';
import type { Done } from '../../scripts/demo/run-export.ts';
import { Screen } from '../../scripts/demo/screen.ts';
import { emptyFolder } from '../support/folders.ts';

/** An export of user ids that was reported as it should be. */
function done(operation: ExportInput['operation'], ...ids: string[]): Done {
  const values = ids.map((id) => `('${id}')`).join(', ');
  const query = `FROM (VALUES ${values}) AS t(user_ids)`;
  const source = { ...appendVips.input.source, query };
  const rows = { read: ids.length, accepted: ids.length, rejected: 0 };
  return {
    exported: { workflowId: operation, input: { ...appendVips.input, operation, source } },
    report: { rows } as Done['report'],
  };
}

const EXPORTS = [done('APPEND', 'a', 'b'), done('REMOVE', 'a')];

/** Checks a sandbox whose cohorts hold these user ids. Resolves to what is shown. */
async function checking(cohorts: Record<string, string[]>, exports = EXPORTS): Promise<string> {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const { partnerName, partnerApiKey, dataImportKey } = sandbox.braze;
  const send = async (path: string, body: object) => {
    const answer = await fetch(`${sandbox.url}/partners/${partnerName}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        partner_api_key: partnerApiKey,
        client_secret: dataImportKey,
        ...body,
      }),
    });
    expect(answer.status).toBe(201);
  };
  for (const [cohort_id, user_ids] of Object.entries(cohorts)) {
    const created_at = new Date().toISOString();
    await send('cohorts', { cohort_id, name: cohort_id, created_at });
    await send('cohorts/users', { cohort_id, cohort_changes: [{ user_ids }] });
  }
  const shown = new PassThrough().setEncoding('utf8');
  await check(exports, {
    screen: new Screen(shown as unknown as NodeJS.WriteStream),
    stop: new AbortController().signal,
    sandboxUrl: sandbox.url,
    data: emptyFolder(),
  });
  return String(shown.read());
}

test('cohorts pass if they hold what the queries leave', async () => {
  expect(await checking({ vips: ['b'] })).toContain(
    '✓ vips: 1 members, exactly those left by its 2 queries',
  );
});

test.each([
  [{ vips: ['a', 'b'] }, 'vips', '1 user ids are not in the results of the queries: a'],
  [{ vips: ['c', 'b'] }, 'vips', '1 user ids are not in the results of the queries: c'],
  [{ vips: ['c'] }, 'vips', '1 user ids are missing: b'],
  [{}, 'vips', '1 user ids are missing: b'],
  [{ vips: ['b'], other: ['b'] }, 'other', '1 user ids are not in the results'],
])('%o fails, and the message says where', async (cohorts, id, words) => {
  const wrong = checking(cohorts);
  await expect(wrong).rejects.toThrow(`The cohort ${id} differs from its queries:\n  ${words}`);
});

test('a report with other row counts fails', async () => {
  const [append, remove] = EXPORTS as [Done, Done];
  const rows = { ...append.report.rows, rejected: 1 };
  const miscounted = { ...append, report: { ...append.report, rows } };
  await expect(checking({ vips: ['b'] }, [miscounted, remove])).rejects.toThrow(
    'The query of APPEND returns 2 rows, 0 of them invalid; the report says 2 and 1.',
  );
});
