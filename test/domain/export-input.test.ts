import { describe, expect, it } from 'vitest';
import { requireExport } from '../../src/domain/export-input.ts';
import { ExportError } from '../../src/domain/failures.ts';
import { EXPORT_TYPES } from '../../src/registry.ts';

const source = { type: 'duckdb', query: "SELECT user_ids FROM 'members.csv'" };
const minimal = { source, cohortId: 'vip', operation: 'APPEND' };

function problemsOf(...args: unknown[]): string {
  try {
    requireExport(args, EXPORT_TYPES);
  } catch (error) {
    expect(error).toBeInstanceOf(ExportError);
    expect((error as ExportError).type).toBe('InvalidExport');
    return (error as ExportError).message;
  }
  throw new Error('the input was taken');
}

describe('the input of an export', () => {
  it('fills in every default', () => {
    expect(requireExport([minimal], EXPORT_TYPES)).toEqual({
      source: { type: 'duckdb', connection: 'local', query: source.query },
      destination: 'braze',
      connection: 'main',
      cohortId: 'vip',
      cohortName: 'vip',
      operation: 'APPEND',
      aliases: [],
      threadCount: 5,
      skipOnInvalidRecord: false,
      delaySeconds: 0,
      onUnauthorized: 'fail',
      pauseTimeout: 72 * 60 * 60 * 1000,
    });
  });

  it.each([
    ['email, phone', ['email', 'phone']],
    [' email ', ['email']],
    ['', []],
    [
      ['email', 'phone number'],
      ['email', 'phone number'],
    ],
    [[], []],
  ])('reads the aliases %j', (aliases, names) => {
    expect(requireExport([{ ...minimal, aliases }], EXPORT_TYPES).aliases).toEqual(names);
  });

  it('accepts the three forms of Treasure Data', () => {
    const query = { type: 'treasureData', database: 'd', engine: 'trino', query: 'SELECT 1' };
    for (const form of [
      { ...query, priority: -2, retryLimit: 32, poolName: 'p', engineVersion: 'v' },
      { type: 'treasureData', jobId: '123' },
      { type: 'treasureData', savedQuery: 'name' },
    ]) {
      expect(requireExport([{ ...minimal, source: form }], EXPORT_TYPES).source).toEqual({
        connection: 'main',
        ...form,
      });
    }
  });

  it('reports every problem at once, each with its path', () => {
    const message = problemsOf({
      source: { type: 'duckdb', qery: 'SELECT 1' },
      cohortId: '',
      operation: 'append',
      threadCount: 11,
      skipOnInvalidRecord: 'no',
      delaySeconds: -1,
      pauseTimeout: '300000y',
      onUnauthorized: 'wait',
      aliases: ['email', 'email'],
      cohortname: 'VIP',
      threads: 3,
    });
    for (const part of [
      'source.query: must be a non-empty SQL statement, but is missing',
      'source.qery: unknown field (did you mean "query"?)',
      'cohortId: must be a non-empty string, but is empty',
      'operation: must be "APPEND" or "REMOVE"',
      'threadCount: must be an integer from 1 to 10, but is 11',
      'skipOnInvalidRecord: must be true or false',
      'delaySeconds: must be an integer from 0',
      'pauseTimeout: must be a time span such as 30s, 15m, 6h or 7d, at most 365d',
      'onUnauthorized: must be "fail" or "pause"',
      'aliases: must name each column once',
      'cohortname: unknown field (did you mean "cohortName"?)',
      'threads: unknown field (did you mean "threadCount"?)',
      'nothing was sent',
    ]) {
      expect(message).toContain(part);
    }
  });

  it.each([
    [[], 'takes one JSON object'],
    [[minimal, minimal], 'started with 2 arguments'],
    [['text'], 'one JSON object'],
    [[null], 'one JSON object'],
    [[[minimal]], 'one JSON object'],
  ])('rejects the arguments %j', (args, part) => {
    expect(problemsOf(...(args as unknown[]))).toContain(part);
  });

  it.each([
    [{ type: 'treasureData' }, 'exactly one of "query", "jobId", "savedQuery", but has none'],
    [{ type: 'treasureData', jobId: '1', query: 'x' }, 'but has "query" and "jobId"'],
    [{ type: 'treasureData', jobId: 123 }, 'source.jobId: must be a job id'],
    [{ type: 'postgres' }, 'source.type: must be "duckdb" or "treasureData"'],
    [undefined, 'source: must be an object such as'],
    [{ type: 'duckdb', query: '  ' }, 'source.query: must be a non-empty SQL statement'],
    [
      { type: 'treasureData', engine: 'spark', database: 'd', query: 'q' },
      'source.engine: must be "trino", "presto" or "hive"',
    ],
    [
      { type: 'treasureData', engine: 'trino', database: '..', query: 'q' },
      'source.database: must not be "." or ".."',
    ],
    [{ type: 'treasureData', savedQuery: '.' }, 'source.savedQuery: must not be "." or ".."'],
  ])('rejects the source %j', (bad, part) => {
    expect(problemsOf({ ...minimal, source: bad })).toContain(part);
  });

  it.each([
    [
      { type: 'treasureData', qeury: 'SELECT 1' },
      ['but has none', 'source.qeury: unknown field (did you mean "query"?)'],
    ],
    [
      { type: 'treasureData', jobId: '1', query: 'x', prioritty: 1 },
      ['but has "query" and "jobId"', 'source.prioritty: unknown field (did you mean "priority"?)'],
    ],
    [
      { typ: 'duckdb', query: 'SELECT 1' },
      ['source.type: must be "duckdb" or', 'source.typ: unknown field (did you mean "type"?)'],
    ],
  ])('names the unknown field of %j, whose form is ambiguous', (bad, parts) => {
    const message = problemsOf({ ...minimal, source: bad });
    for (const part of parts) expect(message).toContain(part);
    expect(message.match(/unknown field/g)).toHaveLength(1);
  });

  it.each(['user_ids', 'device_ids'])('rejects %s as an alias', (name) => {
    expect(problemsOf({ ...minimal, aliases: [name] })).toContain('aliases[0]: must not be');
  });

  it('reports a missing source once', () => {
    const message = problemsOf({ cohortId: 'vip', operation: 'APPEND' });
    expect(message.match(/source/g)).toHaveLength(1);
  });

  it('does not repeat the value of an unknown field', () => {
    expect(problemsOf({ ...minimal, dataImportKey: 'hunter2' })).not.toContain('hunter2');
  });

  it('limits the length of the cohort id, as Temporal limits its ids', () => {
    expect(
      requireExport([{ ...minimal, cohortId: 'x'.repeat(500) }], EXPORT_TYPES).cohortId,
    ).toHaveLength(500);
    expect(problemsOf({ ...minimal, cohortId: 'é'.repeat(251) })).toContain('at most 500 bytes');
  });

  it.each([
    [' vip ', 'must not begin or end with a space'],
    ['vip\u00a0', 'must not begin or end with a space'],
    ['vip\nnewline', 'must contain only printable characters'],
    ['vip\u200b', 'must contain only printable characters'],
    ['\u202evip', 'must contain only printable characters'],
    ['vip\ud800', 'must contain only printable characters'],
  ])('refuses a cohort that looks like another one: %j', (name, reason) => {
    expect(problemsOf({ ...minimal, cohortId: name })).toContain(`cohortId: ${reason}`);
    expect(problemsOf({ ...minimal, cohortName: name })).toContain(`cohortName: ${reason}`);
  });

  it.each(['VIPs of 90 days', '日本', 'é', 'e\u0301', '👩‍👩‍👧', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'می‌خواهم', '"vip"'])(
    'takes the cohort %s',
    (name) => {
      const found = requireExport([{ ...minimal, cohortId: name, cohortName: name }], EXPORT_TYPES);
      expect(found).toMatchObject({ cohortId: name, cohortName: name });
    },
  );
});
