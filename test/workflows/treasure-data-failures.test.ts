import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExportEnvironment, startExports } from './export-environment.ts';
import { failureOf } from './failure-of.ts';
import { keptByTemporal } from './kept-by-temporal.ts';
import { TreasureData } from './treasure-data-exports.ts';

const WELL_FORMED_KEY = `1/${'0123456789'.repeat(4)}`;

let exports: ExportEnvironment;
let main: TreasureData;
/** Faults of jobs hit the next one that is issued. */
let failing: TreasureData;
let killing: TreasureData;

beforeAll(async () => {
  failing = await TreasureData.start();
  killing = await TreasureData.start();
  exports = await startExports({
    treasureData: [
      failing.connection('failing'),
      killing.connection('killing'),
      failing.connection('wrongKey', WELL_FORMED_KEY),
      failing.connection('noKey', 'wrong-key-of-nobody'),
    ],
    files: { 'tables/members.csv': 'user_ids,score\nsecret-alice,1.5\nsecret-bob,2.5\n' },
  });
  main = new TreasureData(exports.sandbox);
  await main.control.send('PUT', 'treasure-data/saved-queries/vip_daily', {
    database: 'd',
    query: 'SELECT 1 AS user_ids',
  });
});
afterAll(async () => {
  await exports[Symbol.asyncDispose]();
  await Promise.all([failing, killing].map(({ sandbox }) => sandbox.close()));
});

const source = (query: string, more: object = {}) => ({
  type: 'treasureData',
  database: 'd',
  engine: 'trino',
  query,
  ...more,
});

/** Why an export fails; whatever it is, nothing is sent, and nothing secret is kept. */
async function failureFrom(from: object, more: object = {}): Promise<string> {
  const cohortId = `cohort-${crypto.randomUUID()}`;
  const handle = await exports.start({ source: from, cohortId, operation: 'APPEND', ...more });
  const { type, message } = await failureOf(handle);
  expect(await exports.control.requestsFor(cohortId)).toBe(0);
  expect(await exports.progress(handle)).toMatchObject({ stage: 'failed', note: message });
  const text = await keptByTemporal(handle);
  // What only payloads hold is found at all.
  expect(text).toContain('APPEND');
  const keys = [main, failing, killing].map(({ sandbox }) => sandbox.treasureData.apiKey);
  for (const secret of [...keys, WELL_FORMED_KEY, 'wrong-key', 'secret-']) {
    expect(text).not.toContain(secret);
  }
  return `${type}: ${message}`;
}

describe.concurrent('failures of Treasure Data', () => {
  it('an export fails with the words of the engine, without values of the data', async () => {
    const failure = await failureFrom(source('SELECT user_ids::INT AS user_ids FROM members'));
    expect(failure).toMatch(
      /^QueryFailed: Treasure Data's job \d+ failed: Conversion Error: Could not convert string '…' to INT32/,
    );
    expect(failure).toContain('Correct the query and start a new export.');
  });

  it('an export fails with the names that the query has', async () => {
    const failure = await failureFrom(source('SELECT user_idz AS user_ids FROM members'));
    expect(failure).toContain('Referenced column "user_idz" not found');
    expect(failure).toContain('"user_ids"');
  });

  it('an export fails without the key, where the engine repeats it', async () => {
    const { apiKey } = failing.sandbox.treasureData;
    const stderr = `Query failed: ${apiKey} cannot cast 'secret-alice' to BIGINT`;
    await failing.control.fault({ kind: 'fail', stderr });
    expect(await failureFrom(source('SELECT 1 AS user_ids', { connection: 'failing' }))).toContain(
      "failed: Query failed: [redacted] cannot cast '…' to BIGINT.",
    );
  });

  it('an export fails where somebody killed its job', async () => {
    await killing.control.fault({ kind: 'kill' });
    expect(await failureFrom(source('SELECT 1 AS user_ids', { connection: 'killing' }))).toMatch(
      /^QueryFailed: Treasure Data's job \d+ was killed by a user or by an account limit\./,
    );
  });

  it('an export fails where its statement has no result', async () => {
    expect(await failureFrom(source('CREATE TABLE t AS SELECT 1 AS user_ids'))).toMatch(
      /^QueryFailed: Treasure Data's job \d+ has no result set: its statement writes/,
    );
  });

  it('an export fails where the job that it names failed', async () => {
    const jobId = await main.issue('SELECT nothing AS user_ids');
    expect(await failureFrom({ type: 'treasureData', jobId })).toMatch(
      new RegExp(`^QueryFailed: Treasure Data's job ${jobId} failed: Binder Error: .*nothing`),
    );
  });

  it('an export fails where there is no such job', async () => {
    expect(await failureFrom({ type: 'treasureData', jobId: '42' })).toContain(
      'QueryFailed: Treasure Data has no job 42 for the connection "main" (http://127.0.0.1:',
    );
  });

  it('an export fails where there is no such saved query, with the nearest names', async () => {
    expect(await failureFrom({ type: 'treasureData', savedQuery: 'vip-daily' })).toContain(
      'QueryFailed: Treasure Data has no saved query "vip-daily" for the connection "main" (did you mean "vip_daily"?).',
    );
  });

  it.each([
    ['database', { database: 'No-Such' }, "404: Couldn't find Database with name = No-Such."],
    ['poolName', { poolName: 'nope' }, "400: Resource pool 'nope' does not exist."],
    ['engineVersion', { engineVersion: 'new' }, '422: Validation failed: engine_version'],
  ])('an export fails where Treasure Data rejects its %s', async (_, setting, words) => {
    const failure = await failureFrom(source('SELECT 1 AS user_ids', setting));
    expect(failure).toContain(`QueryFailed: Treasure Data answered ${words}`);
    expect(failure).toContain('correct the source');
  });

  it.each([
    ['wrongKey', 'is well-formed, but 127.0.0.1:', 'https://api.treasuredata.co.jp (Tokyo)'],
    ['noKey', 'does not look like an API key', 'Copy it again'],
  ])('an export fails at once with the wrong key: %s', async (connection, ...words) => {
    const failure = await failureFrom(source('SELECT 1 AS user_ids', { connection }));
    expect(failure).toContain(
      `SourceUnauthorized: Treasure Data answered 401: Authentication failed. The apiKey of the connection "${connection}"`,
    );
    for (const each of words) expect(failure).toContain(each);
  });

  it('an export fails at once where its key may not do this', async () => {
    const jobId = await main.finished('SELECT 1 AS user_ids');
    await main.control.fault({ kind: 'status', status: 403, on: 'td.status', jobId });
    expect(await failureFrom({ type: 'treasureData', jobId })).toContain(
      'SourceUnauthorized: Treasure Data answered 403: Access denied. The key is valid, but',
    );
  });
});

describe.concurrent('the values of a result', () => {
  it('text, whole numbers and arrays of a result are sent unchanged', async () => {
    const query = `
      SELECT 9223372036854775807::BIGINT AS user_ids, ['d1', NULL, '', 'd2'] AS device_ids,
        (-9007199254740993)::BIGINT AS long, 12345678901234567890123::DECIMAL(38, 0) AS digits,
        '0197f3a2-0000-7000-8000-000000000001'::UUID AS uuid, ' Ünïcode "q" ' AS name,
        [1, 2]::BIGINT[] AS numbers, NULL::VARCHAR AS nothing, '' AS blank`;
    const labels = ['long', 'digits', 'uuid', 'name', 'numbers', 'nothing', 'blank'];
    for (const engine of ['trino', 'hive']) {
      const report = await exports.run({
        source: source(query, { engine }),
        cohortId: `values-${engine}`,
        operation: 'APPEND',
        aliases: labels,
      });
      expect(report.identifiers).toMatchObject({ userIds: 1, deviceIds: 2, aliases: 6 });
      const members = await exports.control.send('GET', `cohorts/values-${engine}/members`);
      expect(members).toEqual({
        userIds: ['9223372036854775807'],
        deviceIds: ['d1', 'd2'],
        aliases: [
          { alias_label: 'digits', alias_name: '12345678901234567890123' },
          { alias_label: 'long', alias_name: '-9007199254740993' },
          { alias_label: 'name', alias_name: ' Ünïcode "q" ' },
          { alias_label: 'numbers', alias_name: '1' },
          { alias_label: 'numbers', alias_name: '2' },
          { alias_label: 'uuid', alias_name: '0197f3a2-0000-7000-8000-000000000001' },
        ],
      });
    }
  });

  it.each([
    ['DOUBLE', '1.5::DOUBLE', 'is of type double; turn whole numbers into integers with CASE'],
    ['BOOLEAN', 'true', 'is of type boolean; make it text with CAST(user_ids AS VARCHAR)'],
    [
      'TIMESTAMP',
      "TIMESTAMP '2026-01-01 00:00:00'",
      'is of type timestamp; make it text with CAST(user_ids AS VARCHAR)',
    ],
    [
      'DECIMAL(4,2)',
      '1.25::DECIMAL(4,2)',
      'is of type decimal(4,2); turn whole numbers into integers with CASE',
    ],
    ['MAP', 'MAP {1: 2}', "is of type map; take one of its values, such as user_ids['id']"],
  ])('a value of type %s is not an identifier', async (_, value, words) => {
    expect(await failureFrom(source(`SELECT ${value} AS user_ids`))).toContain(
      `InvalidRecord: Row 1, column "user_ids": ${words}`,
    );
  });

  const BYTES =
    "SELECT unnest(['fine'::BLOB, '\\xFFsecret-bytes'::BLOB, 'good'::BLOB]) AS user_ids";

  it('values that are not UTF-8 end the export', async () => {
    const jobId = await main.finished(BYTES);
    expect(await failureFrom({ type: 'treasureData', jobId })).toContain(
      'InvalidRecord: Row 2, column "user_ids": is not valid UTF-8. Nothing was sent.',
    );
  });

  it('values that are not UTF-8 are left out where the input says so', async () => {
    const report = await exports.run({
      source: source(BYTES),
      cohortId: 'skipped',
      operation: 'APPEND',
      skipOnInvalidRecord: true,
    });
    expect(report.rows).toEqual({ read: 3, accepted: 2, rejected: 1 });
    expect(await exports.control.send('GET', 'cohorts/skipped/members')).toMatchObject({
      userIds: ['fine', 'good'],
    });
  });
});
