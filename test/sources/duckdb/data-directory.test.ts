import { mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { missingData } from '../../../src/sources/duckdb/data-directory.ts';
import { runQueries, temporaryDirectory } from './run-queries.ts';

const MISSPELT = "FROM 'membres.csv'";
const COMPUTED = "FROM read_csv('mem' || 'bers.csv')";
const WRITTEN = new Date('2026-03-01T00:00:00Z');

async function run(root: string, queries: readonly string[]) {
  const spillDirectory = join(root, 'spill');
  await mkdir(spillDirectory, { recursive: true });
  return await runQueries(join(root, 'data'), { queries, spillDirectory });
}

/** As Kubernetes mounts a ConfigMap: all that has no dot in front is a link. */
async function mountLinks(data: string): Promise<void> {
  await mkdir(join(data, '..2026_03_01'), { recursive: true });
  await writeFile(join(data, '..2026_03_01', 'members.csv'), 'user_ids\na\n');
  await utimes(join(data, '..2026_03_01', 'members.csv'), WRITTEN, WRITTEN);
  await symlink('..2026_03_01', join(data, '..data'));
  await symlink('..data/members.csv', join(data, 'members.csv'));
}

test('a wrong name in a directory of links is the fault of the query', async () => {
  await using root = await temporaryDirectory();
  const data = join(root.path, 'data');
  await mountLinks(data);
  // Links in a circle, and one that leads out: none of its names may be shown.
  await mkdir(join(data, 'folder'));
  await symlink('../folder', join(data, 'folder', 'again'));
  await mkdir(join(root.path, 'outside'));
  await writeFile(join(root.path, 'outside', 'membres-s3cr3t.csv'), 'user_ids\nb\n');
  await symlink('../outside', join(data, 'out'));
  const [misspelt, computed] = await run(root.path, [MISSPELT, COMPUTED]);
  expect(misspelt).toEqual({
    failed:
      'QueryFailed: No file in the connection\'s directory matches "membres.csv" (line 1, column 6 of the query). Did you mean "members.csv"?',
    retry: 'never',
  });
  expect(computed).toMatchObject({
    rowCount: 1,
    data: { location: data, modifiedAt: WRITTEN.toISOString() },
  });
});

test('a wrong name in a directory with many folders is the fault of the query', async () => {
  await using root = await temporaryDirectory();
  const data = join(root.path, 'data');
  const folders = Array.from({ length: 2_100 }, (_, day) => join(data, `day=${day}`));
  await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true })));
  await writeFile(join(data, 'members.csv'), 'user_ids\na\n');
  const [misspelt, computed, named] = await run(root.path, [
    MISSPELT,
    COMPUTED,
    "FROM 'members.csv'",
  ]);
  expect(misspelt).toMatchObject({
    failed: expect.stringMatching(/^QueryFailed: No file in the connection's directory matches /),
    retry: 'never',
  });
  for (const found of [computed, named]) {
    expect(found).toMatchObject({
      rowCount: 1,
      data: { location: data, modifiedAt: expect.any(String) },
    });
  }
});

test('a directory without any entry is not mounted', async () => {
  await using root = await temporaryDirectory();
  expect(missingData(root.path)?.message).toContain('it is empty: mount it, or write files to it');
  await writeFile(join(root.path, '.keep'), '');
  expect(missingData(root.path)).toBe(null);
  await rm(root.path, { recursive: true });
  expect(missingData(root.path)?.message).toContain('there is no such directory');
});
