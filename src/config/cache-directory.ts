import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { Environment } from './environment.ts';

/**
 * Where this program keeps what it can make again, outside its own folder: `npm ci` does not empty it,
 * and clones share it. `COHORT_EXPORT_CACHE` starts at `directory`, the caller's.
 */
export function cacheDirectory(environment: Environment, directory: string): string {
  return join(cacheHome(environment, directory), 'cohort-export');
}

function cacheHome(environment: Environment, directory: string): string {
  const { COHORT_EXPORT_CACHE: own, XDG_CACHE_HOME: xdg, HOME } = environment;
  if (own) return resolve(directory, own);
  // The XDG rules say to ignore a relative path.
  if (xdg && isAbsolute(xdg)) return xdg;
  return join(HOME || home(directory), process.platform === 'darwin' ? 'Library/Caches' : '.cache');
}

/** In a container a user may have neither an entry in the system's list nor HOME. */
function home(directory: string): string {
  try {
    return homedir();
  } catch {
    return directory;
  }
}
