import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Outcome, runQueries, temporaryDirectory } from './run-queries.ts';

const JOINED = 'user_ids\n001\n002\nUser_IDs,email\n003,a@x\n004,b@x\n005,c@x\n';
const TITLED = '001\n002\nuser_ids,email\n003,a@x\n004,b@x\n005,c@x\n';
const PLAIN = 'user_ids,email\n001,a@x\n002,b@x\n';
const NO_HEADER = '003,c@x\n004,d@x\n';
/** More than DuckDB or the reader would look at, if it looked at some files of a pattern only. */
const MANY = Array.from({ length: 101 }, (_, index) => `many/${index + 100}.csv`);

const FILES: Readonly<Record<string, string | Buffer>> = {
  'joined.csv': JOINED,
  'joined.csv.gz': gzipSync(JOINED),
  'joined.csv.zst': zstdCompressSync(JOINED),
  'titled.csv': TITLED,
  'note.csv': `# a note\n${PLAIN}`,
  'lines.csv': '# a note\n\nuser_ids\nu1\n',
  'blank.csv': `\n\n${PLAIN}`,
  'parts/1.csv': PLAIN,
  'parts/2.csv': NO_HEADER,
  'blanks/1.csv': PLAIN,
  'blanks/2.csv': `\n${PLAIN}`,
  'delimiters/1.csv': PLAIN,
  'delimiters/2.csv': PLAIN.replaceAll(',', ';'),
  'orders/1.csv': PLAIN,
  'orders/2.csv': 'email,phone,user_ids\ne,1,003\n',
  'none.csv': NO_HEADER,
  'one.csv': '001\n002\n',
  'numbers.csv': '2001\n2002\n',
  'year.csv': 'user_ids,2024\n007,5\n',
  'values.csv': 'user_ids\na;1\nb;2\n',
  'uneven.csv': 'u1\nu2\nu3,c@x\nu4,d@x\nu5,e@x\n',
  'plain.csv': PLAIN,
  'late.csv': `user_ids,email\n${'u,e\n'.repeat(21_000)}v,e,x,y\n`,
  'open.csv': 'user_ids,n\n"a,1\nb,2\n',
  'after.csv': 'user_ids,n\n"a" b,1\n"c",2\n',
  'carriage.csv': 'user_ids,n\na,1\nb\r,2\nc,3\r\n',
  'wide.csv': Buffer.from(`\ufeff${NO_HEADER}`, 'utf16le'),
  ...Object.fromEntries(MANY.map((name) => [name, PLAIN])),
  'many/999.csv': TITLED,
  's1.csv': 'user_ids\ns1\ns2\n',
  'optout.csv': 's1\nh7\n',
  'ids.csv': 'h1\nh2\nh3\n',
  'emails.csv': 'id,email\n001,a@x\n',
};

let root: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  root = await temporaryDirectory();
  await mkdir(join(root.path, 'spill'));
  for (const [name, content] of Object.entries(FILES)) {
    const path = join(root.path, 'data', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
});
afterAll(() => root[Symbol.asyncDispose]());

const SPLIT = 'Split it into one file for each header.';
const ASKS =
  'Add header = true if that line has names of columns, and header = false if it is a row.';
const NAMELESS = 'so its first row would be lost if it has no header.';
const BOTH = "columns = {user_ids: 'VARCHAR', email: 'VARCHAR'}";

const REFUSED: readonly [from: string, says: string][] = [
  // Lines that DuckDB would skip.
  ["'joined.csv'", `"joined.csv" has more than one header, as if files had been joined. ${SPLIT}`],
  ["'joined.csv.gz'", `"joined.csv.gz" has more than one header`],
  ["'joined.csv.zst'", `"joined.csv.zst" has more than one header`],
  [
    "'titled.csv'",
    "has 2 lines before the line that looks like its header. If they are not rows, skip them: FROM read_csv('titled.csv', skip = 2).",
  ],
  [
    "'note.csv'",
    "1 line before the line that looks like its header. If it is not a row, skip it: FROM read_csv('note.csv', skip = 1).",
  ],
  [
    "'lines.csv'",
    "has 2 lines before the line that looks like its header. If they are not rows, skip them: FROM read_csv('lines.csv', skip = 2).",
  ],
  ["read_csv('tit' || lower('LED') || '.csv' -- a title\n)", '"titled.csv" has 2 lines before'],
  ["read_csv(['plain.csv', concat('joined', '.csv')])", '"joined.csv" has more than one header'],
  ["'many/*.csv'", `"many/999.csv" has 2 lines before the line`],
  ["read_csv('many/*.csv', union_by_name = true)", '"many/999.csv"'],
  ["'blanks/*.csv'", '"blanks/2.csv" begins with an empty line. Delete it.'],
  // Files without a header.
  ["'parts/*.csv'", `"parts/2.csv" has none of the column names of "parts/1.csv", ${NAMELESS}`],
  ["read_csv('parts/*.csv', union_by_name = true)", NAMELESS],
  ["read_csv('parts/*.csv', header = true, union_by_name = true)", NAMELESS],
  [`read_csv('parts/*.csv', ${BOTH})`, NAMELESS],
  ["read_csv('none.csv', names = ['user_ids'])", ASKS],
  [`read_csv('none.csv', ${BOTH})`, ASKS],
  ["read_csv('one.csv', columns = {user_ids: 'VARCHAR'})", ASKS],
  ["'one.csv' t(user_ids)", 'Read it with read_csv, and add header = true if'],
  // Other formats.
  [
    "'delimiters/*.csv'",
    `"delimiters/2.csv" has another delimiter than "delimiters/1.csv". Write both with the same one, or read each on its own, as with read_csv('delimiters/2.csv', delim = ';')`,
  ],
  [
    "'late.csv'",
    "columns = {'user_ids': 'VARCHAR', 'email': 'VARCHAR', 'column2': 'VARCHAR', 'column3': 'VARCHAR'}).",
  ],
  [
    "'open.csv'",
    `A quote (") in "open.csv" is not closed. To read quotes as they are, write FROM read_csv('open.csv', quote = '').`,
  ],
  ["'after.csv'", 'A value of "after.csv" goes on after its closing quote.'],
  ["'carriage.csv'", '"carriage.csv" mixes line endings: CR LF (1), LF (3), CR alone (1).'],
];

test('rows that DuckDB would skip, or take for a header, are refused', async () => {
  const outcomes = await run(REFUSED.map(([from]) => `SELECT user_ids FROM ${from}`));
  const wrong = REFUSED.flatMap(([from, says], index) => {
    const failed = outcomes[index]?.failed ?? 'no failure';
    return failed.startsWith('QueryFailed: ') && failed.includes(says) ? [] : [[from, failed]];
  });
  expect(wrong).toEqual([]);
});

test('a header that is only a guess is refused, as its line may be a row', async () => {
  const guessed: readonly [query: string, file: string][] = [
    ["SELECT user_ids FROM 's1.csv' EXCEPT FROM 'optout.csv'", 'optout'],
    ["SELECT user_ids FROM 's1.csv' UNION ALL FROM 'ids.csv'", 'ids'],
    ["SELECT user_ids FROM 's1.csv' WHERE user_ids NOT IN (FROM 'ids.csv')", 'ids'],
    ["SELECT COLUMNS(*) AS user_ids FROM 'ids.csv'", 'ids'],
    ["SELECT #1 AS user_ids FROM 'ids.csv'", 'ids'],
    ["SELECT user_ids FROM 's1.csv' s1 WHERE user_ids IN (SELECT user_ids FROM 'ids.csv')", 'ids'],
  ];
  const kept: readonly [query: string, identifiers: string[]][] = [
    ["SELECT user_ids FROM 's1.csv' EXCEPT FROM read_csv('optout.csv', header = false)", ['s2']],
    [
      "SELECT user_ids FROM 's1.csv' UNION ALL FROM read_csv('ids.csv', header = false)",
      ['s1', 's2', 'h1', 'h2', 'h3'],
    ],
    ["FROM 'emails.csv'", ['001']],
    ["SELECT count(*)::VARCHAR AS user_ids FROM 'plain.csv'", ['2']],
    ["SELECT #1 AS user_ids FROM 'plain.csv'", ['001', '002']],
    ["SELECT * EXCLUDE (email) FROM 'emails.csv'", ['001']],
    ["SELECT user_ids FROM 'plain.csv' JOIN 'emails.csv' USING (email)", ['001']],
    ["SELECT user_ids FROM 'plain.csv' p JOIN 'emails.csv' e ON p.user_ids = e.id", ['001']],
    ["SELECT user_ids FROM 'plain.csv' EXCEPT SELECT id FROM 'emails.csv'", ['002']],
  ];
  const outcomes = await run([...guessed, ...kept].map(([query]) => query));
  expect(outcomes.map((outcome) => outcome.failed ?? outcome.rows.map(([id]) => id))).toEqual([
    ...guessed.map(([, file]) =>
      expect.stringContaining(
        `The query names no column of "${file}.csv", so it is not certain that the first line of the file is a header. Read it with read_csv, and ${ASKS.replace('Add', 'add')}`,
      ),
    ),
    ...kept.map(([, identifiers]) => identifiers),
  ]);
});

test('what the query says of the header is kept, and what is sure needs no word', async () => {
  const cases: readonly [from: string, identifiers: string[]][] = [
    ["'blank.csv'", ['001', '002']],
    ["read_csv('titled.csv', skip = 2)", ['003', '004', '005']],
    ["read_csv('note.csv', skip = 1)", ['001', '002']],
    ["'orders/*.csv'", ['001', '002', '003']],
    ["read_csv('orders/*.csv', union_by_name = true)", ['001', '002', '003']],
    ["'year.csv'", ['007']],
    [`read_csv('plain.csv', ${BOTH})`, ['001', '002']],
    ["read_csv('plain.csv', names = ['user_ids'])", ['001', '002']],
    ["read_csv('plain.csv', header = true, names = ['x', 'user_ids'])", ['a@x', 'b@x']],
    ["'plain.csv' t(user_ids, e)", ['001', '002']],
    ["read_csv('none.csv', header = false, names = ['user_ids', 'e'])", ['003', '004']],
    ["read_csv('numbers.csv', names = ['user_ids'])", ['2001', '2002']],
    ["read_csv('values.csv', delim = '\\t')", ['a;1', 'b;2']],
  ];
  const outcomes = await run(cases.map(([from]) => `SELECT user_ids FROM ${from}`));
  expect(outcomes.map((outcome) => outcome.failed ?? outcome.rows.flat())).toEqual(
    cases.map(([, identifiers]) => identifiers),
  );
});

test('the readers that messages name give all identifiers', async () => {
  const cases: readonly [query: string, identifiers: string[]][] = [
    ["SELECT user_ids FROM 'uneven.csv'", ['u1', 'u2', 'u3', 'u4', 'u5']],
    ["SELECT user_ids, email FROM 'none.csv'", ['003', '004']],
    ["SELECT user_ids FROM 'values.csv'", ['a;1', 'b;2']],
    ["SELECT user_ids FROM 'open.csv'", ['"a', 'b']],
    ["SELECT user_ids, email FROM read_csv('wide.csv', encoding = 'utf-16')", ['003', '004']],
  ];
  const refused = await run(cases.map(([query]) => query));
  const advised = cases.map(([query], index) => {
    const failed = refused[index]?.failed ?? 'no failure';
    return query.replace(/FROM .*/, /FROM read_csv\(.*?\)/.exec(failed)?.[0] ?? failed);
  });
  const outcomes = await run(advised);
  expect(outcomes.map((outcome) => outcome.failed ?? outcome.rows.map(([id]) => id))).toEqual(
    cases.map(([, identifiers]) => identifiers),
  );
});

async function run(queries: readonly string[]): Promise<Outcome[]> {
  return await runQueries(join(root.path, 'data'), {
    queries,
    spillDirectory: join(root.path, 'spill'),
  });
}
