import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * An empty folder for this run's configuration, logs and staged rows. It stays, for whoever wants
 * to read them; the next run removes those of runs that are over.
 */
export async function createRunFolder(root: string): Promise<string> {
  const runs = join(root, 'var/demo');
  await mkdir(runs, { recursive: true });
  for (const name of await readdir(runs)) {
    if (!isOthers(name)) await rm(join(runs, name), { recursive: true, force: true });
  }
  const folder = join(runs, String(process.pid));
  await mkdir(folder, { mode: 0o700 });
  return folder;
}

/** A folder is named after the process that made it. */
function isOthers(name: string): boolean {
  const pid = Number(name);
  if (!Number.isInteger(pid) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
