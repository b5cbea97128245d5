import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectedMembers } from '../../scripts/demo/expected-members.ts';
import { appendVips, type DemoExport } from '../../scripts/demo/export-request.ts';
import { emptyFolder } from '../scripts/sandbox-folder.ts';

function query(sql: string, aliases: string[] = []): DemoExport {
  return {
    ...appendVips,
    source: { type: 'duckdb', connection: 'local', query: sql },
    aliases,
  };
}

test('each kind is a set of its own, and no identifier is changed', async () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'rows.csv'), 'id,mail\n1, a@example.com\n1,\n2,A@example.com\n');
  const request = query(
    "SELECT id AS user_ids, [id::VARCHAR, NULL, ''] AS device_ids, mail FROM 'rows.csv'",
    ['mail'],
  );
  expect(await expectedMembers(request, folder)).toEqual({
    members: {
      userIds: ['1', '2'],
      deviceIds: ['1', '2'],
      aliases: [
        { alias_label: 'mail', alias_name: ' a@example.com' },
        { alias_label: 'mail', alias_name: 'A@example.com' },
      ],
    },
    rows: { read: 3, rejected: 0 },
  });
});

test.each([
  ["('', NULL)", 'nothing to know it by'],
  ["('u', '  ')", 'a blank identifier'],
  ["('u', repeat('é', 494))", 'an identifier of 988 bytes'],
])('a row %s is left out for %s', async (row) => {
  const request = query(
    `FROM (VALUES ('kept', repeat('x', 987)), ${row}) AS t(user_ids, device_ids)`,
  );
  const { members, rows } = await expectedMembers(request, emptyFolder());
  expect(members.userIds).toEqual(['kept']);
  expect(rows).toEqual({ read: 2, rejected: 1 });
});
