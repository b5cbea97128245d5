import { rename } from 'node:fs/promises';
import type { Payload } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { type ExportEnvironment, startExports } from './export-environment.ts';
import { failureOf } from './failure-of.ts';
import { keptByTemporal } from './kept-by-temporal.ts';

let exports: ExportEnvironment;

beforeAll(async () => {
  exports = await startExports({
    braze: 'giveUpAfter: 1s',
    files: { 'data/members.csv': 'user_ids,score\nsecret-alice,1.5\nsecret-bob,2.5\n' },
  });
});
afterAll(() => exports[Symbol.asyncDispose]());
afterEach(() => exports.control.reset());

const query = (sql: string) => ({ type: 'duckdb', query: sql });
const valid = {
  source: query("SELECT user_ids FROM 'members.csv'"),
  cohortId: 'vip',
  operation: 'APPEND',
};

const requestsSent = async () => (await exports.control.stats()).requests;

describe('an export that cannot go on, before anything is sent', () => {
  it.each([
    ['InvalidExport', { ...valid, operation: 'ADD' }, 'operation: must be "APPEND" or "REMOVE"'],
    [
      'UnknownConnection',
      { ...valid, connection: 'mian' },
      '"main", "wrongKey" under braze (did you mean "main"?)',
    ],
    [
      'UnknownConnection',
      { ...valid, source: { ...valid.source, connection: 'x' } },
      'no duckdb connection named "x"',
    ],
    [
      'UnknownConnection',
      { ...valid, source: { type: 'treasureData', connection: 'mian', jobId: '1' } },
      'no treasureData connection named "mian"',
    ],
    ['QueryFailed', { ...valid, source: query('SELECT user_ids FROM nowhere') }, 'nowhere'],
    ['QueryFailed', { ...valid, source: query("COPY (SELECT 1) TO 'x.csv'") }, 'SELECT'],
    [
      'MissingColumns',
      { ...valid, aliases: ['email'] },
      'the alias column "email" is not in the result',
    ],
    [
      'MissingColumns',
      { ...valid, source: query('SELECT 1 AS user_id') },
      'user_ids (did you mean "user_id"?)',
    ],
    [
      'InvalidRecord',
      { ...valid, source: query("SELECT CAST(score AS DOUBLE) AS user_ids FROM 'members.csv'") },
      'Row 1, column "user_ids"',
    ],
    [
      'InvalidRecord',
      { ...valid, source: query("SELECT unnest(['a', ' ']) AS user_ids") },
      'Row 2, column "user_ids": contains only white space',
    ],
  ])('an export fails with %s before anything is sent: %j', async (type, input, words) => {
    const handle = await exports.start(input);
    const failure = await failureOf(handle);
    expect(failure.type).toBe(type);
    expect(failure.message).toContain(words);
    expect(await requestsSent()).toBe(0);
    const progress = await exports.progress(handle);
    expect(progress).toMatchObject({ stage: 'failed', note: failure.message });
  });
});

describe('an export whose data cannot be reached', () => {
  it('an export goes on when its data directory is there again, and no attempt was spent', async () => {
    const { data, client } = exports;
    await rename(data, `${data}-unmounted`);
    const handle = await exports.start({ ...valid, cohortId: 'late' });
    const pending = async () => (await handle.describe()).raw.pendingActivities?.[0];
    const failed = await eventually(async () => {
      const activity = await pending();
      expect(activity?.attempt).toBeGreaterThan(1);
      expect(activity?.lastFailure).toBeTruthy();
      return activity;
    });
    expect(failed?.lastFailure?.applicationFailureInfo?.type).toBe('SourceUnavailable');
    expect(failed?.lastFailure?.message).toContain(`The data directory ${data} of the DuckDB`);
    const { payloadConverter } = client.options.loadedDataConverter;
    const [details] = failed?.heartbeatDetails?.payloads ?? [];
    expect(payloadConverter.fromPayload(details as Payload)).toMatchObject({ counted: 0 });
    await rename(`${data}-unmounted`, data);
    expect(await handle.result()).toMatchObject({
      identifiers: { sent: 2 },
      data: { location: data },
    });
  });
});

describe('an export that Braze rejects', () => {
  it('an export fails at once with the wrong key, and does not reveal it', async () => {
    const handle = await exports.start({ ...valid, connection: 'wrongKey' });
    const failure = await failureOf(handle);
    expect(failure.type).toBe('BrazeUnauthorized');
    expect(failure.message).toContain('Braze answered 401: Invalid client secret');
    expect(await requestsSent()).toBe(1);
    const text = await keptByTemporal(handle);
    expect(text).toContain('Invalid client secret');
    expect(text).not.toContain('not-the-data-import-key');
    expect(text).not.toContain(exports.sandbox.braze.partnerApiKey);
    expect(text).not.toContain('secret-alice');
  });

  it('a failure redacts what a response of Braze repeats', async () => {
    const { dataImportKey } = exports.sandbox.braze;
    await exports.control.fault({
      kind: 'status',
      on: 'users',
      status: 400,
      body: { message: `no: ${dataImportKey}, "secret-alice" or user=secret-b` },
    });
    const handle = await exports.start(valid);
    const failure = await failureOf(handle);
    expect(failure.type).toBe('BrazeRejected');
    expect(failure.message).toContain('Braze answered 400: no: [redacted], "…" or user=…');
    const text = await keptByTemporal(handle);
    expect(text).not.toContain(dataImportKey);
    expect(text).not.toContain('secret-b');
  });

  it.each(['cohorts', 'users'])(
    'an export gives up when nothing was accepted for giveUpAfter: %s',
    async (on) => {
      await exports.control.fault({ kind: 'status', on, status: 503, times: 'always' });
      const many = query("SELECT 'user-' || i AS user_ids FROM range(9000) t(i)");
      const failure = await failureOf(await exports.start({ ...valid, source: many }));
      expect(failure.type).toBe('BrazeUnavailable');
      expect(failure.message).toContain('No request was accepted for 1 s');
      expect(failure.message).toContain('Braze answered 503');
    },
  );
});
