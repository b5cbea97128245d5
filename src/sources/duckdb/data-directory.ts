import { readdirSync, realpathSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { errorCode } from '../../domain/error-code.ts';
import { ExportError } from '../../domain/failures.ts';
import type { SourceData } from '../../domain/source-port.ts';
import { expand } from './file-contents.ts';
import type { ReadStatement } from './file-reads.ts';

const NOT_PERMITTED = "the worker's user may not read it: give it access";
const CURES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such directory: create it, mount it, or correct the link that leads to it',
  ENOTDIR: 'it is not a directory: correct the link that leads to it',
  ELOOP: 'its symbolic links lead in a circle: correct them',
  EACCES: NOT_PERMITTED,
  EPERM: NOT_PERMITTED,
};

/**
 * Makes a connection's directory the working directory of this process, so that relative names in a
 * query work there only. Resolves to its path without symbolic links.
 * @throws ExportError `SourceUnavailable`
 */
export async function enterDirectory(directory: string): Promise<string> {
  try {
    const resolved = realpathSync(directory);
    process.chdir(resolved);
    await readdir(resolved);
    return resolved;
  } catch (error) {
    throw directoryFailed(directory, error);
  }
}

/**
 * Why the directory as a whole, not the query, keeps files from being read; `null` if it does not.
 * An empty directory is what is left where a file system is not mounted.
 */
export function missingData(directory: string): ExportError | null {
  try {
    // Entries of any kind: even those that a walk skips show that it is mounted.
    if (readdirSync(directory).length > 0) return null;
  } catch (error) {
    return directoryFailed(directory, error);
  }
  return unavailable(directory, 'it is empty: mount it, or write files to it');
}

/** Which data a query reads; `null` where it reads none. */
export async function dataOf(
  { reads, directory }: ReadStatement,
  connection: DuckDBConnection,
): Promise<SourceData | null> {
  if (reads.length === 0) return null;
  const names = reads.flatMap(({ files }) => files);
  const files = await expand(connection, names, Number.MAX_SAFE_INTEGER);
  const times = await Promise.all(
    files.map((name) =>
      stat(resolve(directory, name)).then(
        ({ mtimeMs }) => [mtimeMs],
        // DuckDB says what is wrong with a file that cannot be read.
        () => [],
      ),
    ),
  );
  const newest = times.flat().reduce((latest, time) => Math.max(latest, time), 0);
  return { location: directory, modifiedAt: newest === 0 ? null : new Date(newest).toISOString() };
}

function directoryFailed(directory: string, error: unknown): ExportError {
  const code = errorCode(error);
  return unavailable(directory, CURES[code] ?? `it cannot be read (${code}): check its disk`);
}

function unavailable(directory: string, why: string): ExportError {
  return new ExportError(
    'SourceUnavailable',
    `The data directory ${directory} of the DuckDB connection cannot be used; ${why}.`,
    'backoff',
  );
}
