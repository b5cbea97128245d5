import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Outcome, runQueries, temporaryDirectory } from './run-queries.ts';

const PLAIN = 40_000;
const ODD = [
  '007',
  '1e5',
  '12.7',
  ' 55 ',
  '-0',
  '+66',
  '1.23E+10',
  "'u'",
  '#1',
  '99999999999999999999',
];
const LATE = [...Array.from({ length: PLAIN }, (_, row) => String(row)), ...ODD];
const odd = ODD.map((value) => [value]);

let root: Awaited<ReturnType<typeof temporaryDirectory>>;
let directory: string;

beforeAll(async () => {
  root = await temporaryDirectory();
  directory = join(root.path, 'data');
  await mkdir(join(directory, 'y=2024'), { recursive: true });
  await mkdir(join(root.path, 'spill'));
  const late = `user_ids\n${LATE.join('\n')}\n`;
  const files: Record<string, string | Buffer> = {
    'late.csv': late,
    'late.csv.gz': gzipSync(late),
    'late.tsv': late,
    'late.txt': late,
    "it's late.csv": late,
    'y=2024/late.csv': late,
    'late.json': LATE.slice(0, PLAIN)
      .map((value) => `{"user_ids": ${value}}\n`)
      .concat(ODD.map((value) => `{"user_ids": ${JSON.stringify(value)}}\n`))
      .join(''),
    'three.csv': 'user_ids,n,d,x\n1,10,2026-01-01,1.5\n2,9,2026-02-01,2\n003,100,2026-03-01,3\n',
    'quotes.csv': `user_ids\n${LATE.slice(0, PLAIN).join('\n')}\n"abc"\n"d,e"\n"a""b"\n'f'\n`,
    'apostrophes.csv': "user_ids,n\n'a',1\n'b',2\n",
    'hashes.csv': 'user_ids,n\nu1,1\n# two words\nu2,2\nu3,3\n#4,1\n',
    'ragged.csv': `${LATE.slice(0, 50).join('\n')}\n3,4\n`,
    'joined.csv': `user_ids\n${LATE.slice(0, 50).join('\n')}\nuser_ids,email\nu1,e\n`,
    'preamble.csv': 'A report of\nall users\n\nuser_ids,email\nu1,e\n',
    'times.json': '{"user_ids": "2026-01-01", "at": "2026-01-01"}\n',
    'cases.json': '{"id": "a", "ID": "b"}\n',
    'numbered.json': '{"id": "a", "id_1": "b"}\n',
    'big.json': ['1', '18446744073709551616', '-1'].map((id) => `{"user_ids": ${id}}`).join('\n'),
    'bigger.json': `{"user_ids": 1}\n{"user_ids": ${'9'.repeat(40)}}\n`,
    'lists.json': '{"user_ids": [1, 18446744073709551616]}\n{"user_ids": null}\n',
    'texts.json': '{"user_ids": ["a", 7]}\n{"user_ids": []}\n',
    'floats.json': '{"user_ids": 1}\n{"user_ids": 2.5}\n',
    'uuid.json': '[{"user_ids": "0123ABCD-4567-89AB-CDEF-0123456789AB"}]',
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(directory, name), content);
  }
});
afterAll(() => root[Symbol.asyncDispose]());

test('odd values late in a file arrive, however the file is named', async () => {
  const froms = [
    "'late.csv'",
    '"late.csv"',
    'late.csv',
    'late . csv AS t(user_ids)',
    "E'late.csv'",
    '$$late.csv$$',
    '$a$late.csv$a$ t',
    "t: 'late.csv'",
    "'la?e.csv'",
    "'y=*/late.csv'",
    "'late.csv.gz'",
    "'late.tsv'",
    "'it''s late.csv'",
    '"it\'s late.csv"',
    "read_csv('late.csv')",
    "read_csv ( 'late.csv' /* ) */ )",
    "read_csv('late.csv' -- a ) in a comment\n)",
    "main.read_csv_auto('late.csv', delim = ')')",
    "read_csv(['late.csv'], header := true)",
    "read_csv('late.txt')",
    "read_csv('late' || '.txt', sample_size => 10)",
    "read_csv('late.csv', auto_detect = true)",
    "read_csv('late.csv', auto_detect = false, columns = {user_ids: 'VARCHAR'}, header = true)",
    "read_csv('late.csv', header = true, names = ['user_ids'], ignore_errors = false)",
    "(FROM 'late.csv')",
    "(SELECT user_ids FROM late.csv WHERE user_ids <> 'a''b')",
    "(TABLE 'late.csv')",
    "(SELECT * FROM (VALUES ('é€😀')) v(a), 'late.csv')",
    "(FROM 'late.csv' UNION ALL BY NAME SELECT user_ids FROM late.csv WHERE false)",
    "(UNPIVOT 'late.csv' ON user_ids INTO NAME k VALUE user_ids)",
    "'late.json'",
    "read_json('late.json', sample_size = 10)",
    "read_ndjson_auto('late.json', maximum_depth = 1)",
  ];
  const queries = froms.map((from) => `SELECT user_ids FROM ${from} OFFSET ${PLAIN}`);
  queries.push(
    `WITH a AS (FROM 'late.csv'), b AS MATERIALIZED (FROM a) SELECT user_ids FROM b OFFSET ${PLAIN}`,
    `WITH RECURSIVE r AS (SELECT user_ids, 1 AS n FROM 'late.csv' UNION ALL SELECT user_ids, 2 FROM r WHERE false) SELECT user_ids FROM r OFFSET ${PLAIN}`,
    `FROM 'late.csv' SELECT user_ids OFFSET ${PLAIN}`,
    `FROM "late.csv" OFFSET ${PLAIN}`,
  );
  expect(await failuresOf(queries, odd)).toEqual([]);
});

test('quotes and comments are not guessed', async () => {
  const [quotes, apostrophes, hashes] = await run([
    `SELECT user_ids FROM 'quotes.csv' OFFSET ${PLAIN}`,
    "SELECT user_ids FROM 'apostrophes.csv'",
    "SELECT user_ids FROM 'hashes.csv'",
  ]);
  expect(quotes).toMatchObject({ rows: [['abc'], ['d,e'], ['a"b'], ["'f'"]] });
  expect(apostrophes).toMatchObject({ rows: [["'a'"], ["'b'"]] });
  expect(hashes?.failed).toContain('have different numbers of fields');
});

test('no row is skipped in search of a header', async () => {
  const [ragged, lines, joined, preamble] = await run([
    "SELECT user_ids FROM read_csv('ragged.csv', header = false, names = ['user_ids'])",
    "SELECT count(*)::VARCHAR AS user_ids FROM read_csv('ragged.csv', header = false, names = ['user_ids'], delim = '\\t')",
    "FROM 'joined.csv'",
    "FROM 'preamble.csv'",
  ]);
  expect(ragged?.failed).toContain('so name all columns in order');
  expect(lines).toMatchObject({ rows: [['51']] });
  expect(joined?.failed).toContain('"joined.csv" has more than one header');
  expect(joined?.failed).toMatch(/joined\. Split it into one file for each header\.$/);
  expect(preamble?.failed).toContain("FROM read_csv('preamble.csv', skip = 3)");
});

test('joins and subqueries read text as well', async () => {
  const inFile = "user_ids IN ('007', '1e5', '12.7')";
  const queries = [
    `SELECT a.user_ids FROM 'late.csv' a JOIN 'late.tsv' b USING (user_ids) WHERE ${inFile}`,
    `SELECT user_ids FROM 'late.csv' a NATURAL JOIN 'late.tsv' b WHERE ${inFile}`,
    `SELECT user_ids FROM late.csv SEMI JOIN 'late.json' j USING (user_ids) WHERE ${inFile}`,
    `SELECT user_ids FROM 'late.csv' l WHERE ${inFile} AND EXISTS (FROM 'late.tsv' t WHERE t.user_ids = l.user_ids)`,
  ].map((query) => `${query} ORDER BY ALL`);
  expect(await failuresOf(queries, [['007'], ['12.7'], ['1e5']])).toEqual([]);
});

test('a table without an alias has the name that DuckDB gives it', async () => {
  const names: readonly [file: string, alias: string][] = [
    ["'three.csv'", 'three'],
    ['three.csv', 'three'],
    ["'./three.csv'", 'three'],
    ["'late.csv.gz'", 'late'],
    ["'y=2024/late.csv'", 'late'],
    ["'thr?e.csv'", '"thr?e.csv"'],
    ["'it''s late.csv'", `"it's late"`],
    ["read_csv('three.csv')", 'read_csv'],
    ["'uuid.json'", 'uuid'],
  ];
  const queries = names.map(([file, alias]) => `SELECT ${alias}.user_ids FROM ${file} LIMIT 0`);
  expect(await failuresOf(queries, [])).toEqual([]);
  // The rule is DuckDB's own.
  const instance = await DuckDBInstance.create(':memory:', { file_search_path: directory });
  const connection = await instance.connect();
  for (const query of queries) await connection.run(query);
  instance.closeSync();
});

test('columns of a path are text', async () => {
  const [outcome] = await run(["SELECT y AS user_ids FROM 'y=*/late.csv' LIMIT 1"]);
  expect(outcome).toMatchObject({ columns: [{ type: 'VARCHAR' }], rows: [['2024']] });
});

test('what the query says of types stays, for the columns that it names', async () => {
  const queries = [
    "FROM read_csv('three.csv', types = {n: 'BIGINT'})",
    "FROM read_csv('three.csv', dtypes = ['VARCHAR', 'BIGINT'])",
    "FROM read_csv('three.csv', all_varchar = false)",
    "FROM read_csv('three.csv', columns = {user_ids: 'VARCHAR', n: 'BIGINT', d: 'DATE', x: 'VARCHAR'})",
    "FROM read_json('times.json', dateformat = '%Y-%m-%d')",
    "FROM read_json('times.json', columns = {user_ids: 'VARCHAR', 'at': 'DATE'})",
  ];
  const outcomes = await run(queries);
  expect(outcomes.map(typesOf)).toEqual([
    ['VARCHAR', 'BIGINT', 'VARCHAR', 'VARCHAR'],
    ['VARCHAR', 'BIGINT', 'VARCHAR', 'VARCHAR'],
    ['VARCHAR', 'BIGINT', 'DATE', 'DOUBLE'],
    ['VARCHAR', 'BIGINT', 'DATE', 'VARCHAR'],
    ['DATE', 'DATE'],
    ['VARCHAR', 'DATE'],
  ]);
});

test('JSON has types that all of its values have', async () => {
  const cases: readonly [file: string, type: string, cells: unknown[]][] = [
    ['times.json', 'VARCHAR', ['2026-01-01']],
    ['uuid.json', 'VARCHAR', ['0123ABCD-4567-89AB-CDEF-0123456789AB']],
    ['big.json', 'HUGEINT', ['1', '18446744073709551616', '-1']],
    ['bigger.json', 'VARCHAR', ['1', '9'.repeat(40)]],
    ['lists.json', 'HUGEINT[]', [['1', '18446744073709551616'], null]],
    ['texts.json', 'VARCHAR[]', [['a', '7'], []]],
    ['floats.json', 'DOUBLE', [expect.anything(), expect.anything()]],
  ];
  const outcomes = await run(cases.map(([file]) => `SELECT user_ids FROM '${file}'`));
  expect(
    outcomes.map((outcome) => [typesOf(outcome)[0], outcome.failed ?? outcome.rows.flat()]),
  ).toEqual(cases.map(([, type, cells]) => [type, cells]));
});

test('keys that differ in case alone are refused, and others are not', async () => {
  const [cases, one, numbered] = await run([
    "FROM 'cases.json'",
    "SELECT ID AS user_ids FROM read_json('cases.json', columns = {ID: 'VARCHAR'})",
    "FROM 'numbered.json'",
  ]);
  expect(cases?.failed).toContain('keys that differ only in upper and lower case');
  expect(one).toMatchObject({ rows: [['b']] });
  expect(numbered).toMatchObject({ rows: [['a', 'b']] });
});

test('an error points at the query as it was typed', async () => {
  const query =
    "SELECT 'é', user_ids\nFROM 'three.csv' JOIN 'late.csv' l USING (user_ids)\nWHERE nope = 1";
  const [outcome] = await run([query]);
  expect(outcome?.failed).toContain('(line 3, column 7 of the query)');
});

test('what cannot be rewritten is refused', async () => {
  const [only, cte] = await run([
    "FROM ONLY 'three.csv'",
    'WITH "three.csv" AS (SELECT 1 AS user_ids) FROM "three.csv"',
  ]);
  expect(only?.failed).toContain('It reads a file in a way that could change identifiers');
  expect(cte?.failed).toContain('Its WITH defines "three.csv", which is the name of a file.');
});

async function run(queries: readonly string[]): Promise<Outcome[]> {
  return await runQueries(directory, {
    queries,
    spillDirectory: join(root.path, 'spill'),
  });
}

/** The queries that give other rows. */
async function failuresOf(queries: readonly string[], rows: unknown[][]): Promise<unknown[]> {
  const outcomes = await run(queries);
  return outcomes.flatMap((outcome, index) => {
    const found = outcome.failed ?? outcome.rows;
    return JSON.stringify(found) === JSON.stringify(rows) ? [] : [[queries[index], found]];
  });
}

function typesOf(outcome: Outcome): string[] {
  return outcome.failed === undefined ? outcome.columns.map(({ type }) => type) : [outcome.failed];
}
