import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Outcome, runQueries, temporaryDirectory } from './run-queries.ts';

const s = 's3cr3t';
const ZIP = Buffer.from('504b0304140006000800', 'hex');
const OLD_WORKBOOK = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const rows = (count: number, row: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => row(index)).join('\n');

const FILES: Readonly<Record<string, string | Buffer>> = {
  'zip.csv': ZIP,
  'old.csv': OLD_WORKBOOK,
  'zip.json': ZIP,
  'parquet.csv': 'PAR1abcdPAR1',
  'packed.csv': gzipSync('user_ids\n1\n'),
  'plain.csv.gz': `user_ids\n${s}\n`,
  'wide.csv': Buffer.from(`\ufeffuser_ids\n${s}\n`, 'utf16le'),
  'wide-big.csv': Buffer.from(`\ufeffuser_ids\n${s}\n`, 'utf16le').swap16(),
  'wide-emoji.csv': Buffer.from(`\ufeffuser_ids\n${s}😀\n`, 'utf16le'),
  'windows.csv': Buffer.from(`user_ids\n${s}\x80\n`, 'latin1'),
  'wide-unmarked.csv': Buffer.from(`user_ids\n${s}\n`, 'utf16le'),
  'wide.json': Buffer.from(`\ufeff{"user_ids": "${s}"}`, 'utf16le'),
  'latin.csv': Buffer.from(`user_ids\n${s}\xe9\n`, 'latin1'),
  'sep.csv': `sep=;\nuser_ids;n\n${s};1\n`,
  'sep-marked.csv': `\ufeffsep=;\r\nuser_ids;n\r\n${s};1\r\n`,
  'empty.csv': '',
  'empty.json': '',
  'parts/1.csv': 'user_ids\nu1\n',
  'parts/2.csv': '',
  'parts/3.csv': 'user_ids\nu3\n',
  'nothing/1.csv': '',
  'nothing/2.csv': '',
  'numbers.csv': '1001\n1002\n',
  'texts.csv': `${s}-1@x.io\n${s}-2@x.io\n`,
  'two.csv': `${s},1\n${s},2\n`,
  'short.csv': `user_ids,email\n${rows(51, (index) => `${s}-${index},e`)}\n${s}-50\n`,
  'long.csv': `user_ids,email\n${rows(51, (index) => `${s}-${index},e`)}\n${s}-50,a,${s}\n`,
  'semicolons.csv': `user_ids;"e, mail";user_ids;${s}\n${rows(51, (index) => `${s}-${index};"a;b"`)}\n`,
  'trailing.csv': `user_ids,email,\n${rows(51, (index) => `${s}-${index},e`)}\n`,
  'wide-first.csv': `user_ids,email\n${rows(51, (index) => `${s}-${index},e`)}\nuser_ids\n${s}\n`,
  'joined.csv': `user_ids\n${rows(50, (index) => `${s}-${index}`)}\nuser_ids,email\n${s},e\n`,
  'joined/1.csv': 'user_ids,email\nu1,e\n',
  'joined/2.csv': `user_ids\n${rows(50, (index) => `${s}-${index}`)}\nuser_ids,email\n${s},e\n`,
  'ragged/1.csv': `user_ids,email\n${rows(51, (index) => `${s}-${index},e`)}\n${s}-51\n`,
  'ragged/2.csv': `user_ids,email\n${s}-52,e\n`,
  'ids/1.csv': '1001\n1002\n',
  'ids/2.csv': '1003\n',
  'right.csv': 'user_ids,email\nu1,a\n',
  'other.csv': 'customer,email\nu1,a\n',
  'marked.csv': '\ufeffuser_ids\nu1\n',
  'apostrophes.csv': "user_ids,n\n'a,b',1\n'c',2\n",
  'notes.csv': 'user_ids,n\nu1,1\n# a note\nu2,2\n',
  'endings.csv': `user_ids,n\r\n${rows(30_000, (index) => `${index},1\r`)}\n${s},1\n${s},2\r\n`,
  'right.xlsx': ZIP,
  'quoted.csv': 'user_ids,n\n"a\\"b",1\n"c",2\n',
};

let root: Awaited<ReturnType<typeof temporaryDirectory>>;
let directory: string;

beforeAll(async () => {
  root = await temporaryDirectory();
  directory = join(root.path, 'data');
  for (const folder of ['parts', 'nothing', 'joined', 'ragged', 'ids']) {
    await mkdir(join(directory, folder), { recursive: true });
  }
  await mkdir(join(root.path, 'spill'));
  for (const [name, content] of Object.entries(FILES)) {
    await writeFile(join(directory, name), content);
  }
  await writeFile(join(root.path, 'outside.csv'), ZIP);
  await symlink('../outside.csv', join(directory, 'link.csv'));
});
afterAll(() => root[Symbol.asyncDispose]());

/** Each query, and what its message says. */
const REFUSED: readonly [query: string, says: string][] = [
  ["FROM 'zip.csv'", '"zip.csv" is a workbook (such as Excel writes) or a ZIP archive'],
  ["FROM 'old.csv'", 'Save the sheet as "CSV UTF-8"'],
  ["FROM 'zip.json'", '"zip.json" is a workbook'],
  ["FROM 'zi*.csv'", '"zip.csv" is a workbook'],
  ["FROM read_csv(['right.csv', 'old.csv'])", '"old.csv" is a workbook'],
  [
    "FROM 'parquet.csv'",
    "is a Parquet file, whatever its name says. Read it with read_parquet('parquet.csv')",
  ],
  ["FROM 'packed.csv'", "or read it with read_csv('packed.csv', compression = 'gzip')."],
  [
    "FROM 'plain.csv.gz'",
    'is not compressed with gzip, whatever its name says. If it is plain text, rename it to "plain.csv"',
  ],
  ["FROM 'wide.csv'", "or read it with read_csv('wide.csv', encoding = 'utf-16')."],
  ...["'wide-big.csv'", "read_csv('wide-big.csv', encoding = 'utf-16')"].map(
    (from): [string, string] => [
      `FROM ${from}`,
      `Save it as UTF-8, as with iconv -f UTF-16BE -t UTF-8 'wide-big.csv' > utf-8.csv.`,
    ],
  ),
  [
    "FROM read_csv('latin.csv', encoding = 'utf-16')",
    `"latin.csv" is not encoded as UTF-16, so encoding = 'utf-16' would misread it.`,
  ],
  ["FROM read_csv('wide-emoji.csv', encoding = 'utf-16')", 'Save the file as UTF-8, as with iconv'],
  [
    "FROM read_csv('windows.csv', encoding = 'latin-1')",
    'Save the file as UTF-8, as with iconv -f WINDOWS-1252 -t UTF-8 members.csv > utf-8.csv.',
  ],
  ["FROM 'wide-unmarked.csv'", '"wide-unmarked.csv" is encoded as UTF-16.'],
  ["FROM 'wide.json'", '"wide.json" is encoded as UTF-16. Save it as UTF-8, as with'],
  ["FROM 'latin.csv'", "or name its encoding: read_csv(…, encoding = 'latin-1')"],
  ["FROM 'sep.csv'", "Read the file with read_csv('sep.csv', skip = 1, delim = ';')."],
  [
    "FROM 'sep-marked.csv'",
    "Read the file with read_csv('sep-marked.csv', skip = 1, delim = ';').",
  ],
  [
    "FROM 'empty.csv'",
    '"empty.csv" is empty (0 bytes). Write it again, with at least a line of column names',
  ],
  ["FROM 'empty.json'", '"empty.json" is empty (0 bytes). Write it again, or state the columns'],
  ["FROM 'nothing/*.csv'", 'All of "nothing/*.csv" are empty (0 bytes).'],
  [
    "FROM read_csv(['empty.csv', 'right.csv'])",
    '"empty.csv" is empty (0 bytes) and the first of several files',
  ],
  [
    "FROM read_csv('nothing/*.csv', columns = {user_ids: 'VARCHAR'})",
    'or read no rows with auto_detect = false and columns = {…}.',
  ],
  [
    "FROM read_csv(['empty.csv', 'marked.csv'], columns = {user_ids: 'VARCHAR'})",
    '"empty.csv" is empty (0 bytes) and the first of several files',
  ],
  [
    "FROM read_csv('empty.csv', columns = {user_ids: 'VARCHAR', email: 'VARCHAR'})",
    'An empty file also needs auto_detect = false, with columns.',
  ],
  ["FROM 'link.csv'", 'Permission Error'],
  [
    "FROM 'quoted.csv'",
    `has a backslash before quotes inside of values: write FROM read_csv('quoted.csv', escape = '\\').`,
  ],
  [
    "FROM 'right.xlsx'",
    'which is a workbook. Save the sheet as "CSV UTF-8" and read that file. Did you mean "right.csv"',
  ],
  ["FROM './my/data/right.csv'", 'Did you mean "right.csv"'],
  ["FROM 'rihgt.csv'", 'Did you mean "right.csv"'],
  ["FROM 'right.parquet'", 'Did you mean "right.csv"'],
  [
    "FROM 'endings.csv'",
    `"endings.csv" mixes line endings: CR LF (30002), LF (1). To have one kind, convert them with sed -i 's/\\r$//' 'endings.csv'.`,
  ],
  // A header that was not taken for one.
  [
    "SELECT user_ids FROM 'numbers.csv'",
    "FROM read_csv('numbers.csv', header = false, names = ['user_ids']).",
  ],
  ["SELECT user_ids FROM 'texts.csv'", '"texts.csv" seems to have no header line'],
  [
    "SELECT user_ids FROM 'short.csv'",
    "FROM read_csv('short.csv', auto_detect = false, delim = ',', header = true, null_padding = true, columns = {'user_ids': 'VARCHAR', 'email': 'VARCHAR'}).",
  ],
  [
    "SELECT user_ids FROM 'long.csv'",
    "FROM read_csv('long.csv', auto_detect = false, delim = ',', header = true, null_padding = true, columns = {'user_ids': 'VARCHAR', 'email': 'VARCHAR', 'column2': 'VARCHAR'}).",
  ],
  [
    "SELECT user_ids FROM 'semicolons.csv'",
    "delim = ';', header = true, null_padding = true, columns = {'user_ids': 'VARCHAR', 'e, mail': 'VARCHAR', 'column2': 'VARCHAR', 'column3': 'VARCHAR'}).",
  ],
  ["FROM 'j*d.csv'", '"joined.csv" has more than one header'],
  ["FROM 'joined/*.csv'", '"joined/2.csv" has more than one header'],
  ["FROM read_csv(['right.csv', 'joined.csv'])", '"joined.csv" has more than one header'],
  [
    "FROM read_csv('joined/*.csv', union_by_name = true)",
    '"joined/2.csv" has more than one header',
  ],
  [
    "SELECT user_ids FROM 'ids/*.csv'",
    "FROM read_csv('ids/*.csv', header = false, names = ['user_ids']).",
  ],
  [
    "SELECT user_ids FROM read_csv(['numbers.csv', 'ids/2.csv'])",
    "FROM read_csv(['numbers.csv', 'ids/2.csv'], header = false, names = ['user_ids']).",
  ],
  ["SELECT user_ids FROM 'wide-first.csv'", 'Split it into one file for each header.'],
];

test('files that are not what they seem say so, and what to do', async () => {
  const outcomes = await run(REFUSED.map(([query]) => query));
  const wrong = REFUSED.flatMap(([query, says], index) => {
    const failed = outcomes[index]?.failed ?? 'no failure';
    return failed.startsWith('QueryFailed: ') && failed.includes(says)
      ? []
      : [[query, says, failed]];
  });
  expect(wrong).toEqual([]);
  expect(JSON.stringify(outcomes)).not.toContain(s);
});

test('what the messages advise works', async () => {
  const outcomes = await run([
    "FROM read_csv('packed.csv', compression = 'gzip')",
    "FROM read_csv('sep.csv', skip = 1, delim = ';')",
    "FROM read_csv('sep-marked.csv', skip = 1, delim = ';')",
    "FROM read_csv('numbers.csv', header = false, names = ['user_ids'])",
    "FROM read_csv('quoted.csv', escape = '\\')",
    "FROM read_csv('apostrophes.csv', quote = '''') WHERE user_ids = 'a,b'",
    "FROM read_csv('notes.csv', comment = '#')",
    "SELECT user_ids FROM 'marked.csv'",
    "FROM 'parts/*.csv'",
  ]);
  expect(outcomes.map(({ failed }) => failed).filter((failed) => failed !== undefined)).toEqual([]);
  const found = outcomes.map((outcome) =>
    outcome.failed === undefined ? outcome.rows.map(([identifier]) => identifier) : [],
  );
  expect(found).toEqual([
    ['1'],
    [s],
    [s],
    ['1001', '1002'],
    ['a"b', 'c'],
    ['a,b'],
    ['u1', 'u2'],
    ['u1'],
    ['u1', 'u3'],
  ]);
});

test('an empty file whose columns are stated has no rows', async () => {
  const outcomes = await run([
    "FROM read_json('empty.json', columns = {user_ids: 'VARCHAR'})",
    "FROM read_ndjson('empty.json', columns = {user_ids: 'VARCHAR'})",
    "FROM read_csv('empty.csv', columns = {user_ids: 'VARCHAR'})",
    "FROM read_csv('nothing/*.csv', auto_detect = false, columns = {user_ids: 'VARCHAR', email: 'VARCHAR'})",
    "FROM read_csv('empty.csv', auto_detect = false, columns = {user_ids: 'VARCHAR', email: 'VARCHAR'})",
    "FROM read_csv(['empty.csv', 'marked.csv'], header = true, columns = {user_ids: 'VARCHAR'})",
  ]);
  expect(outcomes.map((outcome) => outcome.failed ?? outcome.rows)).toEqual([
    [],
    [],
    [],
    [],
    [],
    [['u1']],
  ]);
});

test('what the messages advise for rows of different lengths gives their identifiers', async () => {
  const files = ['short.csv', 'long.csv', 'semicolons.csv', 'trailing.csv', 'ragged/*.csv'];
  const refused = await run(files.map((file) => `SELECT user_ids FROM '${file}'`));
  const advised = refused.map(({ failed }) => /FROM read_csv\(.*\)/.exec(failed ?? '')?.[0] ?? '');
  const outcomes = await run(advised.map((from) => `SELECT user_ids ${from}`));
  const identifiers = Array.from({ length: 51 }, (_, index) => [`${s}-${index}`]);
  expect(outcomes.map((outcome) => outcome.failed ?? outcome.rows)).toEqual([
    [...identifiers, [`${s}-50`]],
    [...identifiers, [`${s}-50`]],
    identifiers,
    identifiers,
    [...identifiers, [`${s}-51`], [`${s}-52`]],
  ]);
});

test('why columns are not those of a header is told where that is so alone', async () => {
  const outcomes = await run(
    ['numbers', 'texts', 'two', 'right', 'other', 'marked'].map((name) => `FROM '${name}.csv'`),
  );
  const explained = outcomes.map((outcome) =>
    outcome.failed === undefined ? /no header|^$/.exec(outcome.explained)?.[0] : outcome.failed,
  );
  expect(explained).toEqual(['no header', 'no header', 'no header', '', '', '']);
  const texts = outcomes.map((outcome) => (outcome.failed === undefined ? outcome.explained : ''));
  expect(texts.join()).not.toContain(s);
});

async function run(queries: readonly string[]): Promise<Outcome[]> {
  return await runQueries(directory, {
    queries,
    spillDirectory: join(root.path, 'spill'),
    maxRows: 100,
  });
}
