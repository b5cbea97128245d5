import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runQueries, temporaryDirectory } from './run-queries.ts';

const FILES: Readonly<Record<string, string>> = {
  'notes.csv': '# a note\nuser_ids,email\n"u#1",a\n#x\nu2,b\n',
  'cut.csv': 'email,user_ids\na,u#1\nb,u2\n# a note\nc#c,u3\n',
  'after.csv': 'user_ids,n\n"007"x,1\nu2,2\n',
  'rows.json': '{"user_ids": "u1"}\n{"user_ids": }\n',
};

test('parameters by which rows or parts of values would be missing are refused or warned of', async () => {
  await using root = await temporaryDirectory();
  const directory = join(root.path, 'data');
  await mkdir(directory);
  await mkdir(join(root.path, 'spill'));
  for (const [name, content] of Object.entries(FILES)) {
    await writeFile(join(directory, name), content);
  }
  const outcomes = await runQueries(directory, {
    queries: [
      "SELECT user_ids FROM read_csv('notes.csv', comment = '#')",
      "SELECT user_ids FROM read_csv('cut.csv', comment = '#')",
      "SELECT user_ids FROM read_csv('notes.csv', comment = '#', ignore_errors = true)",
      "SELECT user_ids FROM read_csv('notes.csv', comment = '#', store_rejects = true)",
      "SELECT user_ids FROM read_ndjson('rows.json', ignore_errors = true)",
      "SELECT user_ids FROM read_csv('after.csv', strict_mode = false)",
      "SELECT user_ids FROM read_csv('after.csv', delim = chr(44))",
      "SELECT user_ids FROM read_csv('notes.csv', skip = 0 + 1, auto_detect = true)",
    ],
    spillDirectory: join(root.path, 'spill'),
  });
  expect(outcomes.map((outcome) => outcome.failed ?? outcome.rows.flat())).toEqual([
    ['u#1', 'u2'],
    expect.stringContaining(
      '2 lines of "cut.csv" have # after the beginning, and comment = \'#\' would cut them off there.',
    ),
    expect.stringContaining('With ignore_errors, rows that DuckDB cannot read would be missing'),
    expect.stringContaining('With store_rejects, rows that DuckDB cannot read would be missing'),
    expect.stringContaining('With ignore_errors, rows that DuckDB cannot read would be missing'),
    ['007', 'u2'],
    expect.stringContaining(
      "It computes delim, and how a CSV file is written must be known before it is read. Write its value as a constant, as in delim = '\\t' or skip = 1.",
    ),
    expect.stringContaining('It computes skip, and'),
  ]);
  expect(outcomes.map((outcome) => (outcome.failed === undefined ? outcome.warnings : []))).toEqual(
    [
      ...Array(5).fill([]),
      [expect.stringContaining('DuckDB then drops text that follows a closing quote')],
      [],
      [],
    ],
  );
});
