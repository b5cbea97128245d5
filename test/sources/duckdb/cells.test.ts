import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runQueries, temporaryDirectory } from './run-queries.ts';

const CURE = 'make it text with CAST(user_ids AS VARCHAR)';
const JSON_NUMBER =
  'a JSON number with a fraction or an exponent; write it as a string in the file that user_ids comes from';
const EXACT = 'AND abs(user_ids) <= 9007199254740991';

/** Each query's only column is `user_ids`: its SQL, DuckDB's type, its cells. */
const TABLE: readonly [sql: string, type: string, cells: unknown[]][] = [
  // Strings.
  ["VALUES ('a'), (''), (NULL), ('ü😀')", 'VARCHAR', ['a', '', null, 'ü😀']],
  ["SELECT chr(65279) || 'bom' || chr(65279)", 'VARCHAR', ['\ufeffbom\ufeff']],
  ["SELECT 'a' || chr(0) || 'b'", 'VARCHAR', ['a\0b']],
  ["SELECT repeat('é', 5000)", 'VARCHAR', ['é'.repeat(5000)]],
  [
    "SELECT '0123ABCD-4567-89ab-cdef-0123456789ab'::UUID",
    'UUID',
    ['0123abcd-4567-89ab-cdef-0123456789ab'],
  ],
  [
    "VALUES ('00000000-0000-0000-0000-000000000000'::UUID), ('ffffffff-ffff-ffff-ffff-ffffffffffff'::UUID)",
    'UUID',
    ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  ],
  ["SELECT unnest(['x', NULL, 'y'])::ENUM('x', 'y')", 'ENUM', ['x', null, 'y']],
  // Integers, as their exact digits.
  ['VALUES (-128), (127), (NULL)', 'INTEGER', ['-128', '127', null]],
  ['SELECT (-128)::TINYINT', 'TINYINT', ['-128']],
  ['SELECT 32767::SMALLINT', 'SMALLINT', ['32767']],
  ['SELECT (-2147483648)::INTEGER', 'INTEGER', ['-2147483648']],
  ['SELECT 9007199254740993::BIGINT', 'BIGINT', ['9007199254740993']],
  ["SELECT '-9223372036854775808'::BIGINT", 'BIGINT', ['-9223372036854775808']],
  [
    "SELECT '-170141183460469231731687303715884105728'::HUGEINT",
    'HUGEINT',
    ['-170141183460469231731687303715884105728'],
  ],
  ['SELECT 255::UTINYINT', 'UTINYINT', ['255']],
  ['SELECT 65535::USMALLINT', 'USMALLINT', ['65535']],
  ['SELECT 4294967295::UINTEGER', 'UINTEGER', ['4294967295']],
  ["SELECT '18446744073709551615'::UBIGINT", 'UBIGINT', ['18446744073709551615']],
  [
    "SELECT '340282366920938463463374607431768211455'::UHUGEINT",
    'UHUGEINT',
    ['340282366920938463463374607431768211455'],
  ],
  ['SELECT 1234::DECIMAL(4, 0)', 'DECIMAL(4,0)', ['1234']],
  ['SELECT (-123456789)::DECIMAL(9, 0)', 'DECIMAL(9,0)', ['-123456789']],
  ["SELECT '999999999999999999'::DECIMAL(18, 0)", 'DECIMAL(18,0)', ['999999999999999999']],
  [
    "SELECT '99999999999999999999999999999999999999'::DECIMAL(38, 0)",
    'DECIMAL(38,0)',
    ['99999999999999999999999999999999999999'],
  ],
  // NULL alone, and lists.
  ['SELECT NULL', 'INTEGER', [null]],
  ["VALUES (['a', NULL, '']), ([]), (NULL)", 'VARCHAR[]', [['a', null, ''], [], null]],
  ['SELECT [1, 9007199254740993, NULL]', 'BIGINT[]', [['1', '9007199254740993', null]]],
  ["VALUES (['a', 'b']::VARCHAR[2]), (NULL)", 'VARCHAR[2]', [['a', 'b'], null]],
  ['SELECT [1, NULL, 3]::INTEGER[3]', 'INTEGER[3]', [['1', null, '3']]],
  [
    "SELECT ['0123abcd-4567-89ab-cdef-0123456789ab'::UUID]",
    'UUID[]',
    [['0123abcd-4567-89ab-cdef-0123456789ab']],
  ],
  ["SELECT ['x']::ENUM('x')[]", 'ENUM[]', [['x']]],
  ['SELECT [12::DECIMAL(18, 0)]', 'DECIMAL(18,0)[]', [['12']]],
  ['SELECT []', 'INTEGER[]', [[]]],
  // Everything else is invalid where it is not NULL.
  [
    'VALUES (1.5::DOUBLE), (NULL)',
    'DOUBLE',
    [invalid('DOUBLE', '1.5', whole('user_ids', EXACT)), null],
  ],
  [
    'SELECT 1.5::FLOAT',
    'FLOAT',
    [invalid('FLOAT', '1.5', whole('user_ids', 'AND abs(user_ids) <= 16777215'))],
  ],
  ['SELECT true', 'BOOLEAN', [invalid('BOOLEAN', 'true')]],
  [
    'SELECT 1.50::DECIMAL(4, 2)',
    'DECIMAL(4,2)',
    [invalid('DECIMAL(4,2)', '1.50', whole('user_ids'))],
  ],
  ["SELECT DATE '2026-01-02'", 'DATE', [invalid('DATE', '2026-01-02')]],
  ["SELECT TIME '03:04:05'", 'TIME', [invalid('TIME', '03:04:05')]],
  [
    "SELECT TIMESTAMP '2026-01-02 03:04:05'",
    'TIMESTAMP',
    [invalid('TIMESTAMP', '2026-01-02 03:04:05')],
  ],
  [
    "SELECT TIMESTAMPTZ '2026-01-02 03:04:05+00'",
    'TIMESTAMP WITH TIME ZONE',
    [invalid('TIMESTAMP WITH TIME ZONE', '2026-01-02 03:04:05+00')],
  ],
  ['SELECT INTERVAL 1 DAY', 'INTERVAL', [invalid('INTERVAL', '1 day')]],
  ["SELECT '101'::BIT", 'BIT', [invalid('BIT', '101')]],
  ["SELECT '12'::BIGNUM", 'BIGNUM', [invalid('BIGNUM', '12')]],
  [
    "SELECT 'ab'::BLOB",
    'BLOB',
    [invalid('BLOB', 'ab', 'take its text with decode(user_ids), or with hex')],
  ],
  [
    "SELECT {'a@x.io': 'b'}",
    'STRUCT',
    [invalid('STRUCT', "{'a@x.io': 'b'}", 'take one of its fields, such as user_ids.id')],
  ],
  [
    "SELECT MAP {'k': 'v'}",
    'MAP',
    [invalid('MAP', "{'k': 'v'}", "take one of its values, such as user_ids['id']")],
  ],
  [
    "SELECT union_value(a := 'b')",
    'UNION',
    [invalid('UNION', 'b', 'take one of its members, such as user_ids.id')],
  ],
  ['SELECT 1::VARIANT', 'VARIANT', [invalid('VARIANT', '1')]],
  // JSON is what its values are.
  [`SELECT '{"a": "b \\u00e9"}'::JSON->'a'`, 'JSON', ['b é']],
  [
    `SELECT unnest(['"007"', '7', 'null', NULL, '""', '12345678901234567890123'])::JSON`,
    'JSON',
    ['007', '7', null, null, '', '12345678901234567890123'],
  ],
  [
    `SELECT '["a", 12345678901234567890, null]'::JSON`,
    'JSON',
    [['a', '12345678901234567890', null]],
  ],
  ["SELECT ['\"a\"'::JSON, '7'::JSON, NULL]", 'JSON[]', [['a', '7', null]]],
  [
    `SELECT unnest(['1.0', '1e5', 'true', '{"id": 1}'])::JSON`,
    'JSON',
    [
      { reason: `is ${JSON_NUMBER}`, value: '1.0' },
      { reason: `is ${JSON_NUMBER}`, value: '1e5' },
      { reason: "is a JSON boolean; make it text with user_ids->>'$'", value: 'true' },
      {
        reason: "is a JSON object; take one of its fields, such as user_ids->>'$.id'",
        value: '{"id": 1}',
      },
    ],
  ],
  [`SELECT '["a", 1.50]'::JSON`, 'JSON', [['a', { reason: `is ${JSON_NUMBER}`, value: '1.50' }]]],
  [
    'SELECT [1.5::DOUBLE, NULL]',
    'DOUBLE[]',
    [
      [
        {
          reason:
            'is a list of type DOUBLE[]; for each item, turn whole numbers into integers with list_transform(user_ids, lambda x: CASE WHEN x = trunc(x) AND abs(x) <= 9007199254740991 THEN CAST(x AS HUGEINT) END), which is NULL for all others',
          value: '1.5',
        },
        null,
      ],
    ],
  ],
  [
    "SELECT [['a']]",
    'VARCHAR[][]',
    [
      [
        {
          reason: 'is a list of type VARCHAR[][]; make it one list with flatten(user_ids)',
          value: "['a']",
        },
      ],
    ],
  ],
  [
    "SELECT [{'id': 'b'}]",
    'STRUCT[]',
    [
      [
        {
          reason:
            'is a list of type STRUCT[]; for each item, take one of its fields, such as list_transform(user_ids, lambda x: x.id)',
          value: "{'id': 'b'}",
        },
      ],
    ],
  ],
];

test('every DuckDB type becomes cells as the contract says', async () => {
  await using root = await temporaryDirectory();
  await mkdir(join(root.path, 'spill'));
  const outcomes = await runQueries(root.path, {
    queries: TABLE.map(([sql]) => `FROM (${sql}) t(user_ids)`),
    spillDirectory: join(root.path, 'spill'),
  });
  const found = outcomes.map((outcome, index) =>
    outcome.failed === undefined
      ? [TABLE[index]?.[0], outcome.columns[0]?.type, outcome.rows.map(([cell]) => cell)]
      : [TABLE[index]?.[0], outcome.failed, []],
  );
  expect(found).toEqual(TABLE);
});

test('lists that are too long to be read at once are refused', async () => {
  await using root = await temporaryDirectory();
  const [outcome] = await runQueries(root.path, {
    queries: ['SELECT range(i) AS user_ids FROM range(10000001, 10000002) t(i)'],
    spillDirectory: root.path,
  });
  expect(outcome?.failed).toBe(
    'QueryFailed: The lists in the column user_ids are too long: 1 row has more than 10000000 items. Make each item a row of its own with unnest(user_ids).',
  );
});

test('the cure quotes a column name that needs it', async () => {
  await using root = await temporaryDirectory();
  const [outcome] = await runQueries(root.path, {
    queries: ['SELECT true AS "user ""ids"""'],
    spillDirectory: root.path,
  });
  expect(outcome).toMatchObject({
    rows: [[{ reason: 'is of type BOOLEAN; make it text with CAST("user ""ids""" AS VARCHAR)' }]],
  });
});

function invalid(type: string, value: string, cure = CURE): { reason: string; value: string } {
  return { reason: `is of type ${type}; ${cure}`, value };
}

function whole(name: string, exact = ''): string {
  const test = [`${name} = trunc(${name})`, exact].filter((part) => part !== '').join(' ');
  return `turn whole numbers into integers with CASE WHEN ${test} THEN CAST(${name} AS HUGEINT) END, which is NULL for all others`;
}
