import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { temporaryDirectory } from './run-queries.ts';

/** What no query may ever hand over. */
export const OUTSIDE_SECRET = 'secret-of-another-directory';

export interface Box extends AsyncDisposable {
  /** Holds the three below. */
  readonly root: string;
  /** The connection's directory. */
  readonly directory: string;
  /** Beside it, with a file that holds `OUTSIDE_SECRET`. */
  readonly outside: string;
  readonly spillDirectory: string;
  readonly memoryMb: number;
  readonly isMemoryShare: boolean;
}

/** A connection's directory with files of every kind and links that lead out, and what is around. */
export async function createBox(): Promise<Box> {
  const root = await temporaryDirectory();
  const box = {
    root: root.path,
    directory: join(root.path, 'data'),
    outside: join(root.path, 'outside'),
    spillDirectory: join(root.path, 'spill'),
    memoryMb: 1_000,
    isMemoryShare: false,
  };
  await mkdir(join(box.directory, 'sub'), { recursive: true });
  await mkdir(box.outside);
  await mkdir(box.spillDirectory);
  const files: [folder: string, name: string, content: string][] = [
    [box.directory, 'members.csv', 'user_ids\nu1\nu2\n'],
    [box.directory, 'members.json', '{"user_ids": "u3"}\n'],
    [box.directory, 'sub/part-1.csv', 'user_ids\na\n'],
    [box.directory, 'sub/part-2.csv', 'user_ids\nb\n'],
    [box.directory, 'schema.sql', "COPY (SELECT 1) TO 'written.csv';"],
    [box.directory, 'load.sql', "COPY (SELECT 1) TO 'written.csv';"],
    [box.outside, 'secret.csv', `user_ids\n${OUTSIDE_SECRET}\n`],
    [box.outside, 'secret.json', `{"user_ids": "${OUTSIDE_SECRET}"}\n`],
  ];
  for (const [folder, name, content] of files) await writeFile(join(folder, name), content);
  await writeDatabases(box.directory, box.outside);
  await symlink('members.csv', join(box.directory, 'link-inside.csv'));
  await symlink('../outside/secret.csv', join(box.directory, 'link.csv'));
  await symlink('link.csv', join(box.directory, 'link-of-link.csv'));
  await symlink('../outside', join(box.directory, 'link-folder'));
  await symlink('/nowhere/at/all', join(box.directory, 'dangling.csv'));
  return { ...box, [Symbol.asyncDispose]: () => root[Symbol.asyncDispose]() };
}

async function writeDatabases(directory: string, outside: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const folder of [directory, outside]) {
    const value = folder === directory ? 'u4' : OUTSIDE_SECRET;
    await connection.run(
      `COPY (SELECT '${value}' AS user_ids) TO '${join(folder, 'members.parquet')}'`,
    );
    await connection.run(`ATTACH '${join(folder, 'base.db')}' AS base`);
    await connection.run(`CREATE TABLE base.t AS SELECT '${value}' AS user_ids`);
    await connection.run('DETACH base');
  }
  connection.disconnectSync();
  instance.closeSync();
}
