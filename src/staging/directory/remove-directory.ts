import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isCommitted } from './committed.ts';
import { isMissing } from './file-errors.ts';
import { DEAD_SUFFIX } from './names.ts';

/** Removes a directory, if it exists. Its name is free at once, before its files have been removed. */
export async function removeDirectory(path: string): Promise<void> {
  // One that is left of an earlier removal has a name of its own already.
  const dead = path.endsWith(DEAD_SUFFIX) ? path : await renameToDead(path);
  if (dead !== null) await rm(dead, { recursive: true, force: true });
}

/** Resolves to the directory's new, unique name, or to `null` if it does not exist. */
export async function renameToDead(path: string): Promise<string | null> {
  const dead = `${path}.${randomUUID()}${DEAD_SUFFIX}`;
  try {
    await rename(path, dead);
    return dead;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Finishes removals of attempts that were cut short. `run` is the directory of their export. */
export async function removeDeadAttempts(run: string): Promise<void> {
  for (const name of await namesIn(run)) {
    if (!name.endsWith(DEAD_SUFFIX)) continue;
    const dead = join(run, name);
    // One that was committed at the last moment is about to get its name back.
    if (await isCommitted(dead)) continue;
    await rm(dead, { recursive: true, force: true });
  }
}

/** The names in a directory; none where it does not exist. */
export async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
