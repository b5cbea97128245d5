import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Mounts a file system of a few MB in memory; `null` where this user may not. It is unmounted at once
 * where it is in use, and goes away with its last user.
 */
export async function mountSmallDisk(
  path: string,
  megabytes: number,
): Promise<AsyncDisposable | null> {
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'none', path]);
  } catch {
    return null;
  }
  return {
    [Symbol.asyncDispose]: async () => {
      await run('umount', ['--lazy', path]);
    },
  };
}
