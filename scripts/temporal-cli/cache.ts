import { accessSync, constants, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cacheDirectory } from '../../src/config/cache-directory.ts';
import type { Environment } from '../../src/config/environment.ts';

/**
 * The folder that keeps one version of the Temporal CLI for this platform. It lies outside the
 * clone: `npm ci` does not empty it, and clones share it.
 */
export function cliFolder(version: string, env: Environment): string {
  const name = `${version}-${process.platform}-${process.arch}`;
  return join(cacheDirectory(env, env.INIT_CWD ?? process.cwd()), 'temporal-cli', name);
}

/** The Temporal CLI in such a folder, whether or not it is there yet. */
export function cliIn(folder: string): string {
  return join(folder, 'temporal');
}

/** A path as its writer meant it: npm scripts run in the project's folder, not the caller's. */
export function fromCaller(path: string, env: Environment): string {
  return resolve(env.INIT_CWD ?? process.cwd(), path);
}

/** Whether `path` is a file that this user may run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
