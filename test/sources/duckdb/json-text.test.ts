import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runQueries, temporaryDirectory } from './run-queries.ts';

const NUMBERS = [
  '{"user_ids": "007", "o": {"id": "x", "n": 1.50}}',
  '{"user_ids": 12345678901234567890, "o": {"id": "y"}}',
  '{"user_ids": 1.50, "o": {"id": 8}}',
  '{"user_ids": [1e5, "x"], "o": null}',
  '{"user_ids": {"k": 1.10}, "o": null}',
].join('\n');

test('JSON values that DuckDB would write its own way are refused as text', async () => {
  await using root = await temporaryDirectory();
  await mkdir(join(root.path, 'spill'));
  await writeFile(join(root.path, 'numbers.json'), NUMBERS);
  const text = "read_json('numbers.json', columns = {user_ids: 'VARCHAR'})";
  const json = "read_json('numbers.json', columns = {user_ids: 'JSON'})";
  const from = "FROM 'numbers.json'";
  const chain = Array.from(
    { length: 20 },
    (_, index) => `t${index + 1} AS (SELECT n FROM t${index} UNION FROM t${index})`,
  );
  const returned = [
    'SELECT n AS user_ids FROM NUMBERS',
    'SELECT concat(n, 1) AS user_ids FROM NUMBERS',
    'SELECT * FROM NUMBERS',
    'FROM (SELECT n AS m, m AS user_ids FROM NUMBERS)',
    'SELECT user_ids FROM NUMBERS t(user_ids)',
    'WITH t AS (FROM NUMBERS) SELECT n FROM t',
    'WITH t AS (FROM NUMBERS) SELECT (SELECT max(n) FROM t) AS user_ids',
    "SELECT user_ids FROM (SELECT 'u' AS user_ids UNION ALL FROM NUMBERS)",
    "SELECT user_ids FROM NUMBERS, unnest(string_split(n, ',')) u(user_ids)",
    'SELECT #1 AS user_ids FROM NUMBERS',
    `WITH t0 AS (FROM NUMBERS), ${chain} SELECT n FROM t20`,
    'WITH t AS (SELECT n, 1 AS k FROM NUMBERS) SELECT a.k, b.n FROM (SELECT k FROM t) a, (SELECT n FROM t) b',
  ];
  const outcomes = await runQueries(root.path, {
    queries: [
      `SELECT user_ids FROM ${text}`,
      `FROM ${text}`,
      `SELECT user_ids FROM (SELECT USER_IDS FROM ${text})`,
      "SELECT user_ids->>'$' AS user_ids FROM 'numbers.json'",
      "SELECT o->>'$.n' AS user_ids FROM 'numbers.json'",
      `SELECT user_ids FROM ${json}`,
      "SELECT user_ids FROM 'numbers.json'",
      "SELECT o->'$.n' AS user_ids FROM 'numbers.json'",
      "SELECT o->>'$.id' AS user_ids FROM 'numbers.json' WHERE user_ids->>'$' <> '007'",
      `SELECT id FROM (SELECT o->>'$.id' AS id, o->>'$.n' AS n ${from}) WHERE CAST(n AS DOUBLE) > 1`,
      `WITH t AS (SELECT o->>'$.id' AS id, o->>'$.n' AS n ${from}) SELECT id FROM t WHERE n IS NOT NULL`,
      `SELECT o->>'$.id' AS id ${from} WHERE o->>'$.n' IN (SELECT o->>'$.n' ${from})`,
      ...returned.map((query) => query.replace('NUMBERS', `(SELECT o->>'$.n' AS n ${from})`)),
    ],
    spillDirectory: join(root.path, 'spill'),
  });
  const found = outcomes.map((outcome) => outcome.failed ?? outcome.rows.flat());
  const three = /^QueryFailed: 3 values of user_ids are JSON numbers .*, write /i;
  const stated = new RegExp(`${three.source}columns = {user_ids: 'JSON'}\\.$`, 'i');
  const invalid = expect.objectContaining({ reason: expect.stringContaining('is a JSON') });
  const exact = ['007', '12345678901234567890', invalid, [invalid, 'x'], invalid];
  expect(found).toEqual([
    expect.stringMatching(stated),
    expect.stringMatching(stated),
    expect.stringMatching(stated),
    expect.stringMatching(new RegExp(`${three.source}user_ids alone\\.$`)),
    expect.stringMatching(/^QueryFailed: 1 value of o is a JSON number .*, write o->'\$\.n'\.$/),
    exact,
    exact,
    [invalid, null, null, null, null],
    ['y', '8', null, null],
    ['x'],
    ['x'],
    ['x'],
    ...returned.map(() => expect.stringMatching(/^QueryFailed: 1 value of o is a JSON number /)),
  ]);
});
