import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat, mkdtemp, readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExportError } from '../../../src/domain/failures.ts';
import type { Column, SourceData } from '../../../src/domain/source-port.ts';

export interface RunnerInput {
  readonly queries: readonly string[];
  readonly spillDirectory: string;
  /** @default 1,000 */
  readonly memoryMb?: number | undefined;
  /** @default false */
  readonly isMemoryShare?: boolean | undefined;
  /** ISO 8601. */
  readonly scheduledTime?: string | undefined;
  readonly maxRows?: number | undefined;
}

export type ShownCell = string | null | { reason: string; value: string } | ShownCell[];

export type Outcome =
  | {
      readonly columns: readonly Column[];
      readonly rows: ShownCell[][];
      readonly rowCount: number;
      /** Why its columns may not be those of a header. */
      readonly explained: string;
      readonly warnings: readonly string[];
      readonly data?: SourceData | undefined;
      readonly failed?: never;
    }
  | { readonly failed: string; readonly retry?: ExportError['retry'] };

const RUNNER = join(import.meta.dirname, 'query-runner.ts');

/** Runs queries in a process of their own whose working directory is `directory`. */
export function runQueries(
  directory: string,
  input: RunnerInput,
  env: NodeJS.ProcessEnv = {},
  uid?: number,
): Promise<Outcome[]> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [RUNNER],
      { cwd: directory, env, ...(uid === undefined ? {} : { uid }), maxBuffer: 64_000_000 },
      (error, stdout, stderr) => {
        if (error !== null) reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
        else
          resolve(
            stdout
              .trim()
              .split('\n')
              .map((line) => JSON.parse(line) as Outcome),
          );
      },
    );
    child.stdin?.end(JSON.stringify(input));
  });
}

/** A new directory, without symbolic links in its path, that goes when the test is done. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'duckdb-source-')));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A hash of all names, kinds and contents below a directory. */
export async function hashTree(directory: string): Promise<string> {
  const hash = createHash('sha256');
  const names = (await readdir(directory, { recursive: true })).sort();
  for (const name of names) {
    const path = join(directory, name);
    const status = await lstat(path);
    hash.update(`${name}\0${status.mode}\0`);
    if (status.isFile()) hash.update(await readFile(path));
    if (status.isSymbolicLink()) hash.update(await readlink(path));
  }
  return hash.digest('hex');
}
