import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../../src/config/cache-directory.ts';
import type { Environment } from '../../src/config/environment.ts';

/**
 * The folder that keeps one version of a program for this platform. It lies outside the clone:
 * `npm ci` does not empty it, and clones share it.
 */
export function programFolder(name: string, version: string, env: Environment): string {
  const platform = `${version}-${process.platform}-${process.arch}`;
  return join(cacheDirectory(env, env.INIT_CWD ?? process.cwd()), name, platform);
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
