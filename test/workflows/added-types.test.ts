import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cohortLockId } from '../../src/domain/cohort-lock-messages.ts';
import { MORE_TYPES } from '../registry/added-types.ts';
import { writeTable } from '../registry/json-files/write-table.ts';
import { type LedgerService, startLedger } from '../registry/ledger/ledger-service.ts';
import { startServer, type TestServer } from '../support/servers.ts';
import { type ExportEnvironment, startExports } from './export-environment.ts';
import { failureOf } from './failure-of.ts';
import { keptByTemporal } from './kept-by-temporal.ts';

interface Notification {
  readonly run: Readonly<Record<string, string | null>>;
  readonly failure: { readonly type: string };
}

let service: LedgerService;
let webhook: TestServer;
let notifications: Notification[];
let exports: ExportEnvironment;

beforeAll(async () => {
  service = await startLedger();
  notifications = [];
  webhook = await startServer(async (request, response) => {
    notifications.push((await json(request)) as Notification);
    response.end();
  });
  const { url, token } = service;
  exports = await startExports({
    types: MORE_TYPES,
    notifications: `{ webhookUrl: '${webhook.url}/hook' }`,
    sections: `
jsonFiles:
  files: { folder: ./data }
ledger:
  books: { address: '${url}', token: '${token}' }
  main: { address: '${url}', token: '${token}' }
  wrongToken: { address: '${url}', token: not-the-token }
`,
  });
  await writeTable(
    join(exports.data, 'members.jsonl'),
    [
      { name: 'user_ids', type: 'text' },
      { name: 'device_ids', type: 'text[]' },
      { name: 'e-mail hash', type: 'integer' },
      { name: 'country', type: 'text' },
    ],
    Array.from({ length: 10 }, (_, row) => [`A${row}`, [`D${row}`, `E${row}`], BigInt(row), 'x']),
  );
});
afterAll(async () => {
  await exports[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
  await webhook[Symbol.asyncDispose]();
});

const source = { type: 'jsonFiles', file: 'members.jsonl' };
const toLedger = (cohortId: string) => ({
  source,
  destination: 'ledger',
  cohortId,
  aliases: ['e-mail hash'],
  operation: 'APPEND',
});
const duckdb = (query: string) => ({ type: 'duckdb', query });
const ten = Array.from({ length: 10 }, (_, row) => row);

describe('a source and a destination that only this test knows', () => {
  it('are exported from and to', async () => {
    const report = await exports.run(toLedger('page-1'));
    expect(report).toMatchObject({
      cohortId: 'page-1',
      rows: { read: 10, accepted: 10, rejected: 0 },
      identifiers: { userIds: 10, deviceIds: 20, aliases: 10, sent: 40, repeated: 0 },
      requests: { accepted: 6, retried: 0 },
      warnings: ['These columns were ignored: "country".'],
    });
    expect(service.members('page-1')).toEqual({
      userIds: ten.map((row) => `A${row}`),
      deviceIds: ['D', 'E'].flatMap((letter) => ten.map((row) => `${letter}${row}`)),
      aliases: ten.map((row) => ({ label: 'e-mail hash', name: String(row) })),
    });
    const bodies = service.bodies('page-1');
    expect(bodies).toHaveLength(6);
    expect(bodies[0]).toMatch(/^(\+ (user|device|alias:e-mail%20hash) [0-9A-F]+\n){7}$/);
  });

  it('work with the existing ones', async () => {
    const { destination: _, ...toBraze } = toLedger('from-json');
    await exports.run(toBraze);
    const members = await exports.control.membersOf('from-json');
    expect(members.userIds.sort()).toEqual(ten.map((row) => `A${row}`));
    const query = duckdb("SELECT 'C' || i AS user_ids FROM range(10) AS t(i)");
    const fromDuckdb = { ...toLedger('from-duckdb'), source: query, aliases: [] };
    await exports.run(fromDuckdb);
    expect(service.members('from-duckdb').userIds).toEqual(ten.map((row) => `C${row}`));
    await exports.run({ ...fromDuckdb, operation: 'REMOVE' });
    expect(service.members('from-duckdb').userIds).toEqual([]);
  });

  it('reject rows by their own rule', async () => {
    const query = duckdb("SELECT unnest(['0A', '0g@x.io', '0B']) AS user_ids");
    const mixed = { ...toLedger('mixed'), source: query, aliases: [] };
    const failure = await failureOf(await exports.start(mixed));
    expect(failure.type).toBe('InvalidRecord');
    expect(failure.message).toContain(
      'Row 2, column "user_ids": must be 1 to 64 digits of upper-case hexadecimal',
    );
    const report = await exports.run({ ...mixed, skipOnInvalidRecord: true });
    expect(report.rows).toEqual({ read: 3, accepted: 2, rejected: 1 });
    expect(JSON.parse(await readFile(report.rejects ?? '', 'utf8'))).toEqual({
      row: 2,
      column: 'user_ids',
      reason: 'must be 1 to 64 digits of upper-case hexadecimal',
      value: '… (7 characters)',
    });
    expect(service.members('mixed').userIds).toEqual(['0A', '0B']);
  });

  it('are retried as the destination says', async () => {
    service.answerNext((_, response) => response.writeHead(503, { 'retry-after': '0' }).end());
    const report = await exports.run(toLedger('retried'));
    expect(report.requests).toEqual({ accepted: 6, retried: 1 });
    expect(service.members('retried').userIds).toHaveLength(10);
  });

  it('fail with their own failure types, which are notified', async () => {
    const handle = await exports.start({ ...toLedger('refused'), connection: 'wrongToken' });
    const failure = await failureOf(handle);
    expect(failure.type).toBe('LedgerUnauthorized');
    expect(failure.message).toBe('Ledger answered 401. Check token.');
    expect(await keptByTemporal(handle)).not.toContain('not-the-token');

    service.answerNext((_, response) => response.writeHead(400).end());
    expect((await failureOf(await exports.start(toLedger('refused')))).type).toBe('LedgerRejected');
    const told = notifications.filter(({ run }) => run.cohortId === 'refused');
    expect(told).toMatchObject([
      {
        run: { destination: 'ledger', connection: 'wrongToken' },
        failure: { type: 'LedgerUnauthorized' },
      },
      { run: { destination: 'ledger', connection: 'books' }, failure: { type: 'LedgerRejected' } },
    ]);
  });

  it.each([
    [
      { connection: 'boks' },
      'UnknownConnection',
      'There is no ledger connection named "boks". The worker\'s configuration has "books", "main", "wrongToken" under ledger (did you mean "books"?).',
    ],
    [
      { source: { ...source, connection: 'files2' } },
      'UnknownConnection',
      'There is no jsonFiles connection named "files2".',
    ],
    [{ destination: 'slack' }, 'InvalidExport', 'destination: must be "braze" or "ledger"'],
    [{ source: { ...source, file: 'none.jsonl' } }, 'QueryFailed', 'The file cannot be read.'],
  ])('say what is wrong with %j', async (input, type, words) => {
    const failure = await failureOf(await exports.start({ ...toLedger('none'), ...input }));
    expect(failure.type).toBe(type);
    expect(failure.message).toContain(words);
    expect(service.bodies('none')).toEqual([]);
  });
});

describe('exports of one cohort id on connections of one name', () => {
  it('do not wait for each other where the destinations differ', async () => {
    const lock = (destination: string) =>
      exports.client.workflow.getHandle(
        cohortLockId(exports.taskQueue, { destination, connection: 'main', cohortId: 'both' }),
      );
    await exports.control.fault({ kind: 'hang', on: 'users', cohortId: 'both' });
    const slow = await exports.start({ source, cohortId: 'both', operation: 'APPEND' });
    await expect.poll(() => exports.control.requestsFor('both')).toBe(2);
    await exports.run({ ...toLedger('both'), connection: 'main' });
    expect(service.members('both').userIds).toHaveLength(10);
    expect((await lock('braze').describe()).status.name).toBe('RUNNING');
    expect((await exports.progress(slow)).stage).toBe('sending');
    await exports.control.answerHanging('both');
    await slow.result();
  });
});
