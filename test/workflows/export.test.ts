import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExportEnvironment, startExports } from './export-environment.ts';

let exports: ExportEnvironment;

beforeAll(async () => {
  exports = await startExports({
    files: {
      'members.csv': 'user_ids,device_ids,email\nu1,d1,a@example.com\nu2,,b@example.com\n,,\n',
    },
  });
});
afterAll(() => exports[Symbol.asyncDispose]());

const source = (query: string) => ({ type: 'duckdb', query });

describe('an export', () => {
  it('sends what the query says, and reports it', async () => {
    const started = Date.now();
    const report = await exports.run({
      source: source("SELECT * FROM 'members.csv'"),
      cohortId: 'vip',
      cohortName: 'VIP',
      operation: 'APPEND',
      aliases: 'email',
      skipOnInvalidRecord: true,
    });
    console.log('took', Date.now() - started);
    expect(report).toMatchObject({
      cohortId: 'vip',
      cohortName: 'VIP',
      operation: 'APPEND',
      rows: { read: 3, accepted: 2, rejected: 1 },
      identifiers: { userIds: 2, deviceIds: 1, aliases: 2, sent: 5, repeated: 0 },
      requests: { accepted: 1, retried: 0 },
      warnings: [],
    });
    expect(await exports.control('GET', 'cohorts/vip/members')).toEqual({
      userIds: ['u1', 'u2'],
      deviceIds: ['d1'],
      aliases: [
        { alias_label: 'email', alias_name: 'a@example.com' },
        { alias_label: 'email', alias_name: 'b@example.com' },
      ],
    });
    expect(await readdir(join(exports.staging, 'runs'))).toEqual([]);
  });
  it('again', async () => {
    for (let i = 0; i < 3; i += 1) {
      const started = Date.now();
      await exports.run({
        source: source("SELECT 'u'||i AS user_ids FROM range(10) t(i)"),
        cohortId: 'ten',
        operation: 'APPEND',
      });
      console.log('took', Date.now() - started);
    }
  });
});
