import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectedCohorts } from '../../scripts/demo/expected-members.ts';
import { appendVips, type ExportInput, type QueryExport } from '../../scripts/demo/exports.ts';
import { emptyFolder } from '../support/folders.ts';

function query(sql: string, change: Partial<ExportInput> = {}): Pick<QueryExport, 'input'> {
  const source = { ...appendVips.input.source, query: sql };
  return { input: { ...appendVips.input, cohortId: 'c', aliases: [], ...change, source } };
}

const userIds = (...ids: string[]) =>
  `SELECT user_ids FROM (VALUES ${ids.map((id) => `('${id}')`).join(', ')}) AS t(user_ids)`;

test('each kind is a separate set, and no identifier is changed', async () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'people.csv'), 'id,mail\n1, a@example.com\n1,\n2,A@example.com\n');
  const request = query(
    "SELECT id AS user_ids, [id::VARCHAR, NULL, ''] AS device_ids, mail FROM people",
    { aliases: ['mail'] },
  );
  const { cohorts, rows } = await expectedCohorts([request], folder);
  expect(cohorts.get('c')).toEqual({
    userIds: ['1', '2'],
    deviceIds: ['1', '2'],
    aliases: [
      { alias_label: 'mail', alias_name: ' a@example.com' },
      { alias_label: 'mail', alias_name: 'A@example.com' },
    ],
  });
  expect(rows).toEqual([{ read: 3, rejected: 0 }]);
});

test.each([
  ["('', NULL)", 'nothing to know it by'],
  ["('u', '  ')", 'a blank identifier'],
  ["('u', repeat('é', 494))", 'an identifier of 988 bytes'],
])('a row %s is left out for %s', async (row) => {
  const request = query(
    `FROM (VALUES ('kept', repeat('x', 987)), ${row}) AS t(user_ids, device_ids)`,
  );
  const { cohorts, rows } = await expectedCohorts([request], emptyFolder());
  expect(cohorts.get('c')?.userIds).toEqual(['kept']);
  expect(rows).toEqual([{ read: 2, rejected: 1 }]);
});

test('APPEND adds to a cohort and REMOVE removes from it, in order and by kind', async () => {
  const exports = [
    query(userIds('a', 'b', 'c')),
    query(userIds('a'), { operation: 'REMOVE' }),
    query("SELECT 'b' AS device_ids", { operation: 'REMOVE' }),
    query(userIds('c', 'd')),
    query(userIds('a'), { cohortId: 'other' }),
  ];
  const { cohorts, rows } = await expectedCohorts(exports, emptyFolder());
  expect([...cohorts]).toEqual([
    ['c', { userIds: ['b', 'c', 'd'], deviceIds: [], aliases: [] }],
    ['other', { userIds: ['a'], deviceIds: [], aliases: [] }],
  ]);
  expect(rows.map(({ read }) => read)).toEqual([3, 1, 1, 2, 1]);
});

test('an alias is removed only under its own label', async () => {
  const mail = (label: string, operation: ExportInput['operation']) =>
    query(`SELECT 'a@example.com' AS ${label}`, { aliases: [label], operation });
  const kept = { alias_label: 'work', alias_name: 'a@example.com' };
  const exports = [mail('work', 'APPEND'), mail('home', 'APPEND'), mail('home', 'REMOVE')];
  const { cohorts } = await expectedCohorts(exports, emptyFolder());
  expect(cohorts.get('c')?.aliases).toEqual([kept]);
});
