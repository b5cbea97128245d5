import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { engineFailed } from '../../../src/sources/duckdb/error-text.ts';
import { CASES, SECRET, writeFaultyFiles } from './error-cases.ts';
import { runQueries, temporaryDirectory } from './run-queries.ts';

test('errors keep DuckDB’s words and names, and hide values', async () => {
  await using root = await temporaryDirectory();
  const directory = join(root.path, 'data');
  await mkdir(directory);
  await mkdir(join(root.path, 'spill'));
  await writeFaultyFiles(directory);
  const outcomes = await runQueries(directory, {
    queries: CASES.map(([sql]) => sql),
    spillDirectory: join(root.path, 'spill'),
  });
  const messages = outcomes.map(({ failed }) => failed);
  expect(messages.filter((message) => SECRET.test(message ?? ''))).toEqual([]);
  expect(messages.filter((message) => message?.includes(root.path))).toEqual([]);
  expect(messages.filter((message) => (message?.length ?? 0) > 1_200)).toEqual([]);
  const wrong = CASES.flatMap(([sql, says], index) => {
    const message = messages[index] ?? 'no failure';
    const isRight = typeof says === 'string' ? message.includes(says) : says.test(message);
    return isRight ? [] : [{ sql, says, message }];
  });
  expect(wrong).toEqual([]);
});

test.each([
  ['no JSON at all', 'a value s3cr3t'],
  ['an unknown class', 'Brand New Error: it quotes "s3cr3t"'],
  ['an internal error', 'INTERNAL Error: s3cr3t\nStack Trace: s3cr3t'],
  ['cut off JSON', '{"exception_type":"Binder","exception_message":"s3cr3t'],
  [
    'a known text with more',
    '{"exception_type":"Conversion","exception_message":"Could not convert string \'a\' to INT32 s3cr3t"}',
  ],
  [
    'a known text with another type',
    '{"exception_type":"Conversion","exception_message":"Could not convert string \'a\' to S3CR3T"}',
  ],
  [
    'JSON inside of a text',
    'Invalid Input Error: {"exception_type":"Parser","exception_message":"s3cr3t"}',
  ],
  [
    'a name that is none',
    '{"exception_type":"Binder","exception_message":"Candidate bindings: \\"s3cr3t-4@x.io\\""}',
  ],
  [
    'an e-mail without quotes',
    '{"exception_type":"Binder","exception_message":"Cannot use s3cr3t@x.io here"}',
  ],
  [
    'a file that is none',
    '{"exception_type":"IO","exception_message":"Input is not a GZIP stream: s3cr3t"}',
  ],
])('%s is not shown', (_, message) => {
  const failure = engineFailed(new Error(message), {
    query: 'SELECT 1',
    directory: '/tmp',
    memoryMb: 1_000,
    isMemoryShare: false,
  });
  expect(failure.message).not.toMatch(SECRET);
  expect(failure.type).toBe('QueryFailed');
});
